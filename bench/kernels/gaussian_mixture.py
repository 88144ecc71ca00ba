"""The log density of a Gaussian mixture, d = 2, K = 5, n = 1000.

By hand: the reverse of a point follows its forward, so its z and exponentials stay in small buffers; a point only adds to the moments
of its responsibilities, from which the gradients follow at the end.
"""
import math

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
    diagonal = np.exp(factors[:, :d])
    offset = np.empty(components)
    for k in range(components):
        offset[k] = alphas[k] + factors[k, :d].sum()
    centred, z = np.empty((components, d)), np.empty((components, d))
    terms, weights = np.empty(components), np.empty(components)
    zeroth, first, second = np.zeros(components), np.zeros((components, d)), np.zeros((components, d, d))
    total = 0.0
    for i in range(n):
        for k in range(components):
            square = 0.0
            at = d
            for a in range(d):
                centred[k, a] = x[i, a] - means[k, a]
                t = diagonal[k, a] * centred[k, a]
                for b in range(a):
                    t += factors[k, at] * centred[k, b]
                    at += 1
                z[k, a] = t
                square += t * t
            terms[k] = offset[k] - 0.5 * square
        total += log_sum_exp_and_softmax(terms, weights)
        for k in range(components):
            zeroth[k] += weights[k]
            for a in range(d):
                wz = weights[k] * z[k, a]
                first[k, a] += wz
                for b in range(a + 1):
                    second[k, a, b] += wz * centred[k, b]
    for k in range(components):
        at = d
        for a in range(d):
            d_factors[k, a] += zeroth[k] - diagonal[k, a] * second[k, a, a]
            d_means[k, a] += diagonal[k, a] * first[k, a]
            for b in range(a):
                d_factors[k, at] -= second[k, a, b]
                d_means[k, b] += factors[k, at] * first[k, a]
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


KERNELS = (Kernel("Gaussian mixture, d = 2, K = 5, n = 1000", log_density, handwritten, derive, problem, 3),)
