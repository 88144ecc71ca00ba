"""Fused loops with much to do run in short strips, each reversed by a loop of its own right after it ran."""
import math

import numpy as np
import pytest
from numba import njit, types

from irad import Active, Const, Reverse, pipeline, value_and_gradient
from irad.options import Options
from irad.request import Request
from tests.support.leaks import balanced

SHORT = Options().strip
LENGTHS = (0, 1, SHORT - 1, SHORT, SHORT + 1, 2 * SHORT, 200)
VECTOR = types.Array(types.float64, 1, "C")


@njit
def down(x, y, a):
    """A counter that runs down, a start that is active, a mean."""
    e = a * a
    for i in range(x.size - 1, -1, -1):
        e -= math.exp(-x[i] * a) / (1.0 + y[i] * y[i])
    return 0.5 * e


def down_by_hand(x, y, a):
    t = np.exp(-x * a) / (1.0 + y * y)
    return 0.5 * (a * a - t.sum()), 0.5 * t * a, 0.5 * t * 2.0 * y / (1.0 + y * y), 0.5 * (2.0 * a + (t * x).sum())


@njit
def two(x, y, a):
    """Two sums, every second element, an index from an array, and an exception that does not come."""
    e, g = 0.0, 0.0
    for i in range(0, x.size, 2):
        j = (7 * i) % x.size
        e += math.sin(x[i] * y[j])
        if y[i] > 9.0:
            raise ValueError("large")
        g += math.exp(x[j] * a)
    return 3.0 * e - g * a


def two_by_hand(x, y, a):
    i = np.arange(0, x.size, 2)
    j = (7 * i) % max(x.size, 1)
    c, t = np.cos(x[i] * y[j]), np.exp(x[j] * a)
    dx, dy = np.zeros_like(x), np.zeros_like(y)
    np.add.at(dx, i, 3.0 * c * y[j])
    np.add.at(dx, j, -a * a * t)
    np.add.at(dy, j, 3.0 * c * x[i])
    return 3.0 * np.sin(x[i] * y[j]).sum() - a * t.sum(), dx, dy, -t.sum() - a * (t * x[j]).sum()


@pytest.mark.parametrize("f, by_hand", [(down, down_by_hand), (two, two_by_hand)])
def test_for_every_number_of_iterations(f, by_hand):
    rng = np.random.default_rng(1)
    for n in LENGTHS:
        x, y, a = rng.uniform(0.3, 1.2, n), rng.uniform(0.3, 1.2, n), 0.7
        value, gradients = value_and_gradient(f, x, y, a)
        assert value == f(x, y, a)
        for got, expected in zip(gradients, by_hand(x, y, a)[1:], strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)


def test_without_heap():
    """The tape of a strip lies on the stack."""
    derived = pipeline.derive(Request(down, Reverse, (Active, Const, Const), (VECTOR, VECTOR, types.float64)))
    assert derived.report["tape"] and "irad.memory.take" not in derived.text and "malloc" not in derived.text


def test_what_is_raised():
    x, y = np.full(150, 0.5), np.full(150, 0.5)
    y[130] = 10.0
    value_and_gradient(two, x[:100], y[:100], 0.7)
    with balanced("two"), pytest.raises(ValueError, match="large"):
        value_and_gradient(two, x, y, 0.7)


def light(x):
    e = 0.0
    for i in range(x.size - 1):
        a, b = 1.0 - x[i], x[i + 1] - x[i] * x[i]
        e += a * a + 100.0 * b * b
    return e


@pytest.mark.parametrize("n", [0, 1, 2, 3, 50])
def test_light_loops(n):
    x = np.linspace(0.3, 1.2, n)
    expected = np.zeros(n)
    b = x[1:] - x[:-1] ** 2
    expected[:-1] += -2.0 * (1.0 - x[:-1]) - 400.0 * b * x[:-1]
    expected[1:] += 200.0 * b
    value, (got,) = value_and_gradient(njit(light), x)
    assert value == njit(light)(x)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)
    assert not pipeline.derive(Request(njit(light), Reverse, (Active,), (VECTOR,))).report["saved"]
