"""A copy of the primal's blocks in the function that is being made, and where to put things in it."""
from ..analysis.values import accessed, is_constant
from ..ir.build import Builder
from .scopes import primal_keys


class Copy:
    """`value(v)` and `block(b)` are the copies. `after(v)` builds behind that of v: behind all phis for a phi, and behind the tape's own
    head where it asks."""

    def __init__(self, d, values, blocks):
        self.d, self._values, self._blocks = d, values, blocks
        self._heads = {}                                # block -> number of instructions that saved phis must come after

    def value(self, v):
        return v if is_constant(v) else self._values.get(v, v)

    def has(self, v):
        return v in self._values

    def mark(self, accesses):
        """Alias scopes, on the copies of those of these instructions that read or write memory."""
        for i in accesses:
            if i.opname in ("load", "store"):
                self.d.scopes.mark(self._values[i], primal_keys(self.d.objects, accessed(i)))

    def block(self, b):
        return self._blocks[b]

    def head_length(self, new):
        """Phis, and what was put behind them for the tape."""
        phis = next((k for k, i in enumerate(new.instructions) if i.opname != "phi"), len(new.instructions))
        return max(phis, self._heads.get(new, 0))

    def reserve_head(self, new, index):
        self._heads[new] = index

    def at_end(self, b):
        """In front of the terminator."""
        new = self._blocks[b]
        return Builder(new, len(new.instructions) - 1)

    def after(self, v, past_head=False):
        new = self._values[v]
        block = self._blocks[self.d.flow.block_of[v]]
        if new.opname == "phi":
            return Builder(block, self._head_with_index(block, v) if past_head else self.head_length(block))
        index = next(k for k, i in enumerate(block.instructions) if i is new) + 1
        return Builder(block, max(index, self._heads.get(block, 0)))

    def _head_with_index(self, block, v):
        """Behind the index of the tape, which stands right behind the phis of a header."""
        loop = self.d.flow.loop(v)
        at = self.d.tape.index.get(loop)
        for k, i in enumerate(block.instructions):
            if i is at and i.opname != "phi":
                return max(k + 1, self.head_length(block))
        return self.head_length(block)


class Copies:
    """The primal runs once in the forward sweep; iterations of some loops run again in the reverse (again.py)."""

    def __init__(self, flow, forward, agains):
        self.flow, self.forward, self.agains = flow, forward, agains

    def of_loop(self, loop):
        """The copy in which an iteration of this loop runs right before it is reversed."""
        while loop is not None and loop not in self.agains:
            loop = loop.parent
        return self.forward if loop is None else self.agains[loop]

    def of(self, v):
        return self.of_loop(self.flow.loop(v))

    def saving(self, loop):
        """The copy that saves what is saved once per iteration of this loop."""
        return self.forward if loop in self.agains else self.of_loop(loop)

    def all_of(self, v):
        """Wherever v is computed by running the primal."""
        again = self.of(v)
        return [self.forward] if again is self.forward or not again.has(v) else [self.forward, again]
