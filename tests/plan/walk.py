"""Run a graph forwards, and then backwards as the reverse sweep does: with counters, selectors, codes and a tape, and nothing else.

What the forward walk keeps stands at the element of the tape that the forward sweep writes: earlier iterations of its loop, plus k.
The reverse takes n + 1 off the count where it enters a reversed loop.
"""
from collections import Counter
from dataclasses import dataclass

from irad.analysis import helpers
from irad.plan.control import Choose, End, Header, Jump

DISPATCH, PREAMBLE, BLOCK = "dispatch", "preamble", "R"


@dataclass(eq=False)
class Phi:
    """A selector of its own: a code for each predecessor."""
    block: object
    codes: dict


class Selecting:
    """The part of a Flow that selectors are made with: a phi is a value of its own."""

    def __init__(self, graph):
        self.graph = graph

    def make_phi(self, block, type, incoming, name):
        return Phi(block, {p: c.constant for p, c in incoming.items()})

    def at_head(self, block, phi):
        return phi


class Walk:
    def __init__(self, graph, control, turn):
        self.graph, self.control, self.turn = graph, control, turn
        flow = Selecting(graph)
        self.selectors = {b: helpers.selector(flow, b) for b in control.reached if isinstance(control.leave[b], Choose)}
        self.homes = {}                                 # value -> the block that defines it
        for value, _ in self.selectors.values():
            self.homes[value] = value.block if isinstance(value, Phi) else next(b for b in graph.order if value == condition(b))
        for b in control.reached:
            for loop in self.entering(b):
                self.homes["n", loop, b] = b
        self.tape, self.count, self.k, self.at_entry = {}, Counter(), {}, {}
        self.columns = {graph.loop_of[b] for b in self.homes.values()} - {None}

    def entering(self, b):
        match self.control.leave[b]:
            case Choose(_, cases):
                return self.control.entered(b, cases[0])
            case Jump(to, edge=True):
                return self.control.entered(b, to)
        return []

    # -- forwards
    def forwards(self, rng, limit):
        """The blocks in order of execution, each with the block it was entered from."""
        near = self._distance()
        out, b, before = [], self.graph.order[0], None
        while True:
            self._enter(b, before)
            out.append((b, before))
            if b is self.turn:
                return out
            choices = b.to if len(out) < limit else sorted(b.to, key=near.get)[:1]
            to = rng.choice(choices)
            self._keep(condition(b), b, int(to is b.to[0]))
            before, b = b, to

    def _enter(self, b, before):
        loop = self.graph.loop_of[b]
        if loop is not None and loop.header is b:
            again = before is loop.latch
            self.k[loop] = self.k[loop] + 1 if again else 0
            if not again:
                self.at_entry[loop] = self.count[loop]
            self.count[loop] = self.at_entry[loop] + self.k[loop] + 1
        if b in self.selectors and isinstance(self.selectors[b][0], Phi):
            value = self.selectors[b][0]
            self._keep(value, b, value.codes[before])
        for left in self.graph.chain(before, b) if before is not None else ():
            self._keep(("n", left, b), b, self.k[left])

    def _keep(self, value, b, what):
        if self.homes.get(value) is b:
            loop = self.graph.loop_of[b]
            self.tape[value, None if loop is None else self.at_entry[loop] + self.k[loop]] = what

    def _distance(self):
        near, queue = {self.turn: 0}, [self.turn]
        for b in queue:
            for p in self.graph.predecessors[b]:
                if p not in near:
                    near[p] = near[b] + 1
                    queue.append(p)
        return near

    # -- backwards
    def backwards(self, limit):
        """The blocks whose reverse runs, in order, each with the edge that is taken back (None: a bypass)."""
        self.k, self.first, self.code = {}, {}, {}
        out, at = [], (BLOCK, self.turn)
        while at is not None:
            kind, x = at
            if kind == PREAMBLE:
                if x in self.columns:
                    self.first[x] = self.count[x] = self.count[x] - (self.k[x] + 1)
                at = self._start(x)
            elif kind == DISPATCH:
                at = self._inside(self.control.targets(x)[self.code[x]])
            else:
                at, through = self._leave(x)
                out.append((x, through))
            assert len(out) <= limit, "the reverse does not end"
        return out

    def _read(self, value):
        loop = self.graph.loop_of[self.homes[value]]
        return self.tape[value, None if loop is None else self.first[loop] + self.k[loop]]

    def _start(self, loop):
        x = self.control.entry_of(loop)
        return (BLOCK, x) if x is not None else (DISPATCH, loop)

    def _inside(self, target):
        return (BLOCK, target) if target in self.graph.position else (PREAMBLE, target)

    def _leave(self, b):
        match self.control.leave[b]:
            case End():
                return None, None
            case Jump(to, edge=False):
                return (BLOCK, to), None
            case Jump(to, edge=True):
                return self._edge(b, to), to
            case Choose(_, _):
                value, codes = self.selectors[b]
                s = self._read(value)
                to = next(p for p, code in codes.items() if code == s)
                return self._edge(b, to), to
            case Header(loop):
                if self.k[loop] == 0:
                    return (BLOCK, loop.preheader), loop.preheader
                self.k[loop] -= 1
                if self.control.entry_of(loop) is None:
                    self.code[loop] = 0
                    return (DISPATCH, loop), loop.latch
                return (BLOCK, loop.latch), loop.latch

    def _edge(self, b, p):
        loops = self.control.entered(b, p)
        assert loops == self.entering(b), "every edge into a block leaves the same loops"
        counts = [self._read(("n", loop, b)) for loop in loops]
        inner = self.control.back(b, p)
        for loop, n in zip(loops, counts, strict=True):
            self.k[loop] = n
            if self.control.entry_of(loop) is None:
                self.code[loop] = next(k for k, t in enumerate(self.control.targets(loop)) if t is inner)
            inner = loop
        return (PREAMBLE, loops[-1]) if loops else (BLOCK, self.control.back(b, p))


def condition(b):
    """What the block's branch asks."""
    return b.instructions[-1].operands[0]


def reversed_edges(graph, control):
    """{block of the reverse sweep: its successors}, all that the emitter makes."""
    def start(loop):
        x = control.entry_of(loop)
        return (BLOCK, x) if x is not None else (DISPATCH, loop)

    def behind(b, p):
        loops = control.entered(b, p)
        return (PREAMBLE, loops[-1]) if loops else (BLOCK, control.back(b, p))

    out, loops = {}, set()
    for b in control.reached:
        match control.leave[b]:
            case End():
                to = []
            case Jump(to, edge=False):
                to = [(BLOCK, to)]
            case Jump(to, edge=True):
                to = [behind(b, to)]
                loops.update(control.entered(b, control.leave[b].to))
            case Choose(_, cases):
                to = [behind(b, p) for p in cases]
                loops.update(control.entered(b, cases[0]))
            case Header(loop):
                to = [(BLOCK, loop.preheader), start(loop) if control.entry_of(loop) is None else (BLOCK, loop.latch)]
        out[BLOCK, b] = to
    for loop in loops:
        out[PREAMBLE, loop] = [start(loop)]
        if control.entry_of(loop) is None:
            out[DISPATCH, loop] = [(BLOCK, t) if t in graph.position else (PREAMBLE, t) for t in control.targets(loop)]
    return out


def is_reducible(edges, entry):
    """Does the graph shrink to its entry? A block loses its edge to itself, and is merged into its only predecessor."""
    to, seen, todo = {}, {entry}, [entry]
    while todo:
        n = todo.pop()
        to[n] = set(edges[n]) - {n}
        todo += [t for t in to[n] if t not in seen]
        seen |= to[n]
    sources = {n: set() for n in to}
    for n, ts in to.items():
        for t in ts:
            sources[t].add(n)
    todo = [n for n in to if n is not entry]
    while todo:
        n = todo.pop()
        if n not in to or n == entry or len(sources[n]) != 1:
            continue
        (p,) = sources.pop(n)
        for t in to.pop(n):
            sources[t].discard(n)
            if t != p:
                sources[t].add(p)
                to[p].add(t)
            todo.append(t)
        to[p].discard(n)
        todo.append(p)
    return len(to) == 1
