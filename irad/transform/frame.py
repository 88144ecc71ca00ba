"""The function that is being made: its entry slots, and blocks to emit into.

Everything mutable that outlives a block is an entry alloca (a slot): adjoints, counters, tape bases, owned pointers. LLVM promotes them to
registers.
"""
from ..analysis.flow import I8, I64, PTR
from ..ir.build import Builder, new_block
from .failures import Failures


class Frame:
    """`room`: bytes that may be had for memory of constant size."""

    def __init__(self, function, room=0):
        self.function, self.module = function, function.module
        self._entry = new_block(function, "slots")
        self._allocas, self._init = Builder(self._entry, 0), None
        self._initial, self._records, self._room = [], {}, room
        self.failures = Failures(function)

    def slot(self, type, init=None, name="slot", count=None):
        """An entry alloca of one element (or `count` bytes' worth of elements); `init` is stored into it before anything runs."""
        operands = [] if count is None else [self._allocas.i64(count)]
        a = self._allocas.emit("alloca", PTR, operands, info=type, name=name)
        if init is not None:
            self._initial.append((init, a))
        return a

    def counter(self, name):
        return self.slot(I64, self._allocas.i64(0), name)

    def pointer(self, name):
        return self.slot(PTR, self._allocas.null, name)

    def record(self, name, count):
        """A slot of `count` zeros."""
        a = self.slot(I64, self._allocas.i64(0), name, count)
        self._records[a] = count
        return a

    def memory(self, bytes_, align=16):
        """A slot of so many bytes, or None where there is no room for it."""
        if bytes_ is None or not 0 <= bytes_ <= self._room:
            return None
        self._room -= (bytes_ + 15) // 16 * 16
        a = self.slot(I8, name="memory", count=max(1, bytes_))
        a.align = align
        return a

    def begin(self, first):
        """Close the entry: initialise the slots and go to the primal's first block."""
        b = Builder(self._entry)
        for init, a in self._initial:
            b.store(init, a)
            for k in range(1, self._records.get(a, 1)):
                b.store(init, b.gep(I64, a, b.i64(k)))
        b.br(first)


class ReverseBlock:
    """A block of the reverse sweep: `memo` holds what has been materialised in it, `adjoints` sums of values that live in this block
    alone. `node`: the block of the primal that it reverses, or the loop whose preamble it is. `inside`: the loops whose own values are
    computed here; `begin`: the block that knows where their tapes begin, if it is not their preamble."""

    def __init__(self, frame, name, loop, node=None, inside=None, begin=None):
        self.block = new_block(frame.function, name)
        self.b = Builder(self.block)
        self.loop, self.node, self.memo, self.adjoints, self.part = loop, node, {}, {}, None
        self.inside, self.begin = (loop,) if inside is None else inside, begin

    def view(self):
        """The same block with a memory of its own: another iteration seen from here."""
        other = object.__new__(ReverseBlock)
        other.block, other.b, other.loop, other.node = self.block, self.b, self.loop, self.node
        other.inside, other.begin = self.inside, self.begin
        other.memo, other.adjoints, other.part = {}, {}, None
        return other
