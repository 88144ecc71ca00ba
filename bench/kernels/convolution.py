"""A 34 x 34 image convolved with eight 3 x 3 filters, ReLU, max-pooling by 2 x 2, and a weighted sum.

By hand: of each pooled square only the winner has an adjoint, if it is positive. It is known at once, so only one filter's features are
kept. The image's adjoint takes whole planes, which vectorises, the filter's the winners alone.
"""
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def weighted_sum(image, filters, bias, weights):
    count, size, _ = filters.shape
    height, width = image.shape[0] - size + 1, image.shape[1] - size + 1
    features = np.empty((count, height, width))
    for f in range(count):
        for i in range(height):
            for j in range(width):
                s = bias[f]
                for u in range(size):
                    for v in range(size):
                        s += filters[f, u, v] * image[i + u, j + v]
                features[f, i, j] = max(s, 0.0)
    total = 0.0
    for f in range(count):
        for i in range(height // 2):
            for j in range(width // 2):
                best = features[f, 2 * i, 2 * j]
                for u in range(2):
                    for v in range(2):
                        best = max(best, features[f, 2 * i + u, 2 * j + v])
                total += weights[f, i, j] * best
    return total


@njit
def winner(x, i, j):
    """The largest of the square at i, j and its place, by selects: branches would be mispredicted."""
    a, b, c, d = x[i, j], x[i, j + 1], x[i + 1, j], x[i + 1, j + 1]
    upper, lower = (b if b > a else a), (d if d > c else c)
    below = lower > upper
    return (lower if below else upper), i + below, j + (d > c if below else b > a)


@njit
def handwritten(image, filters, bias, weights, d_image, d_filters, d_bias, features, adjoint, places, given):
    count, size, _ = filters.shape
    height, width = features.shape
    stride = image.shape[1]
    pixels, d_pixels = image.reshape(-1), d_image.reshape(-1)
    total = 0.0
    for f in range(count):
        start, d_start = bias[f], 0.0
        for i in range(height):
            for j in range(width):
                s = start
                for u in range(size):
                    for v in range(size):
                        s += filters[f, u, v] * image[i + u, j + v]
                features[i, j] = s
        adjoint[:] = 0.0
        winners = 0
        for i in range(weights.shape[1]):
            for j in range(weights.shape[2]):
                best, at, to = winner(features, 2 * i, 2 * j)
                if best <= 0.0:
                    continue
                weight = weights[f, i, j]
                total += weight * best
                d_start += weight
                place = at * stride + to
                adjoint[place] = weight
                places[winners], given[winners] = place, weight
                winners += 1
        d_bias[f] += d_start
        for u in range(size):
            for v in range(size):
                w, seen, out = filters[f, u, v], pixels[u * stride + v :], d_pixels[u * stride + v :]
                for k in range(out.size):
                    out[k] += w * adjoint[k]
                s = t = 0.0
                for k in range(0, winners - 1, 2):
                    s += given[k] * seen[places[k]]
                    t += given[k + 1] * seen[places[k + 1]]
                if winners % 2:
                    s += given[winners - 1] * seen[places[winners - 1]]
                d_filters[f, u, v] += s + t
    return total


def problem(height=34, width=34, count=8, size=3):
    rng = np.random.default_rng(14)
    image = rng.standard_normal((height, width))
    inputs = image, rng.standard_normal((count, size, size)), rng.standard_normal(count)
    weights = rng.standard_normal((count, (height - size + 1) // 2, (width - size + 1) // 2))
    features, pooled = np.empty((height - size + 1, width - size + 1)), weights[0].size
    workspace = features, np.empty(image.size), np.empty(pooled, dtype=np.int64), np.empty(pooled)
    return Problem((*inputs, weights), tuple(np.zeros_like(x) for x in inputs), workspace)


def jax():
    import jax.numpy as jnp
    from jax import lax

    def weighted_sum(image, filters, bias, weights):
        features = lax.conv(image[None, None], filters[:, None], (1, 1), "VALID")[0] + bias[:, None, None]
        count, height, width = features.shape
        pooled = jnp.maximum(features, 0.0).reshape(count, height // 2, 2, width // 2, 2).max(axis=(2, 4))
        return (weights * pooled).sum()

    return weighted_sum


KERNELS = (
    Kernel(
        "convolution, ReLU, pooling: 34 x 34, 8 filters", weighted_sum, handwritten, problem, 3, partial(problem, 6, 4, 2, 3), jax
    ),
)
