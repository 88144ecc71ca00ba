"""Arrays of records: fields of several types, nested records, sub-arrays, whole copies; packed and aligned.

The twins compute the same over the fields as separate arrays (tests/support/parts.py), in the order
a, k, b, v, the real and the imaginary part of z, p, q.
"""
import math

import numpy as np
from numba import njit

from tests.support.program import program

FIELDS = [("a", "f8"), ("k", "i4"), ("b", "f4"), ("v", "f8", (3,)), ("z", "c16"), ("in", [("p", "f8"), ("q", "f4")])]
ALIGNED, PACKED = np.dtype(FIELDS, align=True), np.dtype(FIELDS)
ODD = np.dtype([("k", "i1"), ("x", "f8"), ("y", "f4"), ("w", "f8")])               # 21 bytes, nothing aligned
PAIR = np.dtype([("x", "f4"), ("y", "f4")])                                        # as wide as a double
MIXED = np.dtype([("x", "f8"), ("n", "i8"), ("y", "f8")])


def records(rng, dtype, *shape):
    r = np.zeros(shape, dtype)
    _fill(r, rng)
    return r


def _fill(r, rng):
    for name in r.dtype.names:
        part = r[name]
        if part.dtype.names:
            _fill(part, rng)
        elif part.dtype.kind == "i":
            part[...] = np.arange(part.size).reshape(part.shape) % 3 + 1
        else:
            part[...] = rng.normal(size=part.shape) if part.dtype.kind == "f" else rng.normal(size=part.shape) + 1j


def _fields(r):
    a, k, b, v, x, y, p, q = r
    s = 0.0
    for i in range(len(a)):
        s += a[i] * b[i] * k[i] + x[i] * y[i] * p[i] + q[i] * q[i]
        for j in range(3):
            s += v[i, j] * a[i] * j
    return s


@program(25, args=lambda rng: (records(rng, ALIGNED, 4),), twin=_fields, tolerance=1e-5)
def aligned_fields(r):
    s = 0.0
    for i in range(len(r)):
        s += r[i].a * r[i].b * r[i].k + r[i].z.real * r[i].z.imag * r[i]["in"].p + r[i]["in"].q * r[i]["in"].q
        for j in range(3):
            s += r[i].v[j] * r[i].a * j
    return s


@program(25, args=lambda rng: (records(rng, PACKED, 4),), twin=_fields, tolerance=1e-5)
def packed_fields(r):
    s = 0.0
    for e in r:
        s += e.a * e.b * e.k + e.z.real * e.z.imag * e["in"].p + e["in"].q * e["in"].q
        for j in range(3):
            s += e.v[j] * e.a * j
    return s


def _written(r):
    k, x, y, w = r
    for i in range(1, len(x)):
        x[i] = x[i - 1] * w[i]
        y[i] = np.float32(x[i]) * y[i - 1]
        w[i] = math.sin(y[i]) * k[i - 1]


@program(25, 1, args=lambda rng: (records(rng, ODD, 5),), twin=_written, tolerance=1e-5)
def fields_written(r):
    for i in range(1, len(r)):
        r[i].x = r[i - 1].x * r[i].w
        r[i].y = np.float32(r[i].x) * r[i - 1].y
        r[i].w = math.sin(r[i].y) * r[i - 1].k


@program(25, 8, args=lambda rng: (records(rng, ODD, 10)[::-2],), twin=_written, tolerance=1e-5)
def fields_of_a_strided_array(r):
    for i in range(1, len(r)):
        r[i].x = r[i - 1].x * r[i].w
        r[i].y = np.float32(r[i].x) * r[i - 1].y
        r[i].w = math.sin(r[i].y) * r[i - 1].k


def _copied(r, a):
    x, n, y = r
    s = 0.0
    for i in range(1, len(x)):
        x[i - 1] = x[i - 1] * a
        x[i], n[i], y[i] = x[i - 1], n[i - 1], y[i - 1]
        y[i] += a
        s += x[i] * y[i] * n[i]
    return s


@program(18, 25, args=lambda rng: (records(rng, MIXED, 5), 1.3), twin=_copied)
def records_copied_whole(r, a):
    s = 0.0
    for i in range(1, len(r)):
        r[i - 1].x *= a
        r[i] = r[i - 1]
        r[i].y += a
        s += r[i].x * r[i].y * r[i].n
    return s


@program(18, 25, args=lambda rng: (records(rng, MIXED, 5), 1.3), activities=("const", "active"), twin=_copied)
def records_as_scratch(r, a):
    s = 0.0
    for i in range(1, len(r)):
        r[i - 1].x *= a
        r[i] = r[i - 1]
        r[i].y += a
        s += r[i].x * r[i].y * r[i].n
    return s


def _all(r, s):
    for x, y in zip(r, s, strict=True):
        x[1:] = y[:-1]
    r[0][0] = s[0][2] * r[0][1]
    return r[0][3] * r[2][3] * r[3][1, 2]


@program(18, 25, args=lambda rng: (records(rng, PACKED, 4), records(rng, PACKED, 4)), twin=_all, tolerance=1e-5)
def a_slice_of_records_copied(r, s):
    r[1:] = s[:-1]
    r[0].a = s[2].a * r[1].a
    return r[3].a * r[3].b * r[1].v[2]


@program(18, 25, args=lambda rng: (records(rng, ALIGNED, 3),), activities=("active",),
         twin=lambda r: r[0][1] * r[0][2] * r[2][1] + r[3][0, 1] * r[4][2], tolerance=1e-5)
def an_array_of_records_copied(r):
    s = r.copy()
    s[0] = r[2]
    t = s[0]
    return s[1].a * t.a * s[1].b + r[0].v[1] * t.z.real


def _pairs(r, a):
    x, y = r
    x[1], y[1] = x[0], y[0]
    x[0] = np.float32(x[0] * a)
    return x[0] * y[1] * x[1]


@program(18, 25, 62, args=lambda rng: (records(rng, PAIR, 3), 0.7), twin=_pairs, tolerance=1e-5)
def records_as_wide_as_a_double(r, a):
    r[1] = r[0]
    r[0].x = np.float32(r[0].x * a)
    return r[0].x * r[1].y * r[1].x


def _local(a, n):
    x, y = [a * i for i in range(n)], [math.sin(a * i) for i in range(n)]
    return sum(x[i + 1] * y[i] * (i + 1) for i in range(n - 1))


@program(25, args=lambda rng: (0.7, 4), twin=_local)
def local_records(a, n):
    r = np.zeros(n, MIXED)
    for i in range(n):
        r[i].x = a * i
        r[i].n = i + 1
        r[i].y = math.sin(a * i)
    s = 0.0
    for i in range(n - 1):
        r[i].y = r[i + 1].x * r[i].y
        s += r[i].y * r[i].n
    return s


@program(25, args=lambda rng: (0.7, 4), twin=lambda a, n: sum(a * i * a * (n - i) for i in range(n)) + a * (n - 1) * n)
def local_records_copied(a, n):
    r, s = np.empty(n, MIXED), np.empty(n, MIXED)
    for i in range(n):
        r[i].x, r[i].n, r[i].y = a * i, n - i, a
        s[i] = r[i]
    total = 0.0
    for e in s:
        total += e.x * e.y * e.n
    return total + s[n - 1].x * n


@program(12, 25, args=lambda rng: (records(rng, PACKED, 4),), tolerance=1e-5,
         twin=lambda r: (r[0] * r[2]).sum() + (r[3][:, 1] * r[4]).sum() + (r[6] ** 2).sum())
def views_of_fields(r):
    x = r["in"]
    return (r["a"] * r.b).sum() + (r["v"][:, 1] * r["z"].real).sum() + (x["p"] ** 2).sum()


def _matrix(r):
    _, x, _, w = r
    n, m = x.shape
    for i in range(1, n):
        for j in range(m - 1):
            x[i, j] += x[i - 1, j + 1] * w[i, j]
    return (x * x).sum()


@program(25, args=lambda rng: (records(rng, ODD, 3, 4),), twin=_matrix, tolerance=1e-5)
def matrix_of_records(r):
    n, m = r.shape
    for i in range(1, n):
        for j in range(m - 1):
            r[i, j].x += r[i - 1, j + 1].x * r[i, j].w
    s = 0.0
    for i in range(n):
        for j in range(m):
            s += r[i, j].x ** 2
    return s


@njit
def _energy(e, scale):
    return e.x * e.y * scale


@program(12, 25, args=lambda rng: ((records(rng, MIXED, 3), 0.7),), activities=("active",),
         twin=lambda t: sum(x * y * t[1] * n for x, n, y in zip(*t[0], strict=True)))
def records_in_a_tuple(t):
    r, scale = t
    s = 0.0
    for i in range(len(r)):
        s += _energy(r[i], scale) * r[i].n
    return s


SUBARRAY = np.dtype([("n", "i8"), ("v", "f8", (20,))])


def _long(r, index):
    n, v = r
    s = 0.0
    for i in range(len(n)):
        for j in range(1, 20):
            v[i, j] = v[i, j] * v[i, j - 1] + n[i]
        s += v[i, 3] * v[i, 19]
    return s


@program(25, args=lambda rng: (records(rng, SUBARRAY, 3), np.array([4, 7])), twin=_long)
def long_sub_arrays(r, index):
    s = 0.0
    for i in range(len(r)):
        for j in range(1, 20):
            r[i].v[j] = r[i].v[j] * r[i].v[j - 1] + r[i].n
        s += r[i].v[3] * r[i].v[19]
    return s


@program(25, args=lambda rng: (records(rng, SUBARRAY, 3), np.array([4, 7])), oracle=False, refused="floats, accessed as|cannot tell")
def sub_array_at_any_index(r, index):
    s = 0.0
    for i in range(len(index)):
        s += r[i].v[index[i]] * r[i].n
    return s


def _cleared(r, a):
    x, n, y = r
    s = 0.0
    for i in range(len(x)):
        s += x[i] * y[i] * n[i]
        x[i], n[i], y[i] = 0.0, 0, a
    return s


@program(25, 1, args=lambda rng: (records(rng, MIXED, 4), 0.7), twin=_cleared)
def fields_cleared(r, a):
    s = 0.0
    for i in range(len(r)):
        s += r[i].x * r[i].y * r[i].n
        r[i].x = 0.0
        r[i].n = 0
        r[i].y = a
    return s


def _reduced(r):
    x, n, y = r
    x[0] = y[0] * 2.0
    return x.sum() * y[np.argmax(y)] + y.max() * n[0]


@program(25, args=lambda rng: (records(rng, MIXED, 4),), twin=_reduced)
def fields_reduced(r):
    s = r[::2]
    s[0].x = s[0].y * 2.0
    return r.x.sum() * r[np.argmax(r.y)].y + r.y.max() * r[0].n
