"""The gravitational energy of 200 bodies.

By hand: positions by column, so that the inverse distances of a row of pairs vectorise; then forces in the pair loop itself, with no
division, those on the outer body kept in registers.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def energy(x, m):
    e = 0.0
    for i in range(x.shape[0]):
        for j in range(i):
            r2 = 0.01
            for k in range(3):
                d = x[i, k] - x[j, k]
                r2 += d * d
            e -= m[i] * m[j] / np.sqrt(r2)
    return e


@njit(error_model="numpy")
def inverse_distances(columns, i, out):
    """To the bodies before i. No division by zero is possible, and without the check for it the loop vectorises."""
    x, y, z = columns[0], columns[1], columns[2]
    for j in range(i):
        a, b, c = x[i] - x[j], y[i] - y[j], z[i] - z[j]
        out[j] = 1 / np.sqrt(0.01 + a * a + b * b + c * c)


@njit
def handwritten(x, m, dx, columns, forces, inverse):
    n = x.shape[0]
    for i in range(n):
        for k in range(3):
            columns[k, i] = x[i, k]
            forces[k, i] = 0.0
    xs, ys, zs = columns[0], columns[1], columns[2]
    dxs, dys, dzs = forces[0], forces[1], forces[2]
    e = 0.0
    for i in range(n):
        inverse_distances(columns, i, inverse)
        fx = fy = fz = 0.0
        for j in range(i):
            pair = m[i] * m[j] * inverse[j]
            e -= pair
            force = pair * (inverse[j] * inverse[j])
            a, b, c = force * (xs[i] - xs[j]), force * (ys[i] - ys[j]), force * (zs[i] - zs[j])
            fx += a
            fy += b
            fz += c
            dxs[j] -= a
            dys[j] -= b
            dzs[j] -= c
        dxs[i] += fx
        dys[i] += fy
        dzs[i] += fz
    for i in range(n):
        for k in range(3):
            dx[i, k] += forces[k, i]
    return e


def problem(n=200):
    rng = np.random.default_rng(6)
    args = rng.standard_normal((n, 3)), rng.random(n) + 0.5
    return Problem(args, (np.zeros((n, 3)),), (np.empty((3, n)), np.empty((3, n)), np.empty(n)))


def jax():
    import jax.numpy as jnp

    def energy(x, m):
        r2 = 0.01 + ((x[:, None] - x) ** 2).sum(axis=2)
        return -jnp.tril(m[:, None] * m / jnp.sqrt(r2), -1).sum()

    return energy


KERNELS = (Kernel("N-body energy, n = 200", energy, handwritten, problem, 1, partial(problem, 5), jax),)
