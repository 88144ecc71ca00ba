"""A damped Newton iteration, 1000 problems of two parameters.

By hand: with two parameters the tangents are carried along the iteration. They are off its critical path, and need no tape.
"""
from functools import partial

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


def jax():
    """JAX does not differentiate a `while` backwards; its users wrap it in `custom_root`, which differentiates the equation."""
    import jax.numpy as jnp
    from jax import jvp, lax

    def solve(f, x):
        def body(state):
            x, _ = state
            value, slope = jvp(f, (x,), (jnp.ones_like(x),))
            step = value / slope
            return x - step / (1 + jnp.abs(step)), step

        return lax.while_loop(lambda state: jnp.any(jnp.abs(state[1]) > 1e-12), body, (x, jnp.ones_like(x)))[0]

    def primal(a, b):
        return lax.custom_root(lambda x: x * jnp.exp(b * x) - a, jnp.full_like(a, 0.5), solve, lambda g, y: y / g(jnp.ones_like(y))).sum()

    return primal


KERNELS = (Kernel("Newton, 1000 problems", primal, handwritten, problem, 2, partial(problem, 3), jax, derive=derive),)
