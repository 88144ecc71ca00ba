"""Makes a failing program smaller while it still fails: statements out, loops and branches replaced by their bodies, expressions by their
parts or by 1.0, arguments that nothing names out. `fails(program)` decides; a candidate that no longer makes sense (a name undefined,
say) must simply not fail. What the interpreter refuses is not even tried.
"""
import time
from dataclasses import fields, is_dataclass, replace

from tests.fuzz import grammar as g
from tests.fuzz.dual import Unsuitable
from tests.fuzz.interpret import interpret

STATEMENT_FIELDS = ("body", "orelse")
REALS = (g.Var, g.Item, g.FromInt, g.Unary, g.Binary, g.Power, g.Choose, g.Reduce, g.Cast, g.Pick, g.Call)
INTS = (g.IntVar, g.IntOp, g.Length, g.IntItem, g.Trunc)


def shrink(program, fails, seconds=60.0):
    """The first smaller program that fails, again and again, until none does or time is up."""
    end = time.monotonic() + seconds
    start = 0
    while True:
        candidates = list(smaller_programs(program))
        # After a success the next candidate is most often found near the same place.
        for k in [*range(start, len(candidates)), *range(min(start, len(candidates)))]:
            if time.monotonic() > end:
                return program
            if makes_sense(candidates[k]) and fails(candidates[k]):
                program, start = candidates[k], k
                break
        else:
            return program


def makes_sense(program):
    try:
        interpret(program)
    except Unsuitable:
        return False
    return True


def smaller_programs(program):
    if program.options:
        yield replace(program, options=())
    for body in smaller_bodies(program.body):
        yield replace(program, body=body)
    for k, function in enumerate(program.functions):
        others = program.functions[:k], program.functions[k + 1 :]
        yield replace(program, functions=(*others[0], *others[1]))
        for body in smaller_bodies(function.body):
            yield replace(program, functions=(*others[0], replace(function, body=body), *others[1]))
    yield from without_arguments(program)


def without_arguments(program):
    used = {getattr(n, field) for n in g.nodes((program.body, program.functions)) for field in ("name", "array", "like", "base", "tuple")
            if isinstance(getattr(n, field, None), str)}
    for k, a in enumerate(program.arguments):
        if not any(name == a.name or name.startswith((a.name + "[", a.name + ".")) for name in used) and len(program.arguments) > 1:
            kinds = program.kinds[:k] + program.kinds[k + 1 :]
            if set(kinds) != {"const"}:
                yield replace(program, arguments=program.arguments[:k] + program.arguments[k + 1 :], kinds=kinds)


def smaller_bodies(body):
    """Large steps first."""
    half = len(body) // 2
    if half > 1:
        yield body[half:]
    for k in range(len(body)):
        yield body[:k] + body[k + 1 :]
    for k, statement in enumerate(body):
        for instead in unwrapped(statement):
            yield body[:k] + instead + body[k + 1 :]
    for k, statement in enumerate(body):
        for instead in smaller_statements(statement):
            yield (*body[:k], instead, *body[k + 1 :])


def unwrapped(statement):
    """The statements that may stand in the place of a compound one."""
    match statement:
        case g.For(var, start, _, _, body):
            yield (g.SetInt(var, start), *body)
        case g.While(counter, _, _, body):
            yield (g.SetInt(counter, g.Int(1)), *body)
        case g.Forever(counter, body):
            yield (g.SetInt(counter, g.Int(1)), *body)
        case g.If(_, body, orelse) | g.Try(body, orelse):
            yield body
            yield orelse


def smaller_statements(statement):
    for name in STATEMENT_FIELDS:
        if inner := getattr(statement, name, ()):
            for body in smaller_bodies(inner):
                yield replace(statement, **{name: body})
            if name == "orelse":
                yield replace(statement, orelse=())
    if getattr(statement, "condition", None) is not None:
        if isinstance(statement, g.While):
            yield replace(statement, condition=None)
        for condition in smaller_expressions(statement.condition):
            yield replace(statement, condition=condition)
    if isinstance(statement, g.For):
        yield from (replace(statement, stop=stop) for stop in (g.Int(1), g.Int(2), g.Int(3)) if not isinstance(statement.stop, g.Int))
    if hasattr(statement, "value"):
        for value in smaller_expressions(statement.value):
            yield replace(statement, value=value)


def smaller_expressions(e):
    """1.0, each part of the right kind, then the same with one part made smaller."""
    if isinstance(e, REALS):
        yield g.Const(1.0)
    if isinstance(e, INTS):
        yield g.Int(0)
        yield g.Int(1)
    if not is_dataclass(e):
        return
    parts = [(f.name, getattr(e, f.name)) for f in fields(e)]
    for _, part in parts:
        if isinstance(part, REALS) and isinstance(e, REALS):
            yield part
    for name, part in parts:
        if isinstance(part, tuple):
            for k, item in enumerate(part):
                yield from (replace(e, **{name: (*part[:k], smaller, *part[k + 1 :])}) for smaller in smaller_expressions(item))
        for smaller in smaller_expressions(part):
            yield replace(e, **{name: smaller})
