"""A function of tuples and a namedtuple, 1000 problems that differ in U. By hand: all indices are selects, the gradients tuples."""
from collections import namedtuple

import numpy as np
from numba import njit

from bench.kernels.dot import dot, row
from bench.kernels.kernel import Kernel, Problem

Options = namedtuple("Options", "a rs k idx")


@njit
def foo(o, dX, X, U, A, t):
    i, j = o.idx
    return o.a * dX[i] * X[j] + o.rs[0] * U[i] + o.rs[1] * np.exp(-o.k * X[i]) + dot(A[j], U)


@njit
def arguments(numbers):
    a, r, q, k = numbers[0], numbers[1], numbers[2], numbers[3]
    o = Options(a, (r, q), k, (int(numbers[4]), int(numbers[5])))
    return o, (a, r, q), (r, q, k), ((a, r, q), (r, q, k), (q, k, a))


@njit
def primal(U, numbers):
    o, dX, X, A = arguments(numbers)
    s = 0.0
    for n in range(U.shape[0]):
        s += foo(o, dX, X, row(U, n), A, ())
    return s


@njit
def unit(k, x):
    """x in place k of a 3-vector. Compares, not stores: it stays in registers."""
    return (x if k == 0 else 0.0, x if k == 1 else 0.0, x if k == 2 else 0.0)


@njit
def add(x, y):
    return (x[0] + y[0], x[1] + y[1], x[2] + y[2])


@njit
def if_row(j, row, x):
    return (x[0] if j == row else 0.0, x[1] if j == row else 0.0, x[2] if j == row else 0.0)


@njit(inline="always")
def foo_gradient(o, dX, X, U, A, t):
    """Inlined, since 22 numbers would be returned through memory; each subscript is resolved once."""
    i, j = o.idx
    dx_i, x_i, x_j, u_i, a_j = dX[i], X[i], X[j], U[i], A[j]
    e = np.exp(-o.k * x_i)
    d_o = Options(dx_i * x_j, (u_i, e), -o.rs[1] * x_i * e, (0, 0))
    d_x = add(unit(j, o.a * dx_i), unit(i, -o.rs[1] * o.k * e))
    d_u = add(unit(i, o.rs[0]), a_j)
    d_a = (if_row(j, 0, U), if_row(j, 1, U), if_row(j, 2, U))
    value = o.a * dx_i * x_j + o.rs[0] * u_i + o.rs[1] * e + dot(a_j, U)
    return (d_o, unit(i, o.a * x_j), d_x, d_u, d_a, ()), value


@njit
def put(out, n, at, x):
    out[n, at], out[n, at + 1], out[n, at + 2] = x


@njit
def store(out, n, gradients):
    d_o, d_dx, d_x, d_u, d_a, _ = gradients
    out[n, 0], out[n, 1], out[n, 2], out[n, 3] = d_o.a, d_o.rs[0], d_o.rs[1], d_o.k
    put(out, n, 4, d_dx)
    put(out, n, 7, d_x)
    put(out, n, 10, d_u)
    put(out, n, 13, d_a[0])
    put(out, n, 16, d_a[1])
    put(out, n, 19, d_a[2])


@njit
def handwritten(U, numbers, out):
    o, dX, X, A = arguments(numbers)
    s = 0.0
    for n in range(U.shape[0]):
        gradients, value = foo_gradient(o, dX, X, row(U, n), A, ())
        store(out, n, gradients)
        s += value
    return s


def derive():
    from irad import Active, ReverseWithPrimal, autodiff

    @njit
    def gradient(U, numbers, out):
        o, dX, X, A = arguments(numbers)
        s = 0.0
        for n in range(U.shape[0]):
            gradients, value = autodiff(
                ReverseWithPrimal, foo, Active(o), Active(dX), Active(X), Active(row(U, n)), Active(A), Active(())
            )
            store(out, n, gradients)
            s += value
        return s

    return gradient


def problem(n=1000):
    rng = np.random.default_rng(3)
    return Problem((rng.random((n, 3)), np.array([1.25, 0.5, -2.0, 0.75, 0, 2])), (np.zeros((n, 22)),))


KERNELS = (Kernel("foo of tuples, 1000 problems", primal, handwritten, problem, 2, derive=derive),)
