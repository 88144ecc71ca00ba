"""How each reversed block R(b) is left, and which reversed blocks are reached at all.

The reverse sweep starts at the turn and walks the success graph backwards. From R(b) it goes to R(p) of the predecessor p through which
the forward sweep came: there is one; or a selector tells (`Choose`); or b is a loop header, where the counter of completed iterations
tells (`Header`). A merge that neither has work itself nor lies behind work is bypassed: R(b) jumps to R of its immediate dominator. A loop
without work is never reversed: whoever was left from inside goes on at its preheader (`back`).

A reversed loop is entered where the forward loop was left. All exits from one block x that dominates the latch: at R(x) (`entry_of`).
Otherwise at a dispatch block that reads a code: R(latch), or R of an exiting block, or the entry of the child loop that the exiting block
lies in (`targets`). Exits that no reversed block goes back through do not count.

Nothing here knows LLVM: the test runs it on random graphs.
"""
from dataclasses import dataclass

from ..analysis.graph import Loop


@dataclass(frozen=True)
class End:
    """R(entry): the sweep is over."""


@dataclass(frozen=True)
class Header:
    """R(header): to the preheader when no completed iteration is left, else to the latch."""
    loop: Loop


@dataclass(frozen=True)
class Onward:
    """R(header) of a fused loop: the iteration has been reversed, the forward sweep goes on behind its latch."""
    loop: Loop


@dataclass(frozen=True)
class Past:
    """R(exit) of a fused loop: it has been reversed already; to its preheader."""
    loop: Loop


@dataclass(frozen=True)
class Jump:
    """To R(to). `edge` says that `to` is a predecessor whose edge carries adjoints of phis; otherwise a bypass."""
    to: object
    edge: bool


@dataclass(frozen=True)
class Choose:
    """To R of the predecessor that the selector of this block names: `cases` in the order of its codes."""
    block: object
    cases: tuple


class Control:
    """`leave[b]` for each reached block b, in the order of the walk. `works(b)`: R(b) has adjoint work; `merges(b)`: b has active phis.
    `fused`: loops each of whose iterations is reversed right after its forward."""

    def __init__(self, graph, turn, works, merges, fused=()):
        self.graph, self.fused = graph, fused
        self._works = {b: works(b) for b in graph.order}
        self._merges = {b: merges(b) for b in graph.order}
        self._idle = {l for l in graph.loops if not any(self._works[x] or self._merges[x] for x in l.blocks)}
        self.leave = {}
        todo = [turn]
        while todo:
            b = todo.pop()
            if b in self.leave:
                continue
            self.leave[b] = self._decide(b)
            todo += self._next(b)
        self.reached = [b for b in reversed(graph.order) if b in self.leave]
        self.loops = [l for l in graph.loops if l.header in self.leave]
        self._entries = {l: [] for l in self.loops}     # where each is entered: a block, or a child loop
        for b in self.reached:
            for p in self._sources(b):
                inner = self.back(b, p)
                for loop in self.entered(b, p):
                    if not any(inner is x for x in self._entries[loop]):
                        self._entries[loop].append(inner)
                    inner = loop

    def _decide(self, b):
        graph = self.graph
        if b is graph.entry:
            return End()
        loop = graph.loop_of[b]
        if loop is not None and loop.header is b:
            return Onward(loop) if loop in self.fused else Header(loop)
        predecessors = graph.predecessors[b]
        left = graph.chain(predecessors[0], b)
        if left and left[-1] in self.fused:
            return Past(left[-1])
        if left and left[-1] in self._idle and not self._merges[b]:
            return Jump(left[-1].preheader, edge=False)
        if len(predecessors) == 1:
            return Jump(predecessors[0], edge=True)
        dominator = self.back(b, graph.idom[b])
        if not left and graph.loop_of[dominator] is loop and not self._merges[b] and not self._work_between(dominator, b):
            return Jump(dominator, edge=False)
        return Choose(b, tuple(predecessors))

    def _work_between(self, dominator, b):
        seen, todo = set(), list(self.graph.predecessors[b])
        while todo:
            x = todo.pop()
            if x is dominator or x in seen:
                continue
            if self._works[x] or self._merges[x]:
                return True
            seen.add(x)
            todo += self.graph.predecessors[x]
        return False

    def _next(self, b):
        """Blocks whose reverse is reached from R(b); entering a loop from an exit also needs its latch."""
        match self.leave[b]:
            case End():
                return []
            case Header(loop):
                return [loop.preheader, loop.latch]
            case Onward():
                return []
            case Past(loop):
                return [loop.preheader, loop.latch]
            case Jump(to, edge=False):
                return [to]
        sources = self._sources(b)
        return [self.back(b, p) for p in sources] + [l.latch for l in self.entered(b, sources[0])]

    def _sources(self, b):
        """The predecessors whose edges are taken back from R(b), out of loops or not."""
        match self.leave[b]:
            case Jump(to, edge=True):
                return (to,)
            case Choose(_, cases):
                return cases
        return ()

    def back(self, b, p):
        """The block whose R follows R(b) where the forward sweep came from p: p, or the preheader of a loop without work."""
        for loop in reversed(self.graph.chain(p, b)):
            if loop in self._idle:
                return loop.preheader
        return p

    def entered(self, b, p):
        """The loops whose reverse is entered on the way from R(b) to R(back(b, p)), innermost first."""
        return self.graph.chain(self.back(b, p), b)

    def entry_of(self, loop):
        """The block x at whose R the reversed loop is entered, or None: through the dispatch."""
        if len(self._entries[loop]) != 1:
            return None
        x = self._entries[loop][0]
        return x if x in self.graph.position and self.graph.loop_of[x] is loop and self.graph.dominates(x, loop.latch) else None

    def targets(self, loop):
        """What the dispatch chooses from, by code: the latch first, then exiting blocks and child loops that they lie in."""
        return [loop.latch, *(x for x in self._entries[loop] if x is not loop.latch)]
