"""The derived function in forward mode: the primal, copied, and behind each active instruction its tangent.

    i32 core(ptr result, ptr excinfo, <the primal's arguments>, <a tangent per active float>, <a pointer per shadow> [, ptr result.tangent])

    v = op(x, y)         dv = partial_x with d := dx  +  partial_y with d := dy            (a row of the rule table)
    v = phi, select      of the tangents
    v = load p           dv = load sh(p)
    store v, p           store dv, sh(p)
    memset p             sh(p) = 0 over the range
    memcpy q -> p        sh(q) -> sh(p)

What carries no derivative has tangent zero. The result is memory like any other; the caller passes its shadow, zeroed. Where LLVM computes
a value in vain (analysis/speculated.py) no guard is needed: its tangent, NaN or not, is not used either.
"""
from ..analysis.flow import I1, I8, I32, I64, PTR, VOID
from ..analysis.inner import RESULT
from ..analysis.values import is_constant, is_copy, is_memset
from ..ir.build import Builder, declare, new_block
from ..ir.inst import Call
from ..plan.needs import operand_names
from ..rules import registry
from . import signature
from .adjoints import FAST
from .copy import Copies
from .core import NAME
from .forward import Forward
from .frame import Frame
from .onstack import room
from .ownership import Ownership
from .returned import Returned
from .runtime import NO_MEMORY
from .scopes import shadow_keys


def emit(d, name=NAME):
    """Emit the core of a derivation into its module; gives the new function."""
    numbers = [(a.type, f"{a.name}.tangent", None) for a in d.active_arguments]
    result = [(PTR, "result.tangent", d.result_tangent)] if d.result_tangent is not None else []
    function, arguments = signature.declare(d, name, numbers + signature.shadows(d) + result)
    given = function.args[len(d.flow.function.args):][:len(numbers)]
    frame = Frame(function, room(d))
    forward = Forward(d, frame, arguments)
    Tangents(d, forward, dict(zip(d.active_arguments, given, strict=True))).emit()
    ownership = Ownership(frame, Copies(d.flow, forward, {}), d.flow)
    ownership.births(d.objects, d.shadows)
    forward.clear_stack(d.shadows.stack.values())
    done = Builder(new_block(function, "done"))
    Returned(d, frame, forward).emit(done, ownership, function.args[0], function.args[-1])
    ownership.release(done)
    done.ret(done.i32(0))

    def give_up(b):
        ownership.release(b)
        return b.i32(NO_MEMORY)
    forward.finish(ownership.release, done.block)
    frame.begin(forward.block(d.flow.entry))
    frame.failures.emit(give_up)
    return function


class Tangents:
    """`of`: {active value: its tangent in the new function}."""

    def __init__(self, derivation, forward, of):
        self.d, self.forward, self.of = derivation, forward, of

    def emit(self):
        """Block by block, dominators first: so the tangents of all operands are there, but for those of phis, which come last."""
        flow = self.d.flow
        for b in flow.order:
            self._block(b)
        for b in flow.order:
            for phi in filter(self.d.work.merges, flow.phis(b)):
                self.of[phi].operands = [self.value(v) for v in phi.operands]

    def _block(self, b):
        new = self.forward.block(b)
        copies, new.instructions = new.instructions, []
        at = Builder(new)
        for copy in copies:
            new.instructions.append(copy)
            i = self.forward.origin(copy)
            if self.d.work.merges(i):
                self.of[i] = at.emit("phi", i.type, [], copy.blocks, name=f"{i.name}.t")
            elif self.d.work.has(i):
                self._instruction(i, at)

    def value(self, v):
        """The tangent of any value of the primal; zero where it has none."""
        return self.zero(v.type) if is_constant(v) or v not in self.of else self.of[v]

    def zero(self, ty):
        return self.forward.frame.module.constant(ty, None if str(ty) == "ptr" else 0.0 if str(ty) in ("double", "float") else 0)

    # -- one instruction
    def _instruction(self, i, b):
        if i.opname == "store":
            self._store(i, b)
        elif is_memset(i):
            self._clear(i, b)
        elif is_copy(i):
            self._copy(i, b)
        elif i in self.d.flow.sites:
            self._call(i, self.d.flow.sites[i], b)
        elif i.opname == "load":
            shadow, pointer = self._shadow(i.operands[0]), i.operands[0]
            self.of[i] = self._mark(b.load(i.type, shadow, align=i.align, name=f"{i.name}.t"), pointer)
        elif i.opname == "select":
            condition, x, y = i.operands
            self.of[i] = b.select(self.forward.value(condition), self.value(x), self.value(y), name=f"{i.name}.t")
        else:
            self.of[i] = self._rule(i, b)

    def _shadow(self, pointer):
        return pointer if is_constant(pointer) else self.forward.value(self.d.shadows.of[pointer])

    def _mark(self, i, *pointers):
        return self.forward.scopes.mark(i, [key for p in pointers for key in shadow_keys(self.d.objects, p)])

    def _store(self, i, b):
        value, pointer = i.operands
        self._mark(b.store(self.value(value), self._shadow(pointer), align=i.align), pointer)

    def _clear(self, i, b):
        pointer, length = i.operands[1], self.forward.value(i.operands[3])
        clear = declare(b.module, "llvm.memset.p0.i64", VOID, [PTR, I8, I64, I1])
        self._mark(b.call(clear, [self._shadow(pointer), b.i8(0), length, b.i1(0)]), pointer)

    def _copy(self, i, b):
        move, target, source, *rest = i.operands
        if not self.d.work.reads_active(i):
            self._clear(i, b)
            return
        self._mark(b.call(move, [self._shadow(target), self._shadow(source), *map(self.forward.value, rest)]), target, source)

    def _call(self, i, site, b):
        """A call that stays a call: of the callee's own derivative, with tangents and shadows (derivation/inner.py)."""
        key, call = self.d.key_of(site), b.block.instructions[-1]
        tangents = [self.value(v) for k, values in site.numbers() if k in key.active for v in values]
        memory = [self._shadow(p) for k, p in site.memory() if k in key.active]
        result = [self._shadow(site.result)] if RESULT in key.active else []
        arguments = [*call.operands[1:], *tangents, *memory, *result]
        f = declare(b.module, self.d.callees.name(key), I32, [a.type for a in arguments])
        call.operands, call.info = [f, *arguments], Call(f.ftype, arguments=[""] * len(arguments))
        self.forward.frame.failures.watch(b.icmp("eq", call, b.i32(NO_MEMORY)))

    def _rule(self, i, b):
        """The sum of the partials, each with the tangent of its operand in the place of d."""
        rule, names = registry.rule_of(i), operand_names(i)
        b.flags, total = tuple(f for f in i.flags if f in FAST), None
        for operand, partial in zip(registry.values_of(i), rule.partials, strict=False):
            if partial is None or not self.d.activity.is_active(operand):
                continue
            guard = self.d.strong_zero and not all(is_constant(names[n]) for n in partial.names)
            term = partial.emit(b, lambda name, d=self.of[operand]: d if name == "d" else self.forward.value(names[name]), i.type, guard)
            total = term if total is None else b.fadd(total, term)
        b.flags = ()
        return total
