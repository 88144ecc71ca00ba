"""One array leaf of the primal's arguments (a record is an array without dimensions), with what the core must be given in its place.

In the common case the core works on the caller's array and on the caller's shadow (or the new gradient) themselves.
Otherwise on dense temporaries:

    Active      written by the primal: on a copy;  layout A: on a dense copy, in step with the dense gradient
    Duplicated  strides of x and dx differ, or x overlaps itself: on dense copies of both;
                dx overlaps another shadow: the later one is a temporary
    Const       the primal keeps active values in it: the core needs zeroed memory of the same layout
"""
from contextlib import nullcontext

from llvmlite import ir
from numba.core import cgutils, types

from ..modes import Active, Const, Duplicated
from .array import Array, new_array, record_array


class Operand:
    def __init__(self, resolved, index, x, dx):
        self.index, self.leaf = index, resolved.leaves[index]
        self.kind = resolved.kinds[self.leaf.argument]
        self.x, self.dx = x, dx                                   # Array; dx is None but for a Duplicated array of floats
        self.builder = x.builder
        self.needed = index in resolved.derived.shadows
        self.written = index in resolved.derived.written
        self.scratch = self.kind is Const and self.needed
        self.gathers = resolved.call.mode.direction == "Reverse" and not self.written     # the core adds into the shadow, else it reads it
        self.layout = x.type.layout if x.dense else "C"           # of temporaries
        self.gradient = None                                      # Array, for Active
        self.copied = self.swapped = None                         # i1: x is a copy; the shadow is a temporary. None: statically not

    def decide(self, earlier):
        """Which of the cases above this is. `earlier`: the operands before it whose shadows the core may see as well."""
        if self.kind is Active:
            if self.x.dense:
                self.copied = cgutils.true_bit if self.written else None
            elif self.needed or self.written:
                self.copied = cgutils.true_bit if self.written else self.x.differs_from_dense("C")
        elif self.scratch and not self.x.dense:
            self.copied = self.x.differs_from_dense("C")
        elif self.kind is Duplicated and self.needed:
            self._decide_duplicated(earlier)

    def _decide_duplicated(self, earlier):
        flags = [self.dx.overlaps(other.dx) for other in earlier if self.gathers and other.gathers]
        if not self.x.dense:
            flags += [self.x.differs_in_strides(self.dx.strides), self.x.overlaps_itself()]
        elif self.dx.type.layout != self.x.type.layout:
            flags.append(self.x.differs_in_strides(self.dx.strides))
        if self.x.type.aligned and not self.dx.type.aligned:
            flags.append(cgutils.true_bit)
        if flags:
            self.swapped = self.x._any(flags)
            self.copied = None if self.x.dense else self.swapped

    # ------------------------------------------------------------------ before the core
    def prepare(self, frame, gradient_type):
        """Allocate and fill; sets `value` (the array that the core works on) and `shadow` (its data pointer, or None)."""
        b = self.builder
        if self.kind is Active:
            self.gradient = new_array(frame.context, b, gradient_type, self.x, frame)
        value = cgutils.alloca_once_value(b, self.x.value)
        if self.copied is not None:
            self._copy_slot = frame.slot()
            with _when(b, self.copied):
                data = frame.buffer(self.x.size, self._copy_slot)
                b.store(self.x.with_data(data, self.layout), value)
                self.x.as_dense(data, self.layout).copy_from(self.x)
        self.value = b.load(value)
        self.shadow = self._shadow(frame) if self.needed else None

    def _shadow(self, frame):
        b = self.builder
        if self.kind is Active:
            return self.gradient.data
        if self.kind is Const:
            data = frame.buffer(self.x.size)
            cgutils.memset(b, data, self.x.size, 0)
            return data
        if self.swapped is None:
            return self.dx.data
        self._shadow_slot = frame.slot()
        shadow = cgutils.alloca_once_value(b, self.dx.data)
        with _when(b, self.swapped):
            data = frame.buffer(self.x.size, self._shadow_slot)
            b.store(data, shadow)
            if self.gathers:
                cgutils.memset(b, data, self.x.size, 0)
            else:
                self.dx.as_dense(data, self.layout).copy_from(self.dx)
        return b.load(shadow)

    @property
    def argument(self):
        """What the core is given for this leaf: an array, or the address of a record."""
        return self.value if self.leaf.is_array else Array(self.x.context, self.builder, self.x.type, self.value).struct.data

    # ------------------------------------------------------------------ after the core
    def restore(self):
        """The caller's array sees the primal's writes, whether or not it raised."""
        if self.written and self.copied is not None and self.kind is not Active:
            with _when(self.builder, self.copied):
                self.x.copy_from(self.x.as_dense(self.builder.load(self._copy_slot), self.layout))

    def deliver(self):
        """The caller's shadow gets what was gathered in a temporary."""
        if self.swapped is None or not (self.gathers or self.written):
            return
        with _when(self.builder, self.swapped):
            gathered = self.dx.as_dense(self.builder.load(self._shadow_slot), self.layout)
            if self.gathers:
                self.dx.add(gathered)
            else:
                self.dx.copy_from(gathered)


def operands(context, builder, resolved, primal, shadow):
    """The leaves with memory. `primal` are the values of all leaves; `shadow` maps the index of a leaf to `(type, value)` of its shadow."""
    def memory(ty, value):
        return (Array if isinstance(ty, types.Array) else record_array)(context, builder, ty, value)

    return [Operand(resolved, k, memory(leaf.type, primal[k]), memory(*shadow[k]) if k in shadow else None)
            for k, leaf in enumerate(resolved.leaves) if leaf.is_memory]


def _when(builder, flag):
    """`if flag:`, unlikely, and no branch where the flag is known."""
    return nullcontext() if isinstance(flag, ir.Constant) and flag.constant else builder.if_then(flag, likely=False)
