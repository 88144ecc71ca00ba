"""The loss of logistic regression, n = 10,000, d = 20.

By hand: four samples at a time, so that the strict sums of their products run side by side and the gradient is read and written once
for four; one exponential serves a loss and its slope.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def loss(w, X, y):
    n, d = X.shape
    s = 0.0
    for i in range(n):
        t = 0.0
        for j in range(d):
            t += X[i, j] * w[j]
        s += np.log1p(np.exp(-y[i] * t))
    return s


@njit(error_model="numpy")
def slope(e, y):
    return -y * e / (1 + e)


@njit
def handwritten(w, X, y, dw):
    n, d = X.shape
    fours = n - n % 4
    s = 0.0
    for i in range(0, fours, 4):
        t0 = t1 = t2 = t3 = 0.0
        for j in range(d):
            t0 += X[i, j] * w[j]
            t1 += X[i + 1, j] * w[j]
            t2 += X[i + 2, j] * w[j]
            t3 += X[i + 3, j] * w[j]
        e0, e1, e2, e3 = np.exp(-y[i] * t0), np.exp(-y[i + 1] * t1), np.exp(-y[i + 2] * t2), np.exp(-y[i + 3] * t3)
        s = s + np.log1p(e0) + np.log1p(e1) + np.log1p(e2) + np.log1p(e3)
        g0, g1, g2, g3 = slope(e0, y[i]), slope(e1, y[i + 1]), slope(e2, y[i + 2]), slope(e3, y[i + 3])
        for j in range(d):
            dw[j] += g0 * X[i, j] + g1 * X[i + 1, j] + g2 * X[i + 2, j] + g3 * X[i + 3, j]
    for i in range(fours, n):
        t = 0.0
        for j in range(d):
            t += X[i, j] * w[j]
        e = np.exp(-y[i] * t)
        s += np.log1p(e)
        g = slope(e, y[i])
        for j in range(d):
            dw[j] += g * X[i, j]
    return s


def problem(n=10_000, d=20):
    rng = np.random.default_rng(9)
    X = rng.standard_normal((n, d))
    w = 0.5 * rng.standard_normal(d)
    y = np.where(rng.random(n) < 1 / (1 + np.exp(-X @ rng.standard_normal(d))), 1.0, -1.0)
    return Problem((w, X, y), (np.zeros(d),))


def jax():
    import jax.numpy as jnp

    def loss(w, X, y):
        return jnp.log1p(jnp.exp(-y * (X @ w))).sum()

    return loss


KERNELS = (Kernel("logistic regression, n = 10,000, d = 20", loss, handwritten, problem, 1, partial(problem, 6, 3), jax),)
