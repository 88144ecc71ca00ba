"""Arguments with structure: tuples, namedtuples, nested ones, with integers and arrays inside; default, omitted and literal arguments."""
import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import literal_unroll, njit

from tests.support.program import program


class Point(NamedTuple):
    x: float
    y: float


class Model(NamedTuple):
    """A float, a pair of floats, a float, a pair of ints."""
    a: float
    rs: tuple
    k: float
    idx: tuple


class Layer(NamedTuple):
    """Arrays with a number."""
    weights: np.ndarray
    bias: np.ndarray
    scale: float


class Grid(NamedTuple):
    values: np.ndarray
    index: np.ndarray
    n: int


@program(12, args=lambda rng: ((1.3, 0.4, -0.7),))
def uniform_tuple(t):
    return t[0] * t[1] + math.sin(t[2]) * t[0]


@program(12, args=lambda rng: ((1.3, 0.4), (0.5, -2.0)))
def two_tuples(s, t):
    total = 0.0
    for i in range(2):
        total += s[i] * t[i] * t[1 - i]
    return total


@program(12, args=lambda rng: (Point(0.3, -0.8), Point(1.5, 0.2)))
def namedtuples(p, q):
    dx, dy = p.x - q.x, p.y - q.y
    return math.sqrt(dx * dx + dy * dy) * p.x


@program(12, 88, args=lambda rng: ((1.3, 2, 0.4, 3),))
def tuple_with_integers(t):
    a, n, b, m = t
    return a ** n * b ** m + n * a


@program(12, 88, args=lambda rng: ((1.3, (0.4, (2.0, 3), -0.5), ((0.1, 0.2), (0.3, 0.4))),))
def nested_tuples(t):
    a, (b, (c, n), d), m = t
    return a * b * c ** n + d * (m[0][0] * m[1][1] - m[0][1] * m[1][0])


@program(12, 88, args=lambda rng: (Model(1.2, (0.3, -0.4), 0.7, (0, 2)), (0.1, 0.2, 0.3), (1.0, -1.0, 0.5), ((0.1, 0.2, 0.3),) * 3, ()))
def model_with_tuples(o, dX, X, A, t):
    i, j = o.idx
    s = o.a * dX[i] * X[j]
    for k in range(3):
        s += o.rs[0] * math.exp(-o.k * X[k]) + o.rs[1] * A[j][k] * X[k]
    return s


@program(12, args=lambda rng: ((rng.normal(size=4), rng.normal(size=4)),))
def tuple_of_arrays(t):
    a, b = t
    s = 0.0
    for i in range(4):
        s += a[i] * b[i] * b[0]
    return s


@program(12, args=lambda rng: ((rng.normal(size=4), rng.normal(size=4)),))
def tuple_of_arrays_written(t):
    for i in range(4):
        t[0][i] = t[0][i] * t[1][i]
        t[1][i] += t[0][i]


@program(12, 88, args=lambda rng: (Layer(rng.normal(size=(2, 3)), rng.normal(size=2), 0.7), rng.normal(size=3)),
         activities=("active", "duplicated"))
def namedtuple_with_arrays(layer, x):
    s = 0.0
    for i in range(2):
        z = layer.bias[i]
        for j in range(3):
            z += layer.weights[i, j] * x[j]
        s += math.tanh(z) * layer.scale
    return s


@program(12, 88, args=lambda rng: (Grid(rng.normal(size=5), np.array([0, 4, 1, 1]), 3),))
def namedtuple_with_integer_array(g):
    s = 0.0
    for i in range(g.n):
        s += g.values[g.index[i]] * g.values[g.index[i + 1]]
    g.values[0] = s
    return s * s


@program(12, 17, args=lambda rng: ((rng.normal(size=3), rng.normal(size=3), rng.normal(size=3)),))
def tuple_of_arrays_indexed_in_loop(t):
    s = 0.0
    for k in range(3):
        a = t[k]
        for i in range(3):
            s += a[i] * a[i] * t[0][k]
    return s


@program(12, args=lambda rng: ((), 1.3), activities=("active", "active"))
def empty_tuple(t, a):
    return a * a + len(t)


@program(12, args=lambda rng: ((1.3, 0.4), 3))
def tuple_made_inside(t, n):
    a, b = t
    for _ in range(n):
        p = (a * b, a + b)
        a, b = p[1], p[0]
    return a * b


@program(12, args=lambda rng: ((1.3, 0.4, 0.2),))
def tuple_iterated(t):
    s = 1.0
    for v in t:
        s = s * v + v
    return s


@program(12, args=lambda rng: (0.7, 3))
def list_of_floats(a, n):
    values = [a]
    for i in range(n):
        values.append(values[i] * a)
    s = 0.0
    for v in values:
        s += v * v
    return s


@program(12, args=lambda rng: (rng.normal(size=3),))
def list_literal(x):
    parts = [x[0] * x[1], x[2], x[1]]
    return parts[0] * parts[1] + parts[2]


@program(12, 26, args=lambda rng: ((np.float32(1.3), 0.4),), tolerance=1e-5)
def tuple_of_mixed_precision(t):
    return t[0] * t[1] + t[0]


@program(86, args=lambda rng: (1.3,))
def default_arguments(a, b=2.0, n=3):
    return a ** n * b


@program(86, args=lambda rng: (1.3, 0.4))
def default_arguments_given(a, b=2.0, n=3):
    return a ** n * b


@njit
def _with_keywords(a, b=0.5, c=2.0):
    return a * b + c * a * a


@program(86, args=lambda rng: (1.3, 0.4))
def keywords_of_callee(a, b):
    return _with_keywords(a, c=b) + _with_keywords(b, a) + _with_keywords(a=b)


@program(86, args=lambda rng: (rng.normal(size=(2, 3)),))
def literal_arguments(x):
    return _column(x, 0) * _column(x, 2) + x.shape[1]


@njit
def _column(x, k):
    s = 0.0
    for i in range(x.shape[0]):
        s += x[i, k] * x[i, k]
    return s


@program(86, args=lambda rng: (1.3, True, 2))
def booleans_and_integers(a, flag, n):
    s = a * n
    if flag:
        s *= a
    return s * (1 + flag)


@program(86, args=lambda rng: (1.3, None), activities=("active", "const"))
def none_argument(a, b):
    return a * a if b is None else a


@program(87, args=lambda rng: (1.3, 0.4), refused="optional|none")
def optional_inside(a, b):
    c = None
    if a > b:
        c = a * b
    if c is not None:
        return c * c
    return a


@program(88, args=lambda rng: ((1.3, 2, np.array([0.4, 0.7])),))
def heterogeneous_tuple(t):
    return t[0] ** t[1] * t[2][0] + t[2][1] * t[0]


@program(88, args=lambda rng: (1.3, 0.4))
def unrolled_tuple(a, b):
    s = 0.0
    for v in literal_unroll((a, 2, b, True)):
        s += v * a
    return s


def _many(n):
    names = [f"a{i}" for i in range(n)]
    terms = " + ".join(f"{p} * {q}" for p, q in pairwise(names))
    scope = {"__name__": __name__}
    exec(f"def many_arguments({', '.join(names)}):\n    return {terms}", scope)
    return scope["many_arguments"]


many_arguments = program(89, args=lambda rng: tuple(map(float, rng.normal(size=70))), note="seventy arguments")(_many(70))


@program(89, args=lambda rng: tuple(map(float, rng.normal(size=8))))
def struct_results_by_pointer(a, b, c, d, e, f, g, h):
    m = _wide(a, b, c, d, e, f, g, h)
    n = _wide(m[7], m[6], m[5], m[4], m[3], m[2], m[1], m[0])
    return n[0] * n[7] + n[3]


@njit(inline="never")
def _wide(a, b, c, d, e, f, g, h):
    return a * b, b * c, c * d, d * e, e * f, f * g, g * h, h * a


@program(8, 12, args=lambda rng: ((np.array(0.7), np.asfortranarray(rng.normal(size=(2, 3)))),))
def tuple_of_other_layouts(t):
    return t[0][()] * t[1].sum() * t[1][1, 2]


@program(86, args=lambda rng: (1.3, 0.4, 2.5))
def star_of_numbers(a, *rest):
    s = a
    for v in rest:
        s = s * v + a
    return s * len(rest)


@program(86, args=lambda rng: (1.3, rng.normal(size=3), 2, 0.4), activities=("active", "duplicated", "const", "active"))
def star_of_arguments_of_several_types(a, *rest):
    x, k, b = rest
    x[k] = x[0] * b
    return x[k] * a + _star(*rest) + _star(x, k)


@njit
def _star(x, *rest):
    return x[1] * rest[0] + len(rest)


@program(86, args=lambda rng: (1.3,))
def star_of_nothing(a, b=0.5, *rest):
    return a * b + len(rest)
