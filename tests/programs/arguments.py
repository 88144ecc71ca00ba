"""What else is passed: lists and instances as constants, None for an argument, one array in two tuples, constant arrays used as scratch."""
import numpy as np
from numba import njit

from tests.programs.instances import chain
from tests.support.program import program


def _powers(values, a):
    return sum(v[0] * a ** k for k, v in enumerate(values)) * values[1][0]


@program(85, args=lambda rng: ([0.5, 1.5, 2.5], 1.3), activities=("const", "active"), twin=_powers)
def list_of_floats_as_a_constant(values, a):
    s = 0.0
    for k, v in enumerate(values):
        s += v * a ** k
    return s * values[1]


def _rounds(values, x):
    s = 0.0
    for i in range(len(x) - 1, -1, -1):
        for v in values:
            x[i] = x[i] * v[i % 2] + v[-1]
        s += x[i] * x[0]
    return s


@program(85, args=lambda rng: ([np.array([0.5, 1.5]), np.array([2.5, 1.0, 0.3])], rng.normal(size=3)), activities=("const", "duplicated"),
         twin=_rounds)
def list_of_arrays_as_a_constant(values, x):
    s = 0.0
    for i in range(len(x) - 1, -1, -1):
        for v in values:
            x[i] = x[i] * v[i % 2] + v[-1]
        s += x[i] * x[0]
    return s


@program(85, args=lambda rng: (chain(rng), rng.normal(size=3)), activities=("const", "duplicated"), oracle=False,
         closed_form=lambda c, x: (None, 2 * c.k * c.v[c.order[0]] * x))
def instance_as_a_constant(c, x):
    c.n = 5
    s = 0.0
    for i in range(3):
        s += c.k * x[i] ** 2 * c.v[c.order[0]]
    return s


@program(22, args=lambda rng: (rng.normal(size=4), np.zeros(4)), activities=("duplicated", "const"))
def constant_array_as_scratch(x, w):
    s = 0.0
    for n in range(3):
        for i in range(4):
            w[i] = x[i] * x[n] + w[3 - i]
        s += w[n] * w[0]
    return s


def _sharing(rng):
    x, y, z = rng.normal(size=(3, 4))
    return (x, y), (x[1:], z)


@program(16, args=_sharing)
def one_array_in_two_tuples(s, t):
    total = 0.0
    for i in range(3):
        total += s[0][i] * t[0][i] * s[1][i] * t[1][i]
    return total


@program(16, args=_sharing)
def one_array_in_two_tuples_written(s, t):
    for i in range(3):
        s[0][i] = s[0][i] * t[0][i] * s[1][i]
        t[0][i] += s[0][i] * t[1][i]


@program(86, args=lambda rng: (1.3,))
def argument_that_may_be_none(a, b=None):
    return _scaled(a, b) * _scaled(a, 0.5) * _scaled(a)


@njit
def _scaled(a, b=None):
    if b is None:
        return a * a
    return a * b
