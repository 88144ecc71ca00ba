"""The functions that are called inside: one derivation for each function and each way to call it.

    Callees.name(key)       the name under which its parts are emitted; asked for once, it will be derived
    Callees.derive(make)    all that have been asked for, and what these ask for in turn

The key of a call: which of the callee's leaves are active, which of its arrays may be the same, and which may be overwritten between the
call and its reverse.
"""
from dataclasses import dataclass

from ..analysis.inner import RESULT, Callee


@dataclass(frozen=True)
class Key:
    """`active`: leaves, with RESULT for the result; `group`: for each leaf a number, the same for arrays that may overlap; `later`: leaves
    that may be overwritten before the reverse."""
    callee: Callee
    active: tuple
    group: tuple
    later: tuple


def key_of(site, objects, activity, later):
    """`later`: objects that may be written between the call and its reverse."""
    active = [k for k, values in site.numbers() if any(map(activity.is_active, values))]
    active += [k for k, p in site.memory() if objects.of(p) & activity.objects and site.callee.leaves[k].holds_floats]
    if objects.of(site.result) & activity.objects:
        active.append(RESULT)
    return Key(site.callee, tuple(sorted(active)), _groups(site, objects),
               tuple(k for k, p in site.memory() if objects.of(p) & later))


def _groups(site, objects):
    out, seen = {}, []
    for k, p in site.memory():
        bits = objects.of(p)
        meeting = [g for g, b in seen if b & bits]
        g = min(meeting, default=k)
        out = {j: g if h in meeting else h for j, h in out.items()}
        seen = [(g if h in meeting else h, b) for h, b in seen] + [(g, bits)]
        out[k] = g
    return tuple(sorted(out.items()))


class Callees:
    """Numbers keys in the order in which they are met."""

    def __init__(self):
        self._names, self._todo = {}, []

    def name(self, key):
        if key not in self._names:
            self._names[key] = f"irad.inner.{len(self._names)}"
            self._todo.append(key)
        return self._names[key]

    def derive(self, make):
        """`make(key, name)` for each; what it returns, in order."""
        out = []
        while self._todo:
            key = self._todo.pop(0)
            out.append(make(key, self._names[key]))
        return out
