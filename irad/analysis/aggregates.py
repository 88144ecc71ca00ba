"""A tuple that is built only to be stored is stored part by part, so that no float is inside an LLVM aggregate.

    %t = insertvalue {double, i8} undef, double %x, 0         store double %x, ptr %p
    %u = insertvalue {double, i8} %t, i8 %c, 1           ->   store i8 %c, ptr getelementptr(i8, %p, 8)
    store {double, i8} %u, ptr %p

LLVM does so itself where there is no padding.
"""
import re

from llvmlite import ir

from .flow import I8, I64, PTR
from .values import is_constant, is_inst, size_of


def unpack(flow):
    """In place, on the freshly read function."""
    for i in list(flow.instructions()):
        if i.opname == "store" and _fields(i.operands[0].type) is not None:
            parts = [(at, _part(flow.module, i.operands[0], path)) for path, at in _places(i.operands[0].type)]
            if None not in (v for _, v in parts):
                _store(flow, i, [(at, v) for at, v in parts if not _is_undefined(v)])
    _drop_unused(flow)


def _fields(ty):
    """The types inside a struct or an array; None for anything else."""
    if isinstance(ty, ir.LiteralStructType | ir.IdentifiedStructType):
        return list(ty.elements)
    return [ty.element] * ty.count if isinstance(ty, ir.ArrayType) else None


def _places(ty, start=0):
    """The index path of each scalar and its offset in bytes, in order."""
    inner = _fields(ty)
    if inner is None:
        return [((), start)]
    out, at = [], start
    for k, t in enumerate(inner):
        at = at if getattr(ty, "packed", False) else _up(at, _align(t))
        out += [((k, *path), offset) for path, offset in _places(t, at)]
        at += _size(t)
    return out


def _size(ty):
    inner = _fields(ty)
    if inner is None:
        return size_of(ty)
    at = 0
    for t in inner:
        at = (at if getattr(ty, "packed", False) else _up(at, _align(t))) + _size(t)
    return _up(at, _align(ty))


def _align(ty):
    inner = _fields(ty)
    if inner is None:
        return size_of(ty)
    return 1 if getattr(ty, "packed", False) else max(map(_align, inner), default=1)


def _up(at, align):
    return (at + align - 1) // align * align


def _part(module, v, path):
    """The scalar that stands at `path` of an aggregate; None where that cannot be seen. The aggregate itself, if it is undefined."""
    while path:
        if is_inst(v, "insertvalue"):
            at = tuple(v.info)
            v, path = (v.operands[1], path[len(at):]) if path[:len(at)] == at else (v.operands[0], path)
        elif _is_undefined(v):
            return v
        elif is_constant(v):
            return _of_constant(module, v, path)
        else:
            return None
    return v


def _of_constant(module, v, path):
    """An integer in an array of integers, as LLVM writes it: `[i64 8, i64 0]`."""
    if not isinstance(v.type, ir.ArrayType) or not isinstance(v.type.element, ir.IntType):
        return None
    text = str(v.constant)
    found = re.findall(r"i\d+ (-?\d+)", text) if text.startswith("[") else []
    return module.constant(v.type.element, int(found[path[0]])) if len(found) == v.type.count else None


def _is_undefined(v):
    return is_constant(v) and (getattr(v, "constant", None) is ir.Undefined or str(getattr(v, "constant", "")) in ("poison", "undef"))


def _store(flow, i, parts):
    pointer, block = i.operands[1], flow.block_of[i]
    for at, v in parts:
        place = flow.make(block, "getelementptr", PTR, [pointer, flow.module.constant(I64, at)], info=I8, name="part")
        flow.before(i, place)
        flow.before(i, made := flow.make(block, "store", i.type, [v, place]))
        made.align = 1                                  # of an aggregate, packed ones too, no more is known
    block.instructions = [x for x in block.instructions if x is not i]


def _drop_unused(flow):
    """Aggregates that nothing asks for any more."""
    users, todo = flow.users(), [i for i in flow.instructions() if i.opname == "insertvalue"]
    gone = set()
    for i in reversed(todo):                            # users first
        if all(u in gone for u in users.get(i, ())):
            gone.add(i)
    for block in {flow.block_of[i]: None for i in gone}:
        block.instructions = [i for i in block.instructions if i not in gone]
