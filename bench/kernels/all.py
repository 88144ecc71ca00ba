"""The kernels, in the order of the table."""
from bench.kernels import dot, embedded_atom, foo, gaussian_mixture, heat, nbody, newton

KERNELS = tuple(module.KERNEL for module in (embedded_atom, dot, foo, newton, heat, nbody, gaussian_mixture))
