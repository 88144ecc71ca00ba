"""What a run of the fuzzer prints: the shares of constructs, the verdicts, the failures with the programs that show them."""
from collections import Counter

from tests.fuzz import grammar as g
from tests.fuzz.generate import GRAMMAR
from tests.fuzz.to_python import source


def constructs(program):
    """What of the language a program uses."""
    everything = [*g.statements(program.body), *(pair for f in program.functions for pair in g.statements(f.body))]
    statements = [s for s, _ in everything]
    expressions = list(g.nodes((program.body, program.functions)))
    leaves = list(g.leaves(program.arguments))
    last = program.body[-1]
    made = {s.kind for s in statements if isinstance(s, g.MakeTuple)}

    def has(*kinds):
        return any(isinstance(s, kinds) for s in statements)

    return {
        "nested loops": any(isinstance(s, g.LOOPS) and depth for s, depth in everything),
        "three deep": any(isinstance(s, g.LOOPS) and depth > 1 for s, depth in everything),
        "while": has(g.While, g.Forever),
        "zip, enumerate": has(g.ForEach),
        "trips from floats": any(isinstance(n, g.For) and any(isinstance(m, g.Trunc) for m in g.nodes(n.stop)) for n in statements),
        "loop else": any(isinstance(s, g.For | g.While) and s.orelse for s in statements),
        "in-place writes": has(g.Store, g.CopyPart, g.Fill) or any(isinstance(s, g.Whole) and s.into for s in statements),
        "breaks": has(g.Break),
        "continues": has(g.Continue),
        "early returns": any(isinstance(s, g.Return) and s is not last for s, _ in g.statements(program.body)),
        "returns in loops": any(isinstance(s, g.Return) and depth for s, depth in everything),
        "raises": has(g.Raise, g.Assert),
        "try": has(g.Try),
        "elif": any(isinstance(s, g.If) and len(s.orelse) == 1 and isinstance(s.orelse[0], g.If) for s in statements),
        "local arrays": has(g.New, g.Bind) or any(isinstance(s, g.Whole) and not s.into for s in statements),
        "arrays in loops": any(isinstance(s, g.New | g.Whole) and depth for s, depth in everything),
        "views": has(g.View, g.Reshape),
        "swaps": has(g.Swap),
        "arrays chosen": has(g.ChooseArray),
        "matrices": any(isinstance(n, g.Item) and len(n.index) == 2 for n in expressions),
        "index arrays": any(isinstance(n, g.IntItem) for n in expressions),
        "strided arguments": any(a.layout != "C" for a in leaves),
        "overlapping arguments": any(a.alias for a in leaves),
        "calls": any(isinstance(n, g.Call) for n in expressions),
        "recursion": any(isinstance(n, g.Call) and n.function == f.name for f in program.functions for n in g.nodes(f.body)),
        "tuples": has(g.MakeTuple) or any(a.kind == "tuple" for a in program.arguments),
        "lists": has(g.MakeList) or "list" in made,
        "complex numbers": has(g.MakeComplex),
        "namedtuples": bool(made - {"", "list"}) or any(a.fields for a in program.arguments),
        "single precision": any(getattr(n, "dtype", "") == "float32" for n in (*expressions, *leaves)),
        "no result": isinstance(last, g.Return) and last.value is None,
        "other options": bool(program.options),
    }


def shares(programs):
    """In percent."""
    count = Counter()
    for program in programs:
        count.update(constructs(program))
    return {name: round(100 * n / len(programs)) for name, n in count.items()}


def summary(programs, verdicts):
    """`verdicts` by seed."""
    lines = [f"grammar {GRAMMAR}, moods: " + ", ".join(f"{mood} {n}" for mood, n in sorted(Counter(p.mood for p in programs).items()))]
    lines.append("share of programs, in percent: " + ", ".join(f"{name} {share}" for name, share in shares(programs).items()))
    lines.append(", ".join(f"{kind} {n}" for kind, n in Counter(v.kind for v in verdicts.values()).most_common()))
    reasons = Counter(reason(v.detail) for v in verdicts.values() if v.kind == "refused")
    lines += [f"    refused {n} times: {detail}" for detail, n in reasons.most_common(12)]
    return "\n".join(lines)


def reason(detail):
    """Without the name of the function, so that like ones count together."""
    return detail.split(":", 2)[-1].strip() if detail.startswith("f (") else detail


def failure(program, verdict):
    """A program, readable and as an object that can be run again."""
    head = f"seed {program.seed}, mood {program.mood}, {', '.join(program.kinds)}, options {program.options}: {verdict.kind}"
    return "\n".join(["", head, verdict.detail, source(program), f"arguments: {[(a.name, a.value) for a in program.arguments]}"])


def stored(program, verdict):
    """A module for tests/fuzz/found: the program as it stands, independent of the generator."""
    text = source(program).replace("\\", "\\\\").replace('"""', "'''")
    head = f'"""{verdict.kind}: found at seed {program.seed} of grammar {GRAMMAR}.\n\n{text}"""\n'
    return (f"{head}from tests.fuzz.grammar import *  # noqa: F403\n\n"
            f"PROGRAM = {program!r}  # noqa: E501, F405\n")
