"""Forward mode on a program of the corpus: primal, allocations, and the dot product that must agree with reverse mode,

    tangent of the result + sum(seed * tangent at the end)  ==  sum(gradient * direction)

with the left side from forward mode and the gradient from reverse mode and the oracle. An address that several arrays share counts once.
"""
from dataclasses import dataclass

import numpy as np

import irad
from tests.support import memory
from tests.support.leaks import balanced
from tests.support.parts import parts
from tests.support.product import check_primal, expected_gradients
from tests.support.program import numbers, shadows_of

# An infinite partial times a tangent is infinite, and a factor zero behind it makes a NaN; reverse mode meets the zero first.
SINGULAR = ("zero_times_infinite_partials",)


@dataclass
class Answer:
    """`tangent`: of the result. `dx`: the tangents of the arguments after the call."""
    value: object
    finals: list
    tangent: object
    dx: tuple


def direction_of(program, args, kinds, number=7):
    """A random tangent for each argument, in its structure, or None where it is constant. Those of arrays overlap as the arrays do."""
    rng = np.random.default_rng(number)
    arrays = shadows_of(args, kinds, rng, own=program.shadows == "own")
    return tuple(_random(a, rng) if kind == "active" else dx for a, dx, kind in zip(args, arrays, kinds, strict=True))


def _random(a, rng):
    if isinstance(a, np.ndarray):
        out = np.zeros(a.shape, a.dtype)
        for p in parts(out):
            p[...] = rng.normal(size=p.shape) if p.dtype.kind == "f" else 0
        return out
    if isinstance(a, tuple):
        inner = [_random(x, rng) for x in a]
        return type(a)(*inner) if hasattr(a, "_fields") else tuple(inner)
    if isinstance(a, complex | np.complexfloating):
        return type(a)(complex(*rng.normal(size=2)))
    return type(a)(rng.normal()) if isinstance(a, float | np.floating) else a


def tangent_of(program, args, kinds, dx, mode=irad.ForwardWithPrimal, f=None):
    """One call in forward mode on copies of the arguments and their tangents. An Active argument is passed as Duplicated."""
    args, given = memory.clone(args), iter(memory.clone(tuple(d for d in dx if d is not None)))
    dx = tuple(None if d is None else next(given) for d in dx)
    annotated = [irad.Const(a) if kind == "const" else irad.Duplicated(a, d) for a, d, kind in zip(args, dx, kinds, strict=True)]
    result = irad.autodiff(mode, f or program.f, *annotated)
    tangent, value = result if mode.primal else (result, None)
    return Answer(value, list(memory.arrays_in(args)), tangent, dx)


def check_forward(program, args, kinds, seeds, answer, heap=None, f=None):
    """`answer`: of reverse mode, with these seeds. `f`: what is derived, if it is not the program's own dispatcher."""
    dx = direction_of(program, args, kinds)
    got = tangent_of(program, args, kinds, dx, f=f)
    check_primal(program, got, args, ["const" if kind == "active" else kind for kind in kinds])
    with balanced(f"{program.name}, forward", heap):
        tangent_of(program, args, kinds, dx, f=f)
    if program.name in SINGULAR:
        return
    left = float(numbers(got.tangent).sum()) + sum(t * s for t, s in _pairs(got.dx, seeds, kinds))
    compare(left, answer.gradients, dx, kinds, max(1e-12, program.tolerance * (0.1 if program.tolerance > 1e-6 else 1e-3)))
    expected = expected_gradients(program, args, kinds, seeds)
    if expected is not None:
        compare(left, expected, dx, kinds, program.tolerance)


def compare(left, gradients, dx, kinds, tolerance):
    """Relative to the largest number that cancellation could leave."""
    terms = [t * g for t, g in _pairs(dx, gradients, kinds)]
    terms += [t * g for d, x, kind in zip(dx, gradients, kinds, strict=True) if kind == "active"
              for t, g in zip(numbers(d), numbers(x), strict=True)]
    np.testing.assert_allclose(left, sum(terms), rtol=tolerance, atol=tolerance * sum(abs(t) for t in terms if np.isfinite(t)))


def _pairs(one, other, kinds):
    """The numbers of two structures of shadows side by side, each address of the first once; Duplicated arguments only."""
    seen, alive = set(), []                             # arrays that stand for the floats of instances keep their addresses
    for x, y, kind in zip(one, other, kinds, strict=True):
        if kind != "duplicated":
            continue
        sides = [[p for c in memory.arrays_in((z,)) for p in parts(c)] for z in (x, y)]
        alive.append(sides)
        for a, b in zip(*sides, strict=True):
            for i in np.ndindex(a.shape) if a.dtype.kind == "f" else ():
                at = memory.address(a) + sum(k * step for k, step in zip(i, a.strides, strict=True))
                if at not in seen:
                    seen.add(at)
                    yield float(a[i]), float(b[i])
