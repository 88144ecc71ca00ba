"""Stencils in nests of loops, buffers that are swapped in each step, and those that only look like it."""
import math

import numpy as np

from tests.support.program import program


def matrices(count, n, m):
    return lambda rng: tuple(rng.uniform(0.2, 1.0, (n, m)) for _ in range(count))


@program(args=lambda rng: (rng.uniform(0.2, 1.0, (6, 7)), 0.1, 4), note="with the number active, what is read goes to the tape")
def five_points_in_steps(start, c, steps):
    u, v = start.copy(), start.copy()
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                v[i, j] = u[i, j] + c * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j])
        u, v = v, u
    return (u * u).sum() + v[2, 3]


@program(args=lambda rng: (rng.uniform(0.2, 1.0, (3, 3)), 3), note="the nest has fewer iterations than its distances lie apart")
def five_points_of_little(start, steps):
    u, v = start.copy(), start.copy()
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                v[i, j] = 0.3 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]) - u[i, j]
        u, v = v, u
    return u[1, 1] * v[1, 1] + u[0, 1]


@program(args=lambda rng: (*matrices(2, 6, 7)(rng), 3), note="the shadows handed over are the caller's")
def arguments_swapped_in_steps(u, v, steps):
    for _ in range(steps):
        for i in range(1, u.shape[0] - 1):
            for j in range(2, u.shape[1] - 1):
                v[i, j] = u[i - 1, j] * 0.5 + u[i, j - 2] * 0.75 + u[i + 1, j + 1] * 0.25
        u, v = v, u
    return u[2, 3] * v[3, 3] + u[0, 2]


@program(args=matrices(2, 6, 6))
def nine_points_nonlinear(u, v):
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            g = u[i - 1, j - 1] * u[i + 1, j + 1] - u[i - 1, j + 1] * u[i + 1, j - 1]
            v[i, j] = math.sin(g) * u[i, j] + u[i - 1, j] * u[i, j + 1] + u[i + 1, j] - u[i, j - 1]
    return (v * v).sum()


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 9), 5), note="the ends are written too, in each step")
def ends_written_in_steps(start, steps):
    u, v = start.copy(), start.copy()
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            v[i] = u[i] + 0.2 * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        v[0] = v[1] * 0.5
        v[-1] = v[-2]
        u, v = v, u
    return (u * u).sum()


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 9), 7), note="left in front of the nest, and behind it")
def left_between_steps(start, steps):
    u, v = start.copy(), start.copy()
    for t in range(steps):
        if u[4] < 0.01 * t:
            break
        for i in range(1, len(u) - 1):
            v[i] = 0.4 * u[i - 1] + 0.1 * u[i + 1] + 0.3 * u[i]
        if v[3] < 0.15:
            return u[2] * v[2]
        u, v = v, u
    return u[3] * v[4]


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 8), 6), note="in some steps nothing is swapped, in some nothing is computed")
def swapped_now_and_then(start, steps):
    u, v = start.copy(), start.copy()
    for t in range(steps):
        if t % 3 != 1:
            for i in range(1, len(u) - 1):
                v[i] = u[i - 1] * 0.5 + u[i + 1] * u[i]
        if t % 2 == 0:
            u, v = v, u
    return u[3] * v[4]


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 8), 5), note="in some steps nothing is computed, and yet they are swapped")
def computed_now_and_then(start, steps):
    u, v = start.copy(), 2.0 * start
    for t in range(steps):
        if t % 3 != 1:
            for i in range(1, len(u) - 1):
                v[i] = u[i - 1] * 0.5 + u[i + 1] - 0.3 * u[i]
        u, v = v, u
    return u[3] * v[4]


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 8), rng.uniform(0.2, 1.0, 8), 5))
def three_buffers_in_turn(first, second, steps):
    u, v, w = first.copy(), second.copy(), first * 0.5
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            w[i] = 2.0 * v[i] - u[i] + 0.3 * (v[i - 1] - 2.0 * v[i] + v[i + 1])
        u, v, w = v, w, u
    return v[3] * u[4] + w[2]


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 8), 4), note="each step adds up what it has read")
def read_beside_its_steps(start, steps):
    u, v, s = start.copy(), start.copy(), 0.0
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            v[i] = 0.3 * u[i - 1] + 0.3 * u[i + 1]
        s += u[2] * v[3]
        u, v = v, u
    return s


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 9), 4), note="another number of elements in each step")
def narrower_with_each_step(start, steps):
    u, v = start.copy(), start.copy()
    for t in range(steps):
        for i in range(1 + t, len(u) - 1):
            v[i] = 0.3 * u[i - 1] + 0.5 * u[i + 1] * 1.5 - u[i]
        u, v = v, u
    return u[4] * v[5] + u[1] + v[1]


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 9), 4), note="stored one beside what is read")
def stored_one_on(start, steps):
    u, v = start.copy(), start.copy()
    for _ in range(steps):
        for i in range(1, len(u) - 2):
            v[i + 1] = 0.4 * u[i - 1] + 0.5 * u[i] + 0.2 * u[i + 1]
        u, v = v, u
    return u[4] * v[5]


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 9), 4), note="stored outside all that is read")
def stored_far_from_what_is_read(start, steps):
    u, v = start.copy(), start.copy()
    for _ in range(steps):
        for i in range(len(u) - 3):
            v[i + 3] = 0.4 * u[i] + 0.5 * u[i + 1]
        u, v = v, u
    return u[4] * v[5] + u[8]


@program(args=lambda rng: (rng.uniform(0.2, 1.0, (4, 5, 4)),))
def seven_points_in_space(u):
    v = np.zeros_like(u)
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            for k in range(1, u.shape[2] - 1):
                v[i, j, k] = (u[i - 1, j, k] + u[i + 1, j, k] + u[i, j - 1, k] * u[i, j + 1, k] + u[i, j, k - 1] + u[i, j, k + 1]
                              - 6.0 * u[i, j, k])
    return (v * v).sum()


@program(args=matrices(2, 6, 6))
def triangular_stencil(u, v):
    for i in range(1, u.shape[0] - 1):
        for j in range(1, i + 1):
            v[i, j] = u[i - 1, j] * u[i + 1, j] + u[i, j - 1] - u[i, j + 1]
    return (v * v).sum()


@program(args=matrices(2, 7, 8), note="downwards, every second column")
def descending_nest(u, v):
    for i in range(u.shape[0] - 2, 0, -1):
        for j in range(1, u.shape[1] - 1, 2):
            v[i, j] = u[i - 1, j - 1] * 2.0 + u[i, j] * u[i, j] - u[i + 1, j + 1]
    return (v * v).sum()


@program(args=lambda rng: (rng.normal(size=(5, 6)), rng.normal(size=(5, 6)), rng.normal(size=6), rng.normal(size=5)))
def nest_with_rows_and_columns(u, v, row, column):
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            v[i, j] = row[j] * (u[i - 1, j] + u[i + 1, j]) + column[i] * (row[j - 1] + row[j + 1]) * u[i, j]
    return (v * v).sum()


@program(args=matrices(2, 6, 6), note="rows overlap: the last column of one row is the first of the next")
def rows_that_overlap(u, v):
    flat, out = u.reshape(36), v.reshape(36)
    for i in range(1, 4):
        for j in range(1, 9):
            out[i * 6 + j] = flat[i * 6 + j - 1] * 0.5 + flat[i * 6 + j + 1] * 2.0
    return (v * v).sum()


@program(args=lambda rng: (rng.normal(size=(5, 5)) @ np.eye(5) * 0.1 + 3.0 * np.eye(5),), note="each inner loop is left in its middle")
def cholesky_row_by_row(a):
    n = a.shape[0]
    y = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = 0.5 * (a[i, j] + a[j, i])
            for k in range(j):
                s -= y[i, k] * y[j, k]
            if i == j:
                y[i, i] = math.sqrt(s)
            else:
                y[i, j] = s / y[j, j]
    total = 0.0
    for i in range(n):
        total += math.log(y[i, i]) + y[i, 0]
    return total


@program(args=lambda rng: (rng.normal(size=6), 4), note="the part of the last iteration that is not run")
def left_in_the_middle_of_its_count(x, n):
    t, s, i = np.ones(8), 0.0, 0
    for _ in range(2):
        i = 0
        while True:
            s += math.sin(x[i] * s)
            if i == n:
                break
            t[i] = t[i] * s
            i += 1
    return s + (t * t).sum()


@program(args=lambda rng: (rng.uniform(0.2, 1.0, 30), rng.uniform(0.2, 1.0, 30), np.uint64(5), np.uint64(4), 3),
         note="rows of a flat array: what is stored in one is read from the next as well")
def rows_that_run_over_in_steps(u, v, m, n, steps):
    for _ in range(steps):
        for i in range(n):
            for j in range(m):
                k = np.uint64((np.uint64(i) + np.uint64(1)) * m + np.uint64(j))
                v[k] = 0.5 * u[k - np.uint64(1)] + 0.25 * u[k + np.uint64(1)]
        u, v = v, u
    return u[7] * v[9]
