"""The log density of a Gaussian mixture, n = 1000.

By hand: components last, so that all loops over them vectorise; the reverse of a point follows its forward, so its z and exponentials
stay in small buffers; a point only adds to the moments of its responsibilities, from which the gradients follow at the end.
"""
import math
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


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
def handwritten(alphas, means, factors, x, d_alphas, d_means, d_factors):
    n, d = x.shape
    components = alphas.size
    means_t, factors_t = means.T.copy(), factors.T.copy()
    offset = alphas.copy()
    for a in range(d):
        for k in range(components):
            offset[k] += factors_t[a, k]
            factors_t[a, k] = np.exp(factors_t[a, k])
    centred, z, weights = np.empty((d, components)), np.empty((d, components)), np.empty(components)
    zeroth, first, second = np.zeros(components), np.zeros((d, components)), np.zeros(factors_t.shape)
    total = 0.0
    for i in range(n):
        for a in range(d):
            for k in range(components):
                centred[a, k] = x[i, a] - means_t[a, k]
        weights[:] = 0.0
        at = d
        for a in range(d):
            z_a, centred_a, diagonal = z[a], centred[a], factors_t[a]
            for k in range(components):
                z_a[k] = diagonal[k] * centred_a[k]
            for b in range(a):
                centred_b, factor = centred[b], factors_t[at]
                for k in range(components):
                    z_a[k] += factor[k] * centred_b[k]
                at += 1
            for k in range(components):
                weights[k] += z_a[k] * z_a[k]
        for k in range(components):
            weights[k] = offset[k] - 0.5 * weights[k]
        total += log_sum_exp_and_softmax(weights, weights)
        for k in range(components):
            zeroth[k] += weights[k]
        at = d
        for a in range(d):
            z_a, centred_a, first_a, second_a = z[a], centred[a], first[a], second[a]
            for k in range(components):
                z_a[k] *= weights[k]
                first_a[k] += z_a[k]
                second_a[k] += z_a[k] * centred_a[k]
            for b in range(a):
                centred_b, second_b = centred[b], second[at]
                for k in range(components):
                    second_b[k] += z_a[k] * centred_b[k]
                at += 1
    for k in range(components):
        at = d
        for a in range(d):
            d_factors[k, a] += zeroth[k] - factors_t[a, k] * second[a, k]
            d_means[k, a] += factors_t[a, k] * first[a, k]
            for b in range(a):
                d_factors[k, at] -= second[at, k]
                d_means[k, b] += factors_t[at, k] * first[a, k]
                at += 1
    total -= n * (log_sum_exp_and_softmax(alphas, weights) + 0.5 * d * math.log(2 * math.pi))
    for k in range(components):
        d_alphas[k] += zeroth[k] - n * weights[k]
    return total


def derive():
    from irad import Const, Duplicated, ReverseWithPrimal, autodiff

    @njit
    def gradient(alphas, means, factors, x, d_alphas, d_means, d_factors):
        return autodiff(
            ReverseWithPrimal,
            log_density,
            Duplicated(alphas, d_alphas),
            Duplicated(means, d_means),
            Duplicated(factors, d_factors),
            Const(x),
        )[1]

    return gradient


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
    return Kernel(name, log_density, handwritten, derive, partial(problem, d, components, n), 3, partial(problem, 3, 2, 4), jax)


KERNELS = kernel(2, 5, 1000), kernel(10, 25, 1000)
