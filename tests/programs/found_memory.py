"""Programs about pointers in memory and recursion that were tried against doubts; those that once went wrong say what was wrong."""
import numpy as np
from numba import njit

from tests.support.program import program


@njit
def _through_list(x, n):
    if n == 0:
        return x[0]
    rows = [x]
    rows[0][1] = rows[0][1] * x[2] + x[0]
    return _through_list(x, n - 1) * x[1]


@program(args=lambda rng: (rng.uniform(0.5, 1.5, 4),))
def written_through_a_list(x):
    s = x[1] * x[1]
    return s * _through_list(x, 3) + x[1] * x[2]


@njit
def _later(x, w, n):
    s = 0.0
    for i in range(n):
        w[i] = x[i] * w[(i + 1) % 4]
        s += _later(w, x, i) * w[i]
        w[i] = s
    return s + x[n] * w[n]


@program(args=lambda rng: (rng.uniform(0.5, 1.5, 4), rng.uniform(0.5, 1.5, 4)))
def overwritten_after_recursion(x, w):
    s = _later(x, w, 3)
    w[:] = 0.0
    x[0] = s
    return s * w[1] + _later(w, x, 3) + x[0]


@njit
def _overlapping(x, y, n):
    if n == 0:
        return x[0] * y[0]
    x[0] = x[0] * y[1] + y[0]
    r = _overlapping(y, x, n - 1)
    y[1] *= x[0]
    return r * y[1]


@program(args=lambda rng: (rng.uniform(0.5, 1.0, 4), rng.uniform(0.5, 1.0, 4)))
def overlapping_views(x, y):
    r = _overlapping(x[:3], x[1:], 2) + _overlapping(x, y, 3) + _overlapping(y, y, 2)
    return r * x[1] + x[2] * y[1]


@program(args=lambda rng: (rng.uniform(0.5, 1.5, 4),))
def popped_and_grown_again(x):
    rows, s = [x * 1.5, x * x], 0.0
    for i in range(4):
        a = rows.pop()
        s += a.sum() * x[i]
        rows.append(a * x + s)
        if i % 2 == 0:
            rows.append(a * a * 0.1)
    return s * rows[0][0] + rows[-1][1]


@program(args=lambda rng: (rng.uniform(0.5, 1.5, 4),))
def row_kept_while_its_list_grows(x):
    rows = [x * x]
    first = rows[0]
    for i in range(20):
        rows.append(x * i)
    first[0] = first[0] * x[1]
    rows[0][1] *= first[0]
    return rows[0][0] * first[1] + rows[7][2] * rows[0].sum()


@program(args=lambda rng: (np.linspace(0.4, 1.6, 4),))
def chosen_and_shared_rows(x):
    rows, s = [x * x, x + 1.0, x * 2.0], 0.0
    for i in range(6):
        a = rows[2 if x[i % 4] > 1.0 else i % 2]
        a[0] = a[0] * x[1] + s * 0.1
        s += a[0] * a[1]
    return s


# What a function that stays a call writes through pointers that it has kept in memory was not seen: x was read again after it had changed.
@njit
def _through_chosen(x, w, n):
    if n == 0:
        return x[0] * w[1]
    rows = [x, w]
    rows[n % 2][0] = rows[n % 2][1] * rows[(n + 1) % 2][2]
    return _through_chosen(x, w, n - 1) * x[1] + _through_chosen(w, x, n - 2 if n > 1 else 0)


@program(args=lambda rng: (rng.uniform(0.5, 1.5, 4), 3))
def written_through_a_chosen_row(x, n):
    w, s = x * 0.5, 0.0
    for i in range(len(x)):
        s += x[i] * x[i] * w[i] * w[i]
    return s * _through_chosen(x, w, n) + x[0]


# Where an iteration runs again, the status of a call may be saved; that it also writes its result was missed then.
@njit
def _first_of(n, a, x):
    if n <= 0:
        return a
    _first_of(n - 1, 1.0, x)
    return x[0]


@program(args=lambda rng: (rng.uniform(-1.5, 1.5, 3), 3))
def status_of_a_call_that_writes(x, n):
    v = 1.0
    for _ in range(n + 1):
        v -= np.cos(v)
        v *= _first_of(n, v, x)
    return v
