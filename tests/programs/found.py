"""Programs that once gave a wrong gradient, the smallest that were found. Each says what was wrong."""
import math

import numpy as np

from tests.support.program import program

U = np.uint64


# An index read from an array is another one in each iteration; the store to x[j + 1] was thought never to meet a later x[j].
@program(1, 14, args=lambda rng: (rng.normal(size=9), np.array([0, 3, 3, 5, 2, 0, 7, 1], dtype=U)))
def indirect_neighbours(x, index):
    for i in range(len(index)):
        j = index[i]
        x[j + U(1)] = x[j] * x[j]


@program(1, 14, args=lambda rng: (rng.normal(size=12),))
def masked_index(x):
    for i in range(9):
        j = (i * 5) & 7
        s = 0.0
        for k in range(3):
            s += x[j + k] * x[j + k]
        x[j + 3] = math.sin(s)


# The adjoint of a value that leaves the last iteration went to the first one, where the loop was reversed in gather form.
@program(1, 49, args=lambda rng: (rng.normal(size=10), rng.normal(size=10)))
def stencil_whose_last_value_is_used(u, v):
    t = 0.0
    for i in range(1, len(u) - 1):
        t = u[i - 1] * u[i + 1] * u[i]
        v[i] = t * t
    return math.sin(t)


# The greatest unsigned number, tested before the counter wraps around: the trips were counted as if it were -1.
@program(37, 50, args=lambda rng: (rng.normal(size=20), U(2**64 - 1), U(10)))
def unsigned_start_above_the_bound(x, i, n):
    s = 1.0
    while True:
        s = s * math.sin(x[i + U(1)]) + 1.0
        below = i < n
        i += U(1)
        if not below:
            return s
