"""Jacobi's iteration for the heat equation, 128 x 128, 50 steps.

By hand: the adjoint stencil gathers, as the primal does, and several rows make one loop, whose edges are mended while they are in the
cache. No tape: the steps are linear.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem

ROWS = 8


@njit
def final_energy(start, steps):
    u = start.copy()
    v = start.copy()
    n, m = u.shape
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                v[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
        u, v = v, u
    energy = 0.0
    for i in range(n):
        for j in range(m):
            energy += u[i, j] * u[i, j]
    return energy


@njit
def update(u, v, m, first, last):
    """The rows from first to before last, in one loop, so that no row leaves a rest; what it stores at their ends is not wanted."""
    k, count = first * m, (last - first) * m
    above, below, left, right, out = u[k - m :], u[k + m :], u[k - 1 :], u[k + 1 :], v[k:]
    for j in range(count):
        out[j] = 0.25 * (above[j] + below[j] + left[j] + right[j])


@njit
def handwritten(start, steps, d_start):
    n, m = start.shape
    u = start.copy().reshape(-1)
    v = u.copy()
    for _ in range(steps):
        for first in range(1, n - 1, ROWS):
            last = min(first + ROWS, n - 1)
            update(u, v, m, first, last)
            for k in range(first * m, last * m, m):
                v[k], v[k + m - 1] = u[k], u[k + m - 1]
        u, v = v, u
    energy = 0.0
    for k in range(u.size):
        energy += u[k] * u[k]
        v[k] = 2 * u[k]
    # The edges are read but never written: their adjoints grow apart from the stencil, which sees zeros there.
    for j in range(m):
        d_start[0, j] += v[j]
        d_start[n - 1, j] += v[(n - 1) * m + j]
        v[j] = v[(n - 1) * m + j] = u[j] = u[(n - 1) * m + j] = 0.0
    for i in range(1, n - 1):
        d_start[i, 0] += v[i * m]
        d_start[i, m - 1] += v[i * m + m - 1]
        v[i * m] = v[i * m + m - 1] = 0.0
    d_left, d_right, d_top, d_bottom = np.zeros(n), np.zeros(n), np.zeros(m), np.zeros(m)
    for _ in range(steps):
        top, bottom = v[m:], v[(n - 2) * m :]
        for j in range(m):
            d_top[j] += top[j]
            d_bottom[j] += bottom[j]
        for first in range(1, n - 1, ROWS):
            last = min(first + ROWS, n - 1)
            update(v, u, m, first, last)
            for i in range(first, last):
                k = i * m
                d_left[i] += v[k + 1]
                d_right[i] += v[k + m - 2]
                u[k] = u[k + m - 1] = 0.0
        u, v = v, u
    for i in range(1, n - 1):
        d_start[i, 0] += 0.25 * d_left[i]
        d_start[i, m - 1] += 0.25 * d_right[i]
        for j in range(1, m - 1):
            d_start[i, j] += v[i * m + j]
    for j in range(1, m - 1):
        d_start[0, j] += 0.25 * d_top[j]
        d_start[n - 1, j] += 0.25 * d_bottom[j]
    return energy


def problem(n=128, m=128, steps=50):
    return Problem((np.random.default_rng(8).random((n, m)), steps), (np.zeros((n, m)),))


def jax():
    from jax import lax

    def final_energy(start, steps):
        def step(u, _):
            return u.at[1:-1, 1:-1].set(0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])), None

        u, _ = lax.scan(step, start, length=steps)
        return (u * u).sum()

    return final_energy


KERNELS = (
    Kernel("Jacobi, 128 x 128, 50 steps", final_energy, handwritten, problem, 1, partial(problem, 5, 4, 3), jax),
)
