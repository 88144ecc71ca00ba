"""Acceptance: gradients of many small problems in one njit function, in a loop and in prange, are those that Python gets one by one.

(A million of them are timed by `python -m bench`. The same call from Python and from njit code over the corpus: tests/laws/test_inside.py.)
"""
import numpy as np
import pytest
from numba import njit, prange

from irad import Active, Duplicated, Reverse, ReverseWithPrimal, autodiff
from tests.support.examples import example

energy = example("embedded_atom").energy
root = example("newton").root
PROBLEMS, WIDTH = 2000, 10


def gradients(parallel):
    @njit(parallel=parallel)
    def of_arrays(X, DX, values):
        for k in prange(X.shape[0]):
            values[k] = autodiff(ReverseWithPrimal, energy, Duplicated(X[k], DX[k]))[1]

    @njit(parallel=parallel)
    def of_numbers(a, b, da, db):
        for k in prange(a.size):
            da[k], db[k] = autodiff(Reverse, root, Active(a[k]), Active(b[k]))
    return of_arrays, of_numbers


@pytest.mark.parametrize("parallel", [False, True], ids=["loop", "prange"])
def test_many_problems(parallel):
    of_arrays, of_numbers = gradients(parallel)
    X = np.random.default_rng(0).random((PROBLEMS, WIDTH))
    DX, values = np.zeros_like(X), np.zeros(PROBLEMS)
    of_arrays(X, DX, values)
    e = np.exp(-3 * (X + 1))
    rho = e.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(DX, -3 * e * (2 * rho + 3 * rho**2 + rho**3), rtol=1e-12)
    np.testing.assert_allclose(values, (rho**2 + rho**3 + 0.25 * rho**4)[:, 0], rtol=1e-12)
    for k in range(0, PROBLEMS, 400):
        dx = np.zeros(WIDTH)
        autodiff(Reverse, energy, Duplicated(X[k], dx))
        np.testing.assert_allclose(DX[k], dx, rtol=1e-14)

    a, b = np.random.default_rng(1).random((2, PROBLEMS)) + 0.5
    da, db = np.zeros(PROBLEMS), np.zeros(PROBLEMS)
    of_numbers(a, b, da, db)
    for k in range(0, PROBLEMS, 400):
        np.testing.assert_allclose((da[k], db[k]), autodiff(Reverse, root, Active(a[k]), Active(b[k])), rtol=1e-14)
