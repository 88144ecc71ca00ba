"""What an instance holds (analysis/held.py), by its Numba type (frontend/instances.py)."""
from llvmlite import ir
from numba import types

from ..analysis.held import Held
from ..analysis.layout import Fields
from ..frontend import instances
from ..frontend.floats import floats, itemsize

LLVM = {8: ir.DoubleType(), 4: ir.FloatType(), 2: ir.HalfType()}        # by width


def fields(size, runs, strides=()):
    """The floats of an element of `size` bytes; None where irad does not know the size."""
    places = tuple((LLVM[run.width], run.offset + k * run.width) for run in runs for k in range(run.count))
    return Fields(size, places, strides) if size else None


def held(ty):
    """Of an instance or an array type; None for an owner."""
    if ty == instances.OWNER:
        return None
    if isinstance(ty, types.Array):
        return Held(fields(itemsize(ty.dtype), floats(ty.dtype)))
    inner = tuple((at, held(to)) for at, to in instances.pointers(ty).items())
    return Held(fields(instances.size(ty), instances.own_floats(ty)), inner)
