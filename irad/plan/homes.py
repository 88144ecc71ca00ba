"""Where in the reverse sweep a value is computed again: once, in front of all that ask for it.

A value that several reverse blocks of one iteration ask for is computed in the last reverse block through which the sweep comes to all of
them, if the value's own block dominates that one: whenever the sweep is there, the primal had computed the value. Where there is no such
block, each computes the value for itself.

    u = f(x)                        R(latch):   u = f(x)
    if c: t *= sin(u)               R(then):    uses u
    if d: t *= cos(u)               R(then'):   uses u

Else a chain of n values that n branches use would be written out n times.
"""
from ..analysis.graph import DominatorTree, Loop, reverse_post_order
from ..analysis.values import is_inst
from .control import Choose, Header, Jump, Past


class Sweep:
    """The flow of the reverse sweep: a block stands for R(block), a loop for the preamble of its reverse."""

    def __init__(self, flow, control, rerun=None):
        """`rerun`: {loop: Slice}."""
        self.flow, self.control, self._rerun = flow, control, rerun or {}
        self._dispatches = {l: ("dispatch", l) for l in control.loops}
        start = "start"
        starts = [flow.turn, *(l.latch for l in control.loops if l in control.fused)]
        successors = {start: starts}

        def onward(node):
            if node not in successors:
                successors[node] = self._successors(node)
            return successors[node]
        order = reverse_post_order(start, onward)
        predecessors = {node: [] for node in order}
        for node in order:
            for to in successors[node]:
                predecessors[to].append(node)
        self.tree = DominatorTree(order, predecessors)

    def _successors(self, node):
        control = self.control
        if isinstance(node, tuple):
            return list(self._rerun[node[1]].turns) if node[0] == "again" else control.targets(node[1])
        if isinstance(node, Loop):
            return [self._again(node, control.entry_of(node))]
        match control.leave[node]:
            case Header(loop):
                return [loop.preheader, self._again(loop, loop.latch if control.entry_of(loop) is not None else None)]
            case Past(loop):
                return [loop.preheader]
            case Jump(to, edge=False):
                return [to]
            case Jump(to, edge=True):
                return [self._along(node, to)]
            case Choose(_, cases):
                return list(dict.fromkeys(self._along(node, p) for p in cases))
        return []

    def _again(self, loop, block):
        """What a reversed iteration begins with: the iteration, run again; a block, if there is one; the dispatch."""
        return ("again", loop) if loop in self._rerun else block or self._dispatches[loop]

    def _along(self, b, p):
        loops = self.control.entered(b, p)
        return loops[-1] if loops else self.control.back(b, p)

    def seen_from(self, v, node):
        """The node that computes v for this one: for a value of an outer scope, the preamble of the loop in that scope."""
        scope, fused = self.flow.loop(v), self.control.fused
        loop = self._scope(node)
        if loop is scope or loop in fused or loop is None:
            return node
        while loop.parent is not scope and loop.parent is not None and loop.parent not in fused:
            loop = loop.parent
        return loop

    def _scope(self, node):
        return node.parent if isinstance(node, Loop) else self.flow.graph.loop_of[node]

    def common(self, v, nodes):
        """The node that stands in front of all these, or None where v may not have been computed by then."""
        scope, nodes = self.flow.loop(v), iter(nodes)
        at = next(nodes)
        for node in nodes:
            at = self.tree.meet(at, node)
        while isinstance(at, tuple) or (at != "start" and self._scope(at) is not scope):
            at = self.tree.idom[at]
        if at == "start":
            return None
        return at if self.flow.graph.dominates(self.flow.block_of[v], at.header if isinstance(at, Loop) else at) else None


def places(sweep, asked, operands, may_move):
    """({value: how many nodes compute it}, {value: its home}), values before their operands. `asked`: {value: blocks that ask for it};
    `operands(v)`: what computing it asks for; `may_move(v)`: may another node than that which asks compute it?"""
    nodes, copies, homes = {}, {}, {}
    for v, blocks in asked.items():
        if is_inst(v):
            nodes[v] = dict.fromkeys(sweep.seen_from(v, b) for b in blocks)
    roots = list(nodes)
    for v in reverse_post_order(None, lambda v: roots if v is None else [o for o in operands(v) if is_inst(o)])[1:]:
        at = nodes[v]
        home = sweep.common(v, at) if len(at) > 1 and may_move(v) else None
        if home is not None:
            at, homes[v] = (home,), home
        copies[v] = len(at)
        for o in operands(v):
            if is_inst(o):
                nodes.setdefault(o, {}).update(dict.fromkeys(sweep.seen_from(o, n) for n in at))
    return copies, homes
