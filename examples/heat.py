"""The heat equation on a rod, explicit steps between two buffers that are swapped, the ends held fixed.

The gradient of the final energy, for the initial temperatures and for the diffusion number. One step is a matrix S = I + kappa*L, so
the closed form is 2*S'^steps*u, and the diffusion number is checked by a complex step.
"""
import numpy as np
from checks import complex_step, conclude, show
from numba import njit

from irad import Active, Const, Reverse, autodiff


@njit
def final_energy(start, kappa, steps):
    u = start.copy()
    v = start.copy()
    for _ in range(steps):
        for i in range(1, u.size - 1):
            v[i] = u[i] + kappa * (u[i - 1] - 2 * u[i] + u[i + 1])
        u, v = v, u
    energy = 0.0
    for i in range(u.size):
        energy += u[i] * u[i]
    return energy


def laplacian(n):
    L = np.zeros((n, n))
    for i in range(1, n - 1):
        L[i, i - 1 : i + 2] = 1.0, -2.0, 1.0
    return L


def by_matrices(start, kappa, steps):
    S = np.linalg.matrix_power(np.eye(start.size) + kappa * laplacian(start.size), steps)
    return 2 * S.T @ (S @ start)


def whole_array_energy(start, kappa, steps):
    u = start.astype(complex)
    for _ in range(steps):
        u[1:-1] += kappa * (u[:-2] - 2 * u[1:-1] + u[2:])
    return (u * u).sum()


def main(n=200, steps=100):
    start, kappa = np.random.default_rng(2).random(n), 0.2
    d_start, d_kappa, _ = autodiff(Reverse, final_energy, Active(start), Active(kappa), Const(steps))
    expected = complex_step(lambda k: whole_array_energy(start, k[0], steps), np.array([kappa]))
    return conclude([
        show("initial temperatures", d_start, by_matrices(start, kappa, steps), "powers of the matrix"),
        show("diffusion number", d_kappa, expected, "complex step"),
    ])


if __name__ == "__main__":
    main()
