"""A tuple that is built only to be stored is stored part by part, so that no float is inside an LLVM aggregate.

    %t = insertvalue {double, i8} undef, double %x, 0         store double %x, ptr %p
    %u = insertvalue {double, i8} %t, i8 %c, 1           ->   store i8 %c, ptr getelementptr(i8, %p, 8)
    store {double, i8} %u, ptr %p

LLVM does so itself where there is no padding. A choice between tuples, `arrays[k]`, is a choice of each part that is asked for:

    %t = phi {ptr, i64} [%a, ..], [%b, ..]                    %q = phi ptr [%p, ..], [%r, ..]
    %q = extractvalue {ptr, i64} %t, 0                   ->
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
    Choices(flow).replace()
    _drop_unused(flow)


class Choices:
    """Extracted parts of phis and selects, as phis and selects of scalars. `made`: by aggregate and path."""

    def __init__(self, flow):
        self.flow, self.made, self.known = flow, {}, {}

    def replace(self):
        """Each extracted scalar by the part it stands for."""
        blocks = self.flow.function.blocks
        extracts = [i for b in blocks for i in b.instructions if i.opname == "extractvalue" and _fields(i.type) is None]
        if not extracts:
            return
        for i in extracts:
            self.known[i] = self._part(i.operands[0], tuple(i.info), i.type)
        for i in list(self.made.values()) + [i for b in blocks for i in b.instructions]:
            i.operands = [self._final(o) for o in i.operands]

    def _final(self, v):
        while is_inst(v, "extractvalue") and self.known.get(v) is not None:
            v = self.known[v]
        return v

    def _part(self, v, path, ty):
        """The scalar at `path` of `v`; None where only the aggregate itself can tell."""
        while path:
            if _is_undefined(v):
                return ir.Constant(ty, ir.Undefined)
            if is_inst(v, "insertvalue"):
                at = tuple(v.info)
                v, path = (v.operands[1], path[len(at):]) if path[:len(at)] == at else (v.operands[0], path)
            elif (is_inst(v, "phi") or is_inst(v, "select")) and self.flow.block_of[v] in self.flow.live:
                return self._choice(v, path, ty)
            else:
                return None
        return v

    def _choice(self, v, path, ty):
        if (v, path) not in self.made:
            block = self.flow.block_of[v]
            if v.opname == "phi":
                new = self.made[v, path] = self.flow.make(block, "phi", ty, [None] * len(v.operands), v.blocks, name="part")
                self.flow.at_head(block, new)
                new.operands = [self._or_extract(o, path, ty, lambda i, at=b: self.flow.before_terminator(at, i), b)
                                for o, b in zip(v.operands, v.blocks, strict=True)]
            else:
                parts = [self._or_extract(o, path, ty, lambda i: self.flow.before(v, i), block) for o in v.operands[1:]]
                new = self.made[v, path] = self.flow.make(block, "select", ty, [v.operands[0], *parts], name="part")
                self.flow.after(v, new)
        return self.made[v, path]

    def _or_extract(self, v, path, ty, place, block):
        part = self._part(v, path, ty)
        return part if part is not None else place(self.flow.make(block, "extractvalue", ty, [v], info=list(path), name="part"))


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
    """Aggregates, and parts of them, that nothing asks for any more."""
    blocks = flow.function.blocks
    idle = {i for b in blocks for i in b.instructions
            if i.opname in ("insertvalue", "extractvalue") or (i.opname in ("phi", "select") and _fields(i.type) is not None)}
    todo = [i for b in blocks for i in b.instructions if i not in idle]
    while todo:
        for o in todo.pop().operands:
            if is_inst(o) and o in idle:
                idle.discard(o)
                todo.append(o)
    for block in {flow.block_of[i]: None for i in idle}:
        block.instructions = [i for i in block.instructions if i not in idle]
