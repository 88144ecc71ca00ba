"""Forward mode beyond the corpus (test_gradients.py holds it against reverse mode there): results, structures, njit code, refusals."""
import math

import numpy as np
import pytest
from numba import njit

from irad import Active, Const, Duplicated, Forward, ForwardWithPrimal, IradError, Reverse, autodiff, gradient, jvp
from tests.support.leaks import balanced


@njit
def norm(x, scale):
    s = 0.0
    for i in range(x.size):
        s += (scale * x[i]) ** 2
    return math.sqrt(s)


@njit
def several(a, b, n):
    return (a * b, n), math.sin(a), a > b, b * 1j


@njit
def squares(x, out):
    for i in range(x.size):
        out[i] = x[i] * x[i]


X, V = np.array([3.0, 4.0]), np.array([1.0, -1.0])


def test_a_direction_of_the_gradient_from_python_and_from_njit_code():
    (g, h) = gradient(norm, X, 2.0)

    @njit
    def inside(mode, x, dx):
        return autodiff(mode, norm, Duplicated(x, dx), Duplicated(2.0, 1.0))
    expected = g @ V + h
    for call in (lambda mode: autodiff(mode, norm, Duplicated(X, V), Duplicated(2.0, 1.0)), lambda mode: inside(mode, X, V)):
        np.testing.assert_allclose(call(Forward), expected, rtol=1e-14)
        np.testing.assert_allclose(call(ForwardWithPrimal), (expected, 10.0), rtol=1e-14)
    assert autodiff(Forward, norm, Const(X), Duplicated(2.0, 1)) == h                 # an int for a float
    assert autodiff(Forward, norm, Const(X), Const(2.0)) == 0.0


def test_results_of_several_numbers():
    (da, n), ds, flag, dz = autodiff(Forward, several, Duplicated(2.0, 1.0), Duplicated(3.0, 0.5), Const(7))
    assert (da, n, ds, flag, dz) == (4.0, 0, math.cos(2.0), False, 0.5j)
    dy, y = autodiff(ForwardWithPrimal, several, Duplicated(2.0, 1.0), Const(3.0), Const(7))
    assert dy == ((3.0, 0), math.cos(2.0), False, 0j) and y == several(2.0, 3.0, 7)


@njit
def table(x, a):
    y = np.empty((x.size, 2))
    for i in range(x.size):
        y[i, 0] = x[i] * x[i]
        y[i, 1] = a
    return y


@njit
def grown(x, n):
    y = x * 1j
    for _ in range(n):
        y = y * x
    return y, x[0] > 1.0, np.ones(2), (x[0] * 2, np.arange(3)), (x * 3)[1:]


@njit
def one_of(x, n):
    if n > 1:
        return x * x
    return np.zeros(2)


def test_results_with_arrays():
    """New arrays; where nothing reaches them their tangents are zeros. What is not returned is released."""
    slopes = np.stack([2 * X * V, [1.0, 1.0]], axis=1)
    for mode, call in ((ForwardWithPrimal, autodiff), (Forward, autodiff), (Forward, njit(lambda *a: autodiff(*a)))):
        got = call(mode, table, Duplicated(X, V), Duplicated(2.0, 1.0))
        dy, y = got if mode.primal else (got, table(X, 2.0))
        assert np.array_equal(dy, slopes) and np.array_equal(y, table(X, 2.0))
        with balanced(str(mode)):
            call(mode, table, Duplicated(X, V), Duplicated(2.0, 1.0))
    (y, flag, ones, (a, k), z), (dy, dflag, dones, (da, dk), dz) = jvp(grown, (X, 2), (V, None))
    assert (flag, a, dflag, da) == (True, 6.0, False, 2.0) and k.tolist() == [0, 1, 2] and dk.tolist() == [0, 0, 0]
    assert np.array_equal(y, 1j * X ** 3) and np.array_equal(dy, 3j * X * X * V)
    assert (ones.tolist(), dones.tolist(), z.tolist(), dz.tolist()) == ([1.0, 1.0], [0.0, 0.0], [12.0], [-3.0])
    with balanced("grown"):
        jvp(grown, (X, 2), (V, None))
    assert jvp(one_of, (X, 2), (V, None))[1].tolist() == (2 * X * V).tolist()
    assert jvp(one_of, (X, 0), (V, None))[1].tolist() == [0.0, 0.0]


def test_tangents_of_what_is_written():
    out, dout = np.zeros(2), np.full(2, 5.0)
    assert autodiff(Forward, squares, Duplicated(X, V), Duplicated(out, dout)) is None
    assert out.tolist() == [9.0, 16.0] and dout.tolist() == [6.0, -8.0]
    assert autodiff(ForwardWithPrimal, squares, Const(X), Duplicated(out, dout)) == (None, None)
    assert dout.tolist() == [0.0, 0.0]


def test_structures_of_floats_and_arrays():
    f = njit(lambda m, k: m[0] * m[1][k] + m[1][0])
    assert autodiff(Forward, f, Duplicated((2.0, X), (1.0, V)), Const(1)) == 4.0 - 2.0 + 1.0


def test_layouts():
    """Strides of tangent and array may differ; where nothing is written, the tangent may be read-only, and may be the array itself."""
    f = njit(lambda x: (x ** 2).sum())
    x, v = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)[:, ::2].T
    expected = (2 * x * v).sum()
    frozen = v.copy()
    frozen.flags.writeable = False
    for dx in (v, np.asfortranarray(v), frozen, np.broadcast_to(v, (2, 3))):
        np.testing.assert_allclose(autodiff(Forward, f, Duplicated(x, dx)), expected)
        np.testing.assert_allclose(autodiff(Forward, f, Duplicated(x.T, dx.T)), expected)
    assert autodiff(Forward, f, Duplicated(x, x)) == 2 * (x * x).sum()
    twice = njit(lambda x, out: squares(x[0], out[0]))
    out, dout = np.zeros((1, 3)), np.zeros((1, 6))
    autodiff(Forward, twice, Duplicated(x, v), Duplicated(out, dout[:, ::2]))
    np.testing.assert_allclose(dout[0], [0.0, 0.0, 2 * x[0, 1] * v[0, 1], 0.0, 2 * x[0, 2] * v[0, 2], 0.0])


def test_a_zero_tangent_stays_zero():
    root = njit(lambda a: math.sqrt(a))
    assert autodiff(Forward, root, Duplicated(0.0, 0.0)) == 0.0 and autodiff(Forward, root, Duplicated(0.0, 1.0)) == math.inf
    product = njit(lambda a, b: a * b)
    assert math.isnan(autodiff(Forward, product, Duplicated(math.inf, 0.0), Duplicated(1.0, 0.0)))
    assert autodiff(Forward.with_options(strong_zero=True), product, Duplicated(math.inf, 0.0), Duplicated(1.0, 0.0)) == 0.0


def test_derivatives_of_derivatives():
    cube = njit(lambda x: x * x * x)

    @njit
    def slope(x):
        return autodiff(Forward, cube, Duplicated(x, 1.0))
    assert autodiff(Forward, slope, Duplicated(2.0, 1.0)) == 12.0
    assert autodiff(Reverse, slope, Active(2.0)) == (12.0,)

    @njit
    def adjoint(x):
        return autodiff(Reverse, cube, Active(x))[0]
    assert autodiff(Forward, adjoint, Duplicated(2.0, 1.0)) == 12.0


@njit
def failing(x):
    y = x * 2
    if y[0] > 1.0:
        raise ValueError("too large", 3)
    return y[0]


def test_exceptions():
    for call in (autodiff, njit(lambda mode, f, a: autodiff(mode, f, a))):
        with pytest.raises(ValueError) as error:
            call(Forward, failing, Duplicated(X, V))
        assert error.value.args == ("too large", 3)


REFUSED = [
    ("in forward mode nothing is Active", norm, [Active(X), Const(1.0)]),
    ("the tangent of a float is a float", norm, [Const(X), Duplicated(1.0, X)]),
    ("the tangent of a float is a float", norm, [Const(X), Duplicated(1.0, 1j)]),
    ("needs a float or an array of floats", several, [Const(1.0), Const(1.0), Duplicated(1, 1)]),
    ("the shadow of an array is an array", norm, [Duplicated(X, 1.0), Const(1.0)]),
    ("has no tangent", njit(lambda x: (x * 2)[::2]), [Duplicated(X, V)]),
    ("an argument or a view of one", njit(lambda x: (x[0], x[1:])), [Duplicated(X, V)]),
    ("has no derivative", njit(lambda x: x.size), [Duplicated(X, V)]),
    ("returns nothing and writes no Duplicated array", squares, [Duplicated(X, V), Const(X.copy())]),
    ("the shadow is read-only", squares, [Duplicated(X, V), Duplicated(X.copy(), np.broadcast_to(0.0, 2))]),
    ("overlaps the array `out`", squares, [Duplicated(X, V), Duplicated(V, V.copy())]),
    ("has another shape", norm, [Duplicated(X, np.ones(3)), Const(1.0)]),
]


@pytest.mark.parametrize("text, f, annotated", REFUSED, ids=[text for text, *_ in REFUSED])
def test_refusals(text, f, annotated):
    with pytest.raises(IradError, match=text):
        autodiff(Forward, f, *annotated)


def test_gradient_is_reverse_mode():
    with pytest.raises(IradError, match=r"gradient is reverse mode\. For a derivative in one direction write"):
        gradient(Forward, norm, X, 1.0)


def test_jvp():
    @njit
    def inside(x, dx, s):
        return jvp(norm, (x, s), (dx, None)), jvp(several, (s, 3.0, 7), (1.0, 0.0, 0))
    value, tangent = jvp(norm, (X, 2.0), (V, None))
    assert (value, tangent) == autodiff(ForwardWithPrimal, norm, Duplicated(X, V), Const(2.0))[::-1]
    assert inside(X, V, 2.0) == ((value, tangent), jvp(several, [2.0, 3.0, 7], [1.0, 0.0, None]))
    assert jvp(lambda a, b=2.0: a * b, (3.0,), (1.0,)) == (6.0, 2.0)


@pytest.mark.parametrize("text, args, tangents", [
    ("arguments and tangents are tuples", X, V), ("2 arguments and 1 tangent", (X, 2.0), (V,)), ("plain values", (X, Const(2.0)), (V, 1.0)),
    ("takes 2 arguments", (X,), (V,)), ("the tangent of a float is a float", (X, 2.0), (V, V)),
])
def test_wrong_use_of_jvp(text, args, tangents):
    for call in (jvp, njit(lambda f, a, t: jvp(f, a, t))):
        with pytest.raises(IradError, match=text):
            call(norm, args, tangents)
