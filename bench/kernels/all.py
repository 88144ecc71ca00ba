"""The kernels, in the order of the table."""
from bench.kernels import dot, embedded_atom, foo, gaussian_mixture, heat, nbody, newton

MODULES = (embedded_atom, dot, foo, newton, heat, nbody, gaussian_mixture)
KERNELS = tuple(kernel for module in MODULES for kernel in module.KERNELS)
