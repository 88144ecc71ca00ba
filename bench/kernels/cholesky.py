"""Cholesky's factorisation by three loops, n = 64, and the logarithm of the determinant.

By hand: the factor is all that is kept. The reverse finishes the factor's adjoint row by row, in sums of rows, several at a time; these
vectorise, which the primal's sums do not.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def log_determinant(a):
    n = a.shape[0]
    factor = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= factor[i, k] * factor[j, k]
            if i == j:
                factor[i, i] = np.sqrt(s)
            else:
                factor[i, j] = s / factor[j, j]
    total = 0.0
    for i in range(n):
        total += np.log(factor[i, i])
    return 2 * total


@njit
def subtract_rows(out, rows, factors, count):
    """out[:count] -= factors @ rows[:, :count], four rows at a time."""
    many = rows.shape[0] - rows.shape[0] % 4
    for i in range(0, many, 4):
        a, b, c, d = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
        p, q, r, s = factors[i], factors[i + 1], factors[i + 2], factors[i + 3]
        for k in range(count):
            out[k] -= (p * a[k] + q * b[k]) + (r * c[k] + s * d[k])
    for i in range(many, rows.shape[0]):
        row, p = rows[i], factors[i]
        for k in range(count):
            out[k] -= p * row[k]


@njit(error_model="numpy")
def handwritten(a, da, factor, inverse, sums, adjoint):
    n = a.shape[0]
    total = 0.0
    for i in range(n):
        for j in range(i):
            s = a[i, j]
            for k in range(j):
                s -= factor[i, k] * factor[j, k]
            factor[i, j] = s * inverse[j]
        s = a[i, i]
        for k in range(i):
            s -= factor[i, k] * factor[i, k]
        factor[i, i] = np.sqrt(s)
        inverse[i] = 1 / factor[i, i]
        total += np.log(factor[i, i])
    # sums[j, i]: the adjoint of s at i, j. adjoint: that of row i of the factor, whole before it is used.
    for i in range(n - 1, -1, -1):
        adjoint[:] = 0.0
        adjoint[i] = 2 * inverse[i]
        subtract_rows(adjoint, factor[i + 1 :], sums[i, i + 1 :], i + 1)
        ds = 0.5 * adjoint[i] * inverse[i]
        da[i, i] += ds
        row = factor[i]
        for k in range(i):
            adjoint[k] -= 2 * ds * row[k]
        for j in range(i - 1, 0, -2):
            first, second = factor[j], factor[j - 1]
            p = adjoint[j] * inverse[j]
            q = (adjoint[j - 1] - p * first[j - 1]) * inverse[j - 1]
            sums[j, i], sums[j - 1, i] = p, q
            da[i, j] += p
            da[i, j - 1] += q
            for k in range(j - 1):
                adjoint[k] -= p * first[k] + q * second[k]
        if i % 2:
            p = adjoint[0] * inverse[0]
            sums[0, i] = p
            da[i, 0] += p
    return 2 * total


def problem(n=64):
    x = np.random.default_rng(12).random((n, n))
    return Problem((x @ x.T + n * np.eye(n),), (np.zeros((n, n)),), (np.empty((n, n)), np.empty(n), np.empty((n, n)), np.empty(n)))


def jax():
    """Of the lower triangle alone, like the primal."""
    import jax.numpy as jnp
    from jax import lax

    def log_determinant(a):
        factor = lax.linalg.cholesky(jnp.tril(a) + jnp.tril(a, -1).T, symmetrize_input=False)
        return 2 * jnp.log(jnp.diagonal(factor)).sum()

    return log_determinant


KERNELS = (Kernel("Cholesky by hand, n = 64", log_determinant, handwritten, problem, 1, partial(problem, 6), jax),)
