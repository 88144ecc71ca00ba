"""The reverse of a stencil nest in gather form: every element of a shadow gets the sum of all that is added to it, once.

For a group of loads at distances o_1, ..., o_m (in iterations, a number for each loop), with adjoint contributions g_j(k) to the element
k + o_j, elements are swept in boxes, in each of which the same distances have an iteration (boxes.py):

    for e in box:  sh[e] += g_1(e - o_1) + ... + g_m(e - o_m)       where all have one, in the middle; at the ends, those that do
    for k:         all other adjoints of the iteration, and the clearing of the seeds

Each sweep computes what it needs of iteration k anew, from k alone: iterations are independent (analysis/stencil.py), and the plan takes
nothing from one to the next. All sweeps run upwards. A nest that has fewer iterations than the distances lie apart is reversed as it is.

Where shadows are handed over from step to step (analysis/handover.py), sums are stored in all steps but the first, for what is in their
place counts as zero; and seeds are cleared in the last one only.
"""
import itertools
from dataclasses import dataclass, field

from ..analysis.flow import I64
from ..analysis.values import is_inst
from ..ir.build import Builder, new_block
from ..plan.plan import Where
from . import boxes
from .adjoints import SUM
from .frame import ReverseBlock


@dataclass
class Part:
    """What a part of the reverse does: `terms` are the loads whose contributions it collects; `rest`: everything but gathered loads.
    `kept`: a store whose seed is not cleared."""
    gathered: frozenset
    terms: tuple = ()
    rest: bool = False
    kept: object = None
    collected: dict = field(default_factory=dict)


def is_free_of_order(plan, nest, counters):
    """Can any iteration of the reversed nest be entered on its own, and is the size of the nest known before?"""
    flow = plan.primal.flow
    if any(plan.where(v) is Where.ROTATION for v in plan.used if flow.inside(v, nest.outer)):
        return False
    todo, seen = [v for v, _ in nest.enters] + [counters[l].n for l in nest.loops[1:]], set()
    while todo:
        v = todo.pop()
        if v in seen or not flow.inside(v, nest.outer):
            continue
        if plan.where(v) is not Where.RECOMPUTE:
            return False
        seen.add(v)
        todo += [o for o in v.operands if is_inst(o)]
    return True


class Gather:
    """Emits the parts of one nest. `block`: where the reverse of the nest begins, with the outermost counter at its n."""

    def __init__(self, reverse, stencil):
        self.reverse, self.stencil, self.nest = reverse, stencil, stencil.nest
        self.frame, self.d = reverse.frame, reverse.d
        self.ks = [self.d.counters[l].k for l in self.nest.loops]
        self.rows = {}                                  # loop -> where its rows of the tape begin
        self.gathered = frozenset(i for g in stencil.groups for i in g.loads)
        self.entry = None                               # what all parts find before them
        self.entry = self._inside(f"gather.{self.nest.block.name}")
        self.block = self.entry.block

    def _inside(self, name):
        """A block that computes what belongs to any loop of the nest itself."""
        return ReverseBlock(self.frame, name, self.nest.inner, inside=self.nest.loops, begin=self.entry)

    def emit(self, after):
        values, module = self.reverse.values, self.frame.module
        for value, code in self.nest.enters:
            v, onward = values.value(value, self.entry), new_block(self.frame.function, "entered")
            self.entry.b.cbr(self.entry.b.icmp("eq", v, module.constant(v.type, code)), onward, after)
            self.entry.block, self.entry.b = onward, Builder(onward)
        b = self.entry.b
        self.extents = [b.load(I64, self.reverse.counter_slot(self.nest.outer), name="n")]
        self.extents += [values.value(self.d.counters[l].n, self.entry) for l in self.nest.loops[1:]]
        self.all = [(b.i64(0), b.add(n, b.i64(1), flags=("nsw",))) for n in self.extents]
        self._rewind()
        self._by_turns(self._is_wide(), self._gather, lambda: self._sweep(self.all, self._as_it_is))
        self.entry.b.br(after)

    def _rewind(self):
        """Where the rows of each loop begin on the tape. Iterations of an inner loop follow each other through all of the nest."""
        b, tape, runs = self.entry.b, self.reverse.tape, None
        for loop, n in zip(self.nest.loops, self.extents, strict=True):
            count = b.add(n, b.i64(1))
            runs = count if runs is None else b.mul(runs, count)
            if not tape.columns[loop]:
                continue
            if loop is self.nest.outer:
                self.rows[loop] = self.reverse.preamble(loop).memo.get(("first", loop))
            else:
                self.rows[loop] = tape.rewind(b, loop, b.sub(runs, b.i64(1)))
            for column in tape.columns[loop]:
                self.entry.memo["base", column.value] = tape.base(b, column)

    def _is_wide(self):
        b, wide = self.entry.b, None
        for d, n in enumerate(self.extents):
            least = max(g.last[d] - g.first[d] for g in self.stencil.groups)
            here = b.icmp("sge", n, b.i64(least))
            wide = here if wide is None else b.and_(wide, here)
        return wide

    def _gather(self):
        handover = self.stencil.handover
        first = None if handover is None else self._is_first(handover.loop)
        for group in self.stencil.groups:
            at = group.first if handover is None else handover.at
            for found in itertools.product(*(boxes.strips({o[d] for o, _ in group.members}, x) for d, x in enumerate(at))):
                self._box(group, found, first)
        self._sweep(self.all, lambda rb: self._rest(rb, handover and handover.store))
        if handover is not None:
            self._clear_at_last(handover.loop)

    # -- loops
    def _sweep(self, box, body):
        """`body(rb)` for all iterations of the box, where the block `rb` sees their counters."""
        self.entry.b = boxes.sweep(self.entry.b, box, self.nest.block.name, lambda b, counters: self._one(b, counters, body))

    def _one(self, b, counters, body):
        rb = self._inside(f"G.{self.nest.block.name}")
        b.br(rb.block)
        self._see(rb, counters)
        body(rb)
        return rb.b

    def _see(self, rb, counters):
        rb.memo.update(zip(self.ks, counters, strict=True))
        b, row = rb.b, None
        for loop, n, k in zip(self.nest.loops, self.extents, counters, strict=True):
            row = k if row is None else b.add(b.mul(row, b.add(n, b.i64(1))), k)
            if loop in self.rows:
                first = self.rows[loop]
                rb.memo["at", loop] = row if first is None else b.add(first, row)

    def _at(self, rb, counters):
        """The same block, seen from another iteration."""
        view = rb.view()
        self._see(view, counters)
        return view

    def _counters(self, rb):
        return [rb.memo[k] for k in self.ks]

    def _part(self, view, part):
        view.part = part
        self.reverse.emit_adjoints(self.nest.block, view)
        return {} if part is None else part.collected

    # -- sweeps
    def _box(self, group, strips, first):
        """One box of elements. `first`: is it the first step that hands shadows over; None if none does."""
        members = [(o, loads) for o, loads in group.members if all(x in s.offsets for x, s in zip(o, strips, strict=True))]
        box = [s.bounds(self.entry.b, n) for s, n in zip(strips, self.extents, strict=True)]
        given = first is not None and all(s.given for s in strips)

        def emit(mode):
            self._sweep(box, lambda rb: self._sum(rb, group, members, mode))
        if not given:
            if members:
                emit(None)
        elif all(s.is_middle for s in strips):          # a branch around the loop, or none of both would vectorise
            self._by_turns(first, lambda: emit(None), lambda: emit(False))
        else:
            emit(first)

    def _sum(self, rb, group, members, first):
        """sh[e] += the contributions; what is there counts only if it is the `first` step (a value, True or False; None: always)."""
        b, counters = rb.b, self._counters(rb)
        o, loads = (members or group.members)[0]
        where = self._at(rb, [self._minus(b, e, x) for e, x in zip(counters, o, strict=True)])
        pointer = loads[0].operands[0]
        shadow = self.reverse.values.value(self.d.shadows.of[pointer], where)
        terms = []
        for o, loads in members:
            view = self._at(rb, [self._minus(b, e, x) for e, x in zip(counters, o, strict=True)])
            terms += self._part(view, Part(self.gathered, loads)).values()
        if first is not False:
            old = self.reverse.adjoints.mark(b.load(loads[0].type, shadow, align=loads[0].align), pointer)
            terms.insert(0, old if first is None else b.select(first, old, b.f(old.type, -0.0)))
        total = terms[0] if terms else b.f(loads[0].type, 0.0)
        for t in terms[1:]:
            total = b.fadd(total, t, flags=SUM)
        self.reverse.adjoints.mark(b.store(total, shadow, align=loads[0].align), pointer)

    def _minus(self, b, e, x):
        return b.sub(e, b.i64(x)) if x else e

    def _rest(self, rb, kept):
        self._part(self._at(rb, self._counters(rb)), Part(self.gathered, rest=True, kept=kept))

    def _as_it_is(self, rb):
        self._part(self._at(rb, self._counters(rb)), None)

    # -- handing over
    def _is_first(self, loop):
        """Is this the first step that is reversed? A slot tells, which the preamble of the loop of steps sets."""
        slot = self.frame.slot(I64, name="handed")
        before = self.reverse.preamble(loop).b
        before.store(before.i64(0), slot)
        b = self.entry.b
        first = b.icmp("eq", b.load(I64, slot), b.i64(0))
        b.store(b.i64(1), slot)
        return first

    def _by_turns(self, condition, one, other):
        """Emit both, each in a branch of its own."""
        join = new_block(self.frame.function, "turns")
        sides = new_block(self.frame.function, "turn"), new_block(self.frame.function, "turn")
        self.entry.b.cbr(condition, *sides)
        for side, emit in zip(sides, (one, other), strict=True):
            self.entry.b = Builder(side)
            emit()
            self.entry.b.br(join)
        self.entry.b = Builder(join)

    def _clear_at_last(self, loop):
        b = self.entry.b
        last = b.icmp("eq", b.load(I64, self.reverse.counter_slot(loop)), b.i64(0))
        self._by_turns(last, lambda: self._sweep(self.all, self._clear), lambda: None)

    def _clear(self, rb):
        store = self.stencil.handover.store
        value, pointer = store.operands
        shadow = self.reverse.values.value(self.d.shadows.of[pointer], rb)
        self.reverse.adjoints.mark(rb.b.store(rb.b.f(value.type, 0.0), shadow, align=store.align), pointer)

