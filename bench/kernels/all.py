"""The kernels, in the order of the table."""
from bench.kernels import (
    black_scholes,
    dot,
    embedded_atom,
    foo,
    gaussian_mixture,
    heat,
    logistic_regression,
    nbody,
    newton,
    rosenbrock,
)

MODULES = (
    embedded_atom,
    dot,
    foo,
    newton,
    rosenbrock,
    logistic_regression,
    black_scholes,
    heat,
    nbody,
    gaussian_mixture,
)
KERNELS = tuple(kernel for module in MODULES for kernel in module.KERNELS)
