"""What the derivative owns, and how it is released on every path.

Whatever must be dropped is an entry slot that starts at null and is stored once at birth; the end of the reverse sweep and every raising
return drop all slots, with no analysis of paths. A site inside a loop releases what it made in the iteration before, or when the
iteration first ran; one whose objects live around a back edge keeps all of them in a list.
"""
from dataclasses import dataclass

from ..analysis.flow import I1, I64, PTR, VOID
from ..analysis.shadow_pointers import LIST, NEW
from ..analysis.values import callee
from ..ir.build import declare
from .heap import GIVE
from .onstack import OnStack

MANY = 16
PLAIN = {"free": "free", "give": GIVE}                  # these take null as well


@dataclass(frozen=True)
class Owned:
    """One slot; for a list `count` says how many pointers are behind it."""
    slot: object
    kind: str                                           # how it is dropped: a word of runtime.DROPS
    count: object = None


class Ownership:
    def __init__(self, frame, copies, flow):
        self.frame, self.copies, self.forward, self.flow, self.all = frame, copies, copies.forward, flow, []

    def births(self, objects, shadows):
        """Take over the primal's allocations, and the shadows that the forward sweep makes, where they are not on the stack."""
        on_stack = OnStack(self.frame, self.copies)
        for o in objects.allocations():
            if shadows.with_reverse and on_stack.array(o):          # in forward mode it may be returned
                continue
            self._birth(o.origin, "raw" if callee(o.origin) == "NRT_Allocate" else "nrt", o.loop is not None, o.outlives_iteration)
        for o, made in shadows.made.items():
            if on_stack.shadow(made, shadows.keeps_all(o)):
                continue
            self.frame.failures.watch(self.forward.value(made))
            self._birth(made, _kind_of(made), o.loop is not None, shadows.keeps_all(o))
        for made in shadows.resized:
            self.frame.failures.watch(self.forward.value(made))

    def _birth(self, site, kind, in_loop, keep_all):
        if keep_all:
            self.keep(self.forward.after(site), kind, self.forward.value(site))
            return
        slot = self.frame.pointer("own")
        for copy in self.copies.all_of(site):
            b = copy.after(site)
            if in_loop:
                self._release_one(b, b.load(PTR, slot), kind)
            b.store(copy.value(site), slot)
        self.all.append(Owned(slot, kind))

    def keep(self, b, kind, p):
        """Own one more pointer of a list, which is made here; gives the list."""
        slot, count, cap = self.frame.pointer("own"), self.frame.counter("owned"), self.frame.counter("capacity")
        push = declare(self.frame.module, f"irad.own.push.{kind}", I1, [PTR, PTR, PTR, PTR])
        self.frame.failures.watch(b.call(push, [slot, count, cap, p]))
        self.all.append(Owned(slot, kind, count))
        return self.all[-1]

    def adopt(self, slots):
        """Tape blocks."""
        self.all += [Owned(s, "give") for s in slots]

    def release(self, b):
        """Many slots stay in memory (what is read as volatile does): as values, each of them would be merged from each path that fails."""
        def read(type, slot):
            i = b.load(type, slot)
            i.flags = ["volatile"] if len(self.all) > MANY else []
            return i
        for owned in self.all:
            p = read(PTR, owned.slot)
            if owned.count is None:
                self._release_one(b, p, owned.kind)
            else:
                name = f"irad.release.list.{owned.kind}"
                b.call(declare(self.frame.module, name, VOID, [PTR, I64]), [p, read(I64, owned.count)])

    def _release_one(self, b, p, kind):
        name = PLAIN.get(kind, f"irad.release.{kind}")
        b.call(declare(self.frame.module, name, VOID, [PTR]), [p])


def _kind_of(shadow):
    """How a shadow that the forward sweep makes is dropped."""
    return {LIST: "list", NEW: "give"}.get(callee(shadow), "free")
