"""The Brusselator in one dimension, n = 64, 200 steps of Euler's method.

By hand: the states of all steps are the tape, each step stores into it; the adjoint stencil gathers, so both vectorise.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def final_energy(u_start, v_start, a, b, diffusion, h, steps):
    n = u_start.size
    u, v = u_start.copy(), v_start.copy()
    u_next, v_next = u_start.copy(), v_start.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            reaction = u[i] * u[i] * v[i]
            u_next[i] = u[i] + h * (a + reaction - (b + 1) * u[i] + diffusion * (u[i - 1] - 2 * u[i] + u[i + 1]))
            v_next[i] = v[i] + h * (b * u[i] - reaction + diffusion * (v[i - 1] - 2 * v[i] + v[i + 1]))
        u, u_next = u_next, u
        v, v_next = v_next, v
    energy = 0.0
    for i in range(n):
        energy += u[i] * u[i] + v[i] * v[i]
    return energy


@njit
def step(u, v, u_next, v_next, a, b, diffusion, h):
    n = u.size
    for i in range(1, n - 1):
        reaction = u[i] * u[i] * v[i]
        u_next[i] = u[i] + h * (a + reaction - (b + 1) * u[i] + diffusion * (u[i - 1] - 2 * u[i] + u[i + 1]))
        v_next[i] = v[i] + h * (b * u[i] - reaction + diffusion * (v[i - 1] - 2 * v[i] + v[i + 1]))
    u_next[0], u_next[n - 1], v_next[0], v_next[n - 1] = u[0], u[n - 1], v[0], v[n - 1]


@njit
def step_back(u, v, du, dv, du_next, dv_next, b, diffusion, h):
    w = h * diffusion
    for i in range(1, u.size - 1):
        difference = du[i] - dv[i]
        slope = h * b - 2 * h * u[i] * v[i]
        du_next[i] = (1 - 2 * w - h) * du[i] - slope * difference + w * (du[i - 1] + du[i + 1])
        dv_next[i] = (1 - 2 * w) * dv[i] + h * (u[i] * u[i]) * difference + w * (dv[i - 1] + dv[i + 1])


@njit
def handwritten(u_start, v_start, a, b, diffusion, h, steps, du_start, dv_start, us, vs, adjoints):
    n = u_start.size
    us[0], vs[0] = u_start, v_start
    for t in range(steps):
        step(us[t], vs[t], us[t + 1], vs[t + 1], a, b, diffusion, h)
    u, v = us[steps], vs[steps]
    du, dv, du_next, dv_next = adjoints[0], adjoints[1], adjoints[2], adjoints[3]
    energy = 0.0
    for i in range(n):
        energy += u[i] * u[i] + v[i] * v[i]
        du[i], dv[i] = 2 * u[i], 2 * v[i]
    # The ends are read but never written: their adjoints grow apart from the stencil, which sees zeros there.
    du_first, du_last, dv_first, dv_last = du[0], du[n - 1], dv[0], dv[n - 1]
    du[0] = du[n - 1] = dv[0] = dv[n - 1] = du_next[0] = du_next[n - 1] = dv_next[0] = dv_next[n - 1] = 0.0
    w = h * diffusion
    for t in range(steps - 1, -1, -1):
        du_first += w * du[1]
        du_last += w * du[n - 2]
        dv_first += w * dv[1]
        dv_last += w * dv[n - 2]
        step_back(us[t], vs[t], du, dv, du_next, dv_next, b, diffusion, h)
        du, du_next = du_next, du
        dv, dv_next = dv_next, dv
    for i in range(1, n - 1):
        du_start[i] += du[i]
        dv_start[i] += dv[i]
    du_start[0] += du_first
    du_start[n - 1] += du_last
    dv_start[0] += dv_first
    dv_start[n - 1] += dv_last
    return energy


def problem(n=64, steps=200):
    rng = np.random.default_rng(9)
    tape = np.empty((steps + 1, n)), np.empty((steps + 1, n))
    args = 1 + 0.5 * rng.random(n), 3 + 0.5 * rng.random(n), 1.0, 3.0, 2.0, 0.01, steps
    return Problem(args, (np.zeros(n), np.zeros(n)), (*tape, np.empty((4, n))))


def jax():
    from jax import lax

    def final_energy(u_start, v_start, a, b, diffusion, h, steps):
        def laplacian(u):
            return u[:-2] - 2 * u[1:-1] + u[2:]

        def step(state, _):
            u, v = state
            x, y = u[1:-1], v[1:-1]
            reaction = x * x * y
            u = u.at[1:-1].add(h * (a + reaction - (b + 1) * x + diffusion * laplacian(u)))
            v = v.at[1:-1].add(h * (b * x - reaction + diffusion * laplacian(v)))
            return (u, v), None

        (u, v), _ = lax.scan(step, (u_start, v_start), length=steps)
        return (u * u).sum() + (v * v).sum()

    return final_energy


KERNELS = (Kernel("Brusselator, n = 64, 200 steps", final_energy, handwritten, problem, 2, partial(problem, 5, 4), jax),)
