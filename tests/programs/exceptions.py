"""Exceptions: caught inside the function, raised from deep inside it, raised always."""
import math

import numpy as np
from numba import njit

from tests.support.program import program


@njit
def _root(v):
    if v < 0.0:
        raise ValueError("negative")
    return math.sqrt(v)


@program(51, args=lambda rng: (np.array([0.5, -1.0, 2.0, -0.3, 0.9]),))
def caught_in_a_loop(x):
    s = 1.0
    for i in range(len(x)):
        try:
            if x[i] < 0.0:
                raise ValueError("negative", 3)
            s = s * x[i]
        except Exception:
            s = s * s + x[i]
    return s


@program(51, args=lambda rng: (np.array([0.5, -1.0, 2.0, -0.3, 0.9]),))
def caught_from_a_callee(x):
    s = 1.0
    for i in range(len(x)):
        try:
            s = s * _root(x[i]) + x[0]
        except Exception:
            s = math.sin(s) * x[i]
    return s


@program(51, args=lambda rng: (1.3, 0.4))
def tried_and_not_raised(a, b):
    try:
        s = _root(a) * b
    except Exception:
        s = 0.0
    else:
        s = s * a
    finally:
        s = s * b
    return s


@program(51, args=lambda rng: (np.array([0.5, 0.0, 2.0]), 1.3))
def division_by_zero_is_caught(x, a):
    s = a
    for i in range(len(x)):
        try:
            s = s * a / x[i]
        except Exception:
            s = s * 2.0 + a * a
    return s


@program(51, 24, args=lambda rng: (np.array([0.5, -1.0, 2.0]),))
def arrays_made_before_it_is_caught(x):
    s = 0.0
    for i in range(len(x)):
        try:
            work = x * x[i]
            work[0] = work[1] * work[2]
            s += work[0] + _root(work[i])
            more = work * s
            s += more[1]
        except Exception:
            s = s * x[0]
    return s


@program(51, args=lambda rng: (1.3,))
def raised_and_caught_always(a):
    try:
        if a > 0.0:
            raise ValueError
    except Exception:
        return a * a * a
    return a


@program(args=lambda rng: (1.3, 7), refused="run-time arguments")
def caught_with_run_time_arguments(a, n):
    s = a
    for i in range(n):
        try:
            if i == 4:
                raise ValueError("at", i)
            s = s * a
        except Exception:
            s = s + a
    return s


@program(51, args=lambda rng: (rng.normal(size=3),), raises=ValueError)
def raised_from_deep_inside(x):
    s = 0.0
    work = x * x
    for i in range(3):
        for j in range(3):
            for k in range(j + 1):
                s += work[i] * x[j]
                if i + j + k > 4:
                    raise ValueError("deep", i, j, float(k))
    return s


@program(51, args=lambda rng: (1.3,), raises=RuntimeError)
def raises_always(a):
    if a > 0.0:
        raise RuntimeError("always", 1)
    else:
        raise KeyError("never")


@program(51, args=lambda rng: (rng.normal(size=4),), raises=ValueError)
def raises_always_after_work(x):
    y = x * x
    raise ValueError("sum", y.sum())


@program(51, args=lambda rng: (rng.normal(size=4), rng.normal(size=3)), raises=ValueError)
def shapes_do_not_match(x, y):
    return (x * y).sum()


@program(51, args=lambda rng: (1.3,), raises=AssertionError)
def asserts(a):
    assert a < 0.0, "must be negative"
    return a * a


@program(51, args=lambda rng: (1.3, np.array([0.5, 0.0, 2.0])), error_model="numpy")
def numpy_errors_in_a_branch(a, x):
    s = a
    for i in range(len(x)):
        s = s * a if math.isinf(1.0 / x[i]) else s / x[i]
    return s


@program(51, args=lambda rng: (1.3, 9), raises=ValueError, error_model="numpy")
def raises_under_numpy_errors(a, n):
    s = a
    for i in range(n):
        s = s / (a - 1.3) if i == 3 else s * a
        if s > 1e300:
            raise ValueError("infinite", i)
    return s


@njit(error_model="numpy")
def _swept(x, n):
    x[n] = x[n] * x[0]
    return x[0] if n == 0 else x[n] * _swept(x, n - 1) + _swept(x, n // 2 if n > 1 else 0)


# A function that cannot raise may stay a call inside of a `try`.
@program(51, args=lambda rng: (rng.uniform(0.5, 1.5, 4),))
def recursion_tried(x):
    s = x[0]
    for i in range(4):
        try:
            s = s * _swept(x, i)
            s = s * _root(x[i] - x[3])
        except Exception:
            s = s * x[1]
    return s * x[2]
