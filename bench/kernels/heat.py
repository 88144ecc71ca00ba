"""The heat equation, n = 200, 100 steps.

By hand: the adjoint stencil gathers, as the primal does, so both vectorise. No tape: the steps are linear.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def final_energy(start, kappa, steps):
    u = start.copy()
    v = start.copy()
    for _ in range(steps):
        for i in range(1, u.size - 1):
            v[i] = u[i] + kappa * (u[i - 1] - 2 * u[i] + u[i + 1])
        u, v = v, u
    energy = 0.0
    for i in range(u.size):
        energy += u[i] * u[i]
    return energy


@njit
def handwritten(start, kappa, steps, d_start):
    n = start.size
    u = start.copy()
    v = start.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            v[i] = u[i] + kappa * (u[i - 1] - 2 * u[i] + u[i + 1])
        u, v = v, u
    energy = 0.0
    for i in range(n):
        energy += u[i] * u[i]
        v[i] = 2 * u[i]
    # The ends are read but never written: their adjoints grow apart from the stencil, which sees zeros there.
    first, last = v[0], v[n - 1]
    v[0] = v[n - 1] = u[0] = u[n - 1] = 0.0
    for _ in range(steps):
        first += kappa * v[1]
        last += kappa * v[n - 2]
        for i in range(1, n - 1):
            u[i] = v[i] + kappa * (v[i - 1] - 2 * v[i] + v[i + 1])
        u, v = v, u
    for i in range(1, n - 1):
        d_start[i] += v[i]
    d_start[0] += first
    d_start[n - 1] += last
    return energy


def problem(n=200, steps=100):
    return Problem((np.random.default_rng(5).random(n), 0.2, steps), (np.zeros(n),))


def jax():
    from jax import lax

    def final_energy(start, kappa, steps):
        def step(u, _):
            return u.at[1:-1].add(kappa * (u[:-2] - 2 * u[1:-1] + u[2:])), None

        u, _ = lax.scan(step, start, length=steps)
        return (u * u).sum()

    return final_energy


KERNELS = (Kernel("heat, n = 200, 100 steps", final_energy, handwritten, problem, 1, partial(problem, 6, 4), jax),)
