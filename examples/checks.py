"""Gradients from sources that share nothing with irad, to hold its results against.

* `dual_gradient(f, *args)` runs plain Python on dual numbers (all directions in one run): exact to rounding.
* `complex_step(f, x)` takes Im f(x + ih)/h for NumPy code that stays analytic: exact to rounding, since nothing is subtracted.
* `show(title, gradient, expected, how)` prints both and returns the largest deviation, relative to the largest component.

A structure is a float, an int (carries no derivative), an array, or a tuple or namedtuple of structures.
"""
import math

import numpy as np


class Dual:
    """A value and its derivatives in several directions. NumPy's ufuncs call the methods, so `np.exp(dual)` works in plain Python."""

    __slots__ = ("parts", "value")

    def __init__(self, value, parts):
        self.value, self.parts = value, parts

    def chain(self, value, slope):
        return Dual(value, slope * self.parts)

    def __add__(self, other):
        other = lift(other)
        return Dual(self.value + other.value, self.parts + other.parts)

    def __sub__(self, other):
        other = lift(other)
        return Dual(self.value - other.value, self.parts - other.parts)

    def __mul__(self, other):
        other = lift(other)
        return Dual(self.value * other.value, self.parts * other.value + other.parts * self.value)

    def __truediv__(self, other):
        other = lift(other)
        ratio = self.value / other.value
        return Dual(ratio, (self.parts - ratio * other.parts) / other.value)

    def __rsub__(self, other):
        return lift(other) - self

    def __rtruediv__(self, other):
        return lift(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return Dual(-self.value, -self.parts)

    def __abs__(self):
        return -self if self.value < 0 else self

    def __lt__(self, other):
        return self.value < lift(other).value

    def __gt__(self, other):
        return self.value > lift(other).value

    def exp(self):
        value = math.exp(self.value)
        return self.chain(value, value)

    def sin(self):
        return self.chain(math.sin(self.value), math.cos(self.value))


def lift(x):
    return x if isinstance(x, Dual) else Dual(x, 0.0)


def rebuild(structure, leaf):
    """The same structure with `leaf(x)` for every float x (and for every element of an array)."""
    match structure:
        case tuple():
            parts = [rebuild(x, leaf) for x in structure]
            return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
        case np.ndarray():
            flat = [leaf(x) for x in structure.ravel()]
            out = np.empty(len(flat), object if flat and isinstance(flat[0], Dual) else float)
            out[:] = flat
            return out.reshape(structure.shape)
        case int() | np.integer():
            return structure
    return leaf(structure)


def leaves(structure):
    """The numbers in a structure, in order."""
    if isinstance(structure, tuple):
        return [x for part in structure for x in leaves(part)]
    return [float(x) for x in np.ravel(structure)]


def dual_gradient(f, *args):
    """The gradient of the plain Python function `f`, in the structure of its arguments; 0 in the place of an int."""
    seeds = []
    rebuild(args, seeds.append)
    unit = iter(np.eye(len(seeds)))
    result = f(*rebuild(args, lambda x: Dual(float(x), next(unit))))
    part = iter(result.parts)
    return zero_ints(rebuild(args, lambda _: float(next(part))))


def zero_ints(structure):
    if isinstance(structure, tuple):
        parts = [zero_ints(x) for x in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    return 0 if isinstance(structure, int) else structure


def complex_step(f, x, h=1e-30):
    """The gradient of `f`, analytic NumPy code, at the array `x`."""
    gradient = np.empty(x.size)
    for k in range(x.size):
        moved = x.astype(complex).ravel()
        moved[k] += 1j * h
        gradient[k] = f(moved.reshape(x.shape)).imag / h
    return gradient.reshape(x.shape)


def deviation(gradient, expected):
    """The largest difference, relative to the largest component expected; infinite where the structures differ."""
    got, want = np.array(leaves(gradient)), np.array(leaves(expected))
    if got.shape != want.shape or not np.all(np.isfinite(got)):
        return math.inf
    scale = np.max(np.abs(want), initial=0.0)
    return float(np.max(np.abs(got - want), initial=0.0) / (scale or 1.0))


def text(structure, shown=4):
    numbers = leaves(structure)
    dots = f" ... ({len(numbers)} numbers)" if len(numbers) > shown else ""
    return " ".join(f"{x: .12g}" for x in numbers[:shown]) + dots


def show(title, gradient, expected, how):
    """Print a gradient beside what it was checked against; return the largest deviation."""
    error = deviation(gradient, expected)
    print(title)
    print(f"    {'irad':<24}{text(gradient)}")
    print(f"    {how:<24}{text(expected)}")
    print(f"    {'largest deviation':<24} {error:.1e}")
    return error


def conclude(errors):
    """Print and return the largest of the deviations."""
    largest = max(errors)
    print(f"largest deviation of all: {largest:.1e}")
    return largest
