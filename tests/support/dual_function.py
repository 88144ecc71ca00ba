"""A second version of a Python function: `math`, `np`, other njit functions and constant arrays are replaced by dual-aware ones."""
import builtins
import math
import random
import types

import numpy as np
from numba import literal_unroll, prange
from numba.core.dispatcher import Dispatcher
from numba.np.ufunc.dufunc import DUFunc

from tests.support.dual import numpy_errors
from tests.support.dual_array import Array, cells_of, elementwise
from tests.support.dual_numpy import BUILTINS, BY_FUNCTION, FLOATS, MATH, NP
from tests.support.dual_random import PYTHON_RANDOM


def rebuild(f, known=None):
    """`f` (a dispatcher or a plain function) over dual numbers; `known` holds what was rebuilt before, for recursion."""
    known = {} if known is None else known
    python = getattr(f, "py_func", f)
    if python in known:
        return known[python]
    namespace = {"__builtins__": builtins}
    cells = tuple(types.CellType() for _ in python.__closure__ or ())
    defaults = python.__defaults__
    g = types.FunctionType(python.__code__, namespace, python.__name__, defaults, cells)
    g.__kwdefaults__ = python.__kwdefaults__
    out = known[python] = _under_numpy_errors(g) if _error_model(f) == "numpy" else g
    for name in _names(python.__code__):
        if name in python.__globals__:
            namespace[name] = replaced(python.__globals__[name], known)
        elif name in BUILTINS:
            namespace[name] = BUILTINS[name]
    for new, old in zip(cells, python.__closure__ or (), strict=True):
        new.cell_contents = replaced(old.cell_contents, known)
    return out


def replaced(x, known):
    """What stands for a global, a captured value or a constant argument."""
    if x is math:
        return MATH
    if x is np:
        return NP
    if x is random:
        return PYTHON_RANDOM
    if isinstance(x, DUFunc):
        return _over_arrays(rebuild(x._dispatcher, known))
    if isinstance(x, Dispatcher) and hasattr(x, "py_func"):
        return rebuild(x, known)
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return Array(cells_of(x), x.dtype)
    if isinstance(x, tuple):
        parts = [replaced(y, known) for y in x]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    if isinstance(x, np.ndarray | list | dict | set) or not callable(x):
        return x
    if x is prange:
        return range
    if x is literal_unroll:
        return lambda xs: xs
    if x in FLOATS:
        return FLOATS[x]
    if x in BY_FUNCTION:
        return BY_FUNCTION[x]
    if isinstance(x, types.FunctionType) and x.__module__ != "builtins" and not x.__module__.startswith(("numba", "numpy", "irad")):
        return rebuild(x, known)
    return x


def _over_arrays(scalar):
    """A @vectorize function: of numbers, and of each element."""
    def call(*args):
        return elementwise(scalar, *args) if any(isinstance(a, Array | np.ndarray) for a in args) else scalar(*args)
    return call


def _error_model(f):
    return getattr(f, "targetoptions", {}).get("error_model", "python")


def _under_numpy_errors(g):
    def call(*args):
        with numpy_errors():
            return g(*args)
    return call


def _names(code):
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
