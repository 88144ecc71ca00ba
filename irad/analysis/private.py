"""Memory of which each iteration of a loop makes its own contents: nothing goes through it from one iteration to another.

    for i: t = np.empty(m)                  t = np.empty(m)
           for j: t[j] = f(i, j)            for i: for j: t[j] = f(i, j)
           for j: s += g(t[j])                     for j: s += g(t[j])

On the left the memory is made in the iteration. On the right it is local to the call, and whatever the iteration reads of it has been
written before in the same iteration: by a memset over all of it, or by a loop whose stores lie side by side, without a gap, over all that
is read. Executed again, such an iteration finds its own contents again; so its values need not be saved (plan/rerun.py).
"""
from functools import reduce
from operator import or_

from .affine import Poly, constant, feasible
from .intact import read, written
from .trips import guard
from .values import is_memset, size_of


class Private:
    """`of(loop)`: the objects, as bits."""

    def __init__(self, flow, objects, counters, affine):
        self.flow, self.objects, self.counters, self.affine, self._found = flow, objects, counters, affine, {}

    def of(self, loop):
        if loop not in self._found:
            inside = [i for b in self.flow.order if b in loop.blocks for i in b.instructions]
            reads = [(i, bits) for i in inside if (bits := read(i, self.objects))]
            writes = [(i, bits) for i in inside if (bits := written(i, self.objects))]
            made = sum(o.bit for o in self.objects.all if self._is_made(o, loop) or self._is_rewritten(o, loop, reads, writes))
            self._found[loop] = made | self._of_one_inside(loop, [*reads, *writes])
        return self._found[loop]

    def _of_one_inside(self, loop, accesses):
        """What is private to a loop inside, and used there alone."""
        out = 0
        for child in loop.children:
            elsewhere = reduce(or_, (bits for i, bits in accesses if not self.flow.inside(i, child)), 0)
            out |= self.of(child) & ~elsewhere
        return out

    def _is_made(self, o, loop):
        """Made in the iteration, and out of reach after it."""
        if o.loop is None or not o.loop.within(loop) or o.kind not in ("meminfo", "allocation"):
            return False
        data = o.data or o
        return data.kind == "allocation" and not o.outlives_iteration and not data.outlives_iteration

    def _is_rewritten(self, o, loop, reads, writes):
        if o.kind not in ("allocation", "stack") or o.captured or (o.loop is not None and o.loop.within(loop)):
            return False
        readers = [(i, bits) for i, bits in reads if bits & o.bit]
        writers = [i for i, bits in writes if bits & o.bit]
        if not writers or any(i.opname != "load" or bits != o.bit for i, bits in readers):
            return False
        covers = [c for c in (self._cover(i, loop) for i in writers) if c is not None]
        return all(any(self._is_covered(i, c, o) for c in covers) for i, _ in readers)

    # -- what is written
    def _cover(self, writer, loop):
        """(base, first byte, bytes, the block that every path through it passes, the loop behind which all of it is written), or None."""
        block, within = self.flow.block_of[writer], self.flow.loop(writer)
        found = self.affine.offset(writer.operands[1]) if is_memset(writer) or writer.opname == "store" else None
        if found is None:
            return None
        base, start = found
        if is_memset(writer):
            return (base, start, self.affine.poly(writer.operands[3]), block, None) if within is loop else None
        length, behind = constant(size_of(writer.operands[0].type)), None
        while within is not loop:
            n, k = self.counters[within].n, self.affine.number(self.counters[within].k)
            if n is None or not self.affine.is_exact(n) or not self.flow.graph.dominates(block, within.latch):
                return None
            if within.exits[0][0] is not within.latch:
                return None                             # the last iteration may end before it writes
            step = Poly({tuple(a for a in m if a != k): c for m, c in start.items() if m.count(k) == 1})
            n, rest = self.affine.poly(n), Poly({m: c for m, c in start.items() if k not in m})
            if any(m.count(k) > 1 for m in start) or step not in (length, length.scale(-1)):
                return None
            if not self.affine.is_invariant(within, rest, length, n):
                return None
            start = rest if step == length else rest + step * n
            length = length * (n + constant(1))
            block, behind, within = guard(self.flow, self.counters, self.affine, within), within, within.parent
        return base, start, length, block, behind

    def _is_covered(self, load, cover, o):
        base, start, length, block, behind = cover
        found = self.affine.offset(load.operands[0])
        if found is None or found[0] is not base or not self._comes_first(block, behind, self.flow.block_of[load]):
            return False
        return self._is_inside(load, found[1], start, length, o)

    def _comes_first(self, block, behind, at):
        """Has all been written when the sweep is at a block? Not in the block that a loop is guarded by, nor on the way from there into it;
        nor, of a memset, in its own block, where LLVM has folded what could be."""
        if block is at or (behind is not None and (at is behind.preheader or at in behind.blocks)):
            return False
        return self.flow.graph.dominates(block, at)

    def _is_inside(self, load, at, start, length, o):
        if not start and o.size is not None and length == self.affine.asked(o.size):
            return True                                 # all of the object
        below, beyond = start - at - constant(1), at + constant(size_of(load.type)) - start - length - constant(1)
        around = self.affine.bounds(load)
        if not (below.is_linear and beyond.is_linear):
            return False
        return not feasible([], [*around, below]) and not feasible([], [*around, beyond])
