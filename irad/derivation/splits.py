"""Which loops of a derivation are split into strips (analysis/strips.py), and which fused loops are not fused after all.

    checkpointed    marked loops, and those whose tape may pass the budget: strips that run again
    blocks          fused loops with much to do: short strips, each reversed by a loop of its own right after it ran
    light           fused loops with little to do, whose reverse takes no tape: reversed by a loop of their own, not split

What is known of a loop decides, and to know it the loop has to be there as it will be. So a derivation that finds that other loops should
have been split raises `Resplit` with the options that say so, and the function is derived once more.
"""
from ..analysis import strips
from ..errors import Resplit

LIGHT = 6                                               # cycles of an iteration from which a loop is not fused where that takes no tape


class Splits:
    """`strips`: the loops over strips that run again. `blocks`: the headers of loops over short strips. `light`: loops."""

    def __init__(self, d, marked):
        """`marked`: loops that call for it. Done before anything else is known of the function."""
        self._d, self._options, self.light = d, d.options, []
        chosen, others = self._chosen(d.flow, marked) if d.may_be_split else ([], [])
        self._names = strips.mine(d.flow, chosen)       # {header: the loop's own name}
        self.blocks = frozenset(strips.mine(d.flow, others, self._options.strip))
        self.strips = [l for l in d.flow.loops if l.header in self._names]

    def _chosen(self, flow, marked):
        """Loops that are checkpointed, and loops that run in short strips."""
        options, outermost = self._options, [l for l in flow.loops if l.parent is None]
        chosen = {"marked": marked, "always": outermost, "never": []}[options.checkpoint]
        long = [l for l in outermost if l.header.name in options.long and not any(m.within(l) for m in chosen)]
        blocks = options.blocks if isinstance(options.blocks, tuple) else ()
        return [l for l in (*chosen, *long) if l.header.name not in options.unsplit], [l for l in flow.loops if l.header.name in blocks]

    def is_block(self, loop):
        """Does each execution of the loop run through one short strip?"""
        return loop.parent is not None and loop.parent.header in self.blocks

    def of_fused(self, fused):
        """The fused loops that stay so. May raise Resplit."""
        alone = [l for l in fused if l.parent is None and not l.children and l.header not in self.blocks]
        if self._options.blocks is True and self._d.may_be_split and not self.strips:
            heavy = tuple(l.header.name for l in alone if self._takes(l, self._options.heavy))
            if heavy:
                raise Resplit(blocks=heavy)
        if self.blocks - {l.header for l in fused}:
            raise Resplit(blocks=False)
        self.light = [l for l in alone if self._takes(l, LIGHT)] if self._options.unfuse else []
        return {l: sums for l, sums in fused.items() if not self.is_block(l) and l not in self.light}

    def _takes(self, loop, cycles):
        inside = (i for b in self._d.flow.order if b in loop.blocks for i in b.instructions)
        return self._d.counters[loop].n is not None and sum(map(self._d.cycles_of, inside)) >= cycles

    def check_plan(self, plan):
        if any(plan.columns(loop) for loop in self.light):
            raise Resplit(unfuse=False)

    def check_rerun(self, rerun):
        """Strips that do not run again only cost time."""
        vain = tuple(self._names[l.header] for l in self.strips if l not in rerun)
        if vain:
            raise Resplit(unsplit=(*self._options.unsplit, *vain))

    def check_budget(self, budget):
        """An outermost loop whose tape may need more than so many bytes is checkpointed."""
        d, long = self._d, self._options.long
        nests = [l for l in d.flow.loops if l.parent is None and l.header.name not in long and not any(s.within(l) for s in self.strips)]
        over = tuple(l.header.name for l in nests if sum(d.tape.bytes_of(x) for x in d.flow.loops if x.within(l)) > budget)
        if over:
            raise Resplit(long=(*long, *over), blocks=False)

    def undone(self):
        """A Resplit without these strips, after a refusal that they may be the reason of; None where there are none."""
        return Resplit(unsplit=(*self._options.unsplit, *self._names.values())) if self.strips else None
