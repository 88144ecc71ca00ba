"""The forward sweep: the primal, copied, with what the reverse sweep will ask for kept on the way. In forward mode, tangents join it.

Left out: reference counts (borrowed arguments need none, local allocations are owned by the derivative), stores of the result, calls
without meaning here. Added: shadows made beside allocations (they were planned as helper values), columns of the tape, entry slots,
ownership, and on each raising path the release of all that is owned.
"""
from ..analysis.calls import REFCOUNTS
from ..analysis.flow import I1, I8, I32, I64, PTR, VOID
from ..analysis.objects import CONTAINERS, MEMINFOS
from ..analysis.values import callee, is_inst
from ..errors import Refusal
from ..ir.build import Builder, declare, new_block
from ..ir.clone import clone_blocks
from .copy import Copy

FOREIGN = {"opaque", "global", "foreign"}                          # what has counts of its own behind them
DROPPED = ("llvm.lifetime", "llvm.experimental.noalias", "llvm.dbg", "llvm.donothing")


class Forward(Copy):
    """The copy of all; arguments map to the new function's."""

    def __init__(self, derivation, frame, arguments):
        self.frame, self.scopes = frame, derivation.scopes
        flow = derivation.flow
        blocks = [b for b in flow.function.blocks if b is not flow.turn] + [flow.turn]
        drop = ("noalias", "alias.scope", "dbg", "llvm.loop")
        _, *maps = clone_blocks(blocks, frame.function, dict(arguments), {}, drop=drop)
        super().__init__(derivation, *maps)
        self._origin = {self._values[i]: i for b in blocks for i in b.instructions}
        self._drop()
        self._no_destructors()
        self.mark(flow.instructions())

    def origin(self, copy):
        return self._origin[copy]

    # -- what is left out
    def _drop(self):
        flow = self.d.flow
        for b in flow.function.blocks:
            new = self._blocks[b]
            new.instructions = [c for c in new.instructions if not self._is_dropped(self._origin[c], b in flow.live)]

    def _is_dropped(self, i, live):
        name = callee(i)
        if name.startswith(DROPPED):
            return True
        if i.opname == "store" and live and self.d.objects.of(i.operands[1]) & self.d.work.result:
            return True                                 # kept in a slot instead (emit_result)
        if name == "NRT_Free":
            return self._is_ours(i, i.operands[1], live)
        if name in REFCOUNTS:
            return self._is_ours(i, i.operands[1], live)
        return False

    def _is_ours(self, i, pointer, live):
        """Does irad own (or borrow) what this pointer may point to? Not the strings of an error message, made on a raising path."""
        if not live and not self.d.objects.of(pointer):
            return not self._is_made_on_raising_path(pointer, set())
        kinds = {o.kind for o in self.d.objects.list(self.d.objects.of(pointer))}
        if not kinds & FOREIGN:
            return True                                 # of an argument, made here, or null
        if kinds - FOREIGN:
            raise Refusal("a reference that may be local or foreign", i)
        return False

    def _is_made_on_raising_path(self, pointer, seen):
        """The analyses do not cover raising paths."""
        if not is_inst(pointer) or pointer in seen or self.d.flow.block_of[pointer] in self.d.flow.live:
            return False
        seen.add(pointer)
        return pointer.opname == "call" or any(self._is_made_on_raising_path(o, seen) for o in pointer.operands)

    def _no_destructors(self):
        """A destructor would drop references of what irad owns itself."""
        for i in self.d.flow.instructions():
            if callee(i).startswith((*CONTAINERS, *MEMINFOS)) and "_dtor" in callee(i):
                self._values[i].operands[2] = self.frame.module.constant(PTR, None)

    # -- what is added
    def clear_stack(self, shadows):
        """Shadows of allocas start from zero."""
        for made in shadows:
            b, new = self.after(made), self.value(made)
            count = new.operands[0] if new.operands else b.i64(1)
            count = count if count.type is I64 else b.cast("zext", count, I64)
            size = b.cast("ptrtoint", b.gep(new.info, b.null, count), I64)
            b.call(declare(self.frame.module, "llvm.memset.p0.i64", VOID, [PTR, I8, I64, I1]), [new, b.i8(0), size, b.i1(0)])

    def emit_result(self, slot):
        """Keep the primal's value, if it is asked for, where it was stored."""
        for i in self.d.flow.instructions():
            if not self.d.work.is_result_store(i):
                continue
            block = self._blocks[self.d.flow.block_of[i]]
            Builder(block, len(block.instructions) - 1).store(self.value(i.operands[0]), slot)

    def finish(self, release, after_turn):
        """Raising returns release what is owned; the turn goes on to this block."""
        self._release_on_raise(release)
        turn = self._blocks[self.d.flow.turn]
        turn.instructions = [i for i in turn.instructions if i.opname != "unreachable"]
        Builder(turn).br(after_turn)

    def _release_on_raise(self, release):
        """All raising returns meet in one block, so that what is owned is written out once, not once for each of them."""
        raising = [new for new in self._blocks.values() if new.instructions[-1].opname == "ret"]
        if not raising:
            return
        b = Builder(new_block(self.frame.function, "raised"))
        status = b.phi(I32, [(new.instructions[-1].operands[0], new) for new in raising], name="status")
        release(b)
        b.ret(status)
        for new in raising:
            new.instructions.pop()
            Builder(new).br(b.block)
