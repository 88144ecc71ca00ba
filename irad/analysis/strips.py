"""A loop split into strips of growing length, so that one strip after the other can run again in the reverse sweep: checkpointing.

                                    for s in 1, 2, 3, ...:          the loop over strips
    while c(x): x = f(x)     ->         for j in range(s):          the loop, s iterations of it at most
                                            if not c(x): leave both
                                            x = f(x)

The strips of T iterations are sqrt(2 T), and so is the length of the longest: what is kept of each strip and the tape of one strip grow
alike, whether T is known or not. With plan/rerun.py on the loop over strips that makes O(sqrt(T)) memory for one more primal. A schedule by
equal strips of a length chosen beforehand needs T; one by bisection (Griewank and Walther, "Algorithm 799: Revolve", 2000) needs less
memory and several primals.

A loop that is left at its latch, by a count, keeps that form: strips of `min(s, what is left)` iterations, each left at its latch. Its
counters stay counters: they begin in each strip where their number of iterations says.

Such a loop may be split into strips of one length as well. Where its iterations share nothing but sums (fusable.py), each strip is reversed
right after it ran: its tape is short, lies on the stack and stays in the cache, and the two sweeps are loops by themselves, of which one or
the other can be vectorised.
"""
from ..ir.build import Builder, new_block
from ..rules.support import CHECKPOINT
from . import helpers
from .flow import I8, I64
from .values import BYTES, FLOATS, callee, is_inst

CODES = 100                                             # exits of a loop that is split, at most


def mine(flow, loops, length=None):
    """Split these loops, of which none is within another, where it can be done. Gives {header of a loop over strips: the loop's name}.
    `length`: of all strips; those of loops that are not counted grow."""
    made, live = {}, set(flow.live)
    for loop in loops:
        if _may_be_split(flow, loop):
            name, counted = loop.header.name, len(loop.exits) == 1 and loop.exits[0][0] is loop.latch
            n = helpers.trip_count(flow, loop) if counted else None
            split = _Left(flow, loop) if n is None else _Counted(flow, loop, n, length)
            split.emit()
            made[split.over] = name
            live |= split.made
    if made:
        flow.survey(live)
    return made


def _may_be_split(flow, loop):
    """Does all that it computes leave it through phis, of types that a phi may merge with nothing?"""
    exits, phis = set(loop.exit_blocks), flow.phis(loop.header)
    for b in flow.order:
        if b in loop.blocks:
            continue
        for i in b.instructions:
            if i.opname == "phi" and b in exits:
                phis.append(i)
            elif any(flow.inside(o, loop) for o in i.operands):
                return False
    return 0 < len(loop.exits) <= CODES and all(str(p.type) in BYTES for p in phis)


class _Split:
    """`over`: the header of the loop over strips. `behind`: where a strip ends. `made`: all blocks that are new. A kind of split says how a
    strip is entered (`_begin`) and left (`_end`)."""

    def __init__(self, flow, loop):
        self.flow, self.loop, self.function, self.made = flow, loop, flow.function, set()
        self.phis = flow.phis(loop.header)
        self.over, self.behind = self._block("strips"), self._block("strip.end")
        self._at, self._carried = Builder(self.over), []

    def emit(self):
        loop, b = self.loop, self._at
        starts = self._begin(b)
        b.br(loop.header)
        _redirect(loop.preheader, loop.header, self.over)
        for p in self.phis:
            at = p.blocks.index(loop.preheader)
            p.operands[at], p.blocks[at] = starts[p], self.over
        self._end()

    def _block(self, name):
        block = new_block(self.function, f"{self.loop.header.name}.{name}")
        self.made.add(block)
        return block

    def _phi(self, start, name):
        """Of the loop over strips; `_next` says what it is for the next one."""
        return self._at.phi(start.type, [(start, self.loop.preheader)], name=name)

    def _start(self, p):
        return self.flow.incoming(p, self.loop.preheader)

    def _next(self, phi, value, source):
        phi.operands.append(value)
        phi.blocks.append(source)

    def _closed(self, out, v):
        """A value of the loop over strips where that is left: by a phi, as LLVM's closed form wants it."""
        return out.phi(v.type, [(v, self.behind)]) if is_inst(v) and v.parent in self.made else v

    def _count(self, latch, length, behind):
        """End the latch: back to the header, until the strip has its length."""
        flow, header, b = self.flow, self.loop.header, Builder(latch)
        k = flow.at_head(header, flow.make(header, "phi", I64, [b.i64(0), None], [self.over, latch], name="j"))
        k.operands[1] = b.add(k, b.i64(1), flags=("nsw",))
        b.cbr(b.icmp("ne", k.operands[1], length), header, behind)


class _Counted(_Split):
    """Left at the latch, by a count. `behind` is the latch of the loop over strips."""

    def __init__(self, flow, loop, n, length):
        super().__init__(flow, loop)
        c = helpers.Counters(loop, None)
        helpers.find_inductions(flow, c)
        self._n, self._fixed, self._ivs, self._behind = n, length, c.ivs, {}

    def _begin(self, b):
        preheader = self.loop.preheader
        before = Builder(preheader, len(preheader.instructions) - 1)
        self._all = before.add(self._n, before.i64(1), flags=("nsw",))
        self._done = self._phi(b.i64(0), "done")
        self._length = b.i64(self._fixed) if self._fixed else self._phi(b.i64(1), "length")
        self._carried = {p: self._phi(self._start(p), p.name) for p in self.phis if p not in self._ivs}
        left = b.sub(self._all, self._done, flags=("nsw",))
        self._mine = b.select(b.icmp("slt", left, self._length), left, self._length)
        return {**self._carried, **{p: self._counter(b, iv) for p, iv in self._ivs.items()}}

    def _counter(self, b, iv):
        """Where a counter begins in this strip. It may wrap around, as a hash does."""
        distance = b.mul(self._done, b.i64(iv.step))
        if str(iv.start.type) == "ptr":
            return b.gep(b.i8(0).type, iv.start, distance)
        if iv.start.type is not I64:
            distance = b.cast("trunc" if iv.start.type.width < 64 else "sext", distance, iv.start.type)
        return b.add(iv.start, distance)

    def _end(self):
        latch, ((_, to),) = self.loop.latch, self.loop.exits
        latch.instructions.pop()
        self._count(latch, self._mine, self.behind)
        b, out = Builder(self.behind), Builder(self._block("left"))
        for p, phi in self._carried.items():
            self._next(phi, self._left(b, self.flow.incoming(p, latch)), self.behind)
        for p in self.flow.phis(to):
            at = p.blocks.index(latch)
            p.operands[at], p.blocks[at] = self._closed(out, self._left(b, p.operands[at])), out.block
        out.br(to)
        done = b.add(self._done, self._length, flags=("nsw",))
        self._next(self._done, done, self.behind)
        if not self._fixed:
            self._next(self._length, b.add(self._length, b.i64(1)), self.behind)
        b.cbr(b.icmp("sge", done, self._all), out.block, self.over)

    def _left(self, b, v):
        """One phi for each value: whoever asks whether two are the same asks for the phi."""
        if not self.flow.inside(v, self.loop):
            return v
        if v not in self._behind:
            self._behind[v] = b.phi(v.type, [(v, self.loop.latch)])
        return self._behind[v]


class _Left(_Split):
    """Left anywhere, perhaps at several places. A code says by which of them a strip has ended; 0: by its length."""

    def _begin(self, b):
        self._length = self._phi(b.i64(1), "length")
        self._carried = {p: self._phi(self._start(p), p.name) for p in self.phis}
        return self._carried

    def _end(self):
        flow, loop, latch, whole = self.flow, self.loop, self._block("latch"), self._block("whole")
        onward = self._block("strip.next")              # the latch of the loop over strips
        _redirect(loop.latch, loop.header, latch)
        for p in self.phis:
            p.blocks = [latch if s is loop.latch else s for s in p.blocks]
        self._count(latch, self._length, whole)
        exits = {edge: self._block("exit") for edge in loop.exits}
        self._sources, self._merge = [whole, *exits.values()], Builder(self.behind)
        at = Builder(whole)
        for p in self.phis:
            self._next(self._carried[p], self._merged(whole, at.phi(p.type, [(flow.incoming(p, latch), latch)])), onward)
        at.br(self.behind)
        ways = [self._out(source, to, block) for (source, to), block in exits.items()]
        b = self._merge
        code = b.phi(I8, [(b.i8(k), s) for k, s in enumerate(self._sources)], name="exit")
        if len(ways) == 1:
            b.cbr(b.icmp("eq", code, b.i8(0)), onward, ways[0])
        else:
            b.switch(code, onward, [(b.i8(k), way) for k, way in enumerate(ways, 1)])
        b = Builder(onward)
        self._next(self._length, b.add(self._length, b.i64(1)), onward)
        b.br(self.over)

    def _merged(self, source, v):
        """A value that only one of the ways to the end of a strip brings."""
        nothing = self._nothing(v.type)
        return self._merge.phi(v.type, [(v if s is source else nothing, s) for s in self._sources])

    def _nothing(self, ty):
        b = self._merge
        return b.null if str(ty) == "ptr" else b.f(ty, 0.0) if isinstance(ty, FLOATS) else b.module.constant(ty, 0)

    def _out(self, source, to, block):
        """Lead an exit through a block of its own to the end of the strip; gives the block that goes on from there."""
        at, out = Builder(block), Builder(self._block("left"))
        edges = _redirect(source, to, block)
        for p in self.flow.phis(to):
            mine = self._merged(block, at.phi(p.type, [(self.flow.incoming(p, source), source)] * edges))
            kept = [(v, s) for v, s in zip(p.operands, p.blocks, strict=True) if s is not source]
            p.operands, p.blocks = [*(v for v, _ in kept), self._closed(out, mine)], [*(s for _, s in kept), out.block]
        at.br(self.behind)
        out.br(to)
        return out.block


def _redirect(block, old, new):
    """Gives the number of edges."""
    last = block.instructions[-1]
    edges = last.blocks.count(old)
    last.blocks = [new if b is old else b for b in last.blocks]
    return edges


def take_marks(flow):
    """The loops that are marked for checkpointing (`irad.checkpoint()`), none within another; the marks go."""
    marked = {}
    for b in flow.function.blocks:
        for i in [i for i in b.instructions if callee(i) == CHECKPOINT]:
            b.instructions.remove(i)
            if b in flow.live and flow.graph.loop_of[b] is not None:
                marked[flow.graph.loop_of[b]] = None
    return [loop for loop in flow.loops if loop in marked and not any(o is not loop and loop.within(o) for o in marked)]
