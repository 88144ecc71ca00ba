"""Loops whose iterations run once more in the reverse sweep, each right before it is reversed.

    forward     for i: F(i)
    reverse     for i, the last one first: F'(i); R(i)

F' is what R asks for of F, and all that steers it; its tape lives for one iteration. What F' finds before it runs is its *entry*: header
phis, loads whose memory has been overwritten since, comparisons that might come out otherwise the second time. They run backwards, as
counters do, or are saved, once an iteration. Legal where F' writes private memory only (analysis/private.py) and reads, inside inner loops,
only what is intact; so the caller never sees it run.

"needed": loops with scratch memory whose contents would go to the tape. "always": wherever it is legal, outer loops first.
"""
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from ..analysis.exact import is_inexact, made_whole
from ..analysis.intact import read, written
from ..analysis.objects import ALLOCATORS
from ..analysis.snapshots import Snapshots
from ..analysis.values import accessed, callee, int_value, is_copy, is_inst, is_memset, size_of
from ..rules import registry
from .plan import PURE

CHOICES = ("needed", "always", "never")
FEW = 64 << 10                                          # bytes of tape that are kept rather than computed again, where they are known


@dataclass(frozen=True)
class Slice:
    """What runs again of an iteration: instructions in order, as a dict. `entry`: what is there before; `outside`: what it takes from
    outside the loop; `saved`: of the entry, what must come from the tape; `turns`: the blocks behind which it is reversed; `memory`: the
    objects whose contents it makes anew; `snapshots`: those of which it finds the contents that they had before."""
    loop: object
    again: dict = field(repr=False)
    entry: tuple = ()
    outside: tuple = ()
    saved: frozenset = frozenset()
    turns: tuple = ()
    memory: int = 0
    snapshots: tuple = ()


class Rerun:
    def __init__(self, primal, plan):
        """`plan`: the one that keeps a tape of everything."""
        self.primal, self.plan, self.flow, self.objects, self.private = primal, plan, primal.flow, primal.objects, primal.private
        self._snapshots = Snapshots(self.flow, self.objects, primal.affine, primal.counters, primal.arrays())
        self._strips, self._memory = primal.splits.strips, {}

    def choose(self, choice):
        """{loop: Slice}"""
        if choice not in CHOICES:
            raise ValueError(f"unknown choice {choice!r}; one of {', '.join(CHOICES)}")
        loops = {"needed": self._needed, "always": lambda: self.primal.control.loops, "never": list}[choice]()
        out = {loop: found for loop in filter(self._is_long, self._strips) if (found := self.slice(loop)) is not None}
        for loop in sorted(loops, key=lambda l: l.depth):
            if not any(loop.within(other) or other.within(loop) for other in out) and (found := self.slice(loop)) is not None:
                out[loop] = found
        return out

    def _needed(self):
        """The innermost loops with private memory whose contents are saved in loops inside."""
        out = {}
        for v in self.plan.saved:
            loop = self.flow.loop(v)
            if v.opname != "load" or self._is_little(v, loop):
                continue
            bits = self.objects.of(v.operands[0])
            while (loop := loop.parent) is not None:
                if not bits & ~self.private.of(loop):
                    out[loop] = None
                    break
        return [loop for loop in out if loop.header in self.primal.control.leave]

    def _is_long(self, loop):
        """Does the tape of a loop that has been split into strips grow with its iterations?"""
        return any(v for v in self.plan.saved if self.flow.inside(v, loop) and self.flow.loop(v) is not loop)

    def _is_little(self, v, loop):
        total = size_of(v.type)
        while loop is not None:
            n = self.primal.counters[loop].n
            if n is None or int_value(n) is None:
                return False
            total, loop = total * (int_value(n) + 1), loop.parent
        return total <= FEW

    # -- what it finds in memory
    def _of(self, loop):
        """The objects whose contents an iteration makes anew: private ones, and, of a loop over strips, those that are put back first."""
        if loop not in self._memory:
            self._memory[loop] = self.private.of(loop) | (self._restored(loop) if loop in self._strips else 0)
        return self._memory[loop]

    def _restored(self, loop):
        """The memory that goes from one iteration to another, if it may be kept; but for what each iteration uses another part of."""
        inside, steps = self._inside(loop), loop.children[0]
        changed = reduce(or_, (written(i, self.objects) for i in inside), 0) & ~self.private.of(loop)
        for i in inside:
            if i.opname in ("load", "store") and self._moves_on(accessed(i), steps):
                changed &= ~self.objects.of(accessed(i))
        lost = [i for i in inside if read(i, self.objects) & changed and self._is_gone(i)]
        bits = reduce(or_, (read(i, self.objects) for i in lost), 0) & changed
        return bits if self._snapshots.may_be_kept(bits, loop) else 0

    def _moves_on(self, pointer, steps):
        """Is it at another place in each iteration, by its number?"""
        found = self.primal.affine.offset(pointer)
        k = self.primal.affine.number(self.primal.counters[steps].k)
        return found is not None and any(k in m for m in found[1])

    # -- what runs again
    def slice(self, loop):
        """The slice of a loop, or None where it may not run again."""
        flow, fused = self.flow, self.plan.fused
        exiting = dict.fromkeys(b for b, _ in loop.exits)
        turns = (loop.latch, *(b for b in exiting if b is not loop.latch))
        if any(f.within(loop) or (loop.within(f) and loop not in self._strips) for f in fused):
            return None
        if any(flow.graph.loop_of[b] is not loop for b in exiting):
            return None
        if any(b not in self.primal.control.leave for b in turns):
            return None
        conditions = self._conditions(loop)
        roots = [*self._roots(loop), *conditions]
        reached, outside = self._closure(loop, roots)
        entry = dict.fromkeys(v for v in reached if self._is_entry(v, loop))
        saved = self._doubtful(loop, reached, entry, [*conditions, *(w for v in reached for w in made_whole(v) if is_inst(w))])
        if saved is None:
            return None
        if saved:
            entry.update(dict.fromkeys(saved))
            reached, outside = self._closure(loop, roots, saved)
        if any(written(v, self.objects) & self._of(loop) for v in entry):
            return None                                 # what it gives may be saved; what it writes would be missed
        # Not from memory: the iteration may be about to write there.
        saved = dict.fromkeys([*saved, *(v for v in entry if v in reached and not self.plan.runs_backwards(v))])
        if not all(map(self.plan.may_be_saved, saved)):
            return None
        again = {v: None for v in flow.instructions() if v in reached and v not in entry}
        if not all(self._may_run(v, loop) for v in again) or not self.plan.possible([*entry, *outside]):
            return None
        memory = self._of(loop)
        snapshots = self._snapshots.take(memory & ~self.private.of(loop), loop)
        entry, saved = [*(v for v in entry if v in reached), *(s.copy for s in snapshots)], [*saved, *(s.copy for s in snapshots)]
        outside.update(dict.fromkeys(v for s in snapshots for v in (s.pointer, s.size) if is_inst(v)))
        return Slice(loop, again, tuple(entry), tuple(outside), frozenset(saved), turns, memory, snapshots)

    def _inside(self, loop):
        return [i for b in self.flow.order if b in loop.blocks for i in b.instructions]

    def _roots(self, loop):
        """What the reverse of the iteration may ask for, what fills private memory, and the counts of the loops inside."""
        out = [v for v in self.plan.reached if self.flow.inside(v, loop) and v not in self.primal.shadows.virtual]
        mine = self._of(loop)
        out += [i for i in self._inside(loop) if written(i, self.objects) & mine and not callee(i).startswith("NRT_")]
        for child in self.flow.loops:
            if child is not loop and child.within(loop):
                c = self.primal.counters[child]
                out += [c.k, *([c.n] if c.n is not None else ())]
        return out

    def _conditions(self, loop):
        """What decides where the iteration goes."""
        out = {}
        for b in self.flow.order:
            last = b.instructions[-1]
            if b in loop.blocks and b is not loop.latch and len({s for s in last.blocks if s in self.flow.live}) > 1:
                out[last.operands[0]] = None
        return [v for v in out if is_inst(v)]

    def _closure(self, loop, roots, stops=()):
        """({value of the loop: None}, values from outside)."""
        seen, outside, todo = {}, {}, [v for v in roots if is_inst(v)]
        while todo:
            v = todo.pop()
            if v in seen or v in outside:
                continue
            if not self.flow.inside(v, loop):
                outside[v] = None
                continue
            seen[v] = None
            if v in stops or self._is_entry(v, loop):
                continue
            todo += [o for o in self._operands(v) if is_inst(o)]
        return seen, outside

    def _operands(self, v):
        return [o for o, _ in self.flow.live_incoming(v)] if v.opname == "phi" else v.operands

    def _is_entry(self, v, loop):
        """Is it there before the iteration runs again?"""
        if self.flow.loop(v) is not loop:
            return False
        return self.flow.block_of[v] is loop.header if v.opname == "phi" else v.opname == "load" and self._is_lost(v, loop)

    def _is_lost(self, i, loop):
        """Is what it reads no longer there, and not made anew either?"""
        bits = read(i, self.objects)
        return bool(bits & ~self._of(loop)) and self._is_gone(i)

    def _is_gone(self, i):
        return i in self.primal.intact.clobbered or (i.opname != "load" and i in self.primal.gone)

    def _may_run(self, v, loop):
        mine, writes = self._of(loop), written(v, self.objects)
        if v in self.primal.shadows.moving or v in self.primal.shadows.mirrored or v in self.flow.sites:
            return False
        if v.opname == "store" or is_memset(v) or is_copy(v):
            keeps = v.opname == "store" and str(v.operands[0].type) == "ptr"
            return not keeps and not writes & ~mine and not self._is_lost(v, loop)
        if v.opname == "load":
            return not self._is_lost(v, loop)
        if v.opname == "call":
            made = callee(v).startswith(ALLOCATORS) and not self.objects.of(v) & ~mine
            return made or registry.is_pure_call(callee(v))
        return v.opname in PURE or v.opname == "phi"

    def _doubtful(self, loop, reached, entry, conditions):
        """Conditions and whole numbers that might come out otherwise the second time, and so are saved; None where one of an inner loop
        might."""
        if not any(is_inexact(v) for v in reached if v not in entry):
            return ()
        out = {}
        for v in conditions:
            chain, _ = self._closure(loop, [v])
            if any(self._reads_private(i, loop) for i in chain):
                chain = {**chain, **self._closure(loop, self._roots(loop))[0]}
            if any(is_inexact(i) for i in chain if i not in entry):
                if self.flow.loop(v) is not loop:
                    return None
                out[v] = None
        return tuple(out)

    def _reads_private(self, i, loop):
        return i.opname == "load" and bool(read(i, self.objects) & self._of(loop))

