"""What an instance or a list holds (analysis/held.py), by its Numba type (frontend/structures.py)."""
from dataclasses import replace

from llvmlite import ir
from numba import types

from ..analysis.held import Held
from ..analysis.layout import Fields
from ..frontend import structures
from ..frontend.floats import floats, itemsize

LLVM = {8: ir.DoubleType(), 4: ir.FloatType(), 2: ir.HalfType()}        # by width


def fields(size, runs, strides=()):
    """The floats of an element of `size` bytes; None where irad does not know the size."""
    places = tuple((LLVM[run.width], run.offset + k * run.width) for run in runs for k in range(run.count))
    return Fields(size, places, strides) if size else None


def held(ty):
    """Of an instance, a list or an array type; None for an owner."""
    if ty == structures.OWNER:
        return None
    if isinstance(ty, types.Array):
        return Held(fields(itemsize(ty.dtype), floats(ty.dtype)))
    first, size = structures.first_item(ty) if isinstance(ty, types.List) else None, structures.size(ty)
    runs = [replace(run, offset=run.offset + (first or 0)) for run in structures.own_floats(ty)]
    inner = tuple((at, held(to)) for at, to in structures.pointers(ty).items())
    return Held(fields(size, runs), inner, is_list=first is not None)
