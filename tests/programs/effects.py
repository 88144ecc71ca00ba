"""What runs once, in the forward sweep: random numbers, print, strings. The derivative by a parameter of a draw holds the stream still."""
import math
import random

import numpy as np
from numba import njit

from tests.support.program import program


@program(78, args=lambda rng: (1.3, 0.4, 9))
def random_walk(a, b, n):
    np.random.seed(5)
    x = a
    for _ in range(n):
        x = math.sin(x) + b * np.random.normal() * x
    return x * x


@program(78, args=lambda rng: (rng.normal(size=4),))
def random_arrays(x):
    np.random.seed(6)
    z = np.random.normal(0.0, 1.0, 4)
    u = np.random.rand(4)
    return (z * x * x).sum() + (u * np.sin(x)).sum() * np.random.uniform(x[0], x[1])


@program(78, args=lambda rng: (1.3, 0.4))
def random_scales(a, b):
    np.random.seed(7)
    s = np.random.exponential(a) * np.random.lognormal(a, b)
    return s * np.random.uniform(b, a) * (1.0 + np.random.poisson(a))


@program(78, args=lambda rng: (rng.normal(size=5), 6))
def random_elements(x, n):
    np.random.seed(8)
    s = 1.0
    for _ in range(n):
        s = s * x[np.random.randint(0, 5)] + x[0]
    order = np.random.permutation(5)
    return s * x[order[0]] * x[order[3]]


@program(78, args=lambda rng: (rng.normal(size=5),))
def random_order_in_place(x):
    np.random.seed(9)
    k = np.arange(5)
    np.random.shuffle(k)
    y = x * x
    np.random.shuffle(y)
    return x[k[0]] * y[1] * y[2] + y[4]


@program(78, args=lambda rng: (1.3, 0.4))
def random_rejection(a, b):
    np.random.seed(10)
    while True:
        u = np.random.uniform(-a, a)
        v = np.random.random() * b
        if u * u + v * v < 0.1:
            break
    return u * v + a


@program(78, args=lambda rng: (1.3, 12))
def random_branches(a, n):
    np.random.seed(11)
    s = a
    for _ in range(n):
        if np.random.random() < 0.3:
            s = s * a
        else:
            s += math.sin(s) * _noise(a)
    return s


@njit
def _noise(a):
    return a * np.random.randn()


@program(78, args=lambda rng: (1.3, 0.4, np.array([0.2, 0.5, -0.4])))
def python_random(a, b, x):
    random.seed(12)
    s = a * random.random() + random.gauss(a, b)
    for _ in range(4):
        s = s * random.uniform(b, a) + x[random.randrange(3)]
    return s * s


@program(79, args=lambda rng: (1.3, 3))
def prints_in_a_loop(a, n):
    s = a
    for i in range(n):
        s = s * a
        print("step", i, s, (a, n), s > 2.0)
    print()
    return s


@program(79, args=lambda rng: (rng.normal(size=3), "name"), activities=("duplicated", "const"))
def prints_elements_and_text(x, label):
    print(label, x[0], len(x))
    x[1] = x[0] * x[1]
    print(label + "!", x[1])
    return x[1] * x[2]


@program(86, args=lambda rng: (1.3, "cubic"))
def switched_by_a_string(a, kind):
    if kind == "linear":
        return a
    elif kind == "cubic":
        return a * a * a
    return 0.0


@program(86, args=lambda rng: (1.3,))
def switched_by_a_default(a, kind="sine"):
    return _by_kind(a, kind) + _by_kind(a, "other")


@njit
def _by_kind(a, kind):
    return math.sin(a) if kind == "sine" else a * a


@program(86, args=lambda rng: (1.3, "abc", 2))
def strings_at_run_time(a, text, n):
    s = a * len(text * n)
    for c in text:
        if c != "b":
            s = s * a + len(str(n))
    if text.startswith("ab") and "c" in text:
        s *= a
    return s + len(f"{n} and {text}")


@njit
def _descend(a, n):
    if n == 0:
        return a * a
    z = np.random.normal()
    print("level", n)
    return _descend(a * (1.0 + 0.1 * z), n - 1) + a * z


@program(78, 79, 46, args=lambda rng: (1.3, 4))
def effects_in_a_recursion(a, n):
    np.random.seed(13)
    return _descend(a, n) * np.random.random()
