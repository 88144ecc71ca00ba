"""The dot product of 3-vectors as tuples, 1000 pairs in a loop that stores each gradient. By hand: the gradient is the other vector."""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def dot(x, y):
    return x[0] * y[0] + x[1] * y[1] + x[2] * y[2]


@njit
def row(X, k):
    return (X[k, 0], X[k, 1], X[k, 2])


@njit
def store(X, k, x):
    X[k, 0], X[k, 1], X[k, 2] = x


@njit
def primal(X, Y):
    s = 0.0
    for k in range(X.shape[0]):
        s += dot(row(X, k), row(Y, k))
    return s


@njit
def dot_gradient(x, y):
    return (y, x), dot(x, y)


@njit
def handwritten(X, Y, DX, DY):
    s = 0.0
    for k in range(X.shape[0]):
        (dx, dy), value = dot_gradient(row(X, k), row(Y, k))
        store(DX, k, dx)
        store(DY, k, dy)
        s += value
    return s


def derive():
    from irad import Active, ReverseWithPrimal, autodiff

    @njit
    def gradient(X, Y, DX, DY):
        s = 0.0
        for k in range(X.shape[0]):
            (dx, dy), value = autodiff(ReverseWithPrimal, dot, Active(row(X, k)), Active(row(Y, k)))
            store(DX, k, dx)
            store(DY, k, dy)
            s += value
        return s

    return gradient


def problem(n=1000):
    rng = np.random.default_rng(2)
    X, Y = rng.random((n, 3)), rng.random((n, 3))
    return Problem((X, Y), (np.zeros((n, 3)), np.zeros((n, 3))))


def jax():
    return lambda X, Y: (X * Y).sum()


KERNELS = (Kernel("dot of 3-vectors, 1000 pairs", primal, handwritten, problem, 2, partial(problem, 3), jax, derive=derive),)
