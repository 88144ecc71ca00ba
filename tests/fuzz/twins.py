"""Another form of a program with the same meaning: its value, and so its gradient, must be the same."""
import random
from dataclasses import fields, is_dataclass, replace

from tests.fuzz import grammar as g


def twin(program):
    """One of the forms below, chosen by the program's seed."""
    rng = random.Random(f"twin {program.seed}")
    return rng.choice((in_a_loop_of_one, with_copies, outlined))(program, rng)


def in_a_loop_of_one(program, rng):
    *body, last = program.body
    return replace(program, body=(g.For("i0", g.Int(0), g.Int(1), 1, tuple(body)), last)) if body else program


def with_copies(program, rng):
    """The active arrays are copied first. (What is done to a Duplicated one, the caller must see.)"""
    active = [a for a, kind in zip(program.arguments, program.kinds, strict=True) if kind == "active" and a.kind == "array"]
    if not active or any(a.alias for a in program.arguments):
        return program
    copies = tuple(g.New(a.name, "copy", like=a.name) for a in active if a.layout == "C")
    return replace(program, body=(*copies, *program.body))


def outlined(program, rng):
    """An expression of numbers becomes a function of its own, called in its place."""
    places = [e for statement in program.body if isinstance(statement, g.Assign | g.Store) for e in g.nodes(statement.value)
              if isinstance(e, g.Binary | g.Unary) and is_scalar(e)]
    if not places:
        return program
    chosen = rng.choice(places)
    names = sorted({n.name for n in g.nodes(chosen) if isinstance(n, g.Var)})
    parameters = tuple(g.Parameter(f"p{k}", "float") for k in range(len(names)))
    inside = dict(zip(names, parameters, strict=True))
    body = g.Return(renamed(chosen, inside))
    function = g.Function("outlined", parameters, (body,), inline=rng.choice(("", "never")))
    call = g.Call("outlined", tuple(map(g.Var, names)))
    return replace(program, body=substituted(program.body, chosen, call), functions=(*program.functions, function))


def is_scalar(e):
    """Of numbers in double precision only."""
    allowed = g.Var | g.Const | g.Binary | g.Unary | g.Power | g.Choose | g.Compare | g.Logic
    return all(isinstance(n, allowed) for n in g.nodes(e)) and not any(isinstance(n, g.Var) and n.name[0] == "s" for n in g.nodes(e))


def renamed(e, inside):
    return rebuilt(e, lambda n: g.Var(inside[n.name].name) if isinstance(n, g.Var) else None)


def substituted(x, old, new):
    return rebuilt(x, lambda n: new if n is old else None)


def rebuilt(x, change):
    """The same tree, with `change(node)` in the place of each node for which that is not None."""
    if isinstance(x, tuple):
        return tuple(rebuilt(part, change) for part in x)
    if not is_dataclass(x):
        return x
    instead = change(x)
    if instead is not None:
        return instead
    return replace(x, **{f.name: rebuilt(getattr(x, f.name), change) for f in fields(x)})
