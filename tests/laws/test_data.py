"""Complex numbers, records and float32 from the caller's side: types, structures and what stays untouched."""
import cmath

import numpy as np
import pytest
from numba import njit

from irad import Active, Const, Duplicated, Forward, IradError, Reverse, ReverseWithPrimal, autodiff, grad, gradient, value_and_grad

ROW = np.dtype([("a", "f8"), ("k", "i4"), ("b", "f4"), ("in", [("p", "f8"), ("flag", "?")]), ("v", "c8", (2,))])


@njit
def rotated(z, w):
    return (z * w[0]).imag + abs(w[1])


@njit
def of_records(r):
    s = 0.0
    for i in range(r.shape[0]):
        s += r[i].a * r[i].b + r[i]["in"].p * r[i].k + r[i].v[1].imag
    return s


@njit
def of_record(r, scale):
    r.a = r.a * r["in"].p
    return r.a * scale + r.v[0].real


@pytest.fixture
def rows():
    r = np.zeros(3, ROW)
    r["a"], r["k"], r["b"], r["in"]["p"] = [1.0, 2.0, 3.0], [4, 5, 6], [0.5, 1.5, 2.5], [7.0, 8.0, 9.0]
    return r


def expected(rows):
    g = np.zeros(rows.shape, ROW)
    g["a"], g["b"], g["in"]["p"] = rows["b"], rows["a"], rows["k"]
    g["v"][..., 1] = 1j
    return g


def test_types_of_complex_gradients():
    z, w = 1.0 + 2.0j, np.array([3.0 - 1.0j, 3.0 + 4.0j])
    gz, gw = gradient(rotated, z, w)
    assert gz == np.conj(w[0] * -1j) and type(gz) is complex
    np.testing.assert_allclose(gw, [np.conj(z * -1j), 0.6 + 0.8j])
    single = gradient(rotated, np.complex64(z), w.astype(np.complex64))
    assert single[0] == gz and single[1].dtype == np.complex64
    g, = gradient(njit(lambda t: (t[0] * t[1]).real * t[2][0]), (z, 2.0, (3.0, 4)))
    assert g == (6.0 + 0j, 3.0, (2.0, 0))
    dw = np.full((2, 2), 1j)[:, 0]
    assert autodiff(ReverseWithPrimal, rotated, Const(z), Duplicated(w[::-1][::-1], dw)) == ((None, None), rotated(z, w))
    np.testing.assert_allclose(dw, gw + 1j)


@pytest.mark.parametrize("name", ["exp", "log", "sin", "tan", "cosh", "tanh", "sqrt", "asin", "acos", "atanh"])
def test_cauchy_and_riemann(name):
    """The gradients of both parts belong to one derivative: that of the imaginary part is i times that of the real part."""
    f = getattr(cmath, name)
    re, im = grad(njit(lambda z: f(z).real)), grad(njit(lambda z: f(z).imag))
    for z in (0.4 + 0j, 0.3 + 0.5j, -0.3 + 0.6j, 0.6j):
        h = 1e-5
        slope = (f(z + h) - f(z - h)) / (2 * h)
        assert im(z) == pytest.approx(1j * re(z), rel=1e-13) and re(z) == pytest.approx(np.conj(slope), rel=1e-8)


def test_a_complex_result():
    square = njit(lambda z: z * z)
    with pytest.raises(IradError, match="eturn its real part, imaginary part or absolute value"):
        gradient(square, 1j)
    assert autodiff(Forward, square, Duplicated(3.0 + 1.0j, 1j)) == 2j * (3.0 + 1.0j)


def test_squaring_is_a_product_and_no_power():
    """A power with a constant exponent of 2 calls nothing."""
    g = grad(njit(lambda z: (z ** 2).real))
    assert g(1.0 + 2.0j) == 2.0 - 4.0j
    assert "cpow" not in "".join(g.inspect_llvm().values())


def test_records_are_returned_with_zeros_in_other_fields(rows):
    before = rows.copy()
    g, = gradient(of_records, rows)
    assert g.dtype == ROW and g.flags.writeable and (rows == before).all()
    assert (g == expected(rows)).all()
    g, = gradient(of_records, rows[::-1][:2])
    assert (g == expected(rows[::-1][:2])).all()


def test_records_are_added_to_and_other_fields_left_alone(rows):
    dx = np.zeros((3, 2), ROW)
    dx["a"], dx["k"], dx["in"]["flag"] = 1.0, 9, True
    kept = dx.copy()
    autodiff(Reverse, of_records, Duplicated(rows, dx[:, 0]))
    assert (dx[:, 1] == kept[:, 1]).all()
    want = expected(rows)
    assert (dx["a"][:, 0] == want["a"] + 1.0).all() and (dx["v"][:, 0] == want["v"]).all()
    assert (dx["k"] == 9).all() and dx["in"]["flag"].all()

    @njit
    def cleared(r):
        for i in range(r.shape[0]):
            r[i].a = 0.0
            r[i].k = 0
            r[i]["in"].p = r[i].b
    autodiff(Reverse, cleared, Duplicated(rows.copy(), dx[:, 0]))
    assert (dx["k"] == 9).all() and dx["in"]["flag"].all() and (dx["a"][:, 0] == 0.0).all() and (dx["a"][:, 1] == 1.0).all()

    @njit
    def moved(r):
        r[0] = r[2]
    dx[0, 0]["a"], dx[2, 0]["a"], dx[0, 0]["k"] = 5.0, 7.0, 8
    autodiff(Reverse, moved, Duplicated(rows.copy(), dx[:, 0]))
    assert dx["a"][:, 0].tolist() == [0.0, 0.0, 12.0] and dx["k"][:, 0].tolist() == [8, 9, 9]


def test_integers_moved_field_by_field_stay_integers():
    """LLVM moves eight bytes alike, whether they are an integer or a float."""
    @njit
    def moved(r):
        r[0].n, r[0].a = r[1].n, r[1].a
        return r[0].a * r[0].n
    r, dx = np.ones(2, [("a", "f8"), ("n", "i8")]), np.zeros(2, [("a", "f8"), ("n", "i8")])
    r["n"], dx["n"], dx["a"] = [2, 3], [70, 80], 1.0
    autodiff(Reverse, moved, Duplicated(r.copy(), dx))
    assert dx["n"].tolist() == [70, 80] and dx["a"].tolist() == [0.0, 5.0]
    dx["a"] = [0.0, 2.0]
    assert autodiff(Forward, moved, Duplicated(r, dx)) == 6.0 and dx["n"].tolist() == [70, 80] and dx["a"].tolist() == [2.0, 2.0]


def test_one_record(rows):
    r = rows[1]
    g, scale = gradient(of_record, r, 2.0)
    assert g.shape == () and g.dtype == ROW and (g["a"], g["in"]["p"], g["v"][0]) == (16.0, 4.0, 1.0) and scale == 16.0
    assert r["a"] == 2.0                                            # an Active record is never changed
    d = np.zeros(1, ROW)
    d["k"] = 3
    assert autodiff(ReverseWithPrimal, of_record, Duplicated(r, d[0]), Const(2.0)) == ((None, None), 32.0)
    assert r["a"] == 16.0 and (d[0]["a"], d[0]["in"]["p"], d[0]["k"]) == (16.0, 4.0, 3)

    @njit
    def inside(rows, shadows, k):
        return autodiff(Reverse, of_record, Duplicated(rows[k], shadows[k]), Active(2.0))
    d = np.zeros(3, ROW)
    assert inside(rows, d, 2) == (None, 27.0) and d["a"].tolist() == [0.0, 0.0, 18.0]
    with pytest.raises(IradError, match="the shadow of `r` overlaps the array `r`"):
        autodiff(Reverse, of_record, Duplicated(r, r), Const(2.0))


def test_float32_among_doubles():
    @njit
    def mixed(x, a, z):
        s = 0.0
        for i in range(x.shape[0]):
            s += x[i] * a * np.float32(a * x[i])
        return s * z.real
    x, a, z = np.array([0.5, 1.5], np.float32), 0.7, np.complex64(2.0 + 1.0j)
    value, (gx, ga, gz) = value_and_grad(mixed, (0, 1, 2))(x, a, z)
    assert gx.dtype == np.float32
    np.testing.assert_allclose(gx, 2 * x * a * a * 2.0, rtol=1e-6)
    np.testing.assert_allclose((ga, gz), (2 * value / a, value / 2.0), rtol=1e-6)
