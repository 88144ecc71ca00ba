"""Functions that grow: the size of the gradient is proportional to that of the function, and nothing runs out of numbers or of stack.

Times are in `python -m bench.scaling`; here instructions are counted.
"""
import math

import numpy as np
import pytest
from numba import types

from bench.grown import FAMILIES
from irad import Active, Const, Duplicated, Reverse, ReverseWithPrimal, autodiff
from irad.pipeline import derive
from irad.request import Request

BY_NAME = {family.name: family for family in FAMILIES}


# ------------------------------------------------------------------ more ways into a block than a byte can number
@pytest.fixture(scope="module")
def many_arms():
    return BY_NAME["if ... elif"].make(256)


@pytest.mark.xdist_group("many_arms")
@pytest.mark.parametrize("arm", [0, 1, 128, 255, None])
def test_more_ways_than_a_byte_can_number(many_arms, arm):
    """257 ways into the block behind the arms: the code of the last one once was that of the first."""
    n, x, dx = 256, np.linspace(0.7, 1.3, 9), np.zeros(9)
    x[0] = 0.25 if arm is None else n - arm + 1.0
    autodiff(Reverse, many_arms, Duplicated(x, dx))
    expected, k = np.zeros(9), arm
    if arm is None:
        expected[0], expected[1] = x[1], x[0]
    else:
        u = x[0] * x[k % 9] + k + 0.25
        expected[0] += math.sin(u) + x[0] * math.cos(u) * x[k % 9]
        expected[k % 9] += x[0] * math.cos(u) * x[0]
    np.testing.assert_allclose(dx, expected, rtol=1e-9)


# ------------------------------------------------------------------ twice the function, twice the gradient
def derived(name, n):
    family = BY_NAME[name]
    argtypes = family.argtypes(n)
    kinds = tuple(Duplicated if isinstance(t, types.Array) else Active if isinstance(t, types.Float) else Const for t in argtypes)
    return derive(Request(family.make(n), ReverseWithPrimal, kinds, argtypes))


@pytest.mark.parametrize("name, n", [
    ("straight line", 125), ("straight line over an array", 60), ("nest of loops", 4), ("if ... elif", 20), ("branches in a loop", 20),
    ("a chain used in branches", 20), ("loops in sequence", 12), ("array arguments", 24), ("local arrays", 10),
    ("calls of one function", 6)])
def test_twice_the_function_is_twice_the_gradient(name, n):
    """Instructions of the core beside those of the primal, and the text that LLVM makes of it, which it may merge at will."""
    one, two = derived(name, n), derived(name, 2 * n)
    grows = two.report["instructions"] / one.report["instructions"]
    assert grows < 2.2
    assert two.report["core"] / one.report["core"] < 1.1 * grows
    assert len(two.text) / len(one.text) < 1.3 * grows


def test_eight_thousand_statements():
    """Nothing recurses along a chain of values. One helper, inlined 160 times, is quick to lower."""
    assert derived("calls of one function", 160).report["instructions"] > 8000


# ------------------------------------------------------------------ what LLVM makes of it
@pytest.mark.parametrize("n, stays", [(32, False), (96, True)])
def test_a_switch_of_many_ways_is_copied_into_none(n, stays):
    """LLVM threads each jump through the switch of the reverse sweep, one by one: of five hundred that took it as long as all else."""
    assert ("  switch " in derived("if ... elif", n).text) is stays
