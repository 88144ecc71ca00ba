"""Each program of the corpus: its gradient, its primal, its seeds, its allocations, other plans, forward mode. One test a program: derived
once a plan and mode.

A program that may be refused is refused with an IradError that says why, or is right.
"""
import os
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest

from tests.support import memory
from tests.support.forward import check_forward
from tests.support.fresh import keep, underived
from tests.support.heap import counted
from tests.support.leaks import balanced
from tests.support.parts import parts
from tests.support.product import check_gradient, check_primal, close, gradient_of, needs_irad, options, reason, seeds_of
from tests.support.program import corpus, numbers

pytestmark = needs_irad
PROGRAMS = corpus()
RIGHT = [p for p in PROGRAMS.values() if p.raises is None]


@pytest.mark.parametrize("p", RIGHT, ids=repr)
def test_program(p):
    from irad import IradError
    args = p.args()
    kinds, seeds = p.kinds(args), seeds_of(p, args)
    derived = replace(p, f=underived(p.f))
    with counted() as heap:
        try:
            answer = gradient_of(derived, args, seeds)
        except IradError as error:
            if p.refused is None:
                raise
            assert re.search(p.refused, reason(error, p), re.IGNORECASE), str(error)
            return
        check_primal(p, answer, args, kinds)
        check_gradient(p, answer, args, kinds, seeds)
        check_again(derived, args, answer, seeds)
        check_linear(derived, args, answer, seeds)
        with balanced(p.name, heap):
            gradient_of(derived, args, seeds)
        check_forward(p, args, kinds, seeds, answer, heap, derived.f)
    keep(derived.f, p.f)
    if p.refused is None:
        check_plans(derived, args, answer, seeds)


def check_again(p, args, answer, seeds):
    """The same call gives the same bits."""
    again = gradient_of(p, args, seeds)
    np.testing.assert_array_equal(again.value, answer.value)
    close(again.gradients, answer.gradients, 0.0)


def check_linear(p, args, answer, seeds):
    """gradient(s + t) - gradient(s) = gradient(t) - gradient(0), where s, t are shadows on entry and each also holds the value's part."""
    if all(s is None for s in seeds):
        return
    other = seeds_of(p, args, 2)
    both = _sum(seeds, other)
    present = iter(both)
    both = [None if s is None else next(present) for s in seeds]
    got = gradient_of(p, args, both).gradients
    one, two, none = answer.gradients, gradient_of(p, args, other).gradients, gradient_of(p, args).gradients
    with np.errstate(invalid="ignore"):
        expected = numbers(one) + numbers(two) - numbers(none)
    if np.isfinite(expected).all():
        tolerance = max(1e-12, p.tolerance * 1e-2)
        scale = max(np.abs(numbers(x)).max(initial=1.0) for x in (one, two, none))
        close(got, expected, tolerance, floor=scale)


def check_plans(p, args, answer, seeds):
    """To save all, and to recompute wherever it is legal, give the gradient of the minimum cut, also without LLVM's passes over it. A sixth
    of the programs take turns; with IRAD_FULL=1 each is tried with both."""
    turn = zlib.crc32(p.name.encode()) % 12
    for plan in ("save", "recompute") if os.environ.get("IRAD_FULL") else ("save", "recompute")[turn:turn + 1]:
        with options(plan=plan, optimise=False):
            other = gradient_of(p, args, seeds, f=underived(p.f))
        close(other.gradients, answer.gradients, max(1e-13, p.tolerance * 1e-2))


def _sum(s, t):
    """The sum of two lists of shadows, with the overlap of the first."""
    s, t = ([x for x in z if x is not None] for z in (s, t))
    new = memory.mirror(list(memory.arrays_in(s)), writable=True)
    for c, a, b in zip(new, memory.arrays_in(s), memory.arrays_in(t), strict=True):
        for p, q, r in zip(parts(c), parts(a), parts(b), strict=True):
            p[...] = q + r
    return memory.rebuild(tuple(s), new)
