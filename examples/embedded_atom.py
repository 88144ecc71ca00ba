"""An embedded-atom energy of 100 atoms: one sum over all atoms, a polynomial of the sum.

Checked against the closed form and the complex step.
"""
import numpy as np
from checks import complex_step, conclude, show
from numba import njit

from irad import Active, Duplicated, Reverse, autodiff


@njit
def energy(x):
    rho = 0.0
    for i in range(x.size):
        rho += np.exp(-3 * (x[i] + 1))
    return rho**2 + rho**3 + 0.25 * rho**4


def whole_array_energy(x):
    rho = np.exp(-3 * (x + 1)).sum()
    return rho**2 + rho**3 + 0.25 * rho**4


def closed_form(x):
    e = np.exp(-3 * (x + 1))
    rho = e.sum()
    return -3 * e * (2 * rho + 3 * rho**2 + rho**3)


def main(n=100):
    x = np.random.default_rng(1).random(n)
    (returned,) = autodiff(Reverse, energy, Active(x))
    added = np.zeros(n)
    autodiff(Reverse, energy, Duplicated(x, added))
    return conclude([
        show("gradient returned (Active)", returned, closed_form(x), "closed form"),
        show("gradient added into a shadow (Duplicated)", added, complex_step(whole_array_energy, x), "complex step"),
    ])


if __name__ == "__main__":
    main()
