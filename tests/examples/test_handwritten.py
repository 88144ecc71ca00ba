"""The hand-written gradients of bench/, which set irad's goals, are gradients: checked by complex step, dual numbers and closed forms."""
import numpy as np
import pytest

from bench.kernels import dot, embedded_atom, foo, gaussian_mixture, heat, nbody, newton
from bench.kernels.all import KERNELS
from examples.checks import complex_step, deviation, dual_gradient, leaves
from tests.support.oracle import differentiate


def by_hand(kernel, problem):
    shadows = tuple(np.zeros_like(s) for s in problem.shadows)
    kernel.handwritten(*problem.args, *shadows, *problem.workspace)
    return shadows


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k.name)
def test_handwritten_gives_the_value_of_the_primal(kernel):
    problem = kernel.problem()
    value = kernel.handwritten(*problem.args, *problem.shadows, *problem.workspace)
    assert value == pytest.approx(kernel.primal(*problem.args), rel=1e-13)


SMALL = [kernel for kernel in KERNELS if kernel.small is not None]


@pytest.mark.parametrize("kernel", SMALL, ids=lambda k: k.name)
def test_handwritten_is_the_gradient(kernel):
    problem = kernel.small()
    kinds = ("duplicated",) * kernel.inputs + ("const",) * (len(problem.args) - kernel.inputs)
    shadows = tuple(np.zeros_like(s) for s in problem.shadows) + (None,) * (len(problem.args) - kernel.inputs)
    expected = differentiate(kernel.primal, problem.args, kinds, shadows).gradients[:kernel.inputs]
    for got, want in zip(by_hand(kernel, problem), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12 * np.abs(want).max())


def test_embedded_atom():
    problem = embedded_atom.problem()

    def energy(x):
        rho = np.exp(-3 * (x + 1)).sum()
        return rho**2 + rho**3 + rho**4 / 4

    assert deviation(by_hand(embedded_atom.KERNELS[0], problem)[0], complex_step(energy, problem.args[0])) < 1e-13


def test_dot():
    problem = dot.problem(5)
    assert deviation(by_hand(dot.KERNELS[0], problem), problem.args[::-1]) == 0.0


@pytest.mark.parametrize("i", range(3))
@pytest.mark.parametrize("j", range(3))
def test_foo(i, j):
    problem = foo.problem(1)
    U, numbers = problem.args
    numbers[4:] = i, j
    o, dX, X, A = foo.arguments(numbers)

    def plain(o, dX, X, U, A, t):
        i, j = o.idx
        return o.a * dX[i] * X[j] + o.rs[0] * U[i] + o.rs[1] * np.exp(-o.k * X[i]) + foo.dot.py_func(A[j], U)

    d_o, *rest = dual_gradient(plain, foo.Options(*o), dX, X, tuple(U[0]), A, ())
    expected = leaves((d_o[:3], *rest))
    assert deviation(by_hand(foo.KERNELS[0], problem), (np.array(expected),)) < 1e-14


def test_newton():
    problem = newton.problem(20)
    expected = [dual_gradient(newton.root.py_func, float(a), float(b)) for a, b in zip(*problem.args, strict=True)]
    assert deviation(by_hand(newton.KERNELS[0], problem), tuple(np.array(expected).T)) < 1e-12


def test_heat():
    problem = heat.problem()
    start, kappa, steps = problem.args
    S = np.eye(start.size)
    for i in range(1, start.size - 1):
        S[i, i - 1 : i + 2] += kappa, -2 * kappa, kappa
    S = np.linalg.matrix_power(S, steps)
    assert deviation(by_hand(heat.KERNELS[0], problem)[0], 2 * S.T @ (S @ start)) < 1e-12


def test_nbody():
    problem = nbody.problem()
    x, m = problem.args
    d = x[:, None] - x[None]
    cubes = ((d * d).sum(axis=2) + 0.01) ** 1.5
    expected = (np.outer(m, m) / cubes)[:, :, None] * d
    assert deviation(by_hand(nbody.KERNELS[0], problem)[0], expected.sum(axis=1)) < 1e-12


def test_gaussian_mixture():
    problem = gaussian_mixture.problem(n=50)
    parameters, x = problem.args[:-1], problem.args[-1]

    def density(alphas, means, factors):
        z0 = np.exp(factors[:, 0]) * (x[:, None, 0] - means[:, 0])
        z1 = np.exp(factors[:, 1]) * (x[:, None, 1] - means[:, 1]) + factors[:, 2] * (x[:, None, 0] - means[:, 0])
        t = np.exp(alphas + factors[:, 0] + factors[:, 1] - 0.5 * (z0 * z0 + z1 * z1)).sum(axis=1)
        return np.log(t / np.exp(alphas).sum() / (2 * np.pi)).sum()

    for k, gradient in enumerate(by_hand(gaussian_mixture.KERNELS[0], problem)):
        expected = complex_step(lambda p, k=k: density(*parameters[:k], p, *parameters[k + 1 :]), parameters[k])
        assert deviation(gradient, expected) < 1e-12
