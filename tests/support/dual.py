"""A number that carries its derivative: the value `v`, and `d`, its gradient with respect to all leaves (None where it depends on none).

This is the oracle's only notion of differentiation. It shares nothing with the compiler: no IR, no Numba, no rule table.
At singular points it follows the interface's conventions: the derivative of the branch taken, 0 where a leaf does not take part.
`single` marks a float32: its value is rounded after each operation, and a mix with a double is a double, as Numba types it.
"""
import math
from contextlib import contextmanager

import numpy as np

_numpy_errors = False       # division by zero gives inf, as under error_model="numpy", instead of an exception


@contextmanager
def numpy_errors():
    """Within it, scalar division by zero gives infinities instead of raising."""
    global _numpy_errors
    before, _numpy_errors = _numpy_errors, True
    try:
        yield
    finally:
        _numpy_errors = before


class Dual:
    """See the module."""
    __slots__ = ("d", "single", "v")
    __array_ufunc__ = None                              # NumPy scalars and arrays leave the operation to this class

    def __init__(self, v, d=None, single=False):
        self.v = float(np.float32(v)) if single else float(v)
        self.d, self.single = d, single

    def __add__(self, y):
        return _binary(self, y, lambda a, b: (a + b, 1.0, 1.0))

    def __radd__(self, y):
        return _binary(y, self, lambda a, b: (a + b, 1.0, 1.0))

    def __sub__(self, y):
        return _binary(self, y, lambda a, b: (a - b, 1.0, -1.0))

    def __rsub__(self, y):
        return _binary(y, self, lambda a, b: (a - b, 1.0, -1.0))

    def __mul__(self, y):
        return _binary(self, y, lambda a, b: (a * b, b, a))

    def __rmul__(self, y):
        return _binary(y, self, lambda a, b: (a * b, b, a))

    def __truediv__(self, y):
        return _binary(self, y, _divide)

    def __rtruediv__(self, y):
        return _binary(y, self, _divide)

    def __floordiv__(self, y):
        return _binary(self, y, _floor_divide)

    def __rfloordiv__(self, y):
        return _binary(y, self, _floor_divide)

    def __mod__(self, y):
        return _binary(self, y, _modulo)

    def __rmod__(self, y):
        return _binary(y, self, _modulo)

    def __divmod__(self, y):
        return self // y, self % y

    def __rdivmod__(self, y):
        return lift(y) // self, lift(y) % self

    def __pow__(self, y):
        return power(self, y)

    def __rpow__(self, y):
        return power(y, self)

    def __neg__(self):
        return chain(-self.v, self.single, (-1.0, self))

    def __pos__(self):
        return self

    def __abs__(self):
        return chain(abs(self.v), self.single, (float(np.sign(self.v)), self))

    def __round__(self, digits=None):
        return round(self.v) if digits is None else Dual(round(self.v, digits), None, self.single)

    def __int__(self):
        return int(self.v)                              # an integer carries no derivative

    __trunc__ = __int__

    def __floor__(self):
        return math.floor(self.v)

    def __ceil__(self):
        return math.ceil(self.v)

    def __bool__(self):
        return self.v != 0

    def __eq__(self, y):
        return self.v == value(y)

    def __ne__(self, y):
        return self.v != value(y)

    def __lt__(self, y):
        return self.v < value(y)

    def __le__(self, y):
        return self.v <= value(y)

    def __gt__(self, y):
        return self.v > value(y)

    def __ge__(self, y):
        return self.v >= value(y)

    __hash__ = object.__hash__

    def __repr__(self):
        return f"Dual({self.v}, {self.d})"


def value(x):
    """The plain number inside."""
    return x.v if isinstance(x, Dual) else x


def lift(x):
    """Any real number as a Dual."""
    if isinstance(x, Dual):
        return x
    if isinstance(x, complex | np.complexfloating | str | bytes) or (isinstance(x, np.ndarray) and x.ndim):
        raise TypeError(f"the oracle has no dual number for {type(x).__name__}")
    return Dual(x, None, isinstance(x, np.float32))


def is_single(*xs):
    """Whether an operation on these is done in float32: only where no operand is a double or an integer."""
    return all(x.single if isinstance(x, Dual) else isinstance(x, np.float32) for x in xs)


def chain(v, single, *terms):
    """A value and its derivative, the sum of partial * derivative. A leaf that does not take part gets 0, whatever the partial is."""
    total = None
    for partial, x in terms:
        if x.d is None:
            continue
        with np.errstate(all="ignore"):
            part = partial * x.d
        if not math.isfinite(partial):
            part = np.where(x.d == 0, 0.0, part)
        elif partial == 0:
            part = np.zeros_like(part)                  # no adjoint reaches x, so an infinite partial before it does not count
        total = part if total is None else total + part
    return Dual(v, total, single)


def _binary(x, y, formula):
    if _is_array(x) or _is_array(y):
        return _on_arrays(lambda a, b: _binary(a, b, formula), x, y)
    single = is_single(x, y)
    x, y = lift(x), lift(y)
    with np.errstate(all="ignore"):
        v, px, py = formula(x.v, y.v)
    return chain(v, single, (px, x), (py, y))


def _is_array(x):
    return hasattr(x, "shape") and not isinstance(x, np.generic)


def _on_arrays(f, x, y):
    """NumPy arrays of integers leave an operation with a dual number to it; arrays of dual numbers know their own."""
    from tests.support.dual_array import Array, elementwise
    return NotImplemented if isinstance(x, Array) or isinstance(y, Array) else elementwise(f, x, y)


def quotient(a, b):
    """a / b with infinities instead of exceptions."""
    with np.errstate(all="ignore"):
        return float(np.float64(a) / np.float64(b))


def _check(b):
    if b == 0 and not _numpy_errors:
        raise ZeroDivisionError("division by zero")


def _divide(a, b):
    _check(b)
    r = quotient(a, b)
    return r, quotient(1.0, b), -quotient(r, b)


def _floor_divide(a, b):
    _check(b)
    return float(np.floor_divide(np.float64(a), np.float64(b))), 0.0, 0.0


def _modulo(a, b):
    _check(b)
    n = float(np.floor_divide(np.float64(a), np.float64(b)))
    return float(np.mod(np.float64(a), np.float64(b))), 1.0, -n


def power(x, y):
    """x ** y in all its forms; an integer exponent needs no logarithm, and a constant one no derivative."""
    if _is_array(x) or _is_array(y):
        return _on_arrays(power, x, y)
    whole = isinstance(y, int | np.integer)
    single = is_single(x) and (whole or is_single(y))
    x, y = lift(x), lift(y)
    with np.errstate(all="ignore"):
        v = float(np.power(np.float64(x.v), np.float64(y.v)))
        px = 0.0 if y.v == 0 else float(y.v * np.power(np.float64(x.v), np.float64(y.v - 1.0)))
        if y.d is None or (x.v == 0 and y.v > 0):
            py = 0.0
        else:
            py = float(v * np.log(np.float64(x.v)))
    return chain(v, single, (px, x), (py, y))
