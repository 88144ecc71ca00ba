"""The log density of a Gaussian mixture, n = 1000.

By hand: blocks of 64 points, which come last, so that all loops over a block vectorise; z and the exponentials of a block are kept.
A point only adds to the moments of its responsibilities, from which the gradients follow at the end; moments are sums of 16 partial sums.
"""
import math
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem

LANES = 16
BLOCK = 4 * LANES


@njit
def log_sum_exp(t):
    largest = t[0]
    for k in range(1, t.size):
        largest = max(largest, t[k])
    s = 0.0
    for k in range(t.size):
        s += np.exp(t[k] - largest)
    return largest + np.log(s)


@njit
def log_density(alphas, means, factors, x):
    n, d = x.shape
    components = alphas.size
    diagonal = np.exp(factors[:, :d])
    offset = np.empty(components)
    for k in range(components):
        offset[k] = alphas[k] + factors[k, :d].sum()
    centred = np.empty(d)
    terms = np.empty(components)
    total = 0.0
    for i in range(n):
        for k in range(components):
            for a in range(d):
                centred[a] = x[i, a] - means[k, a]
            square = 0.0
            at = d
            for a in range(d):
                z = diagonal[k, a] * centred[a]
                for b in range(a):
                    z += factors[k, at] * centred[b]
                    at += 1
                square += z * z
            terms[k] = offset[k] - 0.5 * square
        total += log_sum_exp(terms)
    return total - n * (log_sum_exp(alphas) + 0.5 * d * math.log(2 * math.pi))


@njit
def log_sum_exp_and_softmax(t, softmax):
    """The softmax costs one division more than the sum."""
    largest = t[0]
    for k in range(1, t.size):
        largest = max(largest, t[k])
    s = 0.0
    for k in range(t.size):
        softmax[k] = np.exp(t[k] - largest)
        s += softmax[k]
    inverse = 1 / s
    for k in range(t.size):
        softmax[k] *= inverse
    return largest + np.log(s)


@njit
def difference(points, means, k, centred):
    for a in range(means.shape[1]):
        x, c, mean = points[a], centred[a], means[k, a]
        for j in range(x.size):
            c[j] = x[j] - mean


@njit
def scaled(centred, diagonal, factors, k, z, squares):
    """z of a component for all points, and the sums of its squares."""
    d = diagonal.shape[1]
    at = d
    squares[:] = 0.0
    for a in range(d):
        z_a, c, factor = z[a], centred[a], diagonal[k, a]
        for j in range(c.size):
            z_a[j] = factor * c[j]
        for b in range(a):
            c, factor = centred[b], factors[k, at]
            at += 1
            for j in range(c.size):
                z_a[j] += factor * c[j]
        for j in range(c.size):
            squares[j] += z_a[j] * z_a[j]


@njit(error_model="numpy")
def soften(terms, largest, sums):
    """log_sum_exp of each point's terms in `largest`; their softmax in the place of the terms."""
    for j in range(sums.size):
        largest[j], sums[j] = terms[0, j], 0.0
    for k in range(1, terms.shape[0]):
        t = terms[k]
        for j in range(t.size):
            largest[j] = max(largest[j], t[j])
    for k in range(terms.shape[0]):
        t = terms[k]
        for j in range(t.size):
            t[j] = np.exp(t[j] - largest[j])
        for j in range(t.size):
            sums[j] += t[j]
    for j in range(sums.size):
        largest[j] += np.log(sums[j])
        sums[j] = 1 / sums[j]
    for k in range(terms.shape[0]):
        t = terms[k]
        for j in range(t.size):
            t[j] *= sums[j]


@njit
def add_product(lanes, x, y):
    """The scalar product of two blocks, added into partial sums."""
    for j in range(lanes.size):
        lanes[j] += x[j] * y[j] + x[LANES + j] * y[LANES + j] + x[2 * LANES + j] * y[2 * LANES + j] + x[3 * LANES + j] * y[3 * LANES + j]


@njit
def add_sum(lanes, x):
    for j in range(lanes.size):
        lanes[j] += x[j] + x[LANES + j] + x[2 * LANES + j] + x[3 * LANES + j]


@njit
def add_moments(weights, centred, z, wz, zeroth, first, second):
    at = z.shape[0]
    add_sum(zeroth, weights)
    for a in range(z.shape[0]):
        z_a = z[a]
        for j in range(wz.size):
            wz[j] = weights[j] * z_a[j]
        add_sum(first[a], wz)
        add_product(second[a], wz, centred[a])
        for b in range(a):
            add_product(second[at], wz, centred[b])
            at += 1


@njit
def handwritten(alphas, means, factors, x, d_alphas, d_means, d_factors):
    n, d = x.shape
    components = alphas.size
    diagonal = np.exp(factors[:, :d])
    offset = np.empty(components)
    for k in range(components):
        offset[k] = alphas[k] + factors[k, :d].sum()
    points, centred, z = np.zeros((d, BLOCK)), np.empty((d, BLOCK)), np.empty((components, d, BLOCK))
    terms, largest, sums, wz = np.empty((components, BLOCK)), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    zeroth, first = np.zeros((components, LANES)), np.zeros((components, d, LANES))
    second = np.zeros((components, factors.shape[1], LANES))
    total = 0.0
    for start in range(0, n, BLOCK):
        size = min(BLOCK, n - start)
        for j in range(size):
            for a in range(d):
                points[a, j] = x[start + j, a]
        for k in range(components):
            difference(points, means, k, centred)
            t = terms[k]
            scaled(centred, diagonal, factors, k, z[k], t)
            for j in range(t.size):
                t[j] = offset[k] - 0.5 * t[j]
        soften(terms, largest, sums)
        for j in range(size):
            total += largest[j]
        terms[:, size:] = 0.0
        for k in range(components):
            difference(points, means, k, centred)
            add_moments(terms[k], centred, z[k], wz, zeroth[k], first[k], second[k])
    weights = np.empty(components)
    total -= n * (log_sum_exp_and_softmax(alphas, weights) + 0.5 * d * math.log(2 * math.pi))
    for k in range(components):
        weight = zeroth[k].sum()
        d_alphas[k] += weight - n * weights[k]
        at = d
        for a in range(d):
            by_z = first[k, a].sum()
            d_factors[k, a] += weight - diagonal[k, a] * second[k, a].sum()
            d_means[k, a] += diagonal[k, a] * by_z
            for b in range(a):
                d_factors[k, at] -= second[k, at].sum()
                d_means[k, b] += factors[k, at] * by_z
                at += 1
    return total


def problem(d=2, components=5, n=1000):
    rng = np.random.default_rng(7)
    factors = 0.3 * rng.standard_normal((components, d + d * (d - 1) // 2))
    parameters = rng.standard_normal(components), rng.random((components, d)), factors
    return Problem((*parameters, rng.standard_normal((n, d))), tuple(np.zeros_like(p) for p in parameters))


def jax():
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp

    def log_density(alphas, means, factors, x):
        n, d = x.shape
        rows, columns = np.tril_indices(d, -1)
        lower = jnp.zeros((alphas.size, d, d)).at[:, rows, columns].set(factors[:, d:])
        lower += jnp.exp(factors[:, :d])[:, :, None] * jnp.eye(d)
        z = jnp.einsum("kab,ikb->ika", lower, x[:, None] - means)
        terms = alphas + factors[:, :d].sum(axis=1) - 0.5 * (z * z).sum(axis=2)
        return logsumexp(terms, axis=1).sum() - n * (logsumexp(alphas) + 0.5 * d * math.log(2 * math.pi))

    return log_density


def kernel(d, components, n):
    name = f"Gaussian mixture, d = {d}, K = {components}, n = {n}"
    return Kernel(name, log_density, handwritten, partial(problem, d, components, n), 3, partial(problem, 3, 2, BLOCK + 3), jax)


KERNELS = kernel(2, 5, 1000), kernel(10, 25, 1000)
