"""What the memory of a jitclass instance or of a list holds, to the byte: numbers, arrays as their descriptors, instances by address.

An instance is passed as two pointers, its owner and its data, which is a struct of the fields, in order. A list is passed as its owner; its
data is a header and the items. The shadow of an instance is another instance of its class, that of a list another list: such memory has
the very layout that a shadow must have, for the descriptors in it lead to the shadow arrays.
"""
from dataclasses import dataclass
from functools import cache

from llvmlite import ir
from numba.core import types
from numba.core.registry import cpu_target

from .floats import Run, floats

OWNER = "owner"
POINTERS = {types.Array: (0, 1, 4), types.ClassInstanceType: (0, 1)}    # members: owner, Python's object, data


@dataclass(frozen=True)
class Part:
    """A field, or an element of a tuple in it, `offset` bytes from the start of the data; `path` names it."""
    path: str
    offset: int
    type: types.Type


@cache
def parts(ty):
    """The parts of an instance's data, or of an item of a list; tuples are taken apart."""
    if isinstance(ty, types.List):
        return tuple(_parts([("", ty.dtype)], ir.LiteralStructType([_llvm(ty.dtype)]), 0, ""))
    return tuple(_parts(list(ty.struct.items()), _llvm(types.ClassDataType(ty)), 0, ""))


def _parts(fields, struct, start, path):
    for k, (name, ty) in enumerate(fields):
        offset, where = start + element_offset(struct, k), f"{path}{name}"
        if not isinstance(ty, types.BaseTuple):
            yield Part(where, offset, ty)
        else:
            yield from _parts([(f"[{n}]", t) for n, t in enumerate(ty)], _llvm(ty), offset, where)


def _llvm(ty):
    return cpu_target.target_context.data_model_manager[ty].get_data_type()


def element_offset(struct, k):
    """Of an element of an LLVM struct or array type, in bytes."""
    data = cpu_target.target_context.target_data
    return k * struct.element.get_abi_size(data) if hasattr(struct, "count") else struct.get_element_offset(data, k)


@cache
def first_item(ty):
    """Where the items of a list begin in its data."""
    return element_offset(_llvm(types.ListPayload(ty)), 3)


def is_supported(ty):
    """May an item of a list take part? A number or an array without gaps, or a tuple of numbers."""
    if isinstance(ty, types.Array):
        return ty.layout in "CF" and bool(floats(ty.dtype))
    return all(isinstance(t, types.Number | types.Boolean) for t in (ty if isinstance(ty, types.BaseTuple) else (ty,)))


KNOWN = types.Number | types.Boolean | types.Array | types.ClassInstanceType | types.UnicodeType | types.NoneType


def unsupported(ty):
    """A part of an instance that may hold floats and has no place in a shadow, or None. An instance in an instance is asked too."""
    for p in parts(ty):
        inner = unsupported(p.type) if isinstance(p.type, types.ClassInstanceType) else None
        if inner is not None:
            return Part(f"{p.path}.{inner.path}", 0, inner.type)
        if not isinstance(p.type, KNOWN):
            return p
    return None


@cache
def size(ty):
    """Bytes of an instance's data, or of an item of a list."""
    return _llvm(ty.dtype if isinstance(ty, types.List) else types.ClassDataType(ty)).get_abi_size(cpu_target.target_context.target_data)


@cache
def own_floats(ty):
    """The floats that lie in the data, or in an item, itself, as runs."""
    return tuple(Run(p.offset + run.offset, run.type, run.count) for p in parts(ty) if not isinstance(p.type, types.Array)
                 for run in floats(p.type))


def holds_floats(ty):
    """Are there floats in an instance or a list, in its arrays, or in an instance that it holds?"""
    return bool(own_floats(ty)) or any(floats(p.type.dtype) if isinstance(p.type, types.Array) else
                                       isinstance(p.type, types.ClassInstanceType) and holds_floats(p.type) for p in parts(ty))


@cache
def pointers(ty):
    """{offset in the data, or in an item: the type of the array or instance that the pointer there leads to, or OWNER}."""
    out = {}
    for p in parts(ty):
        members = POINTERS.get(type(p.type), ())
        for k in members:
            out[p.offset + element_offset(_llvm(p.type), k)] = p.type if k == members[-1] else OWNER
    return out
