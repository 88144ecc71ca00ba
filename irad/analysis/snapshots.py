"""Memory whose contents are kept before an iteration, so that it can be put back and the iteration run again (plan/rerun.py).

    for t in steps: for i: u[i] = f(u[i])         forward   each strip of steps: p[t] = a copy of u
                                                  reverse   u = p[t], the strip runs again, and is reversed

What can be copied as a block: an array argument without gaps, an array made before the loop, an array on the stack; no pointers in it.
"""
from dataclasses import dataclass

from ..ir.build import declare
from .flow import I8, I64, PTR
from .objects import DATA_OFFSET, RAW
from .values import callee, is_inst, stride_of

TAKE = "irad.snapshot.take"


@dataclass(frozen=True)
class Snapshot:
    """`pointer` and `size` (bytes) of the memory; `copy`: the value that names the copy, made at the beginning of each iteration.
    `is_given`: the caller's memory, which it wants to see as the primal left it."""
    pointer: object
    size: object
    copy: object
    is_given: bool


class Snapshots:
    def __init__(self, flow, objects, arrays):
        """`arrays`: the array arguments (affine.Array)."""
        self.flow, self.objects, self._arrays = flow, objects, {a.data: a for a in arrays}
        self._sizes, self._data = {}, {}

    def may_be_kept(self, bits, loop):
        return all(self._may_be_kept(o, loop) for o in self.objects.list(bits))

    def _may_be_kept(self, o, loop):
        if o.captured or o.given or self.objects.contents(o):
            return False
        if o.kind == "argument":
            found = [self._arrays.get(p) for p in self.objects.arguments_of(o)]
            return bool(found) and all(a is not None and a.order is not None for a in found)
        if not is_inst(o.origin) or not self.flow.graph.dominates(self.flow.block_of[o.origin], loop.header):
            return False
        if o.kind == "stack":
            return stride_of(o.origin.info) is not None and not o.origin.operands
        return o.kind == "allocation" and o.size is not None and not o.outlives_iteration

    def take(self, bits, loop):
        """The snapshots of these objects before each iteration of a loop."""
        out, at = [], loop.header
        for o in self.objects.list(bits):
            for pointer, size in self._memory(o):
                function = declare(self.flow.module, TAKE, PTR, [PTR, I64])
                copy = self.flow.before_terminator(at, self.flow.make_call(at, function, [pointer, size], name="snapshot"))
                out.append(Snapshot(pointer, size, copy, o.kind == "argument"))
        return tuple(out)

    def _memory(self, o):
        """[(pointer, bytes)]; arguments that may overlap are one object."""
        if o.kind == "argument":
            return [(p, self._size(self._arrays[p])) for p in self.objects.arguments_of(o)]
        if o.kind == "stack":
            return [(o.origin, self.flow.module.constant(I64, stride_of(o.origin.info)))]
        return [(self._data_of(o.origin), o.size)]

    def _size(self, array):
        if array.data not in self._sizes:
            entry, size = self.flow.entry, self.flow.module.constant(I64, array.itemsize)
            for n in array.shape:
                size = self.flow.before_terminator(entry, self.flow.make(entry, "mul", I64, [n, size], name="bytes"))
            self._sizes[array.data] = size
        return self._sizes[array.data]

    def _data_of(self, call):
        if callee(call).startswith(RAW):
            return call
        if call not in self._data:
            flow, block = self.flow, self.flow.block_of[call]
            offset = flow.module.constant(I64, DATA_OFFSET)
            field = flow.after(call, flow.make(block, "getelementptr", PTR, [call, offset], info=I8, name="field"))
            self._data[call] = flow.after(field, flow.make(block, "load", PTR, [field], name="data"))
        return self._data[call]
