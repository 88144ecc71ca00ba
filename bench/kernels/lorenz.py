"""Lorenz's equations by RK4, 10,000 steps.

By hand: as for Lotka-Volterra.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def rates(x, y, z, s, r, b):
    return s * (y - x), x * (r - z) - y, x * y - b * z


@njit
def final(start, parameters, h, steps):
    x, y, z = start[0], start[1], start[2]
    s, r, b = parameters[0], parameters[1], parameters[2]
    for _ in range(steps):
        k1, l1, m1 = rates(x, y, z, s, r, b)
        k2, l2, m2 = rates(x + 0.5 * h * k1, y + 0.5 * h * l1, z + 0.5 * h * m1, s, r, b)
        k3, l3, m3 = rates(x + 0.5 * h * k2, y + 0.5 * h * l2, z + 0.5 * h * m2, s, r, b)
        k4, l4, m4 = rates(x + h * k3, y + h * l3, z + h * m3, s, r, b)
        x += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        y += h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
        z += h / 6 * (m1 + 2 * m2 + 2 * m3 + m4)
    return x * x + y * y + z * z


@njit
def put(states, n, stage, x, y, z):
    states[n, stage, 0], states[n, stage, 1], states[n, stage, 2] = x, y, z


@njit
def get(states, n, stage):
    return states[n, stage, 0], states[n, stage, 1], states[n, stage, 2]


@njit
def back(x, y, z, h, s, r, b, dk, dl, dm):
    """The adjoints of x, y and z from those of the scaled rates; the entries of the Jacobian are off the critical path."""
    hx = h * x
    return h * (r - z) * dl - s * dk + h * y * dm, s * dk - h * dl + hx * dm, -(hx * dl) - b * dm


@njit
def handwritten(start, parameters, h, steps, d_start, d_parameters, states):
    x, y, z = start[0], start[1], start[2]
    s, r, b = parameters[0], parameters[1], parameters[2]
    half = 0.5 * h
    sixth = h / 6
    for n in range(steps):
        k1, l1, m1 = rates(x, y, z, s, r, b)
        x2, y2, z2 = x + half * k1, y + half * l1, z + half * m1
        k2, l2, m2 = rates(x2, y2, z2, s, r, b)
        x3, y3, z3 = x + half * k2, y + half * l2, z + half * m2
        k3, l3, m3 = rates(x3, y3, z3, s, r, b)
        x4, y4, z4 = x + h * k3, y + h * l3, z + h * m3
        k4, l4, m4 = rates(x4, y4, z4, s, r, b)
        put(states, n, 0, x, y, z)
        put(states, n, 1, x2, y2, z2)
        put(states, n, 2, x3, y3, z3)
        put(states, n, 3, x4, y4, z4)
        x += sixth * (k1 + 2 * k2 + 2 * k3 + k4)
        y += sixth * (l1 + 2 * l2 + 2 * l3 + l4)
        z += sixth * (m1 + 2 * m2 + 2 * m3 + m4)
    dx, dy, dz = 2 * x, 2 * y, 2 * z
    ds = dr = db = 0.0
    hs, hb = h * s, h * b
    for n in range(steps - 1, -1, -1):
        x1, y1, z1 = get(states, n, 0)
        x2, y2, z2 = get(states, n, 1)
        x3, y3, z3 = get(states, n, 2)
        x4, y4, z4 = get(states, n, 3)
        dk4, dl4, dm4 = 1 / 6 * dx, 1 / 6 * dy, 1 / 6 * dz
        third_x, third_y, third_z = 1 / 3 * dx, 1 / 3 * dy, 1 / 3 * dz
        dx4, dy4, dz4 = back(x4, y4, z4, h, hs, r, hb, dk4, dl4, dm4)
        dk3, dl3, dm3 = third_x + dx4, third_y + dy4, third_z + dz4
        dx3, dy3, dz3 = back(x3, y3, z3, h, hs, r, hb, dk3, dl3, dm3)
        dk2, dl2, dm2 = third_x + 0.5 * dx3, third_y + 0.5 * dy3, third_z + 0.5 * dz3
        dx2, dy2, dz2 = back(x2, y2, z2, h, hs, r, hb, dk2, dl2, dm2)
        dk1, dl1, dm1 = dk4 + 0.5 * dx2, dl4 + 0.5 * dy2, dm4 + 0.5 * dz2
        dx1, dy1, dz1 = back(x1, y1, z1, h, hs, r, hb, dk1, dl1, dm1)
        ds += (y1 - x1) * dk1 + (y2 - x2) * dk2 + ((y3 - x3) * dk3 + (y4 - x4) * dk4)
        dr += x1 * dl1 + x2 * dl2 + (x3 * dl3 + x4 * dl4)
        db -= z1 * dm1 + z2 * dm2 + (z3 * dm3 + z4 * dm4)
        dx += dx2 + dx3 + dx4 + dx1
        dy += dy2 + dy3 + dy4 + dy1
        dz += dz2 + dz3 + dz4 + dz1
    d_start[0] += dx
    d_start[1] += dy
    d_start[2] += dz
    d_parameters[0] += h * ds
    d_parameters[1] += h * dr
    d_parameters[2] += h * db
    return x * x + y * y + z * z


def problem(steps=10_000):
    """h is small, so that the chaos of the orbit amplifies rounding by few digits."""
    args = np.array([1.0, 1.0, 20.0]), np.array([10.0, 28.0, 8 / 3]), 0.0005, steps
    return Problem(args, (np.zeros(3), np.zeros(3)), (np.empty((steps, 4, 3)),))


def jax():
    import jax.numpy as jnp
    from jax import lax

    def final(start, parameters, h, steps):
        s, r, b = parameters

        def rates(u):
            x, y, z = u
            return jnp.stack([s * (y - x), x * (r - z) - y, x * y - b * z])

        def step(u, _):
            k1 = rates(u)
            k2 = rates(u + 0.5 * h * k1)
            k3 = rates(u + 0.5 * h * k2)
            k4 = rates(u + h * k3)
            return u + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

        u, _ = lax.scan(step, start, length=steps)
        return (u * u).sum()

    return final


KERNELS = (Kernel("Lorenz by RK4, 10,000 steps", final, handwritten, problem, 2, partial(problem, 4), jax),)
