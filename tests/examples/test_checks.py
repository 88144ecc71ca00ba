"""The independent checks agree with one another, and notice a gradient that is wrong."""
import math
from collections import namedtuple

import numpy as np

from examples.checks import complex_step, deviation, dual_gradient


def test_dual_numbers_and_complex_step_agree():
    x = np.array([0.3, -1.2, 2.5])

    def f(x):
        return np.exp(np.sin(x[0]) * x[1]) / (x[2] * x[2] + 1) - x[0] * x[1]

    (by_duals,) = dual_gradient(f, x)
    assert deviation(by_duals, complex_step(f, x)) < 1e-15


def test_dual_gradient_keeps_the_structure():
    Pair = namedtuple("Pair", "a n")
    gradient = dual_gradient(lambda p, q, empty: p.a * q[p.n][0], Pair(3.0, 1), ((1.0,), (2.0,)), ())
    assert gradient == (Pair(2.0, 0), ((0.0,), (3.0,)), ())
    assert type(gradient[0]) is Pair


def test_deviation_is_infinite_for_nan_and_for_another_structure():
    assert deviation((math.nan, 1.0), (1.0, 1.0)) == math.inf
    assert deviation((1.0,), (1.0, 1.0)) == math.inf
    assert deviation((2.0, 1.0), (2.0, 2.0)) == 0.5
