"""Lists as arguments: of numbers and of arrays, read and written. The shadow is another list of the same length.

The twins take the items as a tuple, a float as an array of one element (tests/support/memory.py).
"""
import math

import numpy as np

from tests.support.program import program


def numbers(rng):
    return list(map(float, rng.uniform(0.5, 1.5, 5)))


def layers(rng):
    return [rng.normal(size=n) for n in (3, 1, 4, 2)]


def _products(v, a):
    s = 0.0
    for i in range(len(v)):
        s += v[i][0] * v[0][0] * a ** i
    return s


@program(85, args=lambda rng: (numbers(rng), 1.3), activities=("duplicated", "active"), twin=_products)
def list_of_numbers_read(values, a):
    s = 0.0
    for i in range(len(values)):
        s += values[i] * values[0] * a ** i
    return s


def _sums(v):
    for i in range(1, len(v)):
        v[i][0] = v[i][0] * v[i - 1][0] + math.sin(v[0][0])
    v[2][0] = 0.5
    return sum(x[0] for x in v)


@program(85, 1, args=lambda rng: (numbers(rng),), activities=("duplicated",), twin=_sums)
def list_of_numbers_written(values):
    for i in range(1, len(values)):
        values[i] = values[i] * values[i - 1] + math.sin(values[0])
    values[2] = 0.5
    return sum(values)


def _norms(v, a):
    s = 0.0
    for x in v:
        for i in range(len(x)):
            s += math.sin(x[i]) * a * v[0][i % 3]
    return s


@program(85, args=lambda rng: (layers(rng), 1.3), activities=("duplicated", "active"), twin=_norms)
def list_of_arrays_read(values, a):
    s = 0.0
    for x in values:
        for i in range(len(x)):
            s += math.sin(x[i]) * a * values[0][i % 3]
    return s


def _swept(v, x):
    for k in range(len(v)):
        for i in range(len(v[k])):
            v[k][i] = v[k][i] * v[k - 1][0] + x[k]
        x[k] = v[k][0]


@program(85, 1, args=lambda rng: (layers(rng), rng.normal(size=4)), activities=("duplicated", "duplicated"), twin=_swept)
def list_of_arrays_written(values, x):
    for k in range(len(values)):
        for i in range(len(values[k])):
            values[k][i] = values[k][i] * values[k - 1][0] + x[k]
        x[k] = values[k][0]


def _network(w, b, x):
    for n in range(len(w)):
        x = [math.tanh(sum(w[n][i, j] * x[j] for j in range(len(x))) + b[n][i]) for i in range(len(b[n]))]
    return sum(x)


@program(85, args=lambda rng: ([rng.normal(size=s) for s in ((4, 3), (2, 4), (3, 2))], [rng.normal(size=n) for n in (4, 2, 3)],
                               rng.normal(size=3)), activities=("duplicated", "duplicated", "active"), twin=_network)
def network_of_lists(weights, biases, x):
    for n in range(len(weights)):
        y = np.empty(len(biases[n]))
        for i in range(len(y)):
            s = biases[n][i]
            for j in range(len(x)):
                s += weights[n][i, j] * x[j]
            y[i] = math.tanh(s)
        x = y
    return x.sum()


def _kept(v, a):
    x = v[0] if a > 1.0 else v[2]
    y = [u * a for u in v[3]]
    s = x[0] * y[0] * y[1]
    v[2][1] += s * v[3][0]
    return s + v[2][1] ** 2


@program(85, 47, args=lambda rng: (layers(rng), 1.3), activities=("duplicated", "active"), twin=_kept)
def arrays_of_a_list_chosen_and_kept(values, a):
    x = values[0] if a > 1.0 else values[2]
    own = [values[3] * a, values[2]]
    s = x[0] * own[0][0] * own[0][1]
    own[1][1] += s * values[3][0]
    return s + values[2][1] ** 2


def _reversed(v):
    u = [x[0] for x in v][::-1]
    s = u[0] * u[1]
    for a in u:
        s = s * a + u[4]
    for x, value in zip(v, u, strict=True):
        x[0] = value
    return s


@program(85, args=lambda rng: (numbers(rng),), activities=("duplicated",), twin=_reversed)
def list_of_numbers_reversed(values):
    values.reverse()
    s = values[0] * values[1]
    for v in values:
        s = s * v + values[4]
    return s


@program(85, args=lambda rng: ([(0.5, 1.5), (0.7, 2.0), (1.1, 0.4)],), activities=("duplicated",),
         twin=lambda v: sum(p[0] * q[0] * v[0][1][0] for p, q in v))
def list_of_pairs_read(values):
    s = 0.0
    for p, q in values:
        s += p * q * values[0][1]
    return s


def _matrices(v):
    for m in v:
        for i in range(m.shape[0]):
            for j in range(1, m.shape[1]):
                m[i, j] = m[i, j - 1] * m[i, j] + v[0][0, 0]
    return v[0][1, 1] * v[1][1, 2]


@program(8, 85, args=lambda rng: ([np.asfortranarray(rng.normal(size=(2, n))) for n in (2, 3)],), activities=("duplicated",),
         twin=_matrices)
def list_of_matrices_written(values):
    for m in values:
        for i in range(m.shape[0]):
            for j in range(1, m.shape[1]):
                m[i, j] = m[i, j - 1] * m[i, j] + values[0][0, 0]
    return values[0][1, 1] * values[1][1, 2]


def _best(v):
    best = v[0]
    for x in v:
        if x[0] > best[0]:
            best = x
    best[1] *= best[0]
    return best[1] * v[0][1]


@program(85, 47, args=lambda rng: ([rng.uniform(0.5, 1.5, 2) for _ in range(4)],), activities=("duplicated",), twin=_best)
def best_array_of_a_list(values):
    best = values[0]
    for x in values:
        if x[0] > best[0]:
            best = x
    best[1] *= best[0]
    return best[1] * values[0][1]
