"""The reverse of a stencil loop in gather form: every element of a shadow gets the sum of all that is added to it, once.

For a group of loads at distances o_1 < ... < o_m (in iterations), with adjoint contributions g_j(k) to the element k + o_j:

    main     e = o_m .. n + o_1:      sh[e] += g_1(e - o_1) + ... + g_m(e - o_m)
    ends     for each j, the iterations k that the main loop leaves out: sh[k + o_j] += g_j(k)
    rest     k = 0 .. n: all other adjoints of the iteration, and the clearing of the seeds

Each part computes what it needs of iteration k anew, from k alone: iterations are independent (analysis/stencil.py), and the plan takes
nothing from one to the next. All parts run upwards.
"""
from dataclasses import dataclass, field

from ..analysis.flow import I64
from ..ir.build import Builder, new_block
from ..plan.plan import Where
from .adjoints import SUM
from .frame import ReverseBlock


@dataclass
class Part:
    """What a part of the reverse does: `terms` are the loads whose contributions it collects; `rest`: everything but gathered loads."""
    gathered: frozenset
    terms: tuple = ()
    rest: bool = False
    collected: list = field(default_factory=list)


def is_free_of_order(plan, loop):
    """Can any iteration of the reversed loop be entered on its own?"""
    flow = plan.primal.flow
    return all(plan.where(v) is not Where.ROTATION for v in plan.used if flow.loop(v) is loop)


class Gather:
    """Emits the parts of one loop, from `entry` (where the loop's counter holds n) to `after`."""

    def __init__(self, reverse, loop, groups):
        self.reverse, self.loop, self.groups = reverse, loop, groups
        self.frame, self.d = reverse.frame, reverse.d
        self.k = self.d.counters[loop].k
        self.gathered = frozenset(i for g in groups for i in g.loads)

    def emit(self, entry, after):
        b = Builder(entry)
        n = b.load(I64, self.reverse.counter_slot(self.loop), name="n")
        for group in self.groups:
            b = self._group(b, group, n)
        b = self._sweep(b, b.i64(0), n, lambda rb: self._part(rb, self._at(rb, rb.memo[self.k]), Part(self.gathered, rest=True)))
        b.br(after)

    def _group(self, b, group, n):
        first, last = group.distances[0], group.distances[-1]
        b = self._sweep(b, b.i64(last), b.add(n, b.i64(first)), lambda rb: self._main(rb, group))
        for o, loads in group.members:
            def one(rb, loads=loads):
                self._end(rb, loads)
            if o != last:
                b = self._sweep(b, b.i64(0), self._least(b, b.i64(last - o - 1), n), one)
            if o != first:
                start = self._most(b, b.add(n, b.i64(first - o + 1)), b.i64(last - o))
                b = self._sweep(b, start, n, one)
        return b

    def _least(self, b, x, y):
        return b.select(b.icmp("slt", x, y), x, y)

    def _most(self, b, x, y):
        return b.select(b.icmp("sgt", x, y), x, y)

    def _sweep(self, b, low, high, body):
        """for k = low .. high: body. Gives a builder behind the loop."""
        before, header = b.block, new_block(self.frame.function, f"gather.{self.loop.header.name}")
        after = new_block(self.frame.function, f"gathered.{self.loop.header.name}")
        b.br(header)
        h = Builder(header)
        k = h.phi(I64, [(low, before)], name="k")
        rb = ReverseBlock(self.frame, f"G.{self.loop.header.name}", self.loop)
        h.cbr(h.icmp("sle", k, high), rb.block, after)
        rb.memo[self.k] = k
        body(rb)
        k.operands.append(rb.b.add(k, rb.b.i64(1), flags=("nsw",)))
        k.blocks.append(rb.block)
        rb.b.br(header)
        return Builder(after)

    def _at(self, rb, k):
        """The same block, seen from iteration k."""
        view = rb.view()
        view.memo[self.k] = k
        return view

    def _part(self, rb, view, part):
        view.part = part
        self.reverse.emit_adjoints(self.loop.header, view)
        return part.collected

    def _main(self, rb, group):
        b, e, terms, where = rb.b, rb.memo[self.k], [], None
        for o, loads in group.members:
            view = self._at(rb, b.sub(e, b.i64(o)))
            terms += self._part(rb, view, Part(self.gathered, loads))
            where = where or (loads[0], view)
        self._add(rb, where[0], where[1], terms)

    def _end(self, rb, loads):
        view = self._at(rb, rb.memo[self.k])
        self._add(rb, loads[0], view, self._part(rb, view, Part(self.gathered, loads)))

    def _add(self, rb, load, view, terms):
        """sh[e] += the terms."""
        if not terms:
            return
        b, pointer = rb.b, load.operands[0]
        shadow = self.reverse.values.value(self.d.shadows.of[pointer], view)
        total = self.reverse.adjoints.mark(b.load(load.type, shadow, align=load.align), pointer)
        for t in terms:
            total = b.fadd(total, t, flags=SUM)
        self.reverse.adjoints.mark(b.store(total, shadow, align=load.align), pointer)
