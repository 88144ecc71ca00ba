"""Dynamic time warping of two series of 200.

By hand: the gradient comes from the cheapest path alone, which is followed back through the table of sums. No tape.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def distance(x, y):
    n, m = x.size, y.size
    sums = np.full((n + 1, m + 1), np.inf)
    sums[0, 0] = 0.0
    for i in range(n):
        for j in range(m):
            d = x[i] - y[j]
            sums[i + 1, j + 1] = d * d + min(sums[i, j + 1], sums[i + 1, j], sums[i, j])
    return sums[n, m]


@njit
def handwritten(x, y, dx, dy, sums):
    n, m = x.size, y.size
    sums[0] = np.inf
    sums[:, 0] = np.inf
    sums[0, 0] = 0.0
    for i in range(n):
        for j in range(m):
            d = x[i] - y[j]
            sums[i + 1, j + 1] = d * d + min(sums[i, j + 1], sums[i + 1, j], sums[i, j])
    i, j = n - 1, m - 1
    while i >= 0 and j >= 0:
        d = 2 * (x[i] - y[j])
        dx[i] += d
        dy[j] -= d
        above, left, corner = sums[i, j + 1], sums[i + 1, j], sums[i, j]
        if corner < above and corner < left:
            i -= 1
            j -= 1
        elif left < above:
            j -= 1
        else:
            i -= 1
    return sums[n, m]


def problem(n=200, m=200):
    rng = np.random.default_rng(13)
    x = np.sin(0.1 * np.arange(n)) + 0.1 * rng.standard_normal(n)
    y = np.sin(0.1 * np.arange(m) + 0.5) + 0.1 * rng.standard_normal(m)
    return Problem((x, y), (np.zeros(n), np.zeros(m)), (np.empty((n + 1, m + 1)),))


def jax():
    """By diagonals of the table, which are vectors."""
    import jax.numpy as jnp
    from jax import lax

    def distance(x, y):
        n, m = x.size, y.size
        rows = jnp.arange(n)
        edge = jnp.full(1, jnp.inf)

        def diagonal(last_two, k):
            before, last = last_two
            d = x - y[jnp.clip(k - rows, 0, m - 1)]
            best = jnp.minimum(jnp.minimum(jnp.append(edge, last[:-1]), last), jnp.append(edge, before[:-1]))
            best = jnp.where((k == 0) & (rows == 0), 0.0, best)
            sums = jnp.where((rows <= k) & (k < rows + m), d * d + best, jnp.inf)
            return (last, sums), None

        nothing = jnp.full(n, jnp.inf)
        (_, last), _ = lax.scan(diagonal, (nothing, nothing), jnp.arange(n + m - 1))
        return last[-1]

    return distance


KERNELS = (Kernel("dynamic time warping, 200 x 200", distance, handwritten, problem, 2, partial(problem, 5, 4), jax),)
