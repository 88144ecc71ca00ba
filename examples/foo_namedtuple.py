"""A function of tuples only: a namedtuple with ints in it, a tuple of tuples, an empty tuple. Gradients have the same structure.

Checked against dual numbers, which run the same Python code, and against the closed form.
"""
from collections import namedtuple

import numpy as np
from checks import conclude, dual_gradient, show
from numba import njit

from irad import Active, Reverse, autodiff

Options = namedtuple("Options", "a rs k idx")


@njit
def dot(x, y):
    return x[0] * y[0] + x[1] * y[1] + x[2] * y[2]


@njit
def foo(o, dX, X, U, A, t):
    i, j = o.idx
    return o.a * dX[i] * X[j] + o.rs[0] * U[i] + o.rs[1] * np.exp(-o.k * X[i]) + dot(A[j], U)


def closed_form(o, dX, X, U, A, t):
    i, j = o.idx
    e = np.exp(-o.k * X[i])

    def unit(k, x):
        return np.eye(3)[k] * x

    return (
        Options(dX[i] * X[j], (U[i], e), -o.rs[1] * X[i] * e, (0, 0)),
        tuple(unit(i, o.a * X[j])),
        tuple(unit(j, o.a * dX[i]) - unit(i, o.rs[1] * o.k * e)),
        tuple(unit(i, o.rs[0]) + np.array(A[j])),
        tuple(tuple(float(row == j) * np.array(U)) for row in range(3)),
        (),
    )


def main():
    errors = []
    for idx in ((0, 2), (1, 1)):
        o = Options(1.25, (0.5, -2.0), 0.75, idx)
        dX, X, U = (0.1, 0.2, -0.3), (1.0, 2.0, 0.5), (-1.0, 0.25, 4.0)
        A = ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.5))
        args = (o, dX, X, U, A, ())
        gradients = autodiff(Reverse, foo, *(Active(x) for x in args))
        if [type(g) for g in gradients] != [type(x) for x in args]:
            raise TypeError(f"the gradients have another structure: {gradients}")
        for name, got, want in zip(("o", "dX", "X", "U", "A", "t"), gradients, dual_gradient(plain_foo, *args), strict=True):
            errors.append(show(f"idx = {idx}, gradient for {name}", got, want, "dual numbers"))
        errors.append(show(f"idx = {idx}, all of them", gradients, closed_form(*args), "closed form"))
        print(f"as returned: {gradients}\n")
    return conclude(errors)


def plain_foo(o, dX, X, U, A, t):
    """`foo` without the compiler: calls of njit functions cannot take dual numbers."""
    i, j = o.idx
    return o.a * dX[i] * X[j] + o.rs[0] * U[i] + o.rs[1] * np.exp(-o.k * X[i]) + dot.py_func(A[j], U)


if __name__ == "__main__":
    main()
