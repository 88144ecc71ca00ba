"""An iteration that runs again in the reverse sweep (plan/rerun.py): the slice of the loop's body, copied.

It is copied before the tape is laid out, which puts the saving of its inner loops into it; what it takes from outside is bound when the
reverse sweep is there. Raising exits are gone: the iteration did not take them.
"""
from ..analysis.objects import ALLOCATORS
from ..analysis.values import callee, is_constant, is_inst
from ..ir.build import Builder
from ..ir.clone import clone_blocks
from .copy import Copy
from .frame import ReverseBlock
from .snapshots import put_back


class Again(Copy):
    def __init__(self, d, frame, found):
        """`found`: the Slice."""
        self.loop, self.frame, self._snapshots = found.loop, frame, found.snapshots
        self._originals = [b for b in d.flow.order if b in found.loop.blocks]
        _, copies, blocks = clone_blocks(self._originals, frame.function, {}, {}, drop=("noalias", "alias.scope", "dbg", "llvm.loop"))
        left_out = {copies.pop(i): i for i in [*copies] if i not in found.again}
        super().__init__(d, copies, blocks)
        for new in blocks.values():
            new.instructions = [c for c in new.instructions if c not in left_out or c.is_terminator]
            for c in new.instructions:                  # what does not run again is named by its original until it is bound
                c.operands = [left_out.get(o, o) if is_inst(o) else o for o in c.operands]
        self.mark(copies)
        for i, c in copies.items():
            if callee(i).startswith(ALLOCATORS):
                frame.failures.watch(c)

    def begin(self):
        """The block in which an iteration begins; `bind` fills it."""
        return ReverseBlock(self.frame, f"again.{self.loop.header.name}", self.loop)

    def bind(self, reverse, begin):
        """Give the copy what it takes from outside, and go over to the reverse where it ends."""
        for b in self._originals:
            self._leave(b, self._blocks[b], reverse)
        for b in self._originals:
            for c in self._blocks[b].instructions:
                if c.opname == "phi":
                    self._prune(c, b)
                c.operands = [self._bound(o, reverse, begin) for o in c.operands]
        for s in self._snapshots:
            pointer, size, copy = (reverse.values.value(v, begin) for v in (s.pointer, s.size, s.copy))
            put_back(begin.b, pointer, copy, size)
        begin.b.br(self._blocks[self.loop.header])

    def _prune(self, phi, b):
        """A phi has an entry for each edge that is left."""
        given, new = dict(zip(phi.blocks, phi.operands, strict=True)), self._blocks[b]
        sources = [self._blocks[p] for p in self.d.flow.graph.predecessors[b]]
        phi.blocks = [s for s in sources for _ in range(s.instructions[-1].blocks.count(new))]
        phi.operands = [given[s] for s in phi.blocks]

    def _bound(self, o, reverse, begin):
        if is_constant(o):
            return o
        if not is_inst(o):
            return reverse.forward.value(o)
        return reverse.values.value(o, begin) if o in self.d.flow.block_of else o

    def _leave(self, b, new, reverse):
        """Behind a block: another of the iteration, or the reverse of the block."""
        last, targets = new.instructions[-1], []
        for s in b.instructions[-1].blocks:
            goes_on = s in self.loop.blocks and s is not self.loop.header
            targets.append(None if s not in self.d.flow.live else self._blocks[s] if goes_on else reverse.blocks[b].block)
        alive = [t for t in targets if t is not None]
        if len(set(alive)) > 1 and not (len(targets) == 2 and None in targets):
            last.blocks = [alive[0] if t is None else t for t in targets]
            return
        new.instructions.pop()
        new.terminator = None
        Builder(new).br(alive[0])
