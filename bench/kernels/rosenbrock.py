"""Rosenbrock's function, n = 1000.

By hand: each derivative gathers from its neighbours. The terms of 16 numbers and their derivatives are made by a loop that vectorises;
the strict sum of those terms, which is one chain of additions, runs beside the next 16.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem

BLOCK = 16


@njit
def rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@njit
def handwritten(x, dx, terms):
    n = x.size
    s = 0.0
    dx[0] += 400 * x[0] * (x[0] * x[0] - x[1]) + 2 * (x[0] - 1)
    done = 0
    while done + BLOCK <= n - 2:
        for j in range(BLOCK):
            a, b, c = x[done + j], x[done + j + 1], x[done + j + 2]
            square = a * a
            t, u = b - square, 1 - a
            terms[j] = 100 * (t * t) + u * u
            dx[done + j + 1] += b * (400 * (b * b - c) + 202) - 200 * square - 2
        for j in range(BLOCK):
            s += terms[j]
        done += BLOCK
    for i in range(done, n - 2):
        a, b, c = x[i], x[i + 1], x[i + 2]
        s += 100 * (b - a * a) ** 2 + (1 - a) ** 2
        dx[i + 1] += b * (400 * (b * b - c) + 202) - 200 * (a * a) - 2
    t, u = x[n - 1] - x[n - 2] * x[n - 2], 1 - x[n - 2]
    dx[n - 1] += 200 * t
    return s + (100 * (t * t) + u * u)


def problem(n=1000):
    return Problem((np.random.default_rng(8).random(n),), (np.zeros(n),), (np.empty(BLOCK),))


def jax():
    def rosenbrock(x):
        return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()

    return rosenbrock


KERNELS = (Kernel("Rosenbrock, n = 1000", rosenbrock, handwritten, problem, 1, partial(problem, 20), jax),)
