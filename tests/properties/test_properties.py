"""Traps that are properties of what is derived, not of one program: adjoint loops vectorise (53), and symbols never meet (90)."""
import numpy as np
import pytest
from numba import njit

from irad import Active, Duplicated, Reverse, autodiff, grad


def square_sum(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    return s


def scaled(x, y):
    for i in range(x.size):
        y[i] = 3.0 * x[i] * x[i]


@pytest.mark.parametrize("derive", [
    lambda: (grad(njit(square_sum)), (np.ones(8),)),
    lambda: (_into(njit(scaled)), (np.ones(8), np.ones(8), np.ones(8), np.ones(8))),
], ids=["returned", "added"])
def test_adjoint_loops_vectorise(derive):
    f, args = derive()
    f(*args)
    text = "\n".join(f.inspect_llvm().values())
    assert " x double>" in text


def _into(f):
    @njit
    def gradient(x, dx, y, dy):
        autodiff(Reverse, f, Duplicated(x, dx), Duplicated(y, dy))
    return gradient


def test_functions_of_one_name_do_not_meet():
    """Two closures from one place have one name; their derivatives have names of their own, and stand in one caller."""
    def make(c):
        @njit
        def f(x):
            return c * x * x
        return f

    two, three = make(2.0), make(3.0)

    @njit
    def both(x):
        return autodiff(Reverse, two, Active(x))[0], autodiff(Reverse, three, Active(x))[0]

    assert both(1.5) == (6.0, 9.0)
    assert (grad(two)(1.5), grad(three)(1.5)) == (6.0, 9.0)


def test_equal_functions_share_a_name_and_both_work():
    """The same code twice gives the same text under the same name, defined in two libraries of one process."""
    first, second = njit(square_sum), njit(lambda x: square_sum_again(x))
    x = np.array([1.0, -2.0])
    assert np.array_equal(grad(first)(x), 2 * x)
    assert np.array_equal(grad(njit(square_sum))(x), 2 * x)
    assert np.array_equal(grad(second)(x), 2 * x)


square_sum_again = njit(square_sum)
