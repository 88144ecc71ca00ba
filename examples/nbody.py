"""The gravitational energy of 200 bodies, a triangular loop over pairs. Checked against the forces in whole-array NumPy."""
import numpy as np
from checks import conclude, show
from numba import njit

from irad import Active, Reverse, autodiff

SOFTENING = 0.01


@njit
def energy(x, m):
    e = 0.0
    for i in range(x.shape[0]):
        for j in range(i):
            r2 = SOFTENING
            for k in range(3):
                d = x[i, k] - x[j, k]
                r2 += d * d
            e -= m[i] * m[j] / np.sqrt(r2)
    return e


def closed_form(x, m):
    d = x[:, None, :] - x[None, :, :]
    inverse = 1 / np.sqrt((d * d).sum(axis=2) + SOFTENING)
    np.fill_diagonal(inverse, 0.0)
    force = (m[:, None] * m[None, :] * inverse**3)[:, :, None] * d
    return force.sum(axis=1), -inverse @ m


def main(n=200):
    rng = np.random.default_rng(3)
    x, m = rng.standard_normal((n, 3)), rng.random(n) + 0.5
    gradients = autodiff(Reverse, energy, Active(x), Active(m))
    return conclude([
        show(f"gradient for the {what}", got, want, "closed form")
        for what, got, want in zip(("positions", "masses"), gradients, closed_form(x, m), strict=True)
    ])


if __name__ == "__main__":
    main()
