"""A tape that the machine cannot hold is a MemoryError, from Python and from njit, and nothing is left behind."""
import math

import pytest
from numba import njit

from irad import Active, Const, Reverse, autodiff, set_tape_limit
from irad.transform.runtime import TEXT


@njit
def iterate(x, n):
    for _ in range(n):
        x = math.sin(x * 1.001)
    return x


@njit
def inside(x, n):
    return autodiff(Reverse, iterate, Active(x), Const(n))[0]


@pytest.mark.parametrize("derivative", [lambda x, n: autodiff(Reverse, iterate, Active(x), Const(n)), inside], ids=["Python", "njit"])
def test_a_tape_that_the_machine_cannot_hold_is_a_memory_error(derivative):
    before = set_tape_limit(2**55)
    try:
        with pytest.raises(MemoryError):
            derivative(0.5, 10**15)
    finally:
        set_tape_limit(before)


@pytest.mark.parametrize("n", [0, 1, 511, 512, 513, 4096])
def test_tapes_on_the_stack_and_on_the_heap(n):
    x, slope = 0.5, 1.0
    for _ in range(n):
        slope *= 1.001 * math.cos(x * 1.001)
        x = math.sin(x * 1.001)
    assert inside(0.5, n) == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("kind", ["nrt", "raw", "free"])
def test_all_that_can_be_owned_can_be_released(kind):
    """A list of raw blocks, carried around a loop, had no release."""
    assert f"define internal void @irad.release.{kind}(" in TEXT
    assert f"define internal void @irad.release.list.{kind}(" in TEXT
