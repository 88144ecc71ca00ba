"""Sixty functions of the kinds that people write, for laws that must hold of every function.

    SIXTY       {name: Case}; a case is a function, a maker of fresh arguments, and two ceilings on what preparation may leave
"""
import collections
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange, vectorize

SIXTY = {}
Point = collections.namedtuple("Point", "x y")
BODY = np.dtype([("mass", np.float64), ("place", np.float64, (3,)), ("kind", np.int32)])


@dataclass(frozen=True)
class Case:
    function: Any
    arguments: Any              # a function without arguments
    counts: int                 # calls of NRT_incref and NRT_decref left, at most
    loops: int                  # natural loops left, at most
    tolerance: float            # against Numba's own function, relative


def case(*make, counts=0, loops=0, tolerance=1e-12, **options):
    """Each maker gives an argument: a value as it is, or a function that makes a new one."""
    def register(f):
        SIXTY[f.__name__] = Case(njit(f, **options), lambda: tuple(m() if callable(m) else m for m in make), counts, loops, tolerance)
        return SIXTY[f.__name__].function
    return register


def values(*shape, dtype=np.float64, order="C"):
    """A maker of an array of reproducible numbers between 0.2 and 1.7, none of them like another."""
    def make():
        n = math.prod(shape)
        flat = 0.2 + 1.5 * np.modf(0.618033988749895 * (1 + np.arange(n)))[0]
        return np.array(flat.reshape(shape).astype(dtype), order=order)
    return make


def every_other(n):
    return lambda: values(2 * n)()[::2]


def bodies():
    out = np.zeros(4, BODY)
    out["mass"], out["place"], out["kind"] = values(4)(), values(4, 3)(), np.arange(4)
    return out


# ------------------------------------------------------------------ scalars
@case(1.3, 0.7)
def polynomial(x, y):
    return 3 * x * x - 2 * x * y + y / x - 1


@case(1.3, 0.7)
def elementary(x, y):
    return math.sin(x) * math.exp(-y) + math.sqrt(x * y) + math.log1p(x) * math.atan2(y, x) + math.tanh(x) + math.hypot(x, y)


@case(1.3)
def powers(x):
    return x**2 + x**3 + x**-2 + x**0.5 + x**7


@case(1.3, 3, loops=1)
def power_by_variable(x, n):
    return x**n


@case(1.3, 0.7)
def branches(x, y):
    if x > y:
        return x * y if y > 0 else x
    return math.cos(x) + y


@case(1.3, -0.7)
def selections(x, y):
    return max(x, y) * min(x, 2.0) + abs(y) + math.copysign(x, y) + math.floor(x)


@case(np.float32(1.3), np.float32(0.7), tolerance=1e-5)
def single(x, y):
    return x * y + np.sin(x) / y


@case(1.3 + 0.4j, 0.7 - 0.2j)
def complex_numbers(z, w):
    return z * w + z / w - z.conjugate() * abs(w)


@case(7, 3)
def integers(n, k):
    return n // k + n % k + (n << 2) + (n ^ k) + n * 0.5


@case(1.3, 2)
def early_return(x, n):
    for k in range(3):
        if k == n:
            return x * k
        x = x * x
    return x


@case(2.0, loops=1)
def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@case(1.1, 40, loops=1)
def break_and_continue(x, n):
    s = 0.0
    for k in range(n):
        if k % 3 == 0:
            continue
        s += x**0.5 / (k + 1)
        if s > 2.5:
            break
    return s


@case(0.3, loops=2)
def nested_while(x):
    s, n = 0.0, 0
    while s < 5:
        t = x
        while t < 1:
            t += x
            n += 1
        s += t
    return s + n


@case(1.1, 9, loops=0)
def recursive(x, n):
    return 1.0 if n == 0 else x * recursive(x, n - 1)


@case(1.2, 6)
def fibonacci_like(x, n):
    return x if n < 2 else fibonacci_like(x, n - 1) + 0.5 * fibonacci_like(x * 0.9, n - 2)


@njit
def helper(x, y):
    return x * y + math.sin(x), x - y


@case(1.3, 0.7)
def calls(x, y):
    a, b = helper(x, y)
    return helper(a, b)[0] + a


@case(1.3, 0.7)
def first_class(x, y):
    def inner(t):
        return t * x + y
    return inner(y) + inner(1.0)


@case(1.3, 0.7, fastmath=True)
def fast(x, y):
    return (x + y) - y + x / y / y


@case(values(50), loops=1, fastmath={"reassoc", "nsz"})
def fast_sum(x):
    s = 0.0
    for v in x:
        s += v * v
    return s


@case(1.3, 0.0, error_model="numpy")
def numpy_errors(x, y):
    return x / y


# ------------------------------------------------------------------ tuples and records
@case((1.3, 0.7), ((0.5, 2), 1.5))
def tuples(a, b):
    return a[0] * b[0][0] + a[1] * b[1] + b[0][1], (a[1], b[1])


@case(Point(1.3, 0.7))
def named_tuple(p):
    return Point(p.x * p.y, p.x - p.y)


@case((1.0, 2.0, 3.0), loops=1)
def tuple_loop(a):
    s = 0.0
    for v in a:
        s = s * 0.5 + v
    return s


@case(lambda: (values(6)(), 2 * values(6)()), loops=1)
def tuple_of_arrays(pair):
    a, b = pair
    s = 0.0
    for i in range(a.size):
        s += a[i] * b[i]
    return s


@case(bodies, loops=1)
def records(b):
    s = 0.0
    for i in range(b.size):
        s += b[i].mass * b[i].place[1]
        b[i].mass = s
    return s


@case(bodies, loops=1)
def record_copy(b):
    for i in range(1, b.size):
        b[i] = b[i - 1]
    return b[2].mass


# ------------------------------------------------------------------ arrays and loops
@case(lambda: np.array(2.5))
def zero_dimensional(x):
    return x[()] * 2


@case(values(20), loops=1)
def sum_of_exponentials(x):
    s = 0.0
    for i in range(x.shape[0]):
        s += math.exp(x[i]) * x[i] ** 2
    return s


@case(values(20), loops=1)
def square_in_place(x):
    for i in range(x.size):
        x[i] = x[i] * x[i]


@case(values(20), loops=1)
def prefix(x):
    for i in range(1, x.size):
        x[i] += x[i - 1]
    return x[-1]


@case(every_other(9), loops=1)
def strided(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * i
    return s


@case(values(5, 6), values(6), loops=2)
def matrix_vector(a, x):
    s = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            s += a[i, j] * x[j] * x[j]
    return s


@case(values(5, 6, order="F"), loops=2)
def fortran_order(a):
    s = 0.0
    for j in range(a.shape[1]):
        for i in range(a.shape[0]):
            s = s * 0.9 + a[i, j]
    return s


@case(values(3, 4, 5), loops=3)
def three_dimensional(a):
    s = 0.0
    for i in range(3):
        for j in range(a.shape[1]):
            for k in range(a.shape[2]):
                s += a[i, j, k] / (1 + i + j)
    return s


@case(values(2, 3, 2, 3), loops=4)
def four_dimensional(a):
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            for k in range(a.shape[2]):
                for m in range(a.shape[3]):
                    a[i, j, k, m] *= i + j + k + m
    return a[1, 2, 1, 2]


@case(values(8, 3), loops=2)
def three_small(x):
    e = 0.0
    for i in range(x.shape[0]):
        for j in range(i):
            r = 0.0
            for k in range(3):
                r += (x[i, k] - x[j, k]) ** 2
            e += 1 / math.sqrt(r)
    return e


@case(values(8, 3), loops=1)
def small_powers(x):
    s = 0.0
    for i in range(x.shape[0]):
        for k in range(3):
            s += x[i, k] ** k
    return s


@case(values(30), 10, loops=2)
def heat(u, steps):
    for _ in range(steps):
        for i in range(1, u.size - 1):
            u[i] = u[i] + 0.1 * (u[i - 1] - 2 * u[i] + u[i + 1])
    return u[3]


@case(lambda: values(5, 5)() + 6 * np.eye(5), loops=4)
def cholesky(a):
    n = a.shape[0]
    for j in range(n):
        s = a[j, j]
        for k in range(j):
            s -= a[j, k] * a[j, k]
        a[j, j] = math.sqrt(s)
        for i in range(j + 1, n):
            s = a[i, j]
            for k in range(j):
                s -= a[i, k] * a[j, k]
            a[i, j] = s / a[j, j]
    return a[n - 1, n - 1]


@case(values(20), lambda: np.array([3, 1, 3, 0, 7]), loops=1)
def gather(x, index):
    s = 0.0
    for i in index:
        s += x[i] * x[i]
    return s


@case(values(12, dtype=np.float32), loops=1, tolerance=1e-5)
def single_array(x):
    s = np.float32(0)
    for v in x:
        s += v * v
    return s


@case(values(12, dtype=np.complex128), loops=1)
def complex_array(z):
    s = 0j
    for v in z:
        s += v * v * 1j
    return s


@case(values(12), loops=1)
def parallel_sum(x):
    s = 0.0
    for i in prange(x.size):
        s += x[i] * x[i]
    return s


@case(values(12), 3, loops=1, boundscheck=True)
def checked(x, n):
    s = 0.0
    for i in range(n):
        s += x[i]
    return s


@case(values(9), counts=10, loops=3)
def temporary(x):
    y = np.empty(x.size)
    for i in range(x.size):
        y[i] = x[i] * 2
    z = np.zeros_like(y)
    for i in range(x.size):
        z[i] = y[x.size - 1 - i]
    return z[0] + z.sum()


@case(values(9), 4, counts=6, loops=2)
def buffers_swapped(x, steps):
    a, b = x.copy(), np.zeros(x.size)
    for _ in range(steps):
        for i in range(1, x.size - 1):
            b[i] = a[i - 1] + a[i + 1]
        a, b = b, a
    return a[4]


# ------------------------------------------------------------------ whole arrays
@case(values(9), values(9), counts=10, loops=2)
def expression(x, y):
    return (x * y + np.sin(x) / 2).sum()


@case(values(9), values(9), counts=4, loops=1)
def returned_array(x, y):
    return x * y - 1


@case(values(9), counts=18, loops=3)
def slices(x):
    x[1:-1] = 0.5 * (x[:-2] + x[2:])
    return x[3]


@case(values(4, 5), values(5), counts=12, loops=4)
def broadcast(a, x):
    return (a * x).sum(), a[1] @ x


@case(values(9), counts=7, loops=7)
def reductions(x):
    return x.sum() + x.mean() + x.max() + x.min() + x.prod() + x.std()


@case(values(6), counts=4)
def reshaped(x):
    return x.reshape(2, 3)[1, 2] + x.reshape((3, 2)).sum()


@case(values(6), counts=23, loops=5)
def cumulative(x):
    return np.cumsum(x) + np.where(x > 1, x, 0.0)


@case(values(4, 4), values(4), counts=34, loops=1)
def products(a, x):
    return a @ x + np.dot(a.T, x)


@case(lambda: values(4, 4)() + 4 * np.eye(4), values(4), counts=44, loops=5)
def solved(a, x):
    return np.linalg.solve(a, x)


@vectorize
def blend(x, y):
    return x * y + math.exp(-x)


@case(values(9), counts=7, loops=2)
def vectorized(x):
    return blend(x, 2 * x).sum()


@case(values(9), counts=1, loops=1)
def lists(x):
    out = [x[0]]
    for v in x:
        if v > 0.5:
            out.append(v * v)
    return out[-1] + len(out)


# ------------------------------------------------------------------ raising
@case(-1.0)
def raises(x):
    if x < 0:
        raise ValueError("negative")
    return math.sqrt(x)


@case(values(3), 5, boundscheck=True)
def out_of_bounds(x, i):
    return x[i]


@case(1.0, 0.0)
def divides_by_zero(x, y):
    return x / y


@case(values(6), 1, loops=1)
def raises_in_loop(x, n):
    s = 0.0
    for i in range(x.size):
        if i > n and x[i] < 10:
            raise ValueError("too far", i, s)
        s += x[i]
    return s
