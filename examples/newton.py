"""A damped Newton iteration, `while` the step is large: the number of steps depends on the data.

Solves x*exp(b*x) = a. Checked against dual numbers through the same loop, and against the implicit function theorem.
"""
import numpy as np
from checks import conclude, dual_gradient, show
from numba import njit

from irad import Active, Reverse, autodiff


@njit
def root(a, b):
    x = 0.5
    step = 1.0
    while abs(step) > 1e-12:
        e = np.exp(b * x)
        step = (x * e - a) / (e * (1 + b * x))
        x -= step / (1 + abs(step))
    return x


def implicit(a, b):
    """-f_a/f_x and -f_b/f_x for f = x*exp(b*x) - a."""
    x = root.py_func(a, b)
    e = np.exp(b * x)
    slope = e * (1 + b * x)
    return 1 / slope, -(x * x * e) / slope


def main():
    errors = []
    for a, b in ((0.3, 1.0), (2.0, 0.5), (7.5, 1.25)):
        gradient = autodiff(Reverse, root, Active(a), Active(b))
        errors.append(show(f"a = {a}, b = {b}", gradient, dual_gradient(root.py_func, a, b), "dual numbers"))
        errors.append(show(f"a = {a}, b = {b}", gradient, implicit(a, b), "implicit function"))
    return conclude(errors)


if __name__ == "__main__":
    main()
