"""Five functions, their gradients by irad, and the closed forms beside them. This is what `make demo` runs."""
import numpy as np
from checks import conclude, show
from numba import njit

from irad import Active, Duplicated, Reverse, ReverseWithPrimal, autodiff, grad


@njit
def product_and_sine(a, b):
    return a * b + np.sin(a)


@njit
def embedded_atom(x):
    rho = 0.0
    for i in range(x.size):
        rho += np.exp(-3 * (x[i] + 1))
    return rho**2 + rho**3 + 0.25 * rho**4


@njit
def product_in_place(x):
    """The product of all elements, by a loop that overwrites its argument."""
    for i in range(1, x.size):
        x[i] = x[i] * x[i - 1]
    return x[x.size - 1]


@njit
def weighted(p, w):
    return w[0] * p[0] ** 2 + w[1] * p[1] ** 3


@njit
def slope_of_embedded_atom(x):
    """The same call in compiled code: the derivative is linked into this function."""
    dx = np.zeros_like(x)
    autodiff(Reverse, embedded_atom, Duplicated(x, dx))
    return dx


def closed_slope(x):
    e = np.exp(-3 * (x + 1))
    rho = e.sum()
    return -3 * e * (2 * rho + 3 * rho**2 + rho**3)


def main():
    errors = []
    a, b = 1.5, -0.7
    (da, db), value = autodiff(ReverseWithPrimal, product_and_sine, Active(a), Active(b))
    print(f"a*b + sin(a) at ({a}, {b}) is {value:.12g}")
    errors.append(show("its gradient", (da, db), (b + np.cos(a), a), "closed form"))

    x = np.linspace(0.0, 1.0, 10)
    title = "\nrho**2 + rho**3 + rho**4/4 with rho = sum(exp(-3*(x+1))), 10 atoms"
    errors.append(show(title, grad(embedded_atom)(x), closed_slope(x), "closed form"))

    x = np.array([1.5, -2.0, 0.5, 3.0])
    (dx,) = autodiff(Reverse, product_in_place, Active(x))
    errors.append(show("\nx[i] = x[i]*x[i-1] in place: the product of all x (the caller's x stays)", dx, np.prod(x) / x, "closed form"))

    p, w = (2.0, -1.5), (0.5, 0.25)
    gradients = autodiff(Reverse, weighted, Active(p), Active(w))
    expected = ((2 * w[0] * p[0], 3 * w[1] * p[1] ** 2), (p[0] ** 2, p[1] ** 3))
    errors.append(show("\nw[0]*p[0]**2 + w[1]*p[1]**3 of tuples: gradients are tuples", gradients, expected, "closed form"))

    x = np.linspace(0.0, 1.0, 10)
    dx = slope_of_embedded_atom(x)
    errors.append(show("\nthe same function, autodiff called inside @njit code", dx, closed_slope(x), "closed form"))
    print("\nEvery gradient was checked against its closed form, written by hand in NumPy in this file.")
    return conclude(errors)


if __name__ == "__main__":
    main()
