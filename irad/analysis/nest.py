"""Nests of loops that do their work in one block.

    for i: for j: body          nothing but `body` has adjoint work, and how far j runs does not depend on i

The iterations of such a nest form a box: (k_0, ..., k_m) with 0 <= k_d <= n_d.
"""
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Nest:
    """`loops`, outermost first. `enters`: pairs (value, code); the innermost loop is run in each iteration if all these values have these
    codes, else never."""
    loops: tuple
    enters: tuple = ()

    @property
    def outer(self):
        return self.loops[0]

    @property
    def inner(self):
        return self.loops[-1]

    @property
    def block(self):
        return self.inner.header


class Nests:
    def __init__(self, flow, counters, affine, work, selectors):
        """`selectors`: {merge: (the value that tells where the sweep came from, {predecessor: its code})}."""
        self.flow, self.counters, self.affine, self.work, self.selectors = flow, counters, affine, work, selectors

    def around(self, loop):
        """The nests whose innermost loop is this one, which is one block with one exit: the deepest first."""
        if loop.children or len(loop.blocks) != 1 or len(loop.exits) != 1:
            return []
        found = [Nest((loop,))]
        while (deeper := self._grown(found[-1])) is not None:
            found.append(deeper)
        return found[::-1]

    def _grown(self, nest):
        parent = nest.outer.parent
        if parent is None or parent.children != [nest.outer] or [b for b, _ in parent.exits] != [parent.latch]:
            return None
        own = [b for b in self.flow.order if b in parent.blocks and b not in nest.outer.blocks]
        if any(self.work.has(i) or self.work.merges(i) for b in own for i in b.instructions):
            return None
        enters = [*nest.enters, *self._guards(own, nest.outer)]
        if None in enters or any(self.flow.inside(v, parent) for v, _ in enters):
            return None
        counts = [self.counters[l].n for l in nest.loops]
        if any(n is None for n in counts) or not self.affine.is_invariant(parent, *map(self.affine.poly, counts)):
            return None
        return Nest((parent, *nest.loops), tuple(enters))

    def _guards(self, own, child):
        """For each merge of these blocks: what says that the sweep came through the child loop; None where that is not so simple."""
        for b in own:
            if b in self.selectors:
                value, codes = self.selectors[b]
                through = [p for p in codes if self.flow.graph.dominates(child.header, p)]
                yield (value, codes[through[0]]) if len(through) == 1 and len(codes) == 2 else None
