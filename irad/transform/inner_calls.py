"""Calls that stay calls, in both sweeps.

    status = call f(result, exception, x, ...)      forward:  status = call F.forward(result, exception, x, ..., shadows, ptr slot)
                                                              the frame in the slot is owned until its reverse
                                                    reverse:  call F.reverse(the last frame of this call, adjoints of the active numbers)

A call in a loop leaves a frame in each iteration; they are reversed last first, so the list in which they are owned is the tape.
"""
from ..analysis.flow import I32, I64, PTR
from ..ir.build import Builder, declare
from ..ir.inst import Call
from .ownership import Owned
from .runtime import NO_MEMORY


class InnerCalls:
    """`sites`: the calls with adjoint work, by instruction."""

    def __init__(self, d, frame, forward, ownership):
        self.d, self.frame, self.forward, self.ownership = d, frame, forward, ownership
        self.sites = {i: d.flow.sites[i] for i in d.flow.instructions() if i in d.flow.sites and d.work.has(i)}
        self.keys = {i: d.key_of(s) for i, s in self.sites.items()}
        self._owned, self._buffers = {}, {}

    def emit_forward(self):
        for i, site in self.sites.items():
            self._forward(i, site)

    def _forward(self, i, site):
        d, new, module = self.d, self.forward.value(i), self.frame.module
        slot = self.frame.pointer("frame")
        pointers = [self.forward.value(d.shadows.of[p]) for p in site.shadowed(self.keys[i].active)]
        arguments = [*new.operands[1:], *pointers, slot]
        f = declare(module, f"{d.callees.name(self.keys[i])}.forward", I32, [a.type for a in arguments])
        new.operands, new.info = [f, *arguments], Call(f.ftype, arguments=[""] * len(arguments))
        block = new.parent
        at = next(k for k, x in enumerate(block.instructions) if x is new)
        Builder(block, at).store(self.frame.module.constant(PTR, None), slot)
        b = Builder(block, at + 2)
        self.frame.failures.watch(b.icmp("eq", new, b.i32(NO_MEMORY)))
        if d.flow.loop(i) is not None:
            self._owned[i] = self.ownership.keep(b, "frame", b.load(PTR, slot))
            return
        self._owned[i] = Owned(slot, "frame")
        self.ownership.all.append(self._owned[i])

    def emit_reverse(self, i, adjoints, rb):
        """R of the call. The caller's block goes on behind it."""
        b, owned, key = rb.b, self._owned[i], self.keys[i]
        frame = b.load(PTR, owned.slot)
        if owned.count is None:
            b.store(b.null, owned.slot)
        else:
            n = b.sub(b.load(I64, owned.count), b.i64(1))
            b.store(n, owned.count)
            frame = b.load(PTR, b.gep(PTR, frame, n))
        numbers = [v for k, values in self.sites[i].numbers() if k in key.active for v in values]
        buffer = self._buffer(i, len(numbers))
        f = declare(self.frame.module, f"{self.d.callees.name(key)}.reverse", I32, [PTR, PTR])
        status = b.call(f, [frame, buffer])
        self.frame.failures.watch(b.icmp("ne", status, b.i32(0)))
        for k, v in enumerate(numbers):
            adjoints.add(v, b.load(v.type, b.gep(PTR, buffer, b.i64(k))), rb)

    def _buffer(self, i, count):
        if i not in self._buffers:
            self._buffers[i] = self.frame.slot(I64, name="adjoints", count=max(1, count))
        return self._buffers[i]
