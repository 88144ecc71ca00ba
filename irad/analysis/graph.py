"""A directed graph with an entry: order, predecessors, dominators, and its loop tree.

Nodes are any objects compared by identity, so that the reversal of control flow can be tested on random graphs without LLVM.
What later stages may rely on is checked here: every retreating edge goes to a dominator of its source (the graph is reducible),
every loop has one latch and one preheader.
"""
from dataclasses import dataclass, field

from ..errors import Irreducible, Refusal


@dataclass(eq=False)
class Loop:
    """A natural loop. `exits` are its edges (from, to) that leave it, in graph order."""
    header: object
    latch: object
    preheader: object
    blocks: set = field(repr=False)
    exits: tuple = field(repr=False)
    parent: "Loop | None" = None
    depth: int = 1
    children: list = field(default_factory=list, repr=False)

    @property
    def exit_blocks(self):
        """Where the exits lead, each once."""
        return tuple(dict.fromkeys(to for _, to in self.exits))

    @property
    def outermost(self):
        """The loop of its nest that lies in no other."""
        loop = self
        while loop.parent is not None:
            loop = loop.parent
        return loop

    def within(self, other):
        """Is this loop `other`, or inside it? (`None` stands for the whole graph.)"""
        loop = self
        while loop is not other and loop is not None:
            loop = loop.parent
        return loop is other


class Graph:
    """`order` is reverse post-order; `position`, `successors`, `predecessors`, `idom` and `loop_of` are keyed by node."""

    def __init__(self, entry, successors):
        self.entry = entry
        self.order = reverse_post_order(entry, successors)
        self.position = {node: k for k, node in enumerate(self.order)}
        self.successors = {node: tuple(dict.fromkeys(successors(node))) for node in self.order}
        self.predecessors = {node: [] for node in self.order}
        for node in self.order:
            for to in self.successors[node]:
                self.predecessors[to].append(node)
        self._tree = DominatorTree(self.order, self.predecessors)
        self.idom = self._tree.idom
        self.loops = self._find_loops()
        self.loop_of = self._nest()

    def dominates(self, a, b):
        """Does every path from the entry to `b` pass `a`?"""
        return self._tree.dominates(a, b)

    def chain(self, source, target):
        """The loops that the edge source -> target leaves, innermost first."""
        out, loop = [], self.loop_of[source]
        while loop is not None and target not in loop.blocks:
            out.append(loop)
            loop = loop.parent
        return out

    def _find_loops(self):
        """Outer loops before inner ones."""
        latches = {}
        for node in self.order:
            for to in self.successors[node]:
                if self.position[to] > self.position[node]:
                    continue
                if not self.dominates(to, node):
                    raise Irreducible(to)
                latches.setdefault(to, []).append(node)
        return [self._loop(header, latches[header]) for header in sorted(latches, key=self.position.get)]

    def _loop(self, header, latches):
        if len(latches) != 1:
            raise Refusal("a loop with several back edges", header)
        blocks, todo = {header}, list(latches)
        while todo:
            node = todo.pop()
            if node not in blocks:
                blocks.add(node)
                todo += self.predecessors[node]
        outside = [p for p in self.predecessors[header] if p not in blocks]
        if len(outside) != 1:
            raise Refusal("a loop without a preheader", header)
        exits = tuple((b, to) for b in self.order if b in blocks for to in self.successors[b] if to not in blocks)
        return Loop(header, latches[0], outside[0], blocks, exits)

    def _nest(self):
        loop_of = dict.fromkeys(self.order)
        for loop in sorted(self.loops, key=lambda l: -len(l.blocks)):
            loop.parent = loop_of[loop.header]
            if loop.parent is not None:
                loop.depth = loop.parent.depth + 1
                loop.parent.children.append(loop)
            for b in loop.blocks:
                loop_of[b] = loop
        return loop_of


def dominators(order, predecessors):
    """{node: immediate dominator} for nodes in reverse post-order.
    Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001)."""
    position, idom = {node: k for k, node in enumerate(order)}, {order[0]: order[0]}

    def meet(a, b):
        while a is not b:
            while position[a] > position[b]:
                a = idom[a]
            while position[b] > position[a]:
                b = idom[b]
        return a

    changed = True
    while changed:
        changed = False
        for node in order[1:]:
            new = None
            known = [p for p in predecessors[node] if p in idom]
            if len(known) > 2:                          # the deepest first: of a merge of many arms each is then a step from the next
                known.sort(key=lambda p: -position[idom[p]])
            for p in known:
                new = p if new is None else meet(p, new)
            if idom.get(node) is not new:
                idom[node], changed = new, True
    return idom


class DominatorTree:
    """`idom`, and questions about it in constant or logarithmic time, for a graph may be one long chain."""

    def __init__(self, order, predecessors):
        self.idom = dominators(order, predecessors)
        self._depth, self._jump, children = {}, {}, {node: [] for node in order}
        for node in order:
            self._measure(node, self.idom[node])
            if node is not order[0]:
                children[self.idom[node]].append(node)
        self._first, self._last = {}, {}                # numbers of a walk: a subtree's lie between those of its root
        stack = [(order[0], iter(children[order[0]]))]
        self._first[order[0]] = 0
        while stack:
            node, rest = stack[-1]
            child = next(rest, None)
            if child is None:
                self._last[node] = len(self._first)
                stack.pop()
            else:
                self._first[child] = len(self._first)
                stack.append((child, iter(children[child])))

    def dominates(self, a, b):
        """Does every path from the entry to `b` pass `a`?"""
        return self._first[a] <= self._first[b] < self._last[a]

    def _measure(self, node, parent):
        """A pointer some way up beside that to the parent, so that the way to the root has a logarithmic number of steps.
        Myers, "An applicative random-access stack" (1983)."""
        if parent is node:
            self._depth[node], self._jump[node] = 0, node
            return
        depth, jump, far = self._depth, self._jump[parent], self._jump[self._jump[parent]]
        depth[node] = depth[parent] + 1
        self._jump[node] = far if depth[parent] - depth[jump] == depth[jump] - depth[far] else parent

    def meet(self, a, b):
        """The last node that dominates both."""
        if self._depth[a] < self._depth[b]:
            a, b = b, a
        while self._depth[a] > self._depth[b]:
            a = self._jump[a] if self._depth[self._jump[a]] >= self._depth[b] else self.idom[a]
        while a is not b:
            far = self._jump[a] is not self._jump[b]
            a, b = (self._jump[a], self._jump[b]) if far else (self.idom[a], self.idom[b])
        return a


class PostDominance:
    """Does every path from a node to the end pass another?"""

    def __init__(self, graph, end):
        order = reverse_post_order(end, lambda node: graph.predecessors[node])
        self._tree = DominatorTree(order, graph.successors)

    def always_reaches(self, node, other):
        """Is `other` on every path from `node` to the end?"""
        return self._tree.dominates(other, node)


def reverse_post_order(entry, successors):
    seen, out, stack = {entry}, [], [(entry, iter(successors(entry)))]
    while stack:
        node, rest = stack[-1]
        for to in rest:
            if to not in seen:
                seen.add(to)
                stack.append((to, iter(successors(to))))
                break
        else:
            out.append(node)
            stack.pop()
    return out[::-1]
