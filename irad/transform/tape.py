"""The tape: one column per saved value, one element per iteration of its loop.

The index is a running count of body executions, so one rule serves rectangles, triangles, `while` and branches: it is the iteration
counter for an outermost loop, and `count at entry + k` for an inner one; the reverse takes n + 1 off the count when it enters the reversed
loop.

Memory, per nest of loops:
* number of executions known at its preheader (constant, product, or closed sum over a triangle): one reservation for all its columns, from
  the small stack slot where it fits, else one block; exactly sized and on the stack where it is constant and small;
* not known: columns that grow by doubling, per entry of the loop where its count is known there, else per iteration.
"""
from dataclasses import dataclass
from fractions import Fraction

from ..analysis.affine import Poly, constant
from ..analysis.flow import I1, I8, I64, PTR
from ..analysis.trips import guard
from ..analysis.values import size_of
from ..ir.build import Builder, declare
from ..ir.extras import SIMPLE
from .heap import SMALL
from .runtime import ACCOUNT, FIRST, NO_MEMORY, TAPE_LIMIT

F64 = SIMPLE["double"]
MOST = 2**56                                            # bytes; what is estimated above wraps, or is out of reach


@dataclass
class Column:
    """`base`: its address where the forward sweep writes; `slot`: where the reverse finds it."""
    value: object
    width: int
    base: object = None
    slot: object = None
    is_exact: bool = False                              # each element that was predicted is stored


def stored_type(v):
    return I8 if v.type is I1 else v.type


class Tape:
    def __init__(self, primal, plan, affine, frame, copies, observer=None):
        self.primal, self.plan, self.affine, self.frame, self.copies, self.forward = primal, plan, affine, frame, copies, copies.forward
        self._observer = observer
        values = {l: [*plan.columns(l), *(observer.columns(l) if observer else ())] for l in primal.flow.loops}
        self.columns = {l: [Column(v, size_of(v.type)) for v in vs] for l, vs in values.items()}
        self.of = {c.value: c for cs in self.columns.values() for c in cs}
        self.index, self.count = {}, {}                 # loop -> index in the forward; slot of the running count
        self.owned = []                                 # slots of blocks to free at the end
        self._small = self._used = self.account = None
        self._first = 0                                 # bytes of stack given to growing columns
        self._reserved = set()                          # loops whose number of executions is known before

    # -- forward
    def emit_forward(self):
        flow = self.primal.flow
        for loop in flow.loops:
            if self.columns[loop]:
                self._count(loop)
        for nest in (l for l in flow.loops if l.parent is None):
            inside = [l for l in flow.loops if l.within(nest) and self.columns[l]]
            known = [(l, self._known(l, nest)) for l in inside]
            self._predict(nest, known)
            self._reserve(nest, [(l, p) for l, p in known if p is not None])
            self._reserved |= {l for l, p in known if p is not None}
            for l, p in known:
                if p is None:
                    self._grow(l)
        for loop in flow.loops:
            for column in self.columns[loop]:
                self._save(column, loop)

    def _count(self, loop):
        """The running count and this iteration's index."""
        copy = self.copies.saving(loop)
        k = copy.value(self.primal.counters[loop].k)
        if self._root(loop) is loop:
            self.index[loop] = k
            return
        self.count[loop] = slot = self.frame.counter("count")
        b = copy.at_end(loop.preheader)
        at_entry = b.load(I64, slot, name="at.entry")
        n = self.primal.counters[loop].n
        if n is not None:
            b.store(b.add(at_entry, b.add(copy.value(n), b.i64(1))), slot)
        header = copy.block(loop.header)
        b = Builder(header, copy.head_length(header))
        self.index[loop] = b.add(at_entry, k, name="at")
        if n is None:
            b.store(b.add(self.index[loop], b.i64(1)), slot)

    def _reserve(self, nest, loops):
        """One block for all columns whose number of elements is known at the nest's preheader."""
        if not loops:
            return
        b = self.forward.at_end(nest.preheader)
        if all(int_value_of(p) is not None for _, p in loops):
            total = sum(_aligned(int_value_of(p) * c.width) for l, p in loops for c in self.columns[l])
            if total <= SMALL:
                self._stack_columns(loops)
                return
        total, beyond, place, share = b.i64(0), b.i1(0), b.i64(0), b.i64(0)
        offsets = []
        for l, p in loops:
            width = sum(c.width for c in self.columns[l])
            runs, too_many = self._runs(b, p, width, l is nest)
            beyond = b.or_(beyond, too_many)
            mine = b.mul(runs, b.i64(width))
            most = b.icmp("sgt", mine, share)
            place, share = b.select(most, b.i64(self.place(l)), place), b.select(most, mine, share)
            for c in self.columns[l]:
                offsets.append((c, total))
                total = b.add(total, b.and_(b.add(b.mul(runs, b.i64(c.width)), b.i64(15)), b.i64(-16)))
        own = self.frame.pointer("own")
        self.owned.append(own)
        block = self._take(b, own, total, beyond, place, share)
        for c, offset in offsets:
            c.base = b.gep(I8, block, offset, name="column")
            c.slot = self.frame.slot(PTR, name="column")
            b.store(c.base, c.slot)

    def _runs(self, b, p, width, is_nest):
        """How often a loop runs, and whether `width` bytes for each are more than an i64 counts: by an estimate, since products wrap.

        A bound of an inner loop may be negative; it is skipped then. The nest itself has been entered."""
        n, none = self.emit_poly(b, p), b.i64(0)
        if int_value_of(p) is not None:
            return n, b.i1(int_value_of(p) * width >= MOST)
        estimate, most = self._estimate(b, p), b.f(F64, MOST // width)
        beyond, negative = b.fcmp("ogt", estimate, most), b.icmp("slt", n, none)
        if is_nest:
            return n, b.or_(beyond, negative)
        skipped = b.or_(negative, b.fcmp("olt", estimate, b.fneg(most)))
        return b.select(b.and_(skipped, b.xor(beyond, b.i1(1))), none, n), beyond

    def is_reserved(self, loop):
        return loop in self._reserved

    def place(self, loop):
        """The number by which a refusal names a loop, and the core."""
        return 2 * self.primal.flow.loops.index(loop) + self.primal.merged

    def _stack_columns(self, loops):
        for l, p in loops:
            for c in self.columns[l]:
                c.base = c.slot = self.frame.slot(stored_type(c.value), name="column", count=max(1, int_value_of(p)))
                c.base.align = 8

    def _take(self, b, own, total, beyond, place, share):
        if self._small is None:
            self._small = self.frame.slot(I8, name="small", count=SMALL)
            self._small.align = 16
            self._used = self.frame.counter("used")
        take = declare(self.frame.module, "irad.tape.take", I1, [PTR, PTR, PTR, PTR, PTR, I64, I1, I64, I64])
        block = self.frame.slot(PTR, name="block")
        self.frame.failures.watch(b.call(take, [block, self._small, self._used, own, self.opened(), total, beyond, place, share]))
        return b.load(PTR, block)

    def opened(self):
        """The account, which a tape without heap has not."""
        if self.account is None:
            self.account = self.frame.record("account", ACCOUNT)
        return self.account

    def _grow(self, loop):
        """Make room per entry of the loop, or per iteration."""
        n, module, copy = self.primal.counters[loop].n, self.frame.module, self.copies.saving(loop)
        first = FIRST if self._room_for_first(loop) else 0
        cap = self.frame.slot(I64, module.constant(I64, first), "capacity")
        if n is not None:
            b = copy.at_end(loop.preheader)
            # The count of an inner loop was advanced already.
            need = b.load(I64, self.count[loop]) if loop in self.count else b.add(copy.value(n), b.i64(1))
        else:
            header = copy.block(loop.header)
            at = self.index[loop]
            b = Builder(header, next((k + 1 for k, i in enumerate(header.instructions) if i is at), copy.head_length(header)))
            b.index = max(b.index, copy.head_length(header))
            need = b.add(at, b.i64(1))
        have = b.load(I64, cap)
        room = declare(module, "irad.tape.room", I1, [PTR, PTR, I64, I64, I64])
        width = sum(c.width for c in self.columns[loop])
        self.frame.failures.watch(b.call(room, [self.opened(), cap, need, b.i64(width), b.i64(self.place(loop))]))
        want = b.load(I64, cap)
        for c in self.columns[loop]:
            start = self.frame.slot(stored_type(c.value), name="first", count=first) if first else b.null
            c.slot, own = self.frame.slot(PTR, start, "column"), self.frame.pointer("own")
            self.owned.append(own)
            grow = declare(module, "irad.tape.grow", I1, [PTR, PTR, I64, I64, I64])
            self.frame.failures.watch(b.call(grow, [c.slot, own, have, want, b.i64(c.width)]))
            c.base = b.load(PTR, c.slot)
        if n is None:
            copy.reserve_head(copy.block(loop.header), b.index)

    def _room_for_first(self, loop):
        """May the first elements of this loop's columns live on the stack?"""
        self._first += FIRST * sum(c.width for c in self.columns[loop])
        return self._first <= SMALL

    def _save(self, c, loop):
        """Store the value where it is defined."""
        copy = self.copies.saving(loop)
        v, b = copy.value(c.value), copy.after(c.value, past_head=True)
        stored = b.cast("zext", v, I8) if v.type is I1 else v
        # What was reserved in the forward sweep may not dominate an iteration that runs again.
        base = self.base(b, c) if loop in self._reserved and copy is not self.forward else c.base
        at = b.gep(stored_type(v), base, self.index[loop])
        self.forward.scopes.mark(b.store(stored, at), [("tape",)])
        if self._observer:
            self._observer.note_store(b, c)

    def status(self, b, record):
        """What a core returns that has got no memory; what was refused by the limit stands in `record` then, else zeros."""
        if self.account is None:
            return b.i32(NO_MEMORY)
        for k in range(1, ACCOUNT):
            b.store(b.load(I64, b.gep(I64, self.account, b.i64(k))), b.gep(I64, record, b.i64(k - 1)))
        asked = b.load(I64, b.gep(I64, self.account, b.i64(1)))
        return b.select(b.icmp("eq", asked, b.i64(0)), b.i32(NO_MEMORY), b.i32(TAPE_LIMIT))

    # -- reverse
    def rewind(self, b, loop, n):
        """On entry of the reversed loop: take this entry's executions off the count; gives the index of its first iteration."""
        if self._root(loop) is loop:
            return None
        first = b.sub(b.load(I64, self.count[loop]), b.add(n, b.i64(1)))
        b.store(first, self.count[loop])
        return first

    def load(self, b, column, base, index):
        v = column.value
        x = self.forward.scopes.mark(b.load(stored_type(v), b.gep(stored_type(v), base, index)), [("tape",)])
        return b.cast("trunc", x, I1) if v.type is I1 else x

    def base(self, b, column):
        return column.base if column.slot is column.base else b.load(PTR, column.slot)

    # -- how many
    def _predict(self, nest, known):
        """Note the columns of which each predicted element is stored."""
        for l, p in known:
            for c in self.columns[l]:
                c.is_exact = p is not None and self._is_certain(c.value, nest)
                if self._observer and c.is_exact:
                    b = self.forward.at_end(nest.preheader)
                    runs, _ = self._runs(b, p, c.width, l is nest)
                    self._observer.note_prediction(b, c, b.mul(runs, b.i64(c.width)))

    def _is_certain(self, v, nest):
        """Is v computed in each execution that `executions` counts, the last one too, which may end in the middle? A loop on the way may be
        skipped by its own bound only."""
        graph, loop = self.primal.flow.graph, self.primal.flow.loop(v)
        if self._root(loop) is not nest:
            return False
        at = self.primal.flow.block_of[v]
        while all(graph.dominates(at, b) for b in (loop.latch, *(source for source, _ in loop.exits))):
            if loop is nest:
                return True
            at, loop = guard(self.primal.flow, self.primal.counters, self.affine, loop), loop.parent
        return False

    def predicted(self):
        """[(value, bytes in a call as text, or None where they are not known beforehand)] for all columns; of conditional values, at
        most."""
        out = []
        for l, cs in self.columns.items():
            nest = l.outermost
            p = self.executions(l, nest, nest) if self._root(l) is nest else None
            out += [(c.value.name, None if p is None else ("" if c.is_exact else "at most ") + self._text(p.scale(c.width))) for c in cs]
        return out

    def bytes_of(self, loop):
        """The bytes of a loop's columns in a call, infinity where it is known only when it runs."""
        if not self.columns[loop]:
            return 0
        p = self._known(loop, loop.outermost)
        runs = None if p is None else int_value_of(p)
        return float("inf") if runs is None else runs * sum(c.width for c in self.columns[loop])

    def _text(self, p):
        terms = ["*".join([str(c)] + [self.affine.atoms[a].name for a in m]) for m, c in sorted(p.items())]
        return " + ".join(terms) or "0"

    def _root(self, loop):
        """The outermost loop around `loop` in the same context: the function, or one iteration that is reversed right after it ran, and
        leaves the tape as it was."""
        while loop.parent is not None and not self.plan.turns(loop.parent):
            loop = loop.parent
        return loop

    def _known(self, loop, nest):
        """How often a loop runs, or may run, in the time that its tape is kept, if the preheader of the nest knows it; else None."""
        return constant(self.primal.options.strip) if self.primal.splits.is_block(loop) else self.executions(loop, self._root(loop), nest)

    def executions(self, loop, nest, home):
        """How often the body of `loop` runs during one execution of `nest`: a polynomial of values that the preheader of `home` has, or
        None."""
        total, at = constant(1), loop
        while True:
            n = self.primal.counters[at].n
            if n is None:
                return None
            k = self.affine.number(self.primal.counters[at].k)
            runs = self.affine.poly(n) + constant(1)
            total = runs * total if not any(k in m for m in total) else self._summed(total, k, runs)
            if total is None:
                return None
            if at is nest:
                break
            at = at.parent
        return total if all(self._available(a, home) for m in total for a in m) else None

    def _summed(self, p, k, runs):
        """The sum of p over k = 0 .. runs - 1, for p linear in k and never negative there."""
        slope = {tuple(a for a in m if a != k): c for m, c in p.items() if k in m}
        if any(m.count(k) > 1 for m in p) or set(slope) != {()}:
            return None
        rest, a = Poly({m: c for m, c in p.items() if k not in m}), slope[()]
        last = rest + (runs - constant(1)).scale(a)
        least = rest if a > 0 else last
        if any(m for m in least) or least.get((), 0) < 0:
            return None                                 # where it would be negative the loop is skipped, and the sum is no longer closed
        return rest * runs + (runs * (runs - constant(1))).scale(Fraction(a, 2))

    def _available(self, a, nest):
        return not self.primal.flow.inside(self.affine.atoms[a], nest)

    def _estimate(self, b, p):
        """p as a float64: it does not wrap."""
        total = b.f(F64, 0.0)
        for m, c in sorted(p.items()):
            term = b.f(F64, float(c))
            for a in m:
                term = b.fmul(term, b.cast("sitofp", self.forward.value(self.affine.atoms[a]), F64))
            total = b.fadd(total, term)
        return total

    def emit_poly(self, b, p):
        """IR for p; exact, since p is a whole number."""
        denominator = 1
        for c in p.values():
            denominator = max(denominator, Fraction(c).denominator)
        total = b.i64(0)
        for m, c in sorted(p.items()):
            term = b.i64(int(c * denominator))
            for a in m:
                v = self.forward.value(self.affine.atoms[a])
                term = b.mul(term, v)
            total = b.add(total, term)
        return total if denominator == 1 else b.sdiv(total, b.i64(denominator))


def int_value_of(p):
    if not p:
        return 0
    return int(p[()]) if set(p) == {()} else None


def _aligned(n):
    return (n + 15) // 16 * 16

