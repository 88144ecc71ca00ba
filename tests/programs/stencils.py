"""Loops whose adjoint is a sum for each element, and those that only look like it."""
import math

import numpy as np

from tests.support.program import program


def vectors(count, n):
    """Arguments: vectors of the same length."""
    return lambda rng: tuple(rng.normal(size=n) for _ in range(count))


@program(args=vectors(3, 9))
def stencil_of_two_arrays(u, w, v):
    """Distances -2 .. 2 in one array, -1 and 1 in another; the ends are read, not written."""
    for i in range(2, len(u) - 2):
        v[i] = u[i - 2] - 4.0 * u[i - 1] + 6.0 * u[i] - 4.0 * u[i + 1] + u[i + 2] + 0.5 * (w[i + 1] - w[i - 1])
    return v[0] * v[4] + v[8] * u[0]


@program(args=vectors(2, 9))
def stencil_with_stride_two(u, v):
    """Every other element: neighbours are of the other parity."""
    for i in range(1, len(u) - 1, 2):
        v[i] = u[i - 1] * 0.5 + u[i] * 2.0 + u[i + 1] * 0.25
    for i in range(2, len(u) - 2, 2):
        v[i] = u[i - 2] * u[i + 2]
    return v[1] * v[5] + v[2] * v[6]


@program(args=vectors(2, 9))
def restriction(u, v):
    """Step 2 on one side, step 1 on the other."""
    for i in range(len(u) // 2):
        v[i] = 0.25 * u[2 * i] + 0.5 * u[2 * i + 1] + 0.25 * u[2 * i + 2]
    return v[0] * v[1]


@program(29, args=lambda rng: (rng.normal(size=3), rng.normal(size=3), 3))
def stencil_shorter_than_its_span(u, v, n):
    """One trip: no element has all its contributions."""
    for i in range(1, n - 1):
        v[i] = u[i - 1] * 2.0 + u[i] * u[i + 1]
    return v[1] * v[1]


@program(29, args=lambda rng: (rng.normal(size=4), rng.normal(size=4), 2))
def stencil_without_a_trip(u, v, n):
    for i in range(2, n):
        v[i] = u[i - 2] + u[i - 1] + u[i] + u[i + 1]
    return v[2] * u[1]


@program(args=vectors(2, 9))
def nonlinear_stencil(u, v):
    """Each contribution needs values of its own iteration."""
    for i in range(1, len(u) - 1):
        g = u[i + 1] - u[i - 1]
        v[i] = math.exp(-u[i] * u[i]) * g + math.sin(u[i - 1]) * u[i + 1]
    return v[2] * v[3] + v[7]


@program(16, args=lambda rng: (rng.normal(size=8), rng.normal(size=8), 4))
def nonlinear_stencil_in_swapped_buffers(u, v, steps):
    """What an earlier step has read is overwritten: the values come from the tape."""
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            v[i] = u[i] + 0.1 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) + 0.1 * u[i] * u[i] * u[i + 1]
        u, v = v, u
    return u[3] * v[4]


@program(37, args=vectors(2, 8))
def descending_stencil(u, v):
    for i in range(len(u) - 3, 0, -1):
        v[i] = u[i - 1] * u[i + 2] - 3.0 * u[i]
    return v[2] * v[5]


@program(26, args=lambda rng: (rng.normal(size=9).astype(np.float32), np.zeros(9, np.float32)), tolerance=1e-5)
def stencil_in_float32(u, v):
    for i in range(1, len(u) - 1):
        v[i] = np.float32(0.25) * u[i - 1] + u[i] * u[i + 1]
    return v[3] * v[4]


@program(2, args=vectors(1, 8))
def gauss_seidel(u):
    """Reads what the iteration before has written: order matters, nothing may be gathered."""
    for _ in range(3):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1]) + 0.1 * u[i] * u[i - 1]
    return u[3] * u[5]


@program(args=lambda rng: (rng.normal(size=3), rng.normal(size=9), np.zeros(9)))
def stencil_with_active_weights(w, u, v):
    """The weights' adjoints are sums over the loop, the field's are gathered."""
    for i in range(1, len(u) - 1):
        v[i] = w[0] * u[i - 1] + w[1] * u[i] + w[2] * u[i + 1]
    return v[1] * v[2] + v[6]


@program(args=lambda rng: (0.3, rng.normal(size=8), rng.normal(size=8), 3))
def stencil_with_active_number_and_boundary(k, u, v, steps):
    """Periodic ends, read and written outside the inner loop."""
    n = len(u)
    for _ in range(steps):
        for i in range(1, n - 1):
            v[i] = u[i] + k * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        v[0] = u[0] + k * (u[n - 1] - 2.0 * u[0] + u[1])
        v[n - 1] = u[n - 1] + k * (u[n - 2] - 2.0 * u[n - 1] + u[0] * u[0])
        u, v = v, u
    return u[0] * u[n - 1] + u[4]


@program(args=lambda rng: (rng.normal(size=(5, 6)), rng.normal(size=(5, 6))))
def five_point_stencil(u, v):
    for i in range(1, u.shape[0] - 1):
        for j in range(1, u.shape[1] - 1):
            v[i, j] = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] * u[i, j]
    return v[1, 1] * v[3, 4] + v[2, 2]


@program(args=vectors(2, 9))
def stencil_stored_twice(u, v):
    """The second loop overwrites what the first has stored, from other distances."""
    for i in range(1, len(u) - 1):
        v[i] = u[i - 1] - u[i + 1]
    for i in range(2, len(u) - 2):
        v[i] = v[i] * 2.0 + u[i - 2] * u[i + 2]
    return v[3] * v[7]
