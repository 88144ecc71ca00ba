"""The oracle itself: against fifty digits, complex steps and closed forms, and at the points where a derivative is a convention."""
import math

import mpmath
import numpy as np
import pytest
from numba import njit

from tests.support import dual_math
from tests.support.dual import Dual, power
from tests.support.oracle import differentiate

POINTS = (-2.7, -0.9, -0.31, 0.2, 0.7, 1.3, 3.9)
PRECISE = {"cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), "exp2": lambda x: mpmath.mpf(2) ** x, "expm1": mpmath.expm1,
           "log2": lambda x: mpmath.log(x, 2), "log1p": mpmath.log1p, "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
           "fabs": abs,
           "square": lambda x: x * x, "reciprocal": lambda x: 1 / x, "sinc": mpmath.sincpi, "negative": lambda x: -x,
           "positive": lambda x: x}
PRECISE_BINARY = {"hypot": mpmath.hypot, "atan2": mpmath.atan2, "fmod": lambda x, y: x - y * _trunc(x / y),
                  "logaddexp": lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
                  "logaddexp2": lambda x, y: mpmath.log(mpmath.mpf(2) ** x + mpmath.mpf(2) ** y, 2), "maximum": max, "minimum": min,
                  "fmax": max, "fmin": min, "copysign": lambda x, y: abs(x) * mpmath.sign(y)}
STEPS = {"floor", "ceil", "trunc", "rint", "sign", "spacing"}


def _trunc(x):
    return mpmath.floor(x) if x > 0 else mpmath.ceil(x)


def _slope(f, x):
    with mpmath.workdps(60):
        h = mpmath.mpf(10) ** -20
        return (f(mpmath.mpf(x) + h) - f(mpmath.mpf(x) - h)) / (2 * h)


@pytest.mark.parametrize("name", sorted(set(dual_math.UNARY) - STEPS))
def test_unary(name):
    precise = PRECISE.get(name) or getattr(mpmath, name)
    checked = 0
    for x in POINTS:
        out = dual_math.unary(name)(Dual(x, np.array([1.0])))
        if not math.isfinite(out.v):
            continue
        with mpmath.workdps(50):
            assert abs(out.v - precise(mpmath.mpf(x))) <= 1e-14 * max(1, abs(out.v))
        expected = float(_slope(precise, x))
        assert abs(out.d[0] - expected) <= 1e-13 * max(1.0, abs(expected)), (name, x)
        checked += 1
    assert checked >= 2


@pytest.mark.parametrize("name", sorted(PRECISE_BINARY))
def test_binary(name):
    precise = PRECISE_BINARY[name]
    for x in POINTS:
        for y in (-1.7, -0.43, 0.6, 2.2):
            out = dual_math.binary(name)(Dual(x, np.array([1.0, 0.0])), Dual(y, np.array([0.0, 1.0])))
            expected = [float(_slope(lambda t: precise(t, mpmath.mpf(y)), x)), float(_slope(lambda t: precise(mpmath.mpf(x), t), y))]  # noqa: B023
            np.testing.assert_allclose(out.d, expected, rtol=1e-12, atol=1e-13, err_msg=f"{name}({x}, {y})")


@pytest.mark.parametrize("name", sorted(STEPS))
def test_steps_have_no_slope(name):
    assert dual_math.unary(name)(Dual(1.3, np.array([1.0]))).d[0] == 0.0


@pytest.mark.parametrize("f", [
    lambda x, y: x * y + x / y - y, lambda x, y: x ** 3 + y ** -2 + x ** 0, lambda x, y: y ** x, lambda x, y: 2.0 ** x * y ** 0.5,
    lambda x, y: (1.0 - x) / (2.0 + y) * -x, lambda x, y: x * x * x - 3 * y], ids=range(6))
def test_arithmetic_by_complex_steps(f):
    x, y, h = 0.7, 1.9, 1e-200
    out = f(Dual(x, np.array([1.0, 0.0])), Dual(y, np.array([0.0, 1.0])))
    expected = [f(complex(x, h), y).imag / h, f(x, complex(y, h)).imag / h]
    np.testing.assert_allclose(out.d, expected, rtol=1e-14)


def test_remainders():
    for x, y in ((7.3, 2.1), (-7.3, 2.1), (7.3, -2.1)):
        a, b = Dual(x, np.array([1.0, 0.0])), Dual(y, np.array([0.0, 1.0]))
        assert (a % b).v == x % y and (a // b).v == x // y
        np.testing.assert_array_equal((a % b).d, [1.0, -(x // y)])
        np.testing.assert_array_equal((a // b).d, [0.0, 0.0])


def test_conventions_at_singular_points():
    one = np.array([1.0])
    assert abs(Dual(0.0, one)).d[0] == 0.0
    assert dual_math.unary("sqrt")(Dual(0.0, one)).d[0] == math.inf
    assert dual_math.unary("sqrt")(Dual(0.0, 0 * one)).d[0] == 0.0
    for name in ("hypot", "atan2"):
        assert dual_math.binary(name)(Dual(0.0, one), Dual(0.0)).d[0] == 0.0
    assert power(Dual(0.0, one), 0).d[0] == 0.0
    assert power(Dual(-2.0, one), 3.0).d[0] == 12.0
    both = Dual(1.0, np.array([1.0, 0.0])), Dual(1.0, np.array([0.0, 1.0]))
    for name in ("maximum", "minimum", "fmax", "fmin"):
        np.testing.assert_array_equal(dual_math.binary(name)(*both).d, [1.0, 0.0])


def test_division_by_zero_is_pythons_or_numpys():
    with pytest.raises(ZeroDivisionError):
        Dual(1.0) / Dual(0.0)

    def divide(a, b):
        return a / b
    with pytest.raises(ZeroDivisionError):
        differentiate(njit(divide), (1.0, 0.0), ("active", "active"))
    assert differentiate(njit(error_model="numpy")(divide), (1.0, 0.0), ("active", "active")).value == math.inf


def test_float32_is_rounded():
    x = Dual(0.1, np.array([1.0]), single=True)
    assert x.v == float(np.float32(0.1))
    assert (x * x).v == float(np.float32(0.1) * np.float32(0.1))
    assert (x * Dual(0.1)).v == float(np.float32(0.1)) * 0.1


@njit
def _helper(x, k):
    return np.sin(x[k]) * x[k]


@njit
def _sum_of_helpers(x, y):
    s = 0.0
    for k in range(len(x)):
        s += _helper(x, k)
        y[k] = s * y[k]
    return s


def test_functions_with_writes_and_callees():
    x, y = np.array([0.3, 0.7]), np.array([1.5, -2.0])
    seed = np.array([2.0, 3.0])
    out = differentiate(_sum_of_helpers, (x, y), ("duplicated", "duplicated"), [np.zeros(2), seed])
    slope = np.cos(x) * x + np.sin(x)
    sums = np.cumsum(np.sin(x) * x)
    assert out.value == pytest.approx(sums[1], rel=1e-15)
    np.testing.assert_allclose(out.finals[1], sums * y)
    np.testing.assert_allclose(out.gradients[0], [slope[0] * (1 + seed @ y), slope[1] * (1 + seed[1] * y[1])], rtol=1e-14)
    np.testing.assert_allclose(out.gradients[1], seed * sums, rtol=1e-14)


def test_overlap_counts_once():
    @njit
    def product(a, b):
        return a[1] * b[0]
    base = np.array([1.0, 3.0, 5.0])
    out = differentiate(product, (base[:2], base[1:]), ("duplicated", "duplicated"))
    np.testing.assert_array_equal(out.gradients[0], [0.0, 6.0])
    np.testing.assert_array_equal(out.gradients[1], [6.0, 0.0])
    apart = differentiate(product, (base[:2], base[1:]), ("active", "active"))
    np.testing.assert_array_equal(apart.gradients[0], [0.0, 3.0])


def test_what_the_oracle_does_not_know_it_says():
    @njit
    def unknown(x):
        return np.bincount(x)[0] * 1.0
    with pytest.raises(NotImplementedError, match="bincount"):
        differentiate(unknown, (np.array([1, 2]),), ("const",))
