"""Arrays of small constant size: those that may lie on the stack of the derivative, and those that may not."""
import math

import numpy as np
from numba import njit

from tests.support.program import program


def floats(n, low=0.3, high=1.2):
    return lambda rng: (rng.uniform(low, high, n),)


@njit
def cross(a, b):
    c = np.empty(3)
    c[0] = a[1] * b[2] - a[2] * b[1]
    c[1] = a[2] * b[0] - a[0] * b[2]
    c[2] = a[0] * b[1] - a[1] * b[0]
    return c


@program(args=lambda rng: (rng.normal(size=(5, 3)), rng.normal(size=(5, 3))))
def cross_products(x, y):
    s = 0.0
    for i in range(len(x)):
        c = cross(x[i], cross(y[i], x[i - 1]))
        s += math.sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2])
    return s


@program(args=floats(3))
def constant_matrices(x):
    a = np.zeros((3, 3))
    for i in range(3):
        a[i, i] = x[i] * x[i]
        a[i, (i + 1) % 3] = x[i]
    b = a.copy()
    for _ in range(4):
        c = np.zeros((3, 3))
        for i in range(3):
            for j in range(3):
                for k in range(3):
                    c[i, j] += a[i, k] * b[k, j]
        for i in range(3):
            for j in range(3):
                b[i, j] = math.tanh(c[i, j])
    return b.sum() + b[0, 2]


@program(args=floats(6))
def one_of_two_constant_arrays(x):
    s = 0.0
    for i in range(len(x)):
        if x[i] > 0.7:
            t = np.ones(4)
            t[1] = x[i] * x[0]
        else:
            t = np.array([x[i], 2.0, x[i] * x[i], 1.0])
        s += t[0] * t[1] * t[2] + s * t[3]
    return s


@program(args=floats(6))
def last_of_constant_arrays(x):
    t = np.zeros(2)
    for i in range(len(x)):
        t = np.empty(2)
        t[0], t[1] = x[i] * x[i], math.sin(x[i])
    return t[0] * t[1]


@program(args=floats(6))
def constant_arrays_swapped(x):
    u, v = np.ones(3), np.zeros(3)
    for i in range(len(x)):
        for j in range(3):
            v[j] = math.sin(u[j] * x[i]) + u[(j + 1) % 3]
        u, v = v, u
    return u[0] * u[1] + v[2]


@program(args=floats(6))
def constant_array_of_the_iteration_before(x):
    t, s = np.ones(2), 0.0
    for i in range(len(x)):
        u = np.empty(2)
        u[0], u[1] = t[1] * x[i], math.cos(t[0]) * x[i]
        s += u[0] * t[0]
        t = u
    return s + t[1]


@program(args=floats(6))
def constant_arrays_in_a_list(x):
    kept = []
    for i in range(len(x)):
        t = np.empty(2)
        t[0], t[1] = x[i] * x[i], x[i] + 1.0
        kept.append(t)
    s = 0.0
    for i in range(len(kept)):
        s += kept[i][0] * kept[len(kept) - 1 - i][1]
    return s


@program(args=floats(6))
def constant_array_made_now_and_then(x):
    s = 0.0
    for i in range(len(x)):
        if i % 2 == 0:
            t = np.zeros(3)
            for j in range(i // 2 + 1):
                t[j] = math.sin(x[i] * j + x[0])
            s += t[0] * t[1] + t[2] * t[2]
        else:
            s = s * x[i]
    return s


@program(args=floats(6))
def constant_array_and_an_exception_that_does_not_come(x):
    s = 0.0
    for i in range(len(x)):
        t = np.zeros(2)
        t[i % 2] = x[i] * x[i]
        t[(i + 1) % 2] = math.exp(t[i % 2])
        if t[1] > 1e6:
            raise ValueError("too large")
        s += t[1] * t[0]
    return s


@program(args=floats(6), raises=ValueError)
def constant_array_and_an_exception(x):
    s = 0.0
    for i in range(len(x)):
        t = np.zeros(2)
        t[i % 2] = x[i] * x[i]
        t[(i + 1) % 2] = math.exp(t[i % 2])
        if i == 4:
            raise ValueError("four")
        s += t[1] * t[0]
    return s


@njit
def halves(x, n):
    t = np.empty(2)
    t[0], t[1] = x * x, math.sin(x)
    if n == 0:
        return t[0] * t[1]
    return halves(t[0] * 0.5, n - 1) + halves(t[1], n - 1) * t[0]


@program(args=lambda rng: (rng.uniform(0.5, 1.0), 3))
def constant_array_in_a_recursion(x, n):
    return halves(x, n)


@program(args=floats(4))
def more_than_there_is_room_for(x):
    a, b, c = np.zeros(300), np.zeros(300), np.zeros(600)
    for i in range(300):
        a[i] = x[i % 4] * x[(i + 1) % 4]
        b[i] = a[i] * x[0]
        c[2 * i] = a[i] * b[i]
    s = 0.0
    for i in range(1, 600):
        s += c[i] * c[i] + a[i // 2] * b[i // 2]
    return s * 1e-2


@program(args=lambda rng: (rng.uniform(0.5, 1.0, 4).astype(np.float32),), tolerance=1e-4)
def constant_array_of_float32(x):
    t = np.empty(3, np.float32)
    for i in range(3):
        t[i] = x[i] * x[i + 1]
    return t[0] * t[1] + t[2]


@program(args=floats(5))
def views_of_a_constant_array(x):
    t = np.empty((2, 4))
    left, right = t[:, :2], t[:, 2:]
    for i in range(2):
        for j in range(2):
            left[i, j] = x[i] * x[j + 1]
            right[i, j] = left[i, j] * x[4]
    return (t[0] * t[1]).sum() + left[1, 1]
