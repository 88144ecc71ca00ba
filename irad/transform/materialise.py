"""A value of the primal in the reverse sweep: at the reverse of its use, once per reverse block.

A value of an outer scope that is used inside a reversed loop is materialised in that loop's preamble: its definition dominates the loop's
header, so it has been computed whenever the reversed loop is entered. Recomputed operations lose their poison flags: they were justified
where the primal ran.
"""
from ..analysis.flow import I8, I64, PTR
from ..analysis.values import POISON, callee, int_value, is_constant, is_inst, is_pointer
from ..ir.build import declare
from ..ir.clone import clone_inst
from ..plan import slots
from ..plan.plan import Where
from .scopes import primal_keys


class Materialise:
    """`value(v, at)`: v in the reverse block `at`."""

    def __init__(self, derivation, frame, copies, tape, reverse):
        self.d, self.frame, self.copies, self.tape, self.reverse = derivation, frame, copies, tape, reverse
        firsts = slots.shared(derivation.flow, derivation.plan.kept)
        made = {v: frame.slot(v.type, name="kept") for v in dict.fromkeys(firsts.values())}
        self.kept = {v: made[first] for v, first in firsts.items()}
        self.lazy = {}                                  # virtual call -> slot of the shadow
        self._memories = {}
        self._residents = {}                            # place -> what has its home there, operands first
        for v, node in reversed(derivation.plan.homes.items()):
            self._residents.setdefault(node, []).append(v)

    def emit_kept(self):
        """Store what is kept where it is defined."""
        for v, slot in self.kept.items():
            copy = self.copies.of(v)
            copy.after(v).store(copy.value(v), slot)

    def value(self, v, at):
        if is_constant(v):
            return v
        where = self.d.plan.where(v)
        if where is Where.SELF:
            return self.copies.of(v).value(v) if is_inst(v) else self.copies.forward.value(v)
        todo = [v]                                      # not by recursion: a chain of operands may be thousands long
        while todo:
            x = todo[-1]
            missing = [] if x in at.memo else self._missing(x, at)
            if not missing:
                todo.pop()
                self._make(x, at)
            todo += reversed(missing)
        return at.memo[v]

    def _make(self, v, at):
        if v not in at.memo:
            at.memo[v] = self._emit(v, self.d.plan.where(v), at)
            self._observe(v, at)

    def _missing(self, v, at):
        """The operands that must be computed again before v is."""
        if self.d.plan.where(v) is not Where.RECOMPUTE or self._is_from_outside(v, at) or self._home(v, at) is not at:
            return []
        return [o for o in v.operands if is_inst(o) and o not in at.memo and self.d.plan.where(o) is not Where.SELF]

    def _is_from_outside(self, v, at):
        scope, loop = self.d.flow.loop(v), at.loop
        if self.d.plan.where(v) is Where.LAZY and not (loop is not None and loop.within(scope)):
            return False                                # the shadow of what a loop has left behind
        return not any(scope is x for x in at.inside) and loop not in self.d.fused

    def _home(self, v, at):
        """Where v is computed for all of the iteration: another block than `at`, which comes before it, or `at` itself."""
        node = self.d.plan.homes.get(v)
        return at if node is None or at.node is None or node is at.node else self.reverse.place(node)

    def settle(self, at):
        """Compute what has its home in this block, before anything else stands in it."""
        for v in self._residents.get(at.node, ()):
            self.value(v, at)

    def _emit(self, v, where, at):
        scope, b = self.d.flow.loop(v), at.b
        if self._is_from_outside(v, at):
            outer = at.loop
            while outer.parent is not scope and outer.parent not in self.d.fused:
                outer = outer.parent
            return self.value(v, self.reverse.preamble(outer))
        home = self._home(v, at)
        if home is not at:
            return self.value(v, home)
        match where:
            case Where.KEPT:
                return b.load(v.type, self.kept[v])
            case Where.COUNTER:
                return b.load(I64, self.reverse.counter_slot(scope))
            case Where.INDUCTION:
                return self._induction(v, scope, at)
            case Where.ROTATION:
                return b.load(v.type, self.reverse.rotation_slots(scope)[v])
            case Where.COLUMN:
                return self._column(v, scope, at)
            case Where.RELOAD:
                pointer = self.d.intact.stored[v]
                return self._load(v, pointer, self.value(pointer, at), b)
            case Where.BEFORE:
                pointer, step = self.d.intact.stored_before[v]
                return self._load(v, pointer, b.gep(I8, self.value(pointer, at), b.i64(-step)), b)
            case Where.LAZY:
                return self._lazy(v, at)
        return self._again(v, at)

    def _load(self, v, pointer, address, b):
        return self.d.scopes.mark(b.load(v.type, address), primal_keys(self.d.objects, pointer))

    def _induction(self, v, scope, at):
        c, b = self.d.counters[scope], at.b
        iv = c.ivs[v]
        start, k = self.value(iv.start, at), self.value(c.k, at)
        distance = k if iv.step == 1 else b.mul(k, b.i64(iv.step))
        if is_pointer(v):
            return b.gep(I8, start, distance)
        if v.type is not I64:
            distance = b.cast("trunc" if v.type.width < 64 else "sext", distance, v.type)
        return distance if int_value(start) == 0 else b.add(start, distance)

    def _column(self, v, scope, at):
        column, memo = self.tape.of[v], at.memo
        home = self.reverse.preamble(scope) if at.begin is None else at.begin
        if ("base", v) not in home.memo:
            home.memo["base", v] = self.tape.base(home.b, column)
        if ("at", scope) not in memo:
            k = self.value(self.d.counters[scope].k, at)
            first = home.memo.get(("first", scope))
            memo["at", scope] = k if first is None else at.b.add(first, k)
        return self.tape.load(at.b, column, home.memo["base", v], memo["at", scope])

    def _observe(self, v, at):
        observer, scope = self.d.observer, self.d.flow.loop(v)
        if observer is not None and v in observer.witnessed and scope is at.loop:
            observer.compare(v, at.memo[v], self._column(v, scope, at), at.b)

    def _lazy(self, v, at):
        size = self.value(v.operands[1], at)
        if (memory := self._memory_of(v)) is not None:
            make = declare(self.frame.module, "irad.shadow.lazy.here", PTR, [PTR, PTR, I64])
            return at.b.call(make, [memory, self.lazy_slot(v), size])
        make = declare(self.frame.module, "irad.shadow.lazy", PTR, [PTR, I64])
        return self.frame.failures.watch(at.b.call(make, [self.lazy_slot(v), size]))

    def _memory_of(self, v):
        """A slot for a shadow of small constant size, or None."""
        if v not in self._memories:
            self._memories[v] = self.frame.memory(int_value(v.operands[1]))
        return self._memories[v]

    def is_owned(self, v):
        """Is a shadow made at its first use to be given back?"""
        return self._memory_of(v) is None

    def lazy_slot(self, v):
        if v not in self.lazy:
            self.lazy[v] = self.frame.pointer("lazy")
        return self.lazy[v]

    def _again(self, v, at):
        values = {}
        for k, o in enumerate(v.operands):
            if is_inst(o) or not (is_constant(o) or (k == 0 and callee(v))):
                values[o] = self.value(o, at)
        i = clone_inst(v, at.block, values)
        i.flags = [f for f in i.flags if f not in POISON]
        i.metadata = {}
        if i.opname == "load":
            self.d.scopes.mark(i, primal_keys(self.d.objects, v.operands[0]))
        return i


