"""The log density of a Gaussian mixture: 1000 points in the plane, 5 components.

Component k has weight softmax(alphas)[k], mean means[k] and the inverse covariance Q'Q; Q is lower triangular with the diagonal
exp(factors[k, :d]) and the rest, row by row, in factors[k, d:]. Checked against the complex step of the density in whole arrays.
"""
import math

import numpy as np
from checks import complex_step, conclude, show
from numba import njit

from irad import Active, Const, Reverse, autodiff


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


def whole_array_density(alphas, means, factors, x):
    n, d = x.shape
    Q = np.zeros((alphas.size, d, d), complex)
    Q[:, range(d), range(d)] = np.exp(factors[:, :d])
    Q[:, *np.tril_indices(d, -1)] = factors[:, d:]
    z = np.einsum("kab,ikb->ika", Q, x[:, None, :] - means[None])
    terms = alphas + factors[:, :d].sum(axis=1) - 0.5 * (z * z).sum(axis=2)
    largest = terms.real.max(axis=1)
    inner = largest + np.log(np.exp(terms - largest[:, None]).sum(axis=1))
    return inner.sum() - n * (np.log(np.exp(alphas).sum()) + 0.5 * d * np.log(2 * np.pi))


def problem(d=2, components=5, n=1000):
    rng = np.random.default_rng(4)
    factors = 0.3 * rng.standard_normal((components, d + d * (d - 1) // 2))
    return rng.standard_normal(components), rng.random((components, d)), factors, rng.standard_normal((n, d))


def by_complex_step(parameters, x, k):
    def f(p):
        return whole_array_density(*parameters[:k], p, *parameters[k + 1 :], x)

    return complex_step(f, parameters[k])


def main():
    *parameters, x = problem()
    gradients = autodiff(Reverse, log_density, *(Active(p) for p in parameters), Const(x))
    return conclude([
        show(f"gradient for the {what}", gradients[k], by_complex_step(parameters, x, k), "complex step")
        for k, what in enumerate(("weights", "means", "factors"))
    ])


if __name__ == "__main__":
    main()
