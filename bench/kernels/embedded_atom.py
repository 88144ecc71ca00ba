"""Embedded-atom energy. By hand: each exponential is kept in a buffer and taken once; then one loop that vectorises."""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def energy(x):
    rho = 0.0
    for i in range(x.size):
        rho += np.exp(-3 * (x[i] + 1))
    return rho**2 + rho**3 + 0.25 * rho**4


@njit
def handwritten(x, dx, exponentials):
    rho = 0.0
    for i in range(x.size):
        e = np.exp(-3 * (x[i] + 1))
        exponentials[i] = e
        rho += e
    slope = -3 * (2 * rho + 3 * rho**2 + rho**3)
    for i in range(x.size):
        dx[i] += slope * exponentials[i]
    return rho**2 + rho**3 + 0.25 * rho**4


def problem(n=100):
    x = np.random.default_rng(1).random(n)
    return Problem((x,), (np.zeros(n),), (np.empty(n),))


def jax():
    import jax.numpy as jnp

    def energy(x):
        rho = jnp.exp(-3 * (x + 1)).sum()
        return rho**2 + rho**3 + 0.25 * rho**4

    return energy


def kernel(n):
    return Kernel(f"embedded atom, n = {n:,}", energy, handwritten, partial(problem, n), 1, partial(problem, 5), jax)


KERNELS = tuple(map(kernel, (10, 100, 1000, 1_000_000)))
