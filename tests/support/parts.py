"""Arrays of complex numbers and of records as what they are made of: arrays of floats and of integers.

The order is that of the fields, the real part before the imaginary part. The dual-number oracle knows floats only: it runs a program's
*twin*, the same computation written over these parts.
"""
import numpy as np

from tests.support import memory


def parts(a):
    """Views of an array, one for each number that an element holds. A sub-array adds its dimensions."""
    if a.dtype.names:
        return [p for name in a.dtype.names for p in parts(a[name])]
    return [a.real, a.imag] if a.dtype.kind == "c" else [a]


def is_composed(a):
    return isinstance(a, np.ndarray) and a.dtype.kind in "cV"


def taken_apart(x):
    """Arguments for a twin: a tuple of contiguous copies in the place of each such array, a pair in that of a complex number."""
    if isinstance(x, tuple):
        inner = [taken_apart(y) for y in x]
        return type(x)(*inner) if hasattr(x, "_fields") else tuple(inner)
    if memory.is_structure(x):
        return taken_apart(memory.fields_of(x))
    if is_composed(x):
        return tuple(np.array(p) for p in parts(x))
    return (x.real, x.imag) if isinstance(x, complex | np.complexfloating) else x
