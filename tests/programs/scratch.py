"""Scratch memory in loops: contents that each iteration makes anew, and contents that only seem so."""
import math

import numpy as np

from tests.support.program import program


def floats(n, low=0.3, high=1.2):
    return lambda rng: (rng.uniform(low, high, n),)


@program(args=floats(5))
def made_in_the_iteration(x):
    s = 0.0
    for i in range(len(x)):
        t = np.empty(len(x))
        for j in range(len(x)):
            t[j] = math.sin(x[i] * j)
        for j in range(1, len(x)):
            s += t[j] * t[j - 1]
    return s


@program(args=floats(5))
def used_again(x):
    s = 0.0
    t = np.empty(len(x))
    for i in range(len(x)):
        for j in range(len(x)):
            t[j] = math.sin(x[i] * j)
        for j in range(1, len(x)):
            s += t[j] * t[j - 1]
    return s


@program(args=floats(5))
def carried_beside_scratch(x):
    u = 0.5
    for i in range(len(x)):
        t = np.empty(len(x))
        for j in range(len(x)):
            t[j] = math.sin(u * j + x[i])
        for j in range(1, len(x)):
            u = u * 0.5 + t[j] * t[j - 1]
    return u * u


@program(args=floats(5))
def carried_beside_scratch_used_again(x):
    u, t = 0.5, np.zeros(len(x))
    for i in range(len(x)):
        for j in range(len(x)):
            t[len(x) - 1 - j] = math.sin(u * j + x[i])
        for j in range(1, len(x)):
            u = u * 0.5 + t[j] * t[j - 1]
    return u * u + t[2]


@program(args=lambda rng: (rng.uniform(0.3, 1.2, 4), 7))
def zeros_of_unknown_length(x, m):
    p = 1.0
    for i in range(len(x)):
        t = np.zeros(m)
        for j in range(m):
            t[j] += math.exp(x[i] * 0.1 * j)
        u = 1.0
        for j in range(m):
            u = u * 0.5 + t[j] * t[j]
        p *= u
    return p


@program(args=floats(5))
def matrix_used_again(x):
    p, t = 1.0, np.empty((3, len(x)))
    for i in range(len(x)):
        for j in range(3):
            for k in range(len(x)):
                t[j, k] = math.cos(x[i] * (j + 1) + k)
        for j in range(3):
            for k in range(1, len(x)):
                p = p * 0.9 + t[j, k] * t[2 - j, k - 1]
    return p * p


@program(args=floats(6), note="t[0] keeps what an earlier iteration has put there")
def one_element_goes_on(x):
    p, t = 1.0, np.ones(len(x))
    for i in range(len(x)):
        for j in range(1, len(x)):
            t[j] = math.sin(x[i] * j)
        for j in range(len(x)):
            p = p * 0.7 + t[j] * t[j] * x[i]
        t[0] = p
    return p * p


@program(args=lambda rng: (rng.uniform(0.3, 1.2, 6), 2, 5), note="the filling loop ends before what is read")
def filled_in_part(x, a, b):
    p, t = 1.0, np.ones(6)
    for i in range(len(x)):
        for j in range(a):
            t[j] = math.sin(x[i] * (j + 1)) + p
        for j in range(b):
            p = p * 0.7 + t[j] * t[j] * x[i]
        for j in range(b):
            t[j] = p * j
    return p * p


@program(args=floats(6), note="only in some iterations is the scratch filled")
def filled_on_a_condition(x):
    p, t = 1.0, np.ones(len(x))
    for i in range(len(x)):
        if i % 2 == 0:
            for j in range(len(x)):
                t[j] = math.sin(x[i] * (j + 1)) * p
        for j in range(len(x)):
            p = p * 0.7 + t[j] * t[j] * x[i]
    return p * p


@program(args=floats(6), note="the iteration is left in its middle")
def left_early_with_scratch(x):
    p = 1.0
    for i in range(len(x)):
        t = np.empty(len(x))
        for j in range(len(x)):
            t[j] = math.sin(x[i] * (j + 1)) * p
        if t[2] < 0.2:
            p += t[1] * t[1]
            break
        for j in range(len(x)):
            p = p * 0.7 + t[j] * t[j] * x[i]
        if p > 3.0:
            return p * t[0] * t[3]
    return p * p


@program(args=floats(5), note="the array that scratch is made of is overwritten")
def scratch_of_what_changes(x):
    p = 1.0
    for i in range(len(x)):
        t = np.empty(len(x))
        for j in range(len(x)):
            t[j] = math.sin(x[(i + j) % len(x)] * (j + 1))
        for j in range(len(x)):
            p = p * 0.7 + t[j] * t[j]
        x[i] = p * t[1]
    return p * p + x[0] * x[3]


@program(args=floats(5), note="the iteration's own element is overwritten")
def scratch_of_one_that_changes(x):
    p = 1.0
    for i in range(len(x)):
        v = x[i]
        t = np.empty(len(x))
        for j in range(len(x)):
            t[j] = math.sin(v * (j + 1))
        for j in range(len(x)):
            p = p * 0.7 + t[j] * t[j]
        x[i] = p * t[1]
    return p * p + x[0] * x[3]


@program(args=floats(6), note="nested: the inner iteration has scratch, the outer one carries")
def scratch_two_deep(x):
    p = 0.4
    for i in range(3):
        q = p
        for k in range(2):
            t = np.empty(len(x))
            for j in range(len(x)):
                t[j] = math.sin(x[i + k] * (j + 1) + q)
            for j in range(1, len(x)):
                q = q * 0.6 + t[j] * t[j - 1]
        p = p * q + x[i]
    return p


@program(args=floats(6), note="branches and a while loop over scratch")
def scratch_with_branches(x):
    p, t = 0.4, np.empty(len(x))
    for i in range(len(x)):
        for j in range(len(x)):
            if x[i] * j > 1.5:
                t[j] = math.sin(x[i] * j) * p
            else:
                t[j] = x[i] * x[i]
        k, r = 0, 0.0
        while k < 6 and r < 2.0:
            r += t[k] * t[k] + 0.1 * t[k] * p
            k += 1
        p = r * r + 0.1 * k
    return p


@program(args=floats(5), note="two pieces of scratch that are exchanged")
def scratch_pieces_exchanged(x):
    p = 0.5
    for i in range(len(x)):
        a, b = np.empty(len(x)), np.empty(len(x))
        for j in range(len(x)):
            a[j] = math.sin(x[i] * j) + p
        for _r in range(2 + len(x) % 3):
            for j in range(len(x)):
                b[j] = a[j] * a[(j + 1) % len(x)] * 0.5
            a, b = b, a
        for j in range(len(x)):
            p = p * 0.5 + a[j] * a[j]
    return p * p


@program(args=floats(5), note="whole-array code in the iteration")
def whole_arrays_in_a_loop(x):
    p = 0.3
    for i in range(3):
        y = np.sin(x * (i + 1)) + p
        z = y * y
        p = p * 0.5 + (z[1:] * y[:-1]).sum()
    return p * p


@program(args=floats(4), note="read before it is written, from the iteration before")
def scratch_read_first(x):
    p, t = 0.5, np.zeros(len(x))
    for i in range(len(x)):
        for j in range(len(x)):
            p = p * 0.5 + t[j] * t[j]
        for j in range(len(x)):
            t[j] = math.sin(x[i] * (j + 1)) * p
    return p * p


@program(args=floats(4), note="each store but the first reads what the store before has written")
def scratch_as_a_recurrence(x):
    p, t = 0.5, np.empty(len(x) + 1)
    for i in range(len(x)):
        t[0] = x[i] * p
        for j in range(1, len(x) + 1):
            t[j] = math.sin(t[j - 1]) + t[j // 2] * x[i]
        for j in range(len(x) + 1):
            p = p * 0.5 + t[j] * t[j]
    return p * p


@program(args=floats(6), note="the second loop reads the scratch before it fills it: once taken for private")
def scratch_of_two_loops(x):
    n = len(x)
    p, t = 0.4, np.empty(n)
    for i in range(n):
        for j in range(n):
            t[j] = math.sin(x[j] * p + i)
        for j in range(n):
            p = 0.5 * p + 0.3 * t[j] * t[j]
    for i in range(n):
        p = p * t[i] * x[i] + 1.0
        for j in range(n):
            t[j] = math.cos(x[j] * p + i)
        for j in range(n):
            p = 0.5 * p + 0.3 * t[j] * t[j]
    return p * t[1] * t[1]


@program(args=floats(6))
def every_second_filled(x):
    p, t = 0.5, np.ones(len(x))
    for _i in range(len(x)):
        for j in range(0, len(x), 2):
            t[j] = math.sin(x[j] * p)
        for j in range(len(x)):
            p = p * 0.5 + t[j] * t[j]
        for j in range(len(x)):
            t[j] *= p
    return p * p


@program(args=floats(6))
def scratch_of_indices(x):
    n = len(x)
    p, t, idx = 0.4, np.empty(n), np.empty(n, np.int64)
    for i in range(n):
        for j in range(n):
            idx[j] = (i * j + 1) % n
        for j in range(n):
            t[j] = math.sin(x[idx[j]] * p)
        for j in range(n):
            p = p * 0.5 + t[idx[j]] * t[j]
    return p


@program(args=floats(6))
def triangle_of_scratch(x):
    n = len(x)
    p, t = 0.4, np.empty(n)
    for i in range(n):
        for j in range(i + 1):
            t[j] = math.sin(x[j] * p + i)
        for j in range(i + 1):
            p = 0.5 * p + 0.3 * t[j] * t[i - j]
    return p


@program(args=floats(6), note="the last element is that of the iteration before")
def triangle_with_an_old_corner(x):
    n = len(x)
    p, t = 0.4, np.ones(n)
    for i in range(n):
        for j in range(i):
            t[j] = math.sin(x[j] * p + i)
        for j in range(i + 1):
            p = 0.5 * p + 0.3 * t[j] * t[i - j]
        t[i] = p * p
    return p


@program(args=floats(5))
def scratch_used_behind_its_loop(x):
    n = len(x)
    p, t = 0.4, np.empty(n)
    for r in range(3):
        q = p * p
        for i in range(n):
            for j in range(n):
                t[j] = math.sin(x[j] * p + i + r)
            for j in range(n):
                p = 0.5 * p + 0.3 * t[j] * t[j]
        for j in range(n):
            p += q * t[j] * t[j] * x[j] * 0.1
    return p


@program(args=floats(5))
def left_behind_in_a_loop(x):
    n = len(x)
    p = 0.4
    for _r in range(3):
        for i in range(n):
            t = np.empty(n)
            for j in range(n):
                t[j] = math.sin(x[j] * p + i)
            if t[0] * p > 0.9:
                break
            p = 0.5 * p + 0.3 * t[1] * t[2]
        for j in range(n):
            p = p * 0.9 + 0.1 * t[j] * t[j] * x[j]
    return p


@program(args=floats(6))
def scratch_chosen_of_two(x):
    n = len(x)
    p, a, b = 0.4, np.empty(n), np.empty(n)
    for i in range(n):
        t = a if i % 2 == 0 else b
        for j in range(n):
            t[j] = math.sin(x[j] * p + i)
        for j in range(n):
            p = 0.5 * p + 0.3 * t[j] * t[j]
        p += 0.01 * a[0] if i > 2 else 0.0
    return p


@program(args=floats(5))
def filling_ends_early(x):
    n = len(x)
    p, t = 0.5, np.ones(n)
    for _i in range(n):
        for j in range(n):
            t[j] = math.sin(x[j] * p)
            if t[j] > 0.5:
                break
        for j in range(n):
            p = p * 0.5 + t[j] * t[j]
            t[j] = p
    return p * p
