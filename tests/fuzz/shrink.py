"""Makes a failing program smaller while it still fails: statements out, loops and branches replaced by their bodies, expressions by their
parts or by 1.0. `fails(program)` decides; a candidate that no longer makes sense (a name undefined, say) must simply not fail.
"""
import time
from dataclasses import fields, is_dataclass, replace

from tests.fuzz import grammar as g

STATEMENT_FIELDS = ("body", "orelse")
REALS = (g.Var, g.Item, g.FromInt, g.Unary, g.Binary, g.Power, g.Choose, g.Reduce)


def shrink(program, fails, seconds=60.0):
    """The first smaller program that fails, again and again, until none does or time is up."""
    end = time.monotonic() + seconds
    while True:
        for body in smaller_bodies(program.body):
            if time.monotonic() > end:
                return program
            candidate = replace(program, body=body)
            if fails(candidate):
                program = candidate
                break
        else:
            return program


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
        case g.If(_, body, orelse):
            yield body
            yield orelse


def smaller_statements(statement):
    for name in STATEMENT_FIELDS:
        if inner := getattr(statement, name, ()):
            for body in smaller_bodies(inner):
                yield replace(statement, **{name: body})
    if getattr(statement, "condition", None) is not None and isinstance(statement, g.While):
        yield replace(statement, condition=None)
    if hasattr(statement, "value"):
        for value in smaller_expressions(statement.value):
            yield replace(statement, value=value)


def smaller_expressions(e):
    """1.0, each part of the right kind, then the same with one part made smaller."""
    if isinstance(e, REALS):
        yield g.Const(1.0)
    if not is_dataclass(e):
        return
    parts = [(f.name, getattr(e, f.name)) for f in fields(e)]
    for _, part in parts:
        if isinstance(part, REALS):
            yield part
    for name, part in parts:
        for smaller in smaller_expressions(part):
            yield replace(e, **{name: smaller})
