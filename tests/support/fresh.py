"""A function and all that it calls, as new dispatchers: nothing of them has been compiled or derived."""
import types
from dataclasses import replace

from numba import njit
from numba.core.dispatcher import Dispatcher


def fresh(f, known=None):
    """A copy of an njit function; the njit functions that it names or captures are copied too."""
    known = {} if known is None else known
    if f in known:
        return known[f]
    python = f.py_func
    namespace = dict(python.__globals__)
    cells = tuple(types.CellType() for _ in python.__closure__ or ())
    copy = types.FunctionType(python.__code__, namespace, python.__name__, python.__defaults__, cells)
    copy.__module__, copy.__qualname__ = python.__module__, python.__qualname__
    options = {k: v for k, v in f.targetoptions.items() if k != "nopython"}
    out = known[f] = njit(**options)(copy)
    for name in python.__code__.co_names:
        if _copied(namespace.get(name)):
            namespace[name] = fresh(namespace[name], known)
    for new, old in zip(cells, python.__closure__ or (), strict=True):
        new.cell_contents = fresh(old.cell_contents, known) if _copied(old.cell_contents) else old.cell_contents
    return out


def underived(f):
    """A fresh copy that has the prepared text of the original: nothing is derived yet, and it need not be lowered again."""
    return keep(f, fresh(f))


def keep(f, other):
    """What has been prepared of one copy of a function serves the other. Returns the other."""
    prepared = getattr(f, "_irad_prepared", None)
    if prepared is not None:
        key, primal, text = prepared
        other._irad_prepared = key, replace(primal, dispatcher=other), text
    return other


def _copied(x):
    return isinstance(x, Dispatcher) and hasattr(x, "py_func") and x._can_compile
