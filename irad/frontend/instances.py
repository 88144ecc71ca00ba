"""What the memory of a jitclass instance holds, to the byte: numbers, arrays as their descriptors, other instances by their addresses.

An instance is passed as two pointers, its owner and its data. The data is a struct of the fields, in order. The shadow of an instance is
another instance of its class: its memory has the very layout that a shadow must have, for the descriptors in it lead to the shadow arrays.
"""
from dataclasses import dataclass
from functools import cache

from numba.core import types
from numba.core.registry import cpu_target

from .floats import Run, floats

OWNER = "owner"
DATA = {types.Array: 4, types.ClassInstanceType: 1}     # where the pointer to the data stands among the members; the owner is the first


@dataclass(frozen=True)
class Part:
    """A field, or an element of a tuple in it, `offset` bytes from the start of the data; `path` names it."""
    path: str
    offset: int
    type: types.Type


@cache
def parts(ty):
    """The parts of an instance's data, tuples taken apart."""
    data = types.ClassDataType(ty)
    return tuple(_parts(list(ty.struct.items()), _llvm(data), 0, ""))


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
def size(ty):
    """Bytes of an instance's data."""
    return _llvm(types.ClassDataType(ty)).get_abi_size(cpu_target.target_context.target_data)


@cache
def own_floats(ty):
    """The floats that lie in the data itself, as runs."""
    return tuple(Run(p.offset + run.offset, run.type, run.count) for p in parts(ty) if not isinstance(p.type, types.Array)
                 for run in floats(p.type))


def holds_floats(ty):
    """Are there floats in an instance, in its arrays, or in an instance that it holds?"""
    return bool(own_floats(ty)) or any(floats(p.type.dtype) if isinstance(p.type, types.Array) else
                                       isinstance(p.type, types.ClassInstanceType) and holds_floats(p.type) for p in parts(ty))


@cache
def pointers(ty):
    """{offset in the data: the type of the array or instance that the pointer there leads to, or OWNER}."""
    out = {}
    for p in parts(ty):
        for k in (0, DATA[type(p.type)]) if type(p.type) in DATA else ():
            out[p.offset + element_offset(_llvm(p.type), k)] = p.type if k else OWNER
    return out
