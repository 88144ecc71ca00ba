"""Which floats a value of a Numba type holds in memory, and where. The one place that knows what can carry a derivative.

    floats(float64)          a float at 0
    floats(complex64)        two floats of 32 bits at 0
    floats(a record)         the floats of its fields, nested records and sub-arrays included; integers, bools and text hold none
"""
from dataclasses import dataclass, replace
from functools import cache

from numba.core import types


@dataclass(frozen=True)
class Run:
    """`count` floats of one type in a row, from byte `offset` on."""
    offset: int
    type: types.Float
    count: int

    @property
    def width(self):
        return self.type.bitwidth // 8

    @property
    def end(self):
        return self.offset + self.count * self.width


@cache
def floats(ty):
    """The runs of floats in one value of a type, in the order of their offsets; empty for what holds none.

    >>> [(r.offset, r.count) for r in floats(types.complex64)]
    [(0, 2)]
    """
    if isinstance(ty, types.Float):
        return (Run(0, ty, 1),)
    if isinstance(ty, types.Complex):
        return (Run(0, ty.underlying_float, 2),)
    if isinstance(ty, types.Record):
        return _joined(replace(run, offset=run.offset + field.offset) for field in ty.fields.values() for run in floats(field.type))
    if isinstance(ty, types.NestedArray):
        size = itemsize(ty.dtype)
        return _joined(replace(run, offset=run.offset + k * size) for k in range(ty.nitems) for run in floats(ty.dtype))
    return ()


def _joined(runs):
    """Runs of one type that touch become one."""
    out = []
    for run in sorted(runs, key=lambda r: r.offset):
        if out and out[-1].type == run.type and out[-1].end == run.offset:
            out[-1] = replace(out[-1], count=out[-1].count + run.count)
        else:
            out.append(run)
    return tuple(out)


def itemsize(dtype):
    """The bytes of one element, or None for what irad does not know."""
    if isinstance(dtype, types.Float | types.Integer | types.Complex):
        return dtype.bitwidth // 8
    if isinstance(dtype, types.Boolean):
        return 1
    return dtype.size if isinstance(dtype, types.Record | types.NestedArray) else None
