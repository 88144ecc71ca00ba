"""A tuple that is built only to be stored is stored part by part, so that no float is inside an LLVM aggregate.

    %t = insertvalue {double, i8} undef, double %x, 0         store double %x, ptr %p
    %u = insertvalue {double, i8} %t, i8 %c, 1           ->   store i8 %c, ptr getelementptr({double, i8}, %p, 0, 1)
    store {double, i8} %u, ptr %p

LLVM does so itself where there is no padding.
"""
from llvmlite import ir

from ..ir.extras import SIMPLE
from .flow import PTR
from .values import is_constant, is_inst

I32 = SIMPLE["i32"]


def unpack(flow):
    """In place, on the freshly read function."""
    for i in list(flow.instructions()):
        if i.opname == "store" and _fields(i.operands[0].type) is not None:
            parts = [(path, _part(i.operands[0], path)) for path in _paths(i.operands[0].type)]
            if None not in (v for _, v in parts):
                _store(flow, i, [(path, v) for path, v in parts if not _is_undefined(v)])
    _drop_unused(flow)


def _fields(ty):
    """The types inside a struct or an array; None for anything else."""
    if isinstance(ty, ir.LiteralStructType | ir.IdentifiedStructType):
        return list(ty.elements)
    return [ty.element] * ty.count if isinstance(ty, ir.ArrayType) else None


def _paths(ty):
    """The index path of each scalar, in order."""
    inner = _fields(ty)
    if inner is None:
        return [()]
    return [(k, *path) for k, t in enumerate(inner) for path in _paths(t)]


def _part(v, path):
    """The scalar that stands at `path` of an aggregate; None where that cannot be seen. The aggregate itself, if it is undefined."""
    while path:
        if is_inst(v, "insertvalue"):
            at = tuple(v.info)
            v, path = (v.operands[1], path[len(at):]) if path[:len(at)] == at else (v.operands[0], path)
        elif _is_undefined(v):
            return v
        else:
            return None
    return v


def _is_undefined(v):
    return is_constant(v) and (getattr(v, "constant", None) is ir.Undefined or str(getattr(v, "constant", "")) in ("poison", "undef"))


def _store(flow, i, parts):
    value, pointer = i.operands
    block = flow.block_of[i]
    for path, v in parts:
        indices = [ir.Constant(I32, k) for k in (0, *path)]
        at = flow.make(block, "getelementptr", PTR, [pointer, *indices], info=value.type, name="part")
        flow.before(i, at)
        flow.before(i, made := flow.make(block, "store", i.type, [v, at]))
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
