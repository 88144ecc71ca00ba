"""Programs that once gave a wrong gradient, the smallest that were found. Each says what was wrong."""
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tests.support.program import program

U = np.uint64


# An index read from an array is another one in each iteration; the store to x[j + 1] was thought never to meet a later x[j].
@program(1, 14, args=lambda rng: (rng.normal(size=9), np.array([0, 3, 3, 5, 2, 0, 7, 1], dtype=U)))
def indirect_neighbours(x, index):
    for i in range(len(index)):
        j = index[i]
        x[j + U(1)] = x[j] * x[j]


@program(1, 14, args=lambda rng: (rng.normal(size=12),))
def masked_index(x):
    for i in range(9):
        j = (i * 5) & 7
        s = 0.0
        for k in range(3):
            s += x[j + k] * x[j + k]
        x[j + 3] = math.sin(s)


# The adjoint of a value that leaves the last iteration went to the first one, where the loop was reversed in gather form.
@program(1, 49, args=lambda rng: (rng.normal(size=10), rng.normal(size=10)))
def stencil_whose_last_value_is_used(u, v):
    t = 0.0
    for i in range(1, len(u) - 1):
        t = u[i - 1] * u[i + 1] * u[i]
        v[i] = t * t
    return math.sin(t)


# The greatest unsigned number, tested before the counter wraps around: the trips were counted as if it were -1.
@program(37, 50, args=lambda rng: (rng.normal(size=20), U(2**64 - 1), U(10)))
def unsigned_start_above_the_bound(x, i, n):
    s = 1.0
    while True:
        s = s * math.sin(x[i + U(1)]) + 1.0
        below = i < n
        i += U(1)
        if not below:
            return s


# x[i, -1] lies at (i + 1)*m - 1: taken for row i + 1, column -1, and so apart from x[i, j].
@program(1, 8, args=lambda rng: (rng.normal(size=(4, 5)),))
def last_column(x):
    for i in range(x.shape[0]):
        x[i, -1] = math.exp(x[i, -1])
        for j in range(x.shape[1]):
            x[i, j] = math.exp(x[i, j] * 0.3)


@program(1, 7, args=lambda rng: (rng.normal(size=(3, 4, 5)),))
def mirrored_view_of_three_dimensions(x):
    y = x[:, ::-1]
    for i in range(3):
        for j in range(4):
            for k in range(5):
                y[i, j, k] = math.exp(y[i, j, k] * 0.4)
    for i in range(3):
        for j in range(4):
            for k in range(5):
                x[i, j, k] = math.exp(x[i, j, k] * 0.3)


@program(1, 37, args=lambda rng: (rng.normal(size=20), 4, 5))
def columns_down_then_up(z, n, m):
    x = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            x[i, j] = z[i * m + j]
    for i in range(n):
        for j in range(m - 1, -1, -1):
            x[i, j] = math.exp(x[i, j])
        for j in range(m):
            x[i, j] = math.exp(x[i, j] * 0.3)
    return x.sum()


# x[i, j - m] lies at (i - 1)*m + j.
@program(1, 37, args=lambda rng: (rng.normal(size=(5, 5)),))
def columns_past_the_end(x):
    n, m = x.shape
    if m < 7:
        for i in range(n):
            for j in range(9):
                if m <= j < 2 * m:
                    x[i, j - m] = math.exp(x[i, j - m] * 0.3)
            for j in range(m):
                x[i, j] = math.exp(x[i, j] * 0.3)


@program(1, 37, args=lambda rng: (rng.normal(size=(5, 5)), 8))
def columns_past_the_end_of_later_rows(x, q):
    n, m = x.shape
    for i in range(1, n):
        for j in range(q):
            if j >= m:
                x[i, j - m] = math.exp(x[i, j - m] * 0.3)
        for j in range(m):
            x[i, j] = math.exp(x[i, j] * 0.3)


@program(1, 37, args=lambda rng: (rng.normal(size=(5, 5)), 4))
def columns_past_the_end_unsigned(x, q):
    m = U(x.shape[1])
    for i in range(1, x.shape[0]):
        for j in range(q):
            x[i, U(j) + U(5) - m] = math.exp(x[i, U(j) + U(5) - m] * 0.3)
        for j in range(5):
            x[i, j] = math.exp(x[i, j] * 0.3)


# The rows that `flat` and `as_strided` make of a matrix are not its own; they may overlap.
@program(1, 5, args=lambda rng: (rng.normal(size=(4, 5)),))
def flat_beyond_the_row(x):
    n, m = x.shape
    for i in range(n - 1):
        for j in range(2 * m):
            x.flat[i * m + j] = math.exp(x.flat[i * m + j] * 0.3)


@program(1, 5, args=lambda rng: (rng.normal(size=(4, 5)),), oracle=False)
def overlapping_windows(x):
    n, m = x.shape
    y = as_strided(x, (n - 1, 2 * m), (x.strides[0], 8))
    for i in range(n - 1):
        for j in range(2 * m):
            y[i, j] = math.exp(y[i, j] * 0.3)


# A write of another width than the read was taken to be apart from it unless both began at the same byte.
@program(1, 22, args=lambda rng: (rng.normal(size=600), np.array([1, 2, 3])), twin=lambda x, k: sum(x[j] * x[j] for j in k) ** 2)
def index_overwritten_by_bytes(x, k):
    s = 0.0
    for i in range(k.shape[0]):
        s += x[k[i]] * x[k[i]]
    b = k.view(np.int8)
    for i in range(k.shape[0]):
        b[8 * i + 1] = 1
    return s * s


# A body of many statements, each of which takes up the one before: the chain was followed by recursion, too deep for Python.
source = "def a_long_loop_body(x, n):\n    a = x\n    for _ in range(n):\n"
source += "".join(f"        a = a * x + {k}.5 / (a + 3.0)\n" for k in range(200)) + "    return a\n"
exec(source, globals())
program(args=lambda rng: (rng.uniform(0.01, 0.05), 2))(globals()["a_long_loop_body"])


@program(args=lambda rng: (np.array([0.9, 0.5, 0.85, 0.5, 0.5, 0.6]), np.arange(6) + 2**30), activities=("duplicated", "const"),
         note="a comparison of what has wrapped around was taken for one of integers, so one branch for dead")
def order_of_what_wraps_around(x, k):
    p, t = 0.4, np.full(32, 0.7)
    for i in range(len(k)):
        h = k[i]
        if h > 0:
            t[i + 16] = p
            if np.int32(h * 3 + 1) < 0:
                j = np.uint64(i if i < 3 else i - 3)
                if x[i] <= 0.7:
                    t[j] = p
                if x[i] > 0.7:
                    p += math.sin(t[j] * x[i])
    return p


@program(args=lambda rng: (np.array([0.9, 0.85, 0.5, 0.5, 0.5, 0.6]), np.arange(6)), activities=("duplicated", "const"),
         note="a product of a counter that has wrapped around was taken for positive")
def choice_by_a_hash(x, k):
    p, t = 0.4, np.full(32, 0.7)
    for i in range(len(k)):
        g = np.int64(np.uint64(i) * np.uint64(6364136223846793005))
        j = np.uint64(i if g >= 0 else 5 - i)
        if x[i] <= 0.7:
            t[j] = p
        if x[i] > 0.7:
            p += math.sin(t[j] * x[i])
    return p
