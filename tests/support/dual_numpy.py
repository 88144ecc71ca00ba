"""Stand-ins for `math`, `np` and Python's number functions that understand dual numbers.

`np` covers what the corpus uses and no more: an unknown name raises `NotImplementedError`, so a program is never checked by accident.
`np.empty` is filled with NaN: a program that reads what it did not write has no value to compare.
"""
import builtins
import math
import operator
from types import SimpleNamespace

import numpy as np

from tests.support import dual_math
from tests.support.dual import Dual, lift, power, value
from tests.support.dual_array import Array, _objects, cells_of, elementwise, matmul, reduce
from tests.support.dual_random import NUMPY_RANDOM


class FloatType:
    """np.float64 or np.float32: called as a function, or given as a dtype."""

    def __init__(self, real):
        self.real = real

    def __call__(self, x):
        if isinstance(x, Array):
            return x.astype(self.real)
        x = lift(x)
        return Dual(x.v, x.d, self.real is np.float32)


def _int_type(real):
    class IntType:
        """np.int64 and its like: cuts the derivative."""
        def __call__(self, x):
            return real(int(x) if isinstance(x, Dual) else x)
    out = IntType()
    out.real = real
    return out


FLOATS = {np.float64: FloatType(np.float64), np.float32: FloatType(np.float32)}


def _dtype(dtype):
    dtype = getattr(dtype, "real", dtype) if isinstance(dtype, FloatType) or type(dtype).__name__ == "IntType" else dtype
    return np.dtype(float if dtype is to_float else int if dtype is int else dtype)


# -- making arrays
def full(shape, fill, dtype=None):
    if dtype is None:
        dtype = np.float64 if isinstance(fill, float | Dual | np.floating) else np.int64
    dtype = _dtype(dtype)
    if dtype.kind != "f":
        return np.full(shape, value(fill), dtype)
    out = Array(np.empty(shape, object), dtype)
    out[...] = fill
    return out


def _maker(fill):
    return lambda shape, dtype=np.float64: full(shape, fill, dtype)


def _maker_like(fill):
    def call(x, dtype=None):
        out = full(x.shape, fill, x.dtype if dtype is None else dtype)
        fortran = x.cells.flags.f_contiguous and not x.cells.flags.c_contiguous if isinstance(x, Array) else False
        return Array(np.asfortranarray(out.cells), out.dtype) if fortran else out
    return call


def full_like(x, fill, dtype=None):
    return full(x.shape, fill, x.dtype if dtype is None else dtype)


def array(items, dtype=None):
    if isinstance(items, np.ndarray):
        return items.copy()
    if (dtype is not None and _dtype(dtype).kind != "f") or _all_whole(items):
        return np.array(items, dtype=dtype)
    return Array(cells_of(items).copy(), np.float64 if dtype is None else _dtype(dtype))


def _all_whole(items):
    if isinstance(items, list | tuple):
        return all(map(_all_whole, items))
    return isinstance(items, int | np.integer) or isinstance(items, np.ndarray)


def arange(*bounds):
    if all(isinstance(b, int | np.integer) for b in bounds):
        return np.arange(*bounds)
    start, stop, step = ((0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3])
    n = max(0, math.ceil((value(stop) - value(start)) / value(step)))
    return Array(_objects([lift(start) + i * lift(step) for i in range(n)]))


def linspace(start, stop, n=50):
    step = (lift(stop) - lift(start)) / (n - 1)
    return Array(_objects([lift(start) + i * step for i in range(n)]))


# -- element by element
def _unary(name):
    scalar = dual_math.unary(name)

    def call(x, out=None):
        r = elementwise(scalar, x) if _is_array(x) else scalar(x)
        return r if out is None else _store(out, r)
    return call


def _binary(f):
    def call(x, y, out=None):
        if not _is_array(x) and not _is_array(y):
            return elementwise(f, x, y).cells[()] if f in _NUMPY_DIVISIONS else f(x, y)
        r = elementwise(f, x, y)
        return r if out is None else _store(out, r)
    return call


_NUMPY_DIVISIONS = (operator.truediv, operator.floordiv, operator.mod)      # np.divide(1.0, 0.0) is inf where 1.0 / 0.0 raises


def _store(out, r):
    out[...] = r
    return out


def _is_array(x):
    return isinstance(x, Array | np.ndarray)


def _test(f):
    scalar = dual_math.test(f)
    return lambda x: elementwise(scalar, x) if _is_array(x) else scalar(x)


def where(condition, x=None, y=None):
    if x is None:
        return np.nonzero(condition)
    if not _is_array(condition) and not _is_array(x) and not _is_array(y):
        return x if condition else y
    return elementwise(lambda c, a, b: a if c else b, condition, _floats(x), _floats(y))


def _floats(x):
    return lift(x) if isinstance(x, float | np.floating) else x


def clip(x, low, high):
    def scalar(v):
        v = v if low is None else _binary_rule("maximum")(v, low)
        return v if high is None else _binary_rule("minimum")(v, high)
    return elementwise(scalar, x) if _is_array(x) else scalar(lift(x))


def _binary_rule(name):
    return dual_math.binary(name)


def around(x, digits=0):
    def scalar(v):
        return Dual(np.round(value(v), digits))
    return elementwise(scalar, x) if _is_array(x) else scalar(x)


def _absolute(x):
    return abs(x)


# -- reductions and products
def _method(name):
    def call(x, *args, **options):
        return getattr(x if _is_array(x) else array(x), name)(*args, **options)
    return call


def diff(x):
    return x[1:] - x[:-1]


def outer(x, y):
    return elementwise(operator.mul, Array(cells_of(x).ravel()[:, None]), Array(cells_of(y).ravel()[None, :]))


def norm(x):
    return dual_math.unary("sqrt")(reduce(lambda a, b: a + b, elementwise(lambda c: c * c, x), None, Dual(0.0)))


def concatenate(xs):
    return Array(np.concatenate([cells_of(x) for x in xs]))


def sort(x):
    out = x.copy()
    out.sort()
    return out


def solve(a, b):
    """Gauss's elimination with pivots chosen by value."""
    a, b = cells_of(a).copy(), cells_of(b).copy()
    n = len(a)
    for k in range(n):
        p = k + int(np.argmax([abs(c.v) for c in a[k:, k]]))
        a[[k, p]], b[[k, p]] = a[[p, k]], b[[p, k]]
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            a[i] = [u - m * v for u, v in zip(a[i], a[k], strict=True)]
            b[i] = _row(b[i], b[k], m)
    for k in reversed(range(n)):
        for j in range(k + 1, n):
            b[k] = _row(b[k], b[j], a[k, j])
        b[k] = b[k] / a[k, k] if isinstance(b[k], Dual) else [u / a[k, k] for u in b[k]]
    return Array(b)


def _row(x, y, m):
    return x - m * y if isinstance(x, Dual) else [u - m * v for u, v in zip(x, y, strict=True)]


def inv(a):
    return solve(a, Array(cells_of(np.eye(len(a)))))


def det(a):
    a = cells_of(a).copy()
    out, n = Dual(1.0), len(a)
    for k in range(n):
        p = k + int(np.argmax([abs(c.v) for c in a[k:, k]]))
        if p != k:
            a[[k, p]], out = a[[p, k]], -out
        out = out * a[k, k]
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            a[i] = [u - m * v for u, v in zip(a[i], a[k], strict=True)]
    return out


def _nditer(x):
    return (Array(x.cells[tuple(slice(k, k + 1) for k in i)].reshape(()), x.dtype) for i in np.ndindex(x.shape))


def _ndenumerate(x):
    return ((i, x[i]) for i in np.ndindex(x.shape))


_NUMPY = {
    "zeros": _maker(0.0), "ones": _maker(1.0), "empty": _maker(math.nan), "full": full,
    "zeros_like": _maker_like(0.0), "ones_like": _maker_like(1.0), "empty_like": _maker_like(math.nan), "full_like": full_like,
    "array": array, "asarray": lambda x: x, "arange": arange, "linspace": linspace, "copy": lambda x: x.copy(),
    "ascontiguousarray": lambda x: Array(np.ascontiguousarray(x.cells), x.dtype),
    "asfortranarray": lambda x: Array(np.asfortranarray(x.cells), x.dtype),
    "eye": lambda n: Array(cells_of(np.eye(n))), "identity": lambda n: Array(cells_of(np.eye(n))),
    "sum": _method("sum"), "prod": _method("prod"), "mean": _method("mean"), "max": _method("max"), "min": _method("min"),
    "amax": _method("max"), "amin": _method("min"), "var": _method("var"), "std": _method("std"),
    "cumsum": _method("cumsum"), "cumprod": _method("cumprod"), "argmax": _method("argmax"), "argmin": _method("argmin"),
    "argsort": _method("argsort"), "ravel": _method("ravel"), "reshape": _method("reshape"), "transpose": _method("transpose"),
    "dot": matmul, "vdot": matmul, "matmul": matmul, "outer": outer, "diff": diff, "concatenate": concatenate, "sort": sort,
    "where": where, "take": lambda x, k: x[k], "clip": clip, "round": around, "around": around, "abs": _absolute, "absolute": _absolute,
    "any": np.any, "all": np.all, "nonzero": np.nonzero, "count_nonzero": np.count_nonzero,
    "isnan": _test(math.isnan), "isinf": _test(math.isinf), "isfinite": _test(math.isfinite), "signbit": _test(np.signbit),
    "ndenumerate": _ndenumerate, "ndindex": np.ndindex, "nditer": _nditer,
    "atleast_1d": lambda x: x if _is_array(x) else array([x]), "flip": lambda x: x[::-1],
    "trace": lambda x: sum(x[i, i] for i in range(len(x))),
    "diag": lambda x: Array(np.diag(x.cells), x.dtype), "expand_dims": lambda x, k: Array(np.expand_dims(x.cells, k), x.dtype),
    "linalg": SimpleNamespace(norm=norm, solve=solve, inv=inv, det=det),
    "random": NUMPY_RANDOM,
    "float64": FLOATS[np.float64], "float32": FLOATS[np.float32], "double": FLOATS[np.float64],
    "pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "bool_": np.bool_,
}
_NUMPY |= {name: _int_type(getattr(np, name)) for name in (
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "intp")}
_SAME = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
         "deg2rad": "radians", "rad2deg": "degrees"}
_NUMPY |= {name: _unary(name) for name in dual_math.UNARY if name not in ("erf", "erfc", "gamma", "lgamma") and hasattr(np, name)}
_NUMPY |= {name: _unary(rule) for name, rule in _SAME.items()}
_NUMPY |= {name: _binary(dual_math.binary(name)) for name in dual_math.BINARY if name != "atan2"}
_NUMPY |= {"arctan2": _binary(dual_math.binary("atan2")), "power": _binary(power), "float_power": _binary(power),
           "add": _binary(operator.add), "subtract": _binary(operator.sub), "multiply": _binary(operator.mul),
           "divide": _binary(operator.truediv), "true_divide": _binary(operator.truediv), "floor_divide": _binary(operator.floordiv),
           "mod": _binary(operator.mod), "remainder": _binary(operator.mod)}

_MATH = {name: dual_math.unary(name) for name in dual_math.UNARY if hasattr(math, name)}
_MATH |= {name: dual_math.binary(name) for name in dual_math.BINARY if hasattr(math, name)}
_MATH |= {"pow": lambda x, y: power(x, float(y) if isinstance(y, int) else y), "ldexp": dual_math.ldexp, "frexp": dual_math.frexp,
          "floor": math.floor, "ceil": math.ceil, "trunc": math.trunc,
          "isnan": dual_math.test(math.isnan), "isinf": dual_math.test(math.isinf), "isfinite": dual_math.test(math.isfinite),
          "gcd": math.gcd, "pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "tau": math.tau}


class Module:
    """A module that knows these names and no others."""

    def __init__(self, name, known):
        self.__dict__.update(known)
        self._name = name

    def __getattr__(self, attribute):
        raise NotImplementedError(f"the oracle has no {self._name}.{attribute}")


def to_float(x=0.0):
    """float()."""
    x = lift(x)
    return Dual(x.v, x.d) if x.single else x


def largest(first, *rest):
    """max(): Python's order of comparisons, the first operand at ties."""
    items = (first, *rest) if rest else tuple(first)
    best = items[0]
    for x in items[1:]:
        best = x if x > best else best
    return best


def smallest(first, *rest):
    """min()."""
    items = (first, *rest) if rest else tuple(first)
    best = items[0]
    for x in items[1:]:
        best = x if x < best else best
    return best


MATH = Module("math", _MATH)
NP = Module("np", _NUMPY)
BUILTINS = {"float": to_float, "max": largest, "min": smallest, "print": lambda *_: None}

# functions that were imported by name: from math import sin
BY_FUNCTION = {getattr(math, name): shim for name, shim in _MATH.items() if callable(shim)}
BY_FUNCTION |= {getattr(np, name): shim for name, shim in _NUMPY.items() if callable(shim) and callable(getattr(np, name, None))}
BY_FUNCTION |= {getattr(builtins, name): shim for name, shim in BUILTINS.items()}
