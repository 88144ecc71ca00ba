"""The adjoint of one instruction: what R(b) does for it.

    v = op(x, y)         d = take(v);  x += d * partial;  y += d * partial                (a row of the rule table)
    v = load p           d = take(v);  sh(p) += d
    store v, p           d = sh(p);  sh(p) = 0;  v += d
    memset p             sh(p) = 0 over the range
    memcpy q -> p        sh(q) += sh(p);  sh(p) = 0
    v = select c, x, y   the side that was selected

Sums of adjoints carry `reassoc nsz contract`: their order is irad's to choose. Partials carry the flags of the user's operation.
"""
from ..analysis.flow import I1, I8, I64, PTR, VOID
from ..analysis.speculated import speculated
from ..analysis.values import callee, is_constant, is_copy, is_float, is_memset, size_of
from ..errors import Refusal
from ..ir.build import declare
from ..plan.needs import operand_names
from ..rules import registry
from . import pieces
from .scopes import shadow_keys

SUM = ("reassoc", "nsz", "contract")
FAST = frozenset(("fast", "nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc"))


class Adjoints:
    """Slots of adjoints, and the emission for each kind of instruction."""

    def __init__(self, derivation, frame, materialise, calls):
        self.d, self.frame, self.values, self.calls = derivation, frame, materialise, calls
        self.slots = {}
        self._speculated = speculated(derivation.flow, derivation.users)
        self._local = self._find_local()

    # -- adjoints of SSA values
    def _find_local(self):
        """Values all of whose uses lie in their own block: their adjoint never leaves R of that block."""
        flow, out = self.d.flow, set()
        for i in flow.instructions():
            if i.opname != "phi" and self.d.activity.is_active(i):
                uses = self.d.users.get(i, ())
                if all(u.opname != "phi" and flow.block_of[u] is flow.block_of[i] for u in uses):
                    out.add(i)
        return out

    def slot(self, v):
        """-0.0, the zero that adds away: x + -0.0 is x under strict rules."""
        if v not in self.slots:
            self.slots[v] = self.frame.slot(v.type, self.frame.module.constant(v.type, -0.0), "d")
        return self.slots[v]

    def take(self, v, rb):
        """Read and clear an adjoint; None if nothing has been added in this block and nothing can come from elsewhere."""
        if v in self._local:
            return rb.adjoints.pop(v, None)
        d = rb.b.load(v.type, self.slot(v))
        rb.b.store(rb.b.f(v.type, -0.0), self.slot(v))
        return d

    def add(self, v, d, rb):
        if not self.d.activity.is_active(v):
            return
        b = rb.b
        if v in self._local and rb.adjoints is not None:
            before = rb.adjoints.get(v)
            rb.adjoints[v] = d if before is None else b.fadd(before, d, flags=SUM)
            return
        if rb.part is not None and not rb.part.rest:
            return                                      # added once, by the part that does the rest
        slot = self.slot(v)
        b.store(b.fadd(b.load(v.type, slot), d, flags=SUM), slot)

    # -- instructions
    def emit(self, i, rb):
        if self.d.work.is_seed(i):
            self.add(i.operands[0], rb.b.f(i.operands[0].type, 1.0), rb)
        elif i.opname == "store":
            self._store(i, rb)
        elif is_memset(i):
            self._clear(i, rb, i.operands[1], i.operands[3])
        elif is_copy(i):
            self._copy(i, rb)
        elif i in self.d.flow.sites:
            self.calls.emit_reverse(i, self, rb)
        else:
            d = self.take(i, rb)
            if d is not None:
                self._value(i, d, rb)

    def _value(self, i, d, rb):
        if i.opname == "load":
            self._load(i, d, rb)
        elif i.opname == "select":
            self._select(i, d, rb)
        else:
            self._rule(i, d, rb)

    def _shadow(self, pointer, rb):
        return self.values.value(self.d.shadows.of[pointer], rb)

    def mark(self, i, pointer):
        return self.d.scopes.mark(i, shadow_keys(self.d.objects, pointer))

    def _store(self, i, rb):
        value, pointer = i.operands
        b, shadow = rb.b, self._shadow(pointer, rb)
        if not is_float(value):                         # float zeros, stored as an integer
            found = self.d.layouts.cleared(i)
            if found is None:
                self.mark(b.store(value, shadow, align=i.align), pointer)
            else:
                pieces.clear(b, self.frame.module, lambda x: self.mark(x, pointer), found, shadow, b.i64(size_of(value.type)))
            return
        d = self.mark(b.load(value.type, shadow, align=i.align), pointer)
        if rb.part is None or (rb.part.rest and rb.part.kept is not i):
            self.mark(b.store(b.f(value.type, 0.0), shadow, align=i.align), pointer)
        self.add(value, d, rb)

    def _load(self, i, d, rb):
        b, pointer, part = rb.b, i.operands[0], rb.part
        if part is not None and (i in part.gathered or not part.rest):
            if any(i is t for t in part.terms):
                part.collected[i] = d
            return
        shadow = self._shadow(pointer, rb)
        old = self.mark(b.load(i.type, shadow, align=i.align), pointer)
        self.mark(b.store(b.fadd(old, d, flags=SUM), shadow, align=i.align), pointer)

    def _clear(self, i, rb, pointer, length):
        b = rb.b
        n, shadow, found = self.values.value(length, rb), self._shadow(pointer, rb), self.d.layouts.cleared(i)
        if found is not None:
            pieces.clear(b, self.frame.module, lambda x: self.mark(x, pointer), found, shadow, n)
            return
        clear = declare(self.frame.module, "llvm.memset.p0.i64", VOID, [PTR, I8, I64, I1])
        self.mark(b.call(clear, [shadow, b.i8(0), n, b.i1(0)]), pointer)

    def _copy(self, i, rb):
        target, source, length = i.operands[1:4]
        if not self.d.work.reads_active(i):
            self._clear(i, rb, target, length)
            return
        b, module, found = rb.b, self.frame.module, self.d.layouts.pieces(i)
        n, kind = self.values.value(length, rb), "move" if callee(i).startswith("llvm.memmove") else "copy"
        to, of = self._shadow(target, rb), self._shadow(source, rb)
        if pieces.is_whole(found):
            b.call(declare(module, f"irad.{kind}.adjoint.{found[0].type}", VOID, [PTR, PTR, I64]), [to, of, n])
            return
        if kind == "move":
            raise Refusal("a copy between records that may overlap", i, "", "copy record by record")
        pieces.move(b, module, found, to, of, n)

    def _select(self, i, d, rb):
        condition, x, y = i.operands
        c, zero = self.values.value(condition, rb), rb.b.f(i.type, -0.0)
        if self.d.activity.is_active(x):
            self.add(x, rb.b.select(c, d, zero), rb)
        if self.d.activity.is_active(y):
            self.add(y, rb.b.select(c, zero, d), rb)

    def _rule(self, i, d, rb):
        twins = self.d.twins.get(i, {})
        rule, names = registry.rule_of(i), {**operand_names(i), **twins}
        rb.b.flags = tuple(f for f in i.flags if f in FAST)
        guarded = self.d.strong_zero or i in self._speculated
        for k, operand in enumerate(registry.values_of(i)):
            partial = rule.partials[k]
            if partial is None or not self.d.activity.is_active(operand):
                continue
            guard = guarded and not all(is_constant(names[n]) for n in partial.names)
            got = partial.emit(rb.b, lambda name: d if name == "d" else self.values.value(names[name], rb), operand.type, guard, twins)
            self.add(operand, got, rb)
        rb.b.flags = ()
