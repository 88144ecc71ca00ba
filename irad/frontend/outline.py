"""Which functions stay calls although they could be inlined: large ones that are called at many places.

A function inlined at n places is optimised, differentiated and compiled n times. Beyond a limit it is kept as a call, as recursive
functions are, if Numba's types say all about what it takes and gives: numbers, arrays, tuples of such; no pointers in the result.
"""
import re
from collections import Counter

DEFINITION = re.compile(r'^define [^\n]*?@("[^"]*"|[-\w$.]+)\(.*?^}$', re.M | re.S)
CALLED = re.compile(r'call [^\n@]*@("[^"]*"|[-\w$.]+)\(')


def large(text, entry, signature, limit):
    """Names of functions that would add more than `limit` lines of unoptimised LLVM if they were inlined at all places but one.
    `signature(name)` is a Signature or None."""
    lines, calls = {}, {}
    for match in DEFINITION.finditer(text):
        name = match[1].strip('"')
        lines[name] = match[0].count("\n")
        calls[name] = Counter(n.strip('"') for n in CALLED.findall(match[0]))
    calls = {name: {c: k for c, k in inner.items() if c in lines} for name, inner in calls.items()}
    order = _callees_first(calls, entry)
    full = {}
    for name in order:
        full[name] = lines[name] + sum(k * full.get(c, 0) for c, k in calls[name].items())
    places, out = Counter({entry: 1}), []
    for name in reversed(order):                        # callers first
        added = full[name] * (places[name] - 1) if limit else 1
        known = signature(name) if name != entry and added > limit else None
        if known is not None and known.is_simple:
            out.append(name)
        for c, k in calls[name].items():
            places[c] += k * (1 if name in out else places[name])
    return out


def _callees_first(calls, entry):
    order, seen, stack = [], {entry}, [(entry, iter(calls.get(entry, ())))]
    while stack:
        name, rest = stack[-1]
        for c in rest:
            if c not in seen:
                seen.add(c)
                stack.append((c, iter(calls[c])))
                break
        else:
            order.append(name)
            stack.pop()
    return order
