"""The function that is differentiated: its success graph, its loops, and a place for helper values.

`Flow` owns a freshly read function. While it is built it cuts the raising edges (success.py); afterwards only helper values are inserted
(counters, selectors, shadow addresses; helpers.py, shadow_pointers.py), as ordinary SSA values, so that the plan treats them like any
other value.
"""
from ..ir.extras import SIMPLE
from ..ir.inst import Call, Inst
from . import effects, success
from .graph import Graph
from .values import is_constant, is_inst


class Flow:
    """`graph` is the success graph with its loop tree; `block_of` gives the block of an instruction, dead blocks included."""

    def __init__(self, module, function, generators=(), sites=None):
        """`generators`: the LLVM arguments that NumPy Generators are passed as. `sites`: knows the calls that stay calls (inner.py)."""
        self.module, self.function, self.generators = module, function, frozenset(generators)
        live, self.turn = success.cut(function)
        self.entry, self.always_raises = function.blocks[0], function.blocks[0] not in live
        if self.always_raises:
            self.entry = success.around(function, self.turn)
            live = {self.entry, self.turn}
        self.survey(live)
        known = {i: sites.of(i) for i in self.instructions() if not effects.is_effect(i, self)} if sites else {}
        self.sites = {i: site for i, site in known.items() if site is not None}

    def survey(self, live):
        """The success graph of these blocks; asked for again only where loops are split into strips, before anything else is known."""
        self.graph = Graph(self.entry, lambda b: [s for s in b.instructions[-1].blocks if s in live])
        self.live = set(self.graph.order)
        self.loops, self.order = self.graph.loops, self.graph.order
        self.block_of = {i: b for b in self.function.blocks for i in b.instructions}

    # -- reading
    def instructions(self):
        """All instructions of the success graph, in reverse post-order."""
        for b in self.order:
            yield from b.instructions

    def phis(self, block):
        out = []
        for i in block.instructions:
            if i.opname != "phi":
                break
            out.append(i)
        return out

    def incoming(self, phi, source):
        """The phi's value on the edge from this block."""
        for v, b in zip(phi.operands, phi.blocks, strict=True):
            if b is source:
                return v
        raise KeyError(source.name)

    def incomings(self, phi):
        """{source: the phi's value on the edge from there}."""
        return dict(zip(phi.blocks, phi.operands, strict=True))

    def live_incoming(self, phi):
        """(value, source) for each edge of the success graph."""
        values = self.incomings(phi)
        return [(values[p], p) for p in self.graph.predecessors[self.block_of[phi]]]

    def loop(self, v):
        """The innermost loop in which a value is defined; None for function scope, arguments and constants."""
        return self.graph.loop_of.get(self.block_of[v]) if is_inst(v) else None

    def loops_around(self, v):
        """Outermost first."""
        out, loop = [], self.loop(v)
        while loop is not None:
            out.append(loop)
            loop = loop.parent
        return out[::-1]

    def inside(self, v, loop):
        return is_inst(v) and self.block_of.get(v) in loop.blocks

    def is_header_phi(self, v):
        loop = self.loop(v)
        return is_inst(v, "phi") and loop is not None and self.block_of[v] is loop.header

    def dominates_turn(self, v):
        return not is_inst(v) or self.graph.dominates(self.block_of[v], self.turn)

    def users(self):
        """{value: its users in the success graph}, in order."""
        out = {}
        for i in self.instructions():
            for o in dict.fromkeys(i.operands):
                if not is_constant(o):
                    out.setdefault(o, []).append(i)
        return out

    # -- inserting helper values
    def make(self, block, opname, typ, operands, blocks=(), flags=(), info=None, name="h"):
        name = "" if typ is VOID else self.module.fresh(self.function, name)
        return Inst(block, name, opname, typ, list(operands), list(blocks), list(flags), info)

    def make_phi(self, block, typ, incoming, name):
        """A phi from {predecessor: value}; LLVM wants an entry for each edge, and a switch may come by several. Not placed yet."""
        sources = self.edges(block)
        return self.make(block, "phi", typ, [incoming[p] for p in sources], sources, name=name)

    def edges(self, block):
        """The predecessors in the success graph, each as often as it has edges to the block."""
        return [p for p in self.graph.predecessors[block] for _ in range(p.instructions[-1].blocks.count(block))]

    def make_call(self, block, function, args, name="h"):
        info = Call(function.ftype, arguments=[""] * len(args))
        return self.make(block, "call", function.ftype.return_type, [function, *args], info=info, name=name)

    def _place(self, block, index, i):
        block.instructions.insert(index, i)
        self.block_of[i] = block
        return i

    def at_head(self, block, i):
        return self._place(block, 0, i)

    def after_phis(self, block, i):
        return self._place(block, len(self.phis(block)), i)

    def before_terminator(self, block, i):
        return self._place(block, len(block.instructions) - 1, i)

    def before(self, at, i):
        block = self.block_of[at]
        return self._place(block, index_of(block, at), i)

    def after(self, at, i):
        block = self.block_of[at]
        if at.opname == "phi":
            return self.after_phis(block, i)
        return self._place(block, index_of(block, at) + 1, i)

    def lcssa(self, v, block, name):
        """A phi that carries a loop's value over one of its exits."""
        return self.at_head(block, self.make_phi(block, v.type, dict.fromkeys(self.graph.predecessors[block], v), name))


def index_of(block, i):
    return next(k for k, x in enumerate(block.instructions) if x is i)


I1, I8, I32, I64, PTR, DOUBLE, FLOAT, VOID = (SIMPLE[k] for k in ("i1", "i8", "i32", "i64", "ptr", "double", "float", "void"))
