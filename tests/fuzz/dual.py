"""Dual numbers and arrays of them, in double and single precision, and the derivatives of the operations. Knows neither Numba nor irad.

Values are those of compiled code, bit by bit: arithmetic is IEEE's, functions are the C library's, single precision is rounded each time.
Values and derivatives beyond `LIMIT` raise `Unsuitable`: their rounding errors would drown what is to be compared.
"""
import ctypes
import math

import numpy as np

LIMIT = 1e4
LIBRARY = ctypes.CDLL("libm.so.6")


class Unsuitable(Exception):
    """The program is not fit for comparison: too large, too long, or it reads what was never written."""


class Dual:
    """A value and its derivatives for every float argument (or element of one)."""

    __slots__ = ("d", "single", "v")

    def __init__(self, v, d, single=False):
        v = float(np.float32(v)) if single else v
        if not (abs(v) <= LIMIT and np.abs(d).max(initial=0.0) <= LIMIT):
            raise Unsuitable("a value or a derivative is too large, or not a number")
        self.v, self.d, self.single = v, d, single


class DualArray:
    """Values and derivatives of an array; slices share both."""

    def __init__(self, v, d):
        self.v, self.d = v, d

    def __getitem__(self, where):
        return DualArray(self.v[where], self.d[where])

    def copy(self):
        return DualArray(self.v.copy(), self.d.copy())

    @property
    def single(self):
        return self.v.dtype == np.float32

    def load(self, index):
        return Dual(float(self.v[index]), self.d[index].copy(), self.single)

    def store(self, index, x):
        self.v[index], self.d[index] = x.v, x.d

    def transposed(self):
        axes = tuple(range(self.v.ndim))[::-1]
        return DualArray(self.v.T, self.d.transpose(*axes, self.v.ndim))

    def reshaped(self, shape):
        """Shares memory, as the arrays that are reshaped here are contiguous."""
        v, d = self.v.view(), self.d.view()
        v.shape, d.shape = shape, (*shape, self.d.shape[-1])
        return DualArray(v, d)


class DualList:
    """A list of dual numbers; it can be read and written as an array."""

    single = False

    def __init__(self, items):
        self.v = items

    def load(self, index):
        return self.v[index[0]]

    def store(self, index, x):
        self.v[index[0]] = x


def function(name, arity=1):
    """A function of the C library, in double and in single precision."""
    both = getattr(LIBRARY, name), getattr(LIBRARY, name + "f")
    for f, ctype in zip(both, (ctypes.c_double, ctypes.c_float), strict=True):
        f.restype, f.argtypes = ctype, (ctype,) * arity
    return both


# name: (value in double precision, in single, derivative)
UNARY = {
    "neg": (lambda x: -x, lambda x: -x, lambda x, r: -1.0),
    "abs": (abs, abs, lambda x, r: math.copysign(1.0, x)),
    "floor": (*[lambda x: math.copysign(math.floor(x), x)] * 2, lambda x, r: 0.0),         # of -0.0 it is -0.0
    "sin": (*function("sin"), lambda x, r: math.cos(x)),
    "cos": (*function("cos"), lambda x, r: -math.sin(x)),
    "tanh": (*function("tanh"), lambda x, r: 1 - r * r),
    "exp": (*function("exp"), lambda x, r: r),
    "log": (*function("log"), lambda x, r: 1 / x),
    "log1p": (*function("log1p"), lambda x, r: 1 / (1 + x)),
    "expm1": (*function("expm1"), lambda x, r: r + 1),
    "asinh": (*function("asinh"), lambda x, r: 1 / math.sqrt(1 + x * x)),
    "sqrt": (*function("sqrt"), lambda x, r: 0.5 / r),
    "atan": (*function("atan"), lambda x, r: 1 / (1 + x * x)),
}
BINARY = {
    "+": (*[lambda a, b: a + b] * 2, lambda a, b, r: (1.0, 1.0)),
    "-": (*[lambda a, b: a - b] * 2, lambda a, b, r: (1.0, -1.0)),
    "*": (*[lambda a, b: a * b] * 2, lambda a, b, r: (b, a)),
    "/": (*[lambda a, b: a / b] * 2, lambda a, b, r: (1 / b, -r / b)),
    "%": (*[lambda a, b: a % b] * 2, lambda a, b, r: (1.0, -math.floor(a / b))),
    "**": (*function("pow", 2), lambda a, b, r: (b * r / a, r * math.log(a))),
    "min": (*[lambda a, b: b if b < a else a] * 2, lambda a, b, r: (0.0, 1.0) if b < a else (1.0, 0.0)),
    "max": (*[lambda a, b: b if b > a else a] * 2, lambda a, b, r: (0.0, 1.0) if b > a else (1.0, 0.0)),
    "hypot": (*function("hypot", 2), lambda a, b, r: (a / r, b / r)),
    "atan2": (*function("atan2", 2), lambda a, b, r: (b / (a * a + b * b), -a / (a * a + b * b))),
}
ORDER = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
}
INTS = {"//": lambda a, b: a // b, "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "%": lambda a, b: a % b}


def unary(op, x):
    double, single, slope = UNARY[op]
    r = (single if x.single else double)(x.v)
    return Dual(r, slope(x.v, r) * x.d, x.single)


def binary(op, x, y):
    double, single, slopes = BINARY[op]
    both = x.single and y.single
    r = (single if both else double)(x.v, y.v)
    a, b = slopes(x.v, y.v, r)
    return Dual(r, a * x.d + b * y.d, both)


def power(x, exponent):
    """By repeated multiplication."""
    r = x
    for _ in range(exponent - 1):
        r = binary("*", r, x)
    return r
