"""Is the memory that a load read still the same when the reverse sweep wants it?

Two steps. `clobbered` walks each region once, backwards, with the set of objects written later (linear). `Refined` then asks for each
clobbered load and each later store of the same object, with affine subscripts, whether some execution of the store after the load hits the
same element. The same question for a store gives values that need not be saved, because the primal itself has written them to memory that
stays intact.
"""
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from math import gcd
from operator import or_

from . import effects
from .affine import Poly, constant, feasible, primed
from .objects import PAYLOADS
from .values import accessed, callee, is_copy, is_float, is_inst, is_memset, is_pointer, size_of

QUESTIONS = 10_000


def written(i, objects):
    """The objects that an instruction writes, on a raising path too."""
    if i.opname == "store":
        return objects.anywhere(i.operands[1])
    if is_memset(i) or is_copy(i):
        return objects.behind(objects.anywhere(i.operands[1]))
    if i.opname in ("atomicrmw", "cmpxchg"):
        return objects.of(i.operands[0])
    if callee(i).startswith(PAYLOADS):
        return objects.behind(objects.of(i.operands[1]))
    if i in objects.flow.sites:
        return objects.flow.sites[i].writes(objects)
    if effects.is_effect(i, objects.flow):
        return reduce(or_, map(objects.of, effects.pointers(i)), 0)
    return 0


def read(i, objects):
    """The objects that an instruction reads as data."""
    if i.opname == "load":
        return objects.of(i.operands[0])
    if i in objects.flow.sites:
        return objects.flow.sites[i].reads(objects)
    return objects.across(i)[1] if is_copy(i) else 0


def clobbered(flow, objects, later=0, private=None):
    """{instruction: objects that it reads and that may be written after it, before the reverse comes back to it}: loads, copies, calls.
    `private`: {loop: objects whose contents are made anew before an iteration is reversed, from those blocks on}."""
    private = private or {}
    graph, out = flow.graph, {}
    writes = {loop: 0 for loop in flow.loops}
    for i in flow.instructions():
        bits, loop = written(i, objects), flow.loop(i)
        while bits and loop is not None:
            writes[loop] |= bits
            loop = loop.parent
    for o in objects.all:                               # the buffer of an earlier iteration is gone, or reused
        loop = o.loop
        while loop is not None:
            writes[loop] |= o.bit
            loop = loop.parent

    parts = {loop: [] for loop in (None, *flow.loops)}  # last first: a region's own blocks, and the headers of its child loops
    for b in reversed(flow.order):
        inner = graph.loop_of[b]
        parts[inner].append(b)
        if inner is not None and b is inner.header:
            parts[inner.parent].append(b)

    def region(loop, after):
        """Walk the blocks and child loops of a region backwards; `after`: written after the region."""
        if loop is not None:
            after = (after | writes[loop]) & ~private.get(loop, 0)
        entering = {}                                   # block or child's header -> objects written from its start on

        def beyond(block):
            bits = 0
            for s in graph.successors[block]:
                leaves = loop is not None and (s is loop.header or s not in loop.blocks)
                bits |= after if leaves else entering.get(s, after)
            return bits if graph.successors[block] else after

        for b in parts[loop]:
            inner = graph.loop_of[b]
            if inner is loop:
                bits = beyond(b)
                for i in reversed(b.instructions):
                    lost = read(i, objects) & (bits | written(i, objects) if i in flow.sites else bits)
                    if lost:
                        out[i] = lost
                    bits |= written(i, objects)
                entering[b] = bits
                continue
            bits = 0
            for _, s in inner.exits:
                leaves = loop is not None and (s is loop.header or s not in loop.blocks)
                bits |= after if leaves else entering.get(s, after)
            region(inner, bits)
            entering[b] = bits | writes[inner]

    region(None, later)
    unstable = objects.unstable()
    out.update({i: read(i, objects) for i in flow.instructions() if read(i, objects) & unstable})
    return out


@dataclass(frozen=True)
class Intact:
    """`clobbered`: loads whose memory is gone. `stored`: value -> address from which it can be read back in the reverse.
    `stored_before`: header phi -> (address of this iteration's latch value, bytes to step back)."""
    clobbered: frozenset
    stored: dict
    stored_before: dict


class Refined:
    """Element by element (Fourier-Motzkin). Equal questions are asked once, and QUESTIONS at most: then memory counts as overwritten."""

    def __init__(self, flow, objects, counters, affine, later=0, private=None):
        """`later`: objects that are written after the function has returned. `private`: as for `clobbered`."""
        self._private = private or {}
        self.flow, self.objects, self.counters, self.affine = flow, objects, counters, affine
        self.writers = [(i, written(i, objects)) for i in flow.instructions() if written(i, objects)]
        self._index = {i: k for b in flow.order for k, i in enumerate(b.instructions)}
        self._unstable = objects.unstable() | later | sum(o.bit for o in objects.all if o.loop is not None)
        self._answers = {}
        self._last = {self._key(i): (i, bits) for i, bits in self.writers}      # of equal writers the last one, which follows most

    def solve(self, gone, wanted):
        """Refine `gone`; find stored values among those for which `wanted(store)` holds."""
        # In order, for questions are counted: first of loops; values outside loops are there themselves.
        loads = sorted((i for i in self.flow.instructions() if i in gone), key=lambda i: self.flow.loop(i) is None)
        still = {i for i in loads if not self.flow.loops or i.opname != "load" or self._lost(i, i.operands[0])}
        stored = {}
        for store, _ in self.writers:
            if self.flow.loop(store) is None or store.opname != "store":
                continue
            if is_inst(store.operands[0]) and is_float(store.operands[0]) and wanted(store):
                v, pointer = store.operands
                same_block = self.flow.block_of[v] is self.flow.block_of[store]
                if same_block and v not in stored and not self._lost(store, pointer):
                    stored[v] = pointer
        return Intact(frozenset(still), stored, self._stored_before(stored, still))

    def _lost(self, i, pointer):
        """May the element that `i` accesses be written after it?"""
        bits = self.objects.of(pointer)
        context = self._context(i, bits)
        if context is None and bits & self._unstable:
            return True                                 # the buffer of this iteration may be gone
        found = self.affine.offset(pointer)
        mine = _key_of(found), self.flow.loop(i), _accessed(i), context
        return any(self._answer(mine, i, found, writer, key) for key, (writer, w) in self._last.items() if w & bits)

    def _context(self, i, bits):
        """The loop in whose iteration alone this memory counts, or None."""
        loop = self.flow.loop(i)
        while loop is not None:
            mine = self._private.get(loop, 0)
            if not bits & ~mine and not any(o.loop not in (None, loop) and o.loop.within(loop) for o in self.objects.list(bits)):
                return loop
            loop = loop.parent
        return None

    def _key(self, writer):
        """Writers with the same key touch the same elements."""
        found = self.affine.offset(writer.operands[1]) if writer.opname == "store" else None
        return writer if found is None else (_key_of(found), self.flow.loop(writer), _accessed(writer))

    def _answer(self, mine, i, found, writer, its):
        """`may_hit`, asked once for accesses that are alike."""
        question = mine, its, self._follows(i, writer)
        if question not in self._answers:
            if len(self._answers) >= QUESTIONS:
                return True
            self._answers[question] = self.may_hit(i, found, writer, mine[-1])
        return self._answers[question]

    def may_hit(self, i, found, writer, context=None):
        """May some execution of `writer`, after an execution of `i`, touch the element at `found` = (base, offset) of `i`? With a context,
        in the same iteration of that loop."""
        if context is not None and not self.flow.inside(writer, context):
            return False
        mine, its = self.flow.loops_around(i), self.flow.loops_around(writer)
        common = 0
        while common < min(len(mine), len(its)) and mine[common] is its[common]:
            common += 1
        follows = self._follows(i, writer)
        outer = 0 if context is None else context.depth
        if common <= outer and not follows:
            return False
        other = self.affine.offset(writer.operands[1]) if writer.opname == "store" else None
        if found is None or other is None or found[0] is not other[0]:
            return True
        system = self._same_element(i, found, writer, other)
        if system is None:
            return True
        equalities, bounds = system
        for depth in range(outer, common):
            k = self._counter(mine[depth])
            later = primed(self.affine, k) - k - constant(1)
            if feasible([*equalities, *self._same_iteration(mine[:depth], system)], [*bounds, later]):
                return True
        return follows and feasible([*equalities, *self._same_iteration(mine[:common], system)], bounds)

    def are_distinct(self, accesses, loops):
        """Do these accesses, in memory of one shape, meet only where their subscripts are the same? In each of these loops every one moves
        on by a subscript of its own, those around them being one and the same; so one alone goes to another element in each iteration."""
        found = [self.affine.path(accessed(i)) for i in accesses]
        if None in found:
            return False
        bases, offsets = {base for base, _ in found}, [offset for _, offset in found]
        for strides in [*(self._layouts(*bases) if len(bases) == 1 else ()), None]:
            symbols = sorted(set().union(*map(self.affine.strides_in, offsets))) if strides is None else strides
            parts = [self.affine.subscripts(offset, symbols) for offset in offsets]
            if None in parts or any(self.affine.varies(a) for stride in symbols for a in stride):
                continue
            units = {stride: _unit(*(p.get(stride, Poly()) for p in parts)) for stride in (*symbols, ())}
            both = list(zip(parts, accesses, strict=True))
            known = all(self._separable(p, symbols, units, i) if strides is None else self._by_contract(p, strides, i) for p, i in both)
            if known and all(self._one_to_one(p, loops, _width(i)) for p, i in both):
                return True
        return False

    def _one_to_one(self, subscripts, loops, width):
        """Each counter stands in a subscript of its own."""
        counters = [(self.affine.number(self.counters[l].k),) for l in loops]
        for k in counters:
            mine = [(stride, p[k]) for stride, p in subscripts.items() if k in p]
            if len(mine) != 1 or sum(other in subscripts[mine[0][0]] for other in counters) != 1:
                return False
            if not mine[0][0] and abs(mine[0][1]) < width:
                return False
        return True

    def _follows(self, i, writer):
        """In the same iteration of their common loops, can `writer` run after `i`?"""
        if i is writer:
            return False
        a, b = self.flow.block_of[i], self.flow.block_of[writer]
        if a is b:
            return self._index[i] < self._index[writer]
        return self.flow.graph.position[b] > self.flow.graph.position[a]

    def _counter(self, loop):
        return self.affine.atom(self.counters[loop].k)

    def _same_iteration(self, loops, system):
        """Two executions in the same iteration of these loops see the same counters, and the same values of all that is computed right
        there."""
        atoms = sorted({abs(a) for part in system for p in part for m in p for a in m if self.affine.varies(a)})
        both = [Poly({(a,): 1}) for a in atoms if self.flow.loop(self.affine.atoms[a]) in loops]
        return [p - primed(self.affine, p) for p in both]

    def _same_element(self, i, found, writer, other):
        """(equalities, inequalities) for i and the primed writer accessing one byte, or None: not comparable."""
        affine, (base, mine), its = self.affine, found, other[1]
        for strides in self._layouts(base):
            a, b = affine.subscripts(mine, strides), affine.subscripts(its, strides)
            if a is not None and b is not None and self._by_contract(a, strides, i) and self._by_contract(b, strides, writer):
                return self._system(a, b, i, writer)
        strides = sorted(affine.strides_in(mine) | affine.strides_in(its))
        if any(affine.varies(a) for stride in strides for a in stride):
            return None                                 # two executions, two shapes
        a, b = affine.subscripts(mine, strides), affine.subscripts(its, strides)
        if a is None or b is None:
            return None
        units = {s: _unit(a.get(s, Poly()), b.get(s, Poly())) for s in (*strides, ())}
        if not (self._separable(a, strides, units, i) and self._separable(b, strides, units, writer)):
            return None
        return self._system(a, b, i, writer)

    def _system(self, a, b, i, writer):
        apart = {s: a.get(s, Poly()) - primed(self.affine, b.get(s, Poly())) for s in sorted(set(a) | set(b))}
        bounds = self.affine.bounds(i) + [primed(self.affine, p) for p in self.affine.bounds(writer)]
        mine, its = _width(i), _width(writer)
        if mine == its:
            return list(apart.values()), bounds
        within = apart.pop((), Poly())                  # of two widths: they overlap where neither ends before the other begins
        return list(apart.values()), [*bounds, within + constant(mine - 1), constant(its - 1) - within]

    def _layouts(self, base):
        """Strides of the array behind a base pointer, as it was passed or made: its elements are in bounds, dimension by dimension."""
        known = self.affine.layouts.get(base)
        if known is not None:
            return [known]
        objects = self.objects.list(self.objects.of(base))
        if len(objects) != 1 or objects[0].kind != "allocation" or not is_inst(base, "load"):
            return []
        return self.affine.allocated(objects[0].size)

    def _by_contract(self, subscripts, strides, i):
        """Are these the subscripts that the program wrote, which are in bounds? There is one for every dimension but the innermost (one
        index into a matrix seen flat has none). And none has taken over a part of its neighbour: `x[i, -1]` lies at `(i + 1) * m - 1`, and
        `x[i, j - m]` at `(i - 1) * m + j`, so no subscript may be negative, nor grow beyond an extent that
        the program compares anything with or takes off."""
        if not all(stride in subscripts for stride in strides if stride):
            return False
        bounds, strides = self.affine.bounds(i), sorted({*strides, ()}, key=len)
        if any(feasible([], [*bounds, constant(-1) - subscripts.get(stride, Poly())]) for stride in strides):
            return False
        for inner, outer in pairwise(strides):
            extent = _quotient(outer, inner)
            if extent is None or extent not in self._compared:
                continue
            room = Poly({extent: _width(i)})
            if feasible([], [*bounds, subscripts.get(inner, Poly()) - room]):
                return False
        return True

    @cached_property
    def _compared(self):
        """Monomials that are compared with other than numbers, or taken off something."""
        out = set()
        for i in self.flow.instructions():
            if i.opname == "icmp" and not is_pointer(i.operands[0]):
                distance = self.affine.poly(i.operands[0]) - self.affine.poly(i.operands[1])
                symbols = [m for m in distance if m]
                out.update(symbols if len(symbols) > 1 else ())
            elif i.opname in ("add", "sub", "or", "xor"):
                out.update(m for m, c in self.affine.poly(i).items() if m and c < 0)
        return out

    def _separable(self, subscripts, strides, units, i):
        """For memory of unknown shape: each subscript stays within its own dimension, so that dimensions may be compared one by one.
        `units`: what all subscripts of a dimension are multiples of, in bytes, the same for both accesses."""
        strides = sorted({*strides, ()}, key=len)
        bounds = self.affine.bounds(i)
        for inner, outer in pairwise(strides):
            extent = _quotient(outer, inner)
            if extent is None or len(extent) != 1 or not units[outer] or (inner and units[outer] % units[inner]):
                return False
            sub, room = subscripts.get(inner, Poly()), Poly({extent: units[outer]})
            if sub and (feasible([], [*bounds, constant(-1) - sub]) or feasible([], [*bounds, sub - room])):
                return False
        return True

    def _stored_before(self, stored, still):
        """Header phis whose latch value is in memory (LLVM forwards x[i-1] from the store before): one step back from that address."""
        out = {}
        for loop, c in self.counters.items():
            for phi in self.flow.phis(loop.header):
                value, start = self.flow.incoming(phi, loop.latch), self.flow.incoming(phi, loop.preheader)
                if not is_float(phi) or value not in stored or self.flow.loop(value) is not loop:
                    continue
                if not is_inst(start, "load") or start in still:
                    continue
                here, first = self.affine.offset(stored[value]), self.affine.offset(start.operands[0])
                if here is None or first is None or here[0] is not first[0]:
                    continue
                step = here[1].get((self.affine.number(c.k),), 0)
                others = [m for m in here[1] if self.affine.number(c.k) in m and len(m) > 1]
                before = here[1] - self.affine.atom(c.k).scale(step) - constant(step)
                if step and not others and before == first[1]:
                    out[phi] = (stored[value], step)
        return out


def _key_of(found):
    """A base and an offset, as a key; None where they are not known."""
    return None if found is None else (found[0], frozenset(found[1].items()))


def _quotient(outer, inner):
    """What one stride is of another, as a monomial; None if it does not divide it."""
    rest = list(outer)
    for a in inner:
        if a not in rest:
            return None
        rest.remove(a)
    return tuple(rest)


def _accessed(access):
    """The type of a load's or store's value, as text."""
    return str(access.type if access.opname == "load" else access.operands[0].type)


def _width(access):
    """The bytes of a load or store."""
    return size_of(_accessed(access))


def _unit(*subscripts):
    """The greatest common divisor of all coefficients."""
    return gcd(*(c for p in subscripts for c in p.values()))
