"""Shadows are added to; other arguments' activity does not matter; nor does what was compiled before."""
import numpy as np
import pytest

import irad
from tests.support import memory
from tests.support.fresh import fresh
from tests.support.product import annotated, close, gradient_of, needs_irad, seeds_of
from tests.support.program import corpus, numbers, shadows_of

pytestmark = needs_irad
PROGRAMS = corpus()
READ_ONLY = ["fortran_order", "three_dimensional", "pairs", "embedded_atom", "gaussian_mixture", "tuple_of_arrays",
             "negative_strides_argument"]
WIDENED = ["overwrite_then_read", "swap_argument_arrays", "n_body_energy", "black_scholes", "two_layer_network",
           "callee_returns_and_writes",
           "hoisted_invariants", "kalman_filter", "binary_scalar_ufuncs", "nested_tuples", "while_in_while", "callee_fills_an_array"]
WITH_CALLEES = ["callee_with_different_activities", "callee_returns_and_writes", "callee_that_vectorises", "chain_of_callees",
                "closure_over_function", "callee_returns_new_array", "runge_kutta", "black_scholes"]


@pytest.mark.parametrize("name", READ_ONLY)
def test_twice_is_twice(name):
    p = PROGRAMS[name]
    args = p.args()
    kinds = p.kinds(args)
    shadows = shadows_of(args, kinds)
    irad.autodiff(irad.Reverse, p.f, *annotated(args, kinds, shadows))
    once = numbers(tuple(shadows)).copy()
    irad.autodiff(irad.Reverse, p.f, *annotated(args, kinds, shadows))
    np.testing.assert_allclose(numbers(tuple(shadows)), 2 * once, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", READ_ONLY[:3])
def test_seeds_are_exact_for_powers_of_two(name):
    """The contents of a shadow that is only read go through unchanged."""
    p = PROGRAMS[name]
    args = p.args()
    kinds, zero = p.kinds(args), gradient_of(p, args)
    seeds = shadows_of(args, kinds)
    for s in memory.arrays_in(tuple(x for x in seeds if x is not None)):
        s[...] = 2.0 ** 40
    got = numbers(gradient_of(p, args, seeds).gradients)
    np.testing.assert_allclose(got - 2.0 ** 40, numbers(zero.gradients), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", WIDENED)
def test_activity_of_others_does_not_matter(name):
    """Each argument alone, the others Const where the function does not write them: its gradient is the one among all."""
    p = PROGRAMS[name]
    args = p.args()
    kinds, seeds = p.kinds(args), seeds_of(p, args)
    everything = gradient_of(p, args, seeds)
    read_only = _read_only(p, args)
    for k, kind in enumerate(kinds):
        if kind == "const":
            continue
        narrow = tuple("const" if j != k and read_only[j] else other for j, other in enumerate(kinds))
        if narrow == kinds:
            continue
        own = [s if kind == "duplicated" else None for s, kind in zip(seeds, narrow, strict=True)]
        alone = gradient_of(p, args, own, kinds=narrow)
        close(alone.gradients[k], everything.gradients[k], 1e-12)


def _read_only(p, args):
    copies = memory.clone(args)
    p.f(*copies)
    pairs = zip(args, copies, strict=True)
    return [all(a.tobytes() == b.tobytes() for a, b in zip(memory.arrays_in((x,)), memory.arrays_in((y,)), strict=True)) for x, y in pairs]


@pytest.mark.parametrize("name", WITH_CALLEES)
def test_cold_and_warm(name):
    """A function that was compiled and run, with all its callees, gives the same gradient as one that was not."""
    p = PROGRAMS[name]
    args = p.args()
    seeds = seeds_of(p, args)
    cold = gradient_of(p, args, seeds, f=fresh(p.f))
    warm_f = fresh(p.f)
    warm_f(*memory.clone(args))
    warm = gradient_of(p, args, seeds, f=warm_f)
    close(warm.gradients, cold.gradients, 0.0)
