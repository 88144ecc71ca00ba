"""Functions that call themselves, and each other: with numbers and arrays, in loops, writing what the caller has read, raising."""
import numpy as np
from numba import njit

from tests.support.program import program


@program(46, args=lambda rng: (1.3, 3))
def recursive_power(a, n):
    return recursive_power(a, n - 1) * a if n > 0 else a


@program(46, args=lambda rng: (rng.uniform(0.5, 2.0, 5), 0, 5))
def halves(x, low, high):
    if high - low < 2:
        return x[low] * x[low]
    m = (low + high) // 2
    return halves(x, low, m) * np.sin(halves(x, m, high) * 0.1)


@program(46, args=lambda rng: (1.1, 6))
def two_calls_of_itself(a, n):
    if n < 2:
        return a * n + 1.0
    return two_calls_of_itself(a * 0.9, n - 1) * 0.3 + two_calls_of_itself(a, n - 2) * a


@program(46, 74, args=lambda rng: (rng.uniform(0.5, 1.5, 5), 3))
def overwrites_before_and_after(x, n):
    if n == 0:
        return x[0] * x[1]
    x[n] = x[n - 1] * x[n]
    r = overwrites_before_and_after(x, n - 1)
    x[0] = x[0] * r
    return r * x[n] * x[0]


@njit
def _tree(x, out, n, a):
    s = 0.0
    for i in range(n):
        s += _tree(x, out, i, a * x[i]) * x[i]
        out[i] += s * a
    return s + a


@program(46, args=lambda rng: (rng.uniform(0.3, 1.0, 5), 0.7, 4))
def calls_itself_in_a_loop(x, a, n):
    out = np.zeros(5)
    r = _tree(x, out, n, a)
    return r * out[0] + out.sum()


@njit
def _pair(x, y, n):
    if n <= 0:
        return x[0] * y[1], y[0]
    p, q = _pair(y, x, n - 1)
    return p * q * x[n], q + p * 0.1


@program(4, 46, 73, args=lambda rng: (rng.uniform(0.5, 1.5, 5), rng.uniform(0.5, 1.5, 5)))
def recursive_pair_with_swapped_arrays(x, y):
    p, q = _pair(x, y, 3)
    u, v = _pair(x, x, 2)
    return p * q + u * v


@njit
def _descend(x, n):
    if x[n] < 0.0:
        raise ValueError("negative")
    scratch = x * 2.0
    if n == 0:
        return scratch.sum()
    return _descend(scratch, n - 1) * x[n]


@program(46, args=lambda rng: (rng.uniform(0.5, 1.5, 4),))
def recursion_with_scratch(x):
    return _descend(x, 3)


@program(46, args=lambda rng: (np.array([-1.0, 0.5, 2.0, 1.5]),), raises=ValueError)
def recursion_that_raises_deep_inside(x):
    return _descend(x, 3)


@njit
def _ackermann(m, n, a):
    if m == 0:
        return a * (n + 1)
    if n == 0:
        return _ackermann(m - 1, 1, a * 0.99)
    return _ackermann(m - 1, int(_ackermann(m, n - 1, 1.0)), a) * 1.01


@program(46, args=lambda rng: (1.3,))
def recursion_that_steers_itself(a):
    return _ackermann(2, 2, a)


@njit
def _search(x, k, best):
    """Branch and bound over signs."""
    if k == len(x):
        return best
    plus = _search(x, k + 1, best + x[k] * best)
    minus = _search(x, k + 1, best - 0.5 * x[k])
    return max(plus, minus)


@program(46, args=lambda rng: (rng.normal(size=4),))
def recursion_with_max(x):
    return _search(x, 0, 1.0)


@njit
def _odd(a, n):
    return np.sin(a) if n == 0 else _even(a * a, n - 1) + a


@njit
def _even(a, n):
    return a * 0.5 if n == 0 else _odd(a * 1.1, n - 1) * a


@program(46, args=lambda rng: (0.9,))
def mutual_recursion(a):
    return _even(a, 5) + _odd(a, 4)


@program(46, args=lambda rng: (rng.normal(size=3), rng.normal(size=3), 2))
def only_one_array_is_active(x, y, n):
    y[:] = 1.0
    return halves(x, 0, 3) * halves(y, 0, n)
