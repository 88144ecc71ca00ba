"""Copies of memory, made in the forward sweep and put back in the reverse, so that strips of a loop can run again (analysis/snapshots.py).

The caller sees its own memory as the primal left it: one more copy is made where the reverse sweep begins, and put back where it ends, with
success or without.
"""
from ..analysis.flow import I1, I64, PTR, VOID
from ..analysis.snapshots import TAKE
from ..analysis.values import is_inst
from ..ir.build import declare

PUT_BACK = "irad.snapshot.put.back"


class Snapshots:
    def __init__(self, d, frame, forward, tape, ownership):
        self.d, self.frame, self.forward, self.tape, self.ownership = d, frame, forward, tape, ownership
        self._final = []                                # (pointer, copy, bytes): slots, and values of the forward sweep
        for found in d.plan.rerun.values():
            for s in found.snapshots:
                self._keep(s, found.loop)
        given = {s.pointer: s for found in d.plan.rerun.values() for s in found.snapshots if s.is_given}
        for s in given.values():
            self._keep_final(s)

    def _keep(self, s, loop):
        """A copy for each iteration of the loop, to the end of the reverse sweep."""
        copy, before = self.forward.value(s.copy), self.forward.after(s.copy)
        before.index -= 1
        self._charge(before, s, self.tape.place(loop))
        self.frame.failures.watch(copy)
        self.ownership.keep(self.forward.after(s.copy), "give", copy)

    def _keep_final(self, s):
        turn = self.d.flow.turn
        b = self.forward.at_end(turn)
        pointer, size = self.forward.value(s.pointer), self.forward.value(s.size)
        self._charge(b, s, 0)
        copy = self.frame.failures.watch(b.call(declare(self.frame.module, TAKE, PTR, [PTR, I64]), [pointer, size]))
        kept = self.frame.pointer("own")
        b.store(copy, kept)
        bytes_ = size
        if is_inst(s.size):                             # it may not have been computed where memory cannot be had
            bytes_ = self.frame.counter("bytes")
            b.store(size, bytes_)
        self.ownership.adopt([kept])
        self._final.append((pointer, kept, bytes_))

    def _charge(self, b, s, place):
        charge = declare(self.frame.module, "irad.tape.charge", I1, [PTR, I64, I64])
        self.frame.failures.watch(b.call(charge, [self.tape.opened(), self.forward.value(s.size), b.i64(place)]))

    def put_back(self, b):
        """The caller's memory, before what is owned is released."""
        for pointer, kept, size in self._final:
            put_back(b, pointer, b.load(PTR, kept), b.load(I64, size) if is_inst(size) else size)


def put_back(b, pointer, copy, size):
    b.call(declare(b.module, PUT_BACK, VOID, [PTR, PTR, I64]), [pointer, copy, size])
