"""A derivative call of a program, as its `kinds` and `options` say, with random shadows; and what the interpreter says must come out.

What a reverse call adds is the derivative of `value + sum(seed * contents at the end)` over the Duplicated arrays, whose shadows hold the
seeds on entry.
"""
from dataclasses import dataclass

import numpy as np

import irad
from irad.options import options
from tests.fuzz import grammar as g
from tests.fuzz.to_python import values
from tests.support import memory

WRAP = {"active": irad.Active, "const": irad.Const}


@dataclass(frozen=True)
class Done:
    """`finals` and `gradients` by the names of the leaves, gradients of differentiated ones only."""

    value: float | None
    raised: tuple | None
    finals: dict
    gradients: dict


def seeded(program):
    """The shadows on entry, by leaf: what any call of this program starts from."""
    rng = np.random.default_rng(program.seed)
    return {a.name: rng.integers(-8, 9, g.shape_of(a.value)) / 8 for a in arrays_of(program, "duplicated") if not a.alias}


def arrays_of(program, kind):
    for argument, given in zip(program.arguments, program.kinds, strict=True):
        if given == kind:
            yield from (a for a in g.leaves((argument,)) if a.kind == "array")


def shadows_of(program, arguments):
    """For each argument what its shadow is, or None. Laid out as the arguments are; a sixth of them all contiguous."""
    picked = [a for a, kind in zip(arguments, program.kinds, strict=True) if kind == "duplicated"]
    arrays = list(memory.arrays_in(picked))
    plain = program.seed % 6 == 0 and not any(a.alias for a in g.leaves(program.arguments))
    new = [np.empty(a.shape, a.dtype) for a in arrays] if plain else memory.mirror(arrays)
    seeds = seeded(program)
    for a, shadow in zip(arrays_of(program, "duplicated"), new, strict=True):
        if not a.alias:
            shadow[...] = seeds[a.name]
    made = iter(memory.rebuild(tuple(picked), new))
    return [next(made) if kind == "duplicated" else None for kind in program.kinds]


def outcome_of(f, arguments):
    """(result, None), or (None, (type, arguments) of what it raised)."""
    try:
        return f(*arguments), None
    except irad.IradError:
        raise
    except Exception as error:
        if type(error).__module__.startswith("numba"):
            raise
        error.__traceback__ = None
        return None, (type(error), error.args)


def reverse(program, f):
    arguments = values(program)
    shadows = shadows_of(program, arguments)
    annotated = [irad.Duplicated(a, s) if kind == "duplicated" else WRAP[kind](a)
                 for a, s, kind in zip(arguments, shadows, program.kinds, strict=True)]
    with options(**dict(program.options)):
        result, raised = outcome_of(lambda *given: irad.autodiff(irad.ReverseWithPrimal, f, *given), annotated)
    gradients, value = ((None,) * len(arguments), None) if raised else result
    by_leaf = {}
    for argument, kind, gradient, shadow in zip(program.arguments, program.kinds, gradients, shadows, strict=True):
        if kind != "const" and not raised:
            collect(argument, gradient if kind == "active" else shadow, by_leaf)
    return Done(value, raised, leaves_by_name(program, arguments), by_leaf)


def leaves_by_name(program, arguments):
    found = {}
    for argument, value in zip(program.arguments, arguments, strict=True):
        collect(argument, value, found)
    return found


def collect(argument, value, found):
    if argument.kind == "tuple":
        for part, x in zip(argument.value, value, strict=True):
            collect(part, x, found)
    else:
        found[argument.name] = value


def expected_gradients(program, outcome):
    """By leaf, for all that is differentiated; a piece of another array shares its shadow."""
    total = outcome.d.copy()
    for name, seed in seeded(program).items():
        total += np.tensordot(seed, outcome.finals[name].d, seed.ndim)
    shapes = {a.name: g.shape_of(a.value) for a in g.leaves(program.arguments)}
    return {name: total[place].reshape(shapes[name]) for name, place in outcome.places.items()}


def expected_finals(program, outcome):
    """Array leaves after the call: Active ones are never changed."""
    before = leaves_by_name(program, values(program))
    untouched = {a.name for a in arrays_of(program, "active")}
    return {name: before[name] if name in untouched else x.v for name, x in outcome.finals.items()}
