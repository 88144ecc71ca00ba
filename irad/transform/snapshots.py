"""Copies of memory, made in the forward sweep and put back in the reverse, so that strips of a loop can run again (analysis/snapshots.py).

Whoever calls sees its own memory as the primal left it: when the reverse of such a loop begins, what stands there is copied once more, and
put back when it ends, or where memory cannot be had. So between such loops, and behind them, all memory is as at the turn.
"""
from dataclasses import dataclass

from ..analysis.flow import I1, I64, PTR, VOID
from ..analysis.snapshots import TAKE
from ..ir.build import declare
from .heap import GIVE

PUT_BACK = "irad.snapshot.put.back"


@dataclass(frozen=True)
class Last:
    """Slots: the memory, its bytes, and the copy of what was there last; null while no reverse of the loop is under way."""
    snapshot: object
    pointer: object
    size: object
    copy: object


class Snapshots:
    def __init__(self, d, frame, forward, tape, ownership):
        self.d, self.frame, self.forward, self.tape, self.ownership = d, frame, forward, tape, ownership
        self._lasts = {loop: [self._last(s) for s in found.snapshots if s.is_given] for loop, found in d.plan.rerun.items()}
        for loop, found in d.plan.rerun.items():
            for s in found.snapshots:
                self._keep(s, loop)

    def _last(self, s):
        return Last(s, self.frame.pointer("last"), self.frame.counter("bytes"), self.frame.pointer("own"))

    def _keep(self, s, loop):
        """A copy for each iteration of the loop, to the end of the reverse sweep."""
        copy, before = self.forward.value(s.copy), self.forward.after(s.copy)
        before.index -= 1
        self._charge(before, self.forward.value(s.size), self.tape.place(loop))
        self.frame.failures.watch(copy)
        self.ownership.keep(self.forward.after(s.copy), "give", copy)

    def begin(self, loop, rb, values):
        """`rb`: where the reverse of a loop is entered; `values`: values of the primal there."""
        for last in self._lasts.get(loop, ()):
            pointer, size = values.value(last.snapshot.pointer, rb), values.value(last.snapshot.size, rb)
            self._charge(rb.b, size, self.tape.place(loop))
            copy = self.frame.failures.watch(rb.b.call(declare(self.frame.module, TAKE, PTR, [PTR, I64]), [pointer, size]))
            for value, slot in ((pointer, last.pointer), (size, last.size), (copy, last.copy)):
                rb.b.store(value, slot)

    def end(self, loop, b):
        for last in self._lasts.get(loop, ()):
            self._put_back_last(b, last)
            b.call(GIVE, [b.load(PTR, last.copy)])
            b.store(b.null, last.copy)

    def give_up(self, b):
        """The caller's memory, before what is owned is released."""
        for last in (last for lasts in self._lasts.values() for last in lasts):
            self._put_back_last(b, last)
            b.call(GIVE, [b.load(PTR, last.copy)])

    def _put_back_last(self, b, last):
        put_back(b, b.load(PTR, last.pointer), b.load(PTR, last.copy), b.load(I64, last.size))

    def _charge(self, b, size, place):
        charge = declare(self.frame.module, "irad.tape.charge", I1, [PTR, I64, I64])
        self.frame.failures.watch(b.call(charge, [self.tape.opened(), size, b.i64(place)]))


def put_back(b, pointer, copy, size):
    b.call(declare(b.module, PUT_BACK, VOID, [PTR, PTR, I64]), [pointer, copy, size])
