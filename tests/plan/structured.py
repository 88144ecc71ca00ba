"""Random structured programs as control-flow graphs in the form that the compiler prepares: one latch, one preheader, exits of their own.

Statements are nested at random: branches, switches with several edges to one block, loops tested above, below or in the middle, and jumps
out of them: break and continue of any level, return, raise. What cannot run, or cannot reach the end, is not part of a graph.
"""
from types import SimpleNamespace


class Node:
    """A block. Its last instruction is a terminator with `blocks`, as in LLVM."""

    def __init__(self, name):
        self.name = name
        self.instructions = [SimpleNamespace(opname="br", blocks=[], operands=[f"condition of {name}"])]

    @property
    def to(self):
        return self.instructions[-1].blocks

    def redirect(self, old, new):
        self.instructions[-1].blocks = [new if b is old else b for b in self.to]

    def __repr__(self):
        return self.name


def graph_of(edges):
    """(entry, turn, nodes) from {"a": "b c"}; the entry stands first, the turn has no edges."""
    nodes = {name: Node(name) for name in edges}
    for name, to in edges.items():
        nodes[name].to.extend(nodes[t] for t in to.split())
        if len(to.split()) > 2:
            nodes[name].instructions[-1].opname = "switch"
    every = list(nodes.values())
    return every[0], next(n for n in every if not n.to), every


class Program:
    """One random program; None of its jumps leads into the middle of a loop."""

    def __init__(self, rng, size):
        self.rng, self.left, self.all, self.loops = rng, size, [], []
        self.entry, self.turn = self.new(), Node("turn")
        self.all.append(self.turn)
        end = self.statements(self.entry)
        if end is not None:
            self.join(end, self.turn)

    def new(self):
        self.all.append(Node(f"b{len(self.all)}"))
        return self.all[-1]

    def join(self, a, b):
        a.to.append(b)

    def statements(self, at):
        """Append statements behind block `at`; gives where control goes on, or None."""
        for _ in range(self.rng.randint(1, 4)):
            if at is None or self.left <= 0:
                break
            self.left -= 1
            at = self.rng.choice([self.plain, self.branch, self.branch, self.switch, self.loop, self.loop, self.jump])(at)
        return at

    def plain(self, at):
        b = self.new()
        self.join(at, b)
        return b

    def branch(self, at):
        after, ways = self.new(), 0
        for _ in range(2):
            if self.rng.random() < 0.3:
                self.join(at, after)
                ways += 1
                continue
            side = self.plain(at)
            end = self.statements(side)
            if end is not None:
                self.join(end, after)
                ways += 1
        return after if ways else None

    def switch(self, at):
        at.instructions[-1].opname = "switch"
        after, ways = self.new(), 0
        for _ in range(self.rng.randint(2, 4)):
            side = self.plain(at)
            for _ in range(self.rng.randint(0, 1)):
                self.join(at, side)                     # a second case to the same block
            end = self.statements(side)
            if end is not None:
                self.join(end, after)
                ways += 1
        return after if ways else None

    def loop(self, at):
        """Tested above, below, or only left from inside."""
        header, step, after = self.new(), self.new(), self.new()
        self.join(at, header)
        kind = self.rng.choice(["above", "below", "endless"])
        body = header
        if kind == "above":
            body = self.plain(header)
            self.join(header, after)
        self.loops.append((step, after))
        end = self.statements(body)
        self.loops.pop()
        if end is not None:
            self.join(end, step)
        self.join(step, header)
        if kind == "below":
            self.join(step, after)
        return after

    def jump(self, at):
        """Under a condition: break, continue, return or raise."""
        side, after = self.new(), self.new()
        self.join(at, side)
        self.join(at, after)
        target = self.rng.choice([*[t for pair in self.loops for t in pair], self.turn, None])
        if target is not None:
            self.join(side, target)
        return after


def random_graph(rng, size):
    """(entry, turn, nodes), or None where the end cannot be reached."""
    program = Program(rng, size)
    nodes = _keep(program.all, program.entry, program.turn)
    if program.entry not in nodes or program.turn not in nodes:
        return None
    return program.entry, program.turn, _simplify(nodes, program.entry, program.turn)


def _keep(nodes, entry, turn):
    """Reachable from the entry and reaching the turn; other edges go."""
    def closure(start, edges):
        seen, todo = {start}, [start]
        while todo:
            for t in edges[todo.pop()]:
                if t not in seen:
                    seen.add(t)
                    todo.append(t)
        return seen
    forward = {n: n.to for n in nodes}
    backward = {n: [] for n in nodes}
    for n in nodes:
        for t in n.to:
            backward[t].append(n)
    good = closure(entry, forward) & closure(turn, backward)
    kept = [n for n in nodes if n in good]
    for n in kept:
        n.instructions[-1].blocks = [t for t in n.to if t in good]
    return kept


def _simplify(nodes, entry, turn):
    """LLVM's loop-simplify: a preheader, one latch, and exit blocks that nothing else reaches. Until nothing changes."""
    start = Node("start")
    start.to.append(entry)
    nodes = [start, *nodes]

    def between(sources, target, name):
        new = Node(f"{target.name}.{name}{len(nodes)}")
        new.to.append(target)
        for s in sources:
            s.redirect(target, new)
        nodes.append(new)

    changed = True
    while changed:
        changed = False
        predecessors = {n: [p for p in nodes if n in p.to] for n in nodes}
        for header, body in _natural_loops(start, nodes, predecessors):
            inside = [p for p in predecessors[header] if p in body]
            outside = [p for p in predecessors[header] if p not in body]
            mixed = [(t, [p for p in predecessors[t] if p in body]) for n in body for t in n.to
                     if t not in body and any(p not in body for p in predecessors[t])]
            if len(inside) > 1:
                between(inside, header, "latch")
            elif len(outside) > 1 or len(outside[0].to) > 1:
                between(outside, header, "pre")
            elif mixed:
                between(mixed[0][1], mixed[0][0], "exit")
            else:
                continue
            changed = True
            break
    start.name, entry.name = entry.name, f"{entry.name}.first"
    nodes.remove(turn)
    return [*nodes, turn]


def _natural_loops(start, nodes, predecessors):
    """Every (header, blocks), by dominance: a back edge goes to a block without which its source cannot be reached."""
    for header in nodes:
        avoiding, todo = {start}, [start]
        while todo and header is not start:
            for t in todo.pop().to:
                if t is not header and t not in avoiding:
                    avoiding.add(t)
                    todo.append(t)
        latches = [p for p in predecessors[header] if p not in avoiding or p is header]
        if not latches:
            continue
        body, todo = {header}, latches
        while todo:
            n = todo.pop()
            if n not in body:
                body.add(n)
                todo += predecessors[n]
        yield header, sorted(body, key=nodes.index)
