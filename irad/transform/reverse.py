"""The reverse sweep: R(b) for every reached block, in the flow that plan/control.py has decided.

    R(b):       adjoints of b's instructions, last first; adjoints of its phis taken; leave
    leaving along the edge b -> p: each phi's adjoint is added to its value on that edge, then R(p), or the preamble of the outermost loop
                that p lies in and b not
    R(header):  k == 0 ? the preheader : the latch, with k - 1
    preamble of a loop: entered from all its exits with k = n; holds what is materialised of outer scopes; goes to the entry of the
                reversed loop, or to where its iteration runs again first (again.py)
"""
from ..analysis.flow import I64, PTR
from ..analysis.graph import Loop
from ..ir.build import Builder, new_block
from ..plan.control import Choose, End, Header, Jump, Onward, Past
from .adjoints import Adjoints
from .failures import redirect
from .frame import ReverseBlock
from .gather import Gather
from .heap import GIVE
from .materialise import Materialise

MANY_WAYS = 64                                          # cases of a switch


class Reverse:
    def __init__(self, derivation, frame, copies, tape, calls, snapshots):
        self._snapshots = snapshots
        self.d, self.frame, self.forward, self.tape, self._agains = derivation, frame, copies.forward, tape, copies.agains
        self.flow, self.control = derivation.flow, derivation.control
        self.values = Materialise(derivation, frame, copies, tape, self)
        self.adjoints = Adjoints(derivation, frame, self.values, calls)
        self._counters, self._codes, self._rotations, self._preambles, self._dispatches = {}, {}, {}, {}, {}
        self._incomings = {}
        self._begins = {loop: again.begin() for loop, again in self._agains.items()}
        self.blocks = {b: ReverseBlock(frame, f"R.{b.name}", self.flow.graph.loop_of[b], b) for b in self.control.reached}
        self._gathers = {s.nest.outer: Gather(self, s) for s in derivation.stencils}
        self._gathered = {b: g for loop, g in self._gathers.items() for b in loop.blocks}

    def emit(self, finish):
        """`finish(rb)` ends R(entry)."""
        for b in self.control.reached:
            if b not in self._gathered:
                self._block(b, finish)
                continue
            self.blocks[b].b.unreachable()
            gather = self._gathered[b]
            if b is gather.nest.block:
                gather.emit(self.blocks[gather.nest.outer.preheader].block)
        for loop, again in self._agains.items():
            again.bind(self, self._begins[loop])
        for loop, rb in list(self._preambles.items()):
            rb.b.br(self._entry(loop))

    @property
    def first(self):
        return self.blocks[self.flow.turn].block

    # -- slots of a loop
    def counter_slot(self, loop):
        if loop not in self._counters:
            self._counters[loop] = self.frame.slot(I64, name="k")
        return self._counters[loop]

    def rotation_slots(self, loop):
        if loop not in self._rotations:
            rotation = self.d.counters[loop].rotation if self.d.plan.rotates(loop) else ()
            self._rotations[loop] = {p: self.frame.slot(p.type, name="rotation") for p in rotation}
        return self._rotations[loop]

    def _code_slot(self, loop):
        if loop not in self._codes:
            self._codes[loop] = self.frame.slot(I64, name="from")
        return self._codes[loop]

    # -- blocks
    def preamble(self, loop):
        if loop not in self._preambles:
            rb = self._preambles[loop] = ReverseBlock(self.frame, f"into.{loop.header.name}", loop.parent, loop)
            if self.tape.columns[loop]:
                n = rb.b.load(I64, self.counter_slot(loop))
                rb.memo["first", loop] = self.tape.rewind(rb.b, loop, n)
            self.values.settle(rb)
            self._snapshots.begin(loop, rb, self.values)
        return self._preambles[loop]

    def place(self, node):
        """The block of the reverse sweep that a node of the plan stands for: R of a block, or the preamble of a loop."""
        return self.preamble(node) if isinstance(node, Loop) else self.blocks[node]

    def _entry(self, loop):
        if loop in self._begins:
            return self._begins[loop].block
        if loop in self._gathers:
            return self._gathers[loop].block
        x = self.control.entry_of(loop)
        return self.blocks[x].block if x is not None else self._dispatch(loop)

    def release_lazy(self, b):
        """Shadows that are there in the middle of the reverse sweep."""
        for call, slot in self.values.lazy.items():
            if self.values.is_owned(call):
                b.call(GIVE, [b.load(PTR, slot)])

    def _dispatch(self, loop):
        """Where a loop with several exits is entered: by code."""
        if loop not in self._dispatches:
            rb = self._dispatches[loop] = ReverseBlock(self.frame, f"dispatch.{loop.header.name}", loop)
            to = [self.preamble(t).block if t in self.flow.loops else self.blocks[t].block for t in self.control.targets(loop)]
            code = rb.b.load(I64, self._code_slot(loop))
            _switch(rb.b, code, to[0], [(rb.b.i64(k), block) for k, block in enumerate(to) if k])
        return self._dispatches[loop].block

    def _block(self, b, finish):
        rb, loop = self.blocks[b], self.flow.graph.loop_of[b]
        self.values.settle(rb)
        if loop in self.d.fused and b is loop.latch:
            self._begin_iteration(loop, rb)
        self.emit_adjoints(b, rb)
        # Read all before adding any: phis of one block may feed each other.
        phis = [(p, self.adjoints.take(p, rb)) for p in self.flow.phis(b) if self.d.work.merges(p)]
        match self.control.leave[b]:
            case End():
                finish(rb)
            case Header(loop):
                self._header(b, loop, phis, rb)
            case Onward(loop):
                self._onward(loop, rb)
            case Past(loop):
                self._past(b, loop, phis, rb)
            case Jump(to, edge=False):
                rb.b.br(self.blocks[to].block)
            case Jump(to, edge=True):
                self._edge(rb, rb, b, to, phis)
            case Choose(_, cases):
                self._choose(b, cases, phis, rb)

    def emit_adjoints(self, b, rb):
        """Adjoints of a block's instructions, last first."""
        for i in reversed(b.instructions):
            if self.d.work.has(i):
                self.adjoints.emit(i, rb)
            self._end_of_life(i, rb)

    def _end_of_life(self, i, rb):
        """The reverse of an allocation: its shadow, made in the reverse, is gone."""
        for o, call in self.d.shadows.lazy.items():
            if o.origin is i:
                slot = self.values.lazy_slot(call)
                if self.values.is_owned(call):
                    rb.b.call(GIVE, [rb.b.load(PTR, slot)])
                rb.b.store(rb.b.null, slot)

    def _header(self, b, loop, phis, rb):
        slot = self.counter_slot(loop)
        k = rb.b.load(I64, slot)
        first, again = (self._side(rb, f"{b.name}.{name}") for name in ("first", "again"))
        rb.b.cbr(rb.b.icmp("eq", k, rb.b.i64(0)), first.block, again.block)
        for p, d in phis:
            self.adjoints.add(self.flow.incoming(p, loop.preheader), d, first)
        self._snapshots.end(loop, first.b)
        first.b.br(self.blocks[loop.preheader].block)
        again.b.store(again.b.sub(k, again.b.i64(1)), slot)
        for p, d in phis:
            self.adjoints.add(self.flow.incoming(p, loop.latch), d, again)
        self._rotate(loop, again.b)
        if loop in self._begins:
            again.b.br(self._begins[loop].block)
        elif self.control.entry_of(loop) is None:
            again.b.store(again.b.i64(0), self._code_slot(loop))
            again.b.br(self._dispatch(loop))
        else:
            again.b.br(self.blocks[loop.latch].block)

    # -- fused loops
    def _begin_iteration(self, loop, rb):
        """R(latch) of a fused loop: every sum has the adjoint of the result that it becomes a part of, times its factors."""
        for s, factors in self.d.fused[loop].items():
            d = rb.b.f(s.type, 1.0)
            for op, c in reversed(factors):
                d = rb.b.fneg(d) if op == "fneg" else getattr(rb.b, op)(d, self.forward.value(c))
            self.adjoints.add(self.flow.incoming(s, loop.latch), d, rb)

    def _onward(self, loop, rb):
        """The iteration has been reversed; its latch's own branch comes now. What reached the sums themselves is known already, and
        dropped."""
        latch = self.forward.block(loop.latch)
        behind = new_block(self.frame.function, f"{loop.latch.name}.on")
        _move_terminator(latch, behind)
        Builder(latch).br(self.blocks[loop.latch].block)
        rb.b.br(behind)

    def _past(self, b, loop, phis, rb):
        """Behind a fused loop only its sums are active: their adjoint goes on to where they started."""
        for p, d in phis:
            leaving = self.flow.incoming(p, loop.latch)
            for s in self.d.fused[loop]:
                if self.flow.incoming(s, loop.latch) is leaving:
                    self.adjoints.add(self.flow.incoming(s, loop.preheader), d, rb)
        rb.b.br(self.blocks[loop.preheader].block)

    def _rotate(self, loop, b):
        slots = self.rotation_slots(loop)
        old = {p: b.load(p.type, s) for p, s in slots.items()}
        for p in slots:
            b.store(old[p], slots[self.d.counters[loop].rotation[p]])

    def _side(self, rb, name):
        """A small block of the same reverse block: an edge."""
        side = ReverseBlock(self.frame, f"E.{name}", rb.loop)
        side.adjoints = None                            # nothing stays local to an edge
        return side

    def _choose(self, b, cases, phis, rb):
        value, codes = self.d.selectors[b]
        s = self.values.value(value, rb)
        entering = self._entering(rb, b, cases[0])
        sides = {p: self._side(rb, b.name) for p in cases}
        for p, side in sides.items():
            self._edge(rb, side, b, p, phis, entering)
        by_code = [(codes[p], sides[p].block) for p in cases]
        if str(s.type) == "i1":
            then, otherwise = (block for _, block in sorted(by_code, key=lambda c: -c[0]))
            rb.b.cbr(s, then, otherwise)
            return
        _switch(rb.b, s, by_code[-1][1], [(self.frame.module.constant(s.type, code), block) for code, block in by_code[:-1]])

    def _entering(self, rb, b, p):
        """What the slots of the loops entered on the way to R(p) start from, materialised in R(b)."""
        out = []
        for loop in self.control.entered(b, p):
            c = self.d.counters[loop]
            out.append((self.counter_slot(loop), self.values.value(c.n_at[b], rb)))
            out += [(slot, self.values.value(c.final[p, b], rb)) for p, slot in self.rotation_slots(loop).items()]
        return out

    def _incoming(self, phi):
        """{predecessor: the phi's value from there}, for a phi may have hundreds."""
        if phi not in self._incomings:
            self._incomings[phi] = self.flow.incomings(phi)
        return self._incomings[phi]

    def _edge(self, rb, side, b, p, phis, entering=None):
        if entering is None:
            entering = self._entering(rb, b, p)
        for phi, d in phis:
            self.adjoints.add(self._incoming(phi)[p], d, side)
        for slot, value in entering:
            side.b.store(value, slot)
        loops, inner = self.control.entered(b, p), self.control.back(b, p)
        if not loops:
            side.b.br(self.blocks[inner].block)
            return
        for loop in loops:
            if loop not in self._begins and self.control.entry_of(loop) is None:
                code = next(k for k, t in enumerate(self.control.targets(loop)) if t is inner)
                side.b.store(side.b.i64(code), self._code_slot(loop))
            inner = loop
        side.b.br(self.preamble(loops[-1]).block)


def _move_terminator(block, onward):
    """Cut a block in front of its terminator, which goes to `onward`. The block is left open."""
    last = block.instructions.pop()
    last.parent, block.terminator = onward, None
    onward.instructions.append(last)
    onward.terminator = last
    redirect(last, block, onward)


def _switch(b, value, default, cases):
    """A switch. LLVM's jump threading makes a copy of the block for each case that it knows on the way in, at the cost of the cube of their
    number; in front of many it meets a call that does nothing and must not be copied."""
    if len(cases) > MANY_WAYS:
        b.call("llvm.sideeffect", []).info.attributes = "noduplicate"
    b.switch(value, default, cases)
