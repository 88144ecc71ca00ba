"""Lotka-Volterra's predators and prey by RK4, 10,000 steps.

By hand: the states of all stages are the tape. They are stored beside the critical path, and the reverse has h folded into the rates,
which shortens its own.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def rates(x, y, a, b, c, d):
    return a * x - b * x * y, d * x * y - c * y


@njit
def final(start, parameters, h, steps):
    x, y = start[0], start[1]
    a, b, c, d = parameters[0], parameters[1], parameters[2], parameters[3]
    for _ in range(steps):
        k1, l1 = rates(x, y, a, b, c, d)
        k2, l2 = rates(x + 0.5 * h * k1, y + 0.5 * h * l1, a, b, c, d)
        k3, l3 = rates(x + 0.5 * h * k2, y + 0.5 * h * l2, a, b, c, d)
        k4, l4 = rates(x + h * k3, y + h * l3, a, b, c, d)
        x += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        y += h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    return x * x + y * y


@njit
def put(states, n, stage, x, y):
    states[n, stage, 0], states[n, stage, 1] = x, y


@njit
def get(states, n, stage):
    return states[n, stage, 0], states[n, stage, 1]


@njit
def handwritten(start, parameters, h, steps, d_start, d_parameters, states):
    x, y = start[0], start[1]
    a, b, c, d = parameters[0], parameters[1], parameters[2], parameters[3]
    half = 0.5 * h
    sixth = h / 6
    for n in range(steps):
        k1, l1 = rates(x, y, a, b, c, d)
        x2, y2 = x + half * k1, y + half * l1
        k2, l2 = rates(x2, y2, a, b, c, d)
        x3, y3 = x + half * k2, y + half * l2
        k3, l3 = rates(x3, y3, a, b, c, d)
        x4, y4 = x + h * k3, y + h * l3
        k4, l4 = rates(x4, y4, a, b, c, d)
        put(states, n, 0, x, y)
        put(states, n, 1, x2, y2)
        put(states, n, 2, x3, y3)
        put(states, n, 3, x4, y4)
        x += sixth * (k1 + 2 * k2 + 2 * k3 + k4)
        y += sixth * (l1 + 2 * l2 + 2 * l3 + l4)
    dx, dy = 2 * x, 2 * y
    da = db = dc = dd = 0.0
    a, b, c, d = h * a, h * b, h * c, h * d
    for n in range(steps - 1, -1, -1):
        x1, y1 = get(states, n, 0)
        x2, y2 = get(states, n, 1)
        x3, y3 = get(states, n, 2)
        x4, y4 = get(states, n, 3)
        dk4, dl4 = 1 / 6 * dx, 1 / 6 * dy
        third_x, third_y = 1 / 3 * dx, 1 / 3 * dy
        dx4, dy4 = back(x4, y4, a, b, c, d, dk4, dl4)
        dk3, dl3 = third_x + dx4, third_y + dy4
        dx3, dy3 = back(x3, y3, a, b, c, d, dk3, dl3)
        dk2, dl2 = third_x + 0.5 * dx3, third_y + 0.5 * dy3
        dx2, dy2 = back(x2, y2, a, b, c, d, dk2, dl2)
        dk1, dl1 = dk4 + 0.5 * dx2, dl4 + 0.5 * dy2
        dx1, dy1 = back(x1, y1, a, b, c, d, dk1, dl1)
        da += x1 * dk1 + x2 * dk2 + (x3 * dk3 + x4 * dk4)
        dc -= y1 * dl1 + y2 * dl2 + (y3 * dl3 + y4 * dl4)
        p1, p2, p3, p4 = x1 * y1, x2 * y2, x3 * y3, x4 * y4
        db -= p1 * dk1 + p2 * dk2 + (p3 * dk3 + p4 * dk4)
        dd += p1 * dl1 + p2 * dl2 + (p3 * dl3 + p4 * dl4)
        dx += dx2 + dx3 + dx4 + dx1
        dy += dy2 + dy3 + dy4 + dy1
    d_start[0] += dx
    d_start[1] += dy
    d_parameters[0] += h * da
    d_parameters[1] += h * db
    d_parameters[2] += h * dc
    d_parameters[3] += h * dd
    return x * x + y * y


@njit
def back(x, y, a, b, c, d, dk, dl):
    """The adjoints of x and y; the entries of the Jacobian are off the critical path."""
    return (a - b * y) * dk + d * y * dl, (d * x - c) * dl - b * x * dk


def problem(steps=10_000):
    args = np.array([1.0, 0.5]), np.array([1.5, 1.0, 3.0, 1.0]), 0.005, steps
    return Problem(args, (np.zeros(2), np.zeros(4)), (np.empty((steps, 4, 2)),))


def jax():
    import jax.numpy as jnp
    from jax import lax

    def final(start, parameters, h, steps):
        a, b, c, d = parameters

        def rates(z):
            x, y = z
            return jnp.stack([a * x - b * x * y, d * x * y - c * y])

        def step(z, _):
            k1 = rates(z)
            k2 = rates(z + 0.5 * h * k1)
            k3 = rates(z + 0.5 * h * k2)
            k4 = rates(z + h * k3)
            return z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

        z, _ = lax.scan(step, start, length=steps)
        return (z * z).sum()

    return final


KERNELS = (Kernel("Lotka-Volterra by RK4, 10,000 steps", final, handwritten, problem, 2, partial(problem, 4), jax),)
