"""Gauss-Seidel sweeps for Laplace's equation, 64 x 64, 50 sweeps.

By hand: a sweep's adjoint is a sweep backwards, which gathers in place, with one addition less on its critical path. No tape: it is linear.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def final_energy(start, sweeps):
    u = start.copy()
    n, m = u.shape
    for _ in range(sweeps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
    energy = 0.0
    for i in range(n):
        for j in range(m):
            energy += u[i, j] * u[i, j]
    return energy


@njit
def last_sweep_back(u, w):
    for i in range(u.shape[0] - 2, 0, -1):
        for j in range(u.shape[1] - 2, 0, -1):
            w[i, j] = 2 * u[i, j] + 0.25 * (w[i + 1, j] + w[i, j + 1])


@njit
def sweep_back(w):
    for i in range(w.shape[0] - 2, 0, -1):
        row, above, below = w[i], w[i - 1], w[i + 1]
        last = 0.0
        for j in range(row.size - 2, 0, -1):
            last = 0.25 * ((above[j] + below[j] + row[j - 1]) + last)
            row[j] = last


@njit
def handwritten(start, sweeps, d_start, w, d_sides, d_ends):
    u = start.copy()
    n, m = u.shape
    for _ in range(sweeps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
    energy = 0.0
    for i in range(n):
        for j in range(m):
            energy += u[i, j] * u[i, j]
    # w: the adjoints of the values stored in a sweep; its edges, which are read but never written, are zero.
    w[:] = 0.0
    d_sides[:] = 0.0
    d_ends[:] = 0.0
    for sweep in range(sweeps):
        if sweep == 0:
            last_sweep_back(u, w)
        else:
            sweep_back(w)
        for i in range(1, n - 1):
            d_sides[0, i] += w[i, 1]
            d_sides[1, i] += w[i, m - 2]
        for j in range(1, m - 1):
            d_ends[0, j] += w[1, j]
            d_ends[1, j] += w[n - 2, j]
    for i in range(1, n - 1):
        d_start[i, 0] += 2 * u[i, 0] + 0.25 * d_sides[0, i]
        d_start[i, m - 1] += 2 * u[i, m - 1] + 0.25 * d_sides[1, i]
        for j in range(1, m - 1):
            d_start[i, j] += 0.25 * (w[i - 1, j] + w[i, j - 1]) if sweeps else 2 * u[i, j]
    for j in range(m):
        d_start[0, j] += 2 * u[0, j] + 0.25 * d_ends[0, j]
        d_start[n - 1, j] += 2 * u[n - 1, j] + 0.25 * d_ends[1, j]
    return energy


def problem(n=64, m=64, sweeps=50):
    workspace = np.empty((n, m)), np.empty((2, n)), np.empty((2, m))
    return Problem((np.random.default_rng(10).random((n, m)), sweeps), (np.zeros((n, m)),), workspace)


def jax():
    """A sweep is a scan over rows, a row a scan over its cells."""
    import jax.numpy as jnp
    from jax import lax

    def final_energy(start, sweeps):
        def sweep(u, _):
            def row(above, rows):
                here, below = rows

                def cell(left, others):
                    new = 0.25 * (left + others)
                    return new, new

                _, new = lax.scan(cell, here[0], above[1:-1] + below[1:-1] + here[2:])
                new = jnp.concatenate([here[:1], new, here[-1:]])
                return new, new

            _, inner = lax.scan(row, u[0], (u[1:-1], u[2:]))
            return jnp.concatenate([u[:1], inner, u[-1:]]), None

        u, _ = lax.scan(sweep, start, length=sweeps)
        return (u * u).sum()

    return final_energy


KERNELS = (Kernel("Gauss-Seidel, 64 x 64, 50 sweeps", final_energy, handwritten, problem, 1, partial(problem, 5, 4, 3), jax),)
