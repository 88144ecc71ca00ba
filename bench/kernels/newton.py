"""A damped Newton iteration, 1000 problems of two parameters.

By hand: with two parameters the tangents are carried along the iteration. They are off its critical path, and need no tape.
"""
import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def root(a, b):
    x = 0.5
    step = 1.0
    while abs(step) > 1e-12:
        e = np.exp(b * x)
        step = (x * e - a) / (e * (1 + b * x))
        x -= step / (1 + abs(step))
    return x


@njit
def primal(a, b):
    s = 0.0
    for k in range(a.size):
        s += root(a[k], b[k])
    return s


@njit
def root_gradient(a, b):
    x, xa, xb = 0.5, 0.0, 0.0
    step = 1.0
    while abs(step) > 1e-12:
        e = np.exp(b * x)
        inverse = 1 / (e * (1 + b * x))
        step = (x * e - a) / (e * (1 + b * x))
        by_x = 1 - step * inverse * e * b * (2 + b * x)
        by_b = (x * x * e - step * e * (x + x * (1 + b * x))) * inverse
        damping = 1 / (1 + abs(step))
        square = damping * damping
        xa -= square * (by_x * xa - inverse)
        xb -= square * (by_x * xb + by_b)
        x -= step / (1 + abs(step))
    return (xa, xb), x


@njit
def handwritten(a, b, da, db):
    s = 0.0
    for k in range(a.size):
        (da[k], db[k]), value = root_gradient(a[k], b[k])
        s += value
    return s


def derive():
    from irad import Active, ReverseWithPrimal, autodiff

    @njit
    def gradient(a, b, da, db):
        s = 0.0
        for k in range(a.size):
            (da[k], db[k]), value = autodiff(ReverseWithPrimal, root, Active(a[k]), Active(b[k]))
            s += value
        return s

    return gradient


def problem(n=1000):
    rng = np.random.default_rng(4)
    return Problem((rng.random(n) + 0.5, rng.random(n) + 0.5), (np.zeros(n), np.zeros(n)))


KERNELS = (Kernel("Newton, 1000 problems", primal, handwritten, derive, problem, 2),)
