"""A product of matrices by three loops, n = 100, and the sum of its squares.

By hand: the two products of the reverse are of transposed copies, so that they vectorise, and go by pairs of rows.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def squares(a, b):
    n, inner = a.shape
    m = b.shape[1]
    c = np.zeros((n, m))
    for i in range(n):
        for k in range(inner):
            for j in range(m):
                c[i, j] += a[i, k] * b[k, j]
    s = 0.0
    for i in range(n):
        for j in range(m):
            s += c[i, j] * c[i, j]
    return s


@njit
def add_product(a, b, c):
    """c += a @ b, by pairs of rows of a and of b: what is loaded or stored serves twice."""
    n, inner = a.shape
    for i in range(0, n - 1, 2):
        first, second = c[i], c[i + 1]
        for k in range(0, inner - 1, 2):
            x, y = b[k], b[k + 1]
            p, q, r, s = a[i, k], a[i, k + 1], a[i + 1, k], a[i + 1, k + 1]
            for j in range(x.size):
                first[j] += p * x[j] + q * y[j]
                second[j] += r * x[j] + s * y[j]
        if inner % 2:
            add_row(a[i, inner - 1], b[inner - 1], first)
            add_row(a[i + 1, inner - 1], b[inner - 1], second)
    if n % 2:
        for k in range(inner):
            add_row(a[n - 1, k], b[k], c[n - 1])


@njit
def add_row(factor, x, out):
    for j in range(x.size):
        out[j] += factor * x[j]


@njit
def transpose(x, out):
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[j, i] = x[i, j]


@njit
def handwritten(a, b, da, db, c, a_transposed, b_transposed):
    n, inner = a.shape
    m = b.shape[1]
    c[:] = 0.0
    for i in range(n):
        for k in range(inner):
            add_row(a[i, k], b[k], c[i])
    transpose(a, a_transposed)
    transpose(b, b_transposed)
    s = 0.0
    for i in range(n):
        for j in range(m):
            s += c[i, j] * c[i, j]
            c[i, j] *= 2
    add_product(c, b_transposed, da)
    add_product(a_transposed, c, db)
    return s


def problem(n=100, inner=100, m=100):
    rng = np.random.default_rng(11)
    a, b = rng.random((n, inner)), rng.random((inner, m))
    return Problem((a, b), (np.zeros_like(a), np.zeros_like(b)), (np.empty((n, m)), np.empty((inner, n)), np.empty((m, inner))))


def jax():
    def squares(a, b):
        c = a @ b
        return (c * c).sum()

    return squares


KERNELS = (Kernel("matrix product, n = 100", squares, handwritten, problem, 2, partial(problem, 3, 3, 4), jax),)
