"""Loops that run again in strips (`irad.checkpoint()`): numbers and arrays carried, every way to leave, other loops around and inside."""
import math

import numpy as np
from numba import njit

from irad import checkpoint
from tests.support.program import program


def state(n, *more):
    return lambda rng: (rng.uniform(0.3, 1.2, n), *more)


@program(args=lambda rng: (rng.uniform(0.2, 0.8), 23))
def numbers_in_strips(x, steps):
    y = 0.1
    for _ in range(steps):
        checkpoint()
        x, y = 0.9 * x * (1.0 - x) + 0.3 * y, math.sin(x) - 0.2 * y
    return x * y


@program(args=lambda rng: (rng.uniform(0.2, 0.8), 0))
def no_step(x, steps):
    for _ in range(steps):
        checkpoint()
        x = x * x
    return x * 3.0


@program(args=lambda rng: (np.float32(rng.uniform(0.2, 0.8)), 9), tolerance=1e-5)
def float32_in_strips(x, steps):
    for _ in range(steps):
        checkpoint()
        x += np.float32(0.1) * x * (np.float32(1.0) - x)
    return x


@program(args=lambda rng: (rng.uniform(0.9, 1.1), 1e-3))
def until_it_is_small(x, least):
    k = 0
    while True:
        checkpoint()
        x = 0.5 * x * x + 0.1 * x
        if x < least:
            break
        k += 1
        if k == 40:
            return x * 3.0
    return x + k


@program(args=lambda rng: (rng.uniform(0.9, 1.1), 12))
def returned_from_the_middle(x, n):
    for k in range(n):
        checkpoint()
        x = x * 1.1 + x * x * 0.01
        if x > 2.0:
            return x * k
        x = x - 0.05 * x * x
    return x


@program(args=state(7, 13), activities=("duplicated", "const"))
def stepped_in_place(u, steps):
    for _ in range(steps):
        checkpoint()
        for i in range(1, len(u) - 1):
            u[i] = u[i] + 0.1 * u[i] * (u[i - 1] - u[i + 1])


@program(args=state(9, 0.1, 11))
def swapped_in_strips(u0, c, steps):
    u, v = u0.copy(), u0.copy()
    for _ in range(steps):
        checkpoint()
        for i in range(1, len(u) - 1):
            v[i] = u[i] + c * u[i] * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u, v = v, u
    return (u * u).sum()


@program(args=lambda rng: (rng.uniform(0.3, 1.2, (5, 6)), 7))
def plane_in_strips(u, steps):
    v = u.copy()
    for _ in range(steps):
        checkpoint()
        for i in range(1, 4):
            for j in range(1, 5):
                v[i, j] = u[i, j] + 0.1 * math.sin(u[i, j]) * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
        for i in range(1, 4):
            for j in range(1, 5):
                u[i, j] = v[i, j]
    return (u ** 3).sum()


@program(args=state(6, 1e-4))
def relaxed_until_still(u, least):
    steps = 0
    while True:
        checkpoint()
        change = 0.0
        for i in range(1, len(u) - 1):
            new = u[i] + 0.2 * u[i] * (u[i - 1] - 2.0 * u[i] + u[i + 1])
            change += (new - u[i]) ** 2
            u[i] = new
        steps += 1
        if change < least or steps == 50:
            break
    return (u * u).sum() + steps


@program(args=state(5, 10))
def numbers_beside_an_array(u, steps):
    """The array is written after the loop too, and what the caller sees is that."""
    t, s = 0.0, 0.0
    for _ in range(steps):
        checkpoint()
        t += 0.1
        for i in range(len(u)):
            u[i] += 0.1 * math.cos(u[i] * t)
            s += u[i] * u[i] * t
    for i in range(len(u)):
        u[i] = u[i] * s
    return u[0] * s


@program(args=state(4, 9), activities=("duplicated", "const"))
def indices_in_a_ring(u, steps):
    for k in range(steps):
        checkpoint()
        u[k % 4] = math.sin(u[(k + 1) % 4] * u[(k + 3) % 4])


@program(args=lambda rng: (rng.uniform(0.2, 0.8), 19))
def counters_that_wrap_around(x, steps):
    h, down = np.uint64(1), np.int32(7)
    for _ in range(steps):
        checkpoint()
        h += np.uint64(0x9E3779B97F4A7C15)
        down -= np.int32(3)
        x = x * (1.1 - x) + 0.01 * (np.int64(h >> np.uint64(60)) + np.int64(down) % 5)
    return x


@program(args=state(6, 12))
def scratch_in_strips(x, steps):
    u = 0.4
    t = np.empty(len(x))
    for _ in range(steps):
        checkpoint()
        for j in range(len(x)):
            t[j] = math.sin(u * x[j])
        for j in range(1, len(x)):
            u = 0.5 * u + 0.1 * t[j] * t[j - 1]
    return u


@program(args=state(3, 6))
def strips_in_a_loop(x, steps):
    s = 0.0
    for i in range(len(x)):
        y = x[i]
        for _ in range(steps):
            checkpoint()
            y = y * (1.2 - y) + 0.1 * s
        s += y * y
    return s


@program(args=lambda rng: (rng.uniform(0.3, 1.2, (4, 5)), 6))
def rows_that_read_the_next(u, steps):
    for i in range(3):
        for _ in range(steps):
            checkpoint()
            for j in range(1, 5):
                u[i, j] += 0.1 * u[i, j - 1] * u[i + 1, j]
    return (u * u).sum()


@program(args=state(6, 7))
def read_here_and_written_behind(u, steps):
    for _ in range(steps):
        checkpoint()
        for i in range(2, len(u)):
            u[i] += 0.1 * u[0] * u[i - 1] * u[i]
    u[0] = 3.0 * u[2]
    u[1] *= u[0]
    return u.sum()


@program(args=state(5, 7))
def one_behind_the_other(u, steps):
    for _ in range(steps):
        checkpoint()
        for i in range(1, len(u)):
            u[i] += 0.1 * u[i - 1] * u[i]
    for _ in range(steps):
        checkpoint()
        for i in range(1, len(u)):
            u[i - 1] -= 0.1 * u[i - 1] * u[i]
    return u.sum()


@program(args=state(6, 8))
def branches_in_strips(u, steps):
    s = 0.0
    for k in range(steps):
        checkpoint()
        if k % 3 == 1:
            continue
        for i in range(len(u)):
            if u[i] > 0.7:
                u[i] = 0.5 * u[i] * u[i]
            else:
                s += u[i] * u[i]
                u[i] = u[i] + 0.3 * u[(i + 1) % len(u)] * u[i]
    return s


def _chain(z, steps):
    """Re F(z) has the gradient conj(F'(z))."""
    slope = np.ones_like(z)
    for _ in range(steps):
        z, slope = z * z * 0.9 + 0.1, slope * 1.8 * z
    return np.conj(slope), None


@program(args=lambda rng: (rng.uniform(0.3, 0.9, 4) + 1j * rng.uniform(0.1, 0.6, 4), 6), activities=("active", "const"), oracle=False,
         closed_form=_chain)
def complex_in_strips(z, steps):
    for _ in range(steps):
        checkpoint()
        for i in range(len(z)):
            z[i] = z[i] * z[i] * 0.9 + 0.1
    return z.sum().real


@program(args=lambda rng: (rng.uniform(0.3, 1.2, (4, 5))[:, 1], 6), activities=("duplicated", "const"))
def with_gaps(u, steps):
    """Not kept as a block: it has gaps. So there is a tape."""
    for _ in range(steps):
        checkpoint()
        for i in range(1, len(u)):
            u[i] = u[i] * u[i - 1] + 0.1


def _two_views(rng):
    x = rng.uniform(0.3, 1.2, 8)
    return x[:6], x[2:], 5


@program(args=_two_views, activities=("duplicated", "duplicated", "const"))
def overlapping_in_strips(a, b, steps):
    for _ in range(steps):
        checkpoint()
        for i in range(1, 6):
            a[i] = a[i] * b[i - 1] + 0.1 * b[i]


@program(args=lambda rng: (rng.uniform(0.2, 0.9), 14))
def trajectory_kept_by_the_function(x, steps):
    out = np.empty(steps + 1)
    out[0] = x
    for k in range(steps):
        checkpoint()
        out[k + 1] = math.sin(out[k]) * 1.1
    return (out * out).sum()


@program(args=lambda rng: (rng.uniform(0.2, 0.9), 9))
def buffers_made_in_each_step(x, steps):
    u = np.full(4, x)
    for _ in range(steps):
        checkpoint()
        v = np.empty(4)
        for i in range(4):
            v[i] = u[i] * u[i - 1] * 0.5 + 0.2 * i
        u = v
    return u.sum()


@program(args=lambda rng: (rng.uniform(0.2, 0.9), 30), raises=ValueError)
def raised_in_strips(x, steps):
    for k in range(steps):
        checkpoint()
        x = x * x + 0.2
        if k == 17:
            raise ValueError("seventeen")
    return x


@njit
def _step(u, i):
    checkpoint()
    u[i] = 0.5 * u[i] * (2.0 - u[i])
    return u[i]


@program(args=state(3, 8))
def marked_by_a_function(u, steps):
    s = 0.0
    for k in range(steps):
        s += _step(u, k % 3)
    return s
