"""What to save: a minimum cut, exact for the given costs.

Two booleans per value: A, it is available in the reverse; R, it is recomputed there. A without R means that it is saved. True is the sink
side:

    source -> R(v)   the cost of recomputing v (infinite: it cannot be)
    R(v)   -> A(v)   the cost of saving v (infinite: it may not be)
    A(o)   -> R(v)   infinite: recomputing v needs each operand o
    A(v)   -> sink   infinite: v is needed

Maximum flow by Dinic, "Algorithm for solution of a problem of maximum flow in networks with power estimation" (1970).
"""
INFINITE = float("inf")
EPSILON = 1e-9


def minimum_cut(values, needed, recompute, save, operands):
    """The values to save, in order. `recompute(v)` and `save(v)` are costs or INFINITE, `operands(v)` those values that recomputing v
    needs."""
    number = {v: k for k, v in enumerate(values)}
    source, sink = 2 * len(values), 2 * len(values) + 1
    network = _Network(2 * len(values) + 2)
    for v, k in number.items():
        available, recomputed = 2 * k, 2 * k + 1
        network.edge(source, recomputed, recompute(v))
        network.edge(recomputed, available, save(v))
        for o in operands(v):
            if o in number:
                network.edge(2 * number[o], recomputed, INFINITE)
        if v in needed:
            network.edge(available, sink, INFINITE)
    behind = network.source_side(source, sink)
    return [v for v, k in number.items() if 2 * k + 1 in behind and 2 * k not in behind]


class _Network:
    def __init__(self, size):
        self.out = [[] for _ in range(size)]            # edges: [to, capacity left, index of the reverse edge]

    def edge(self, a, b, capacity):
        self.out[a].append([b, capacity, len(self.out[b])])
        self.out[b].append([a, 0.0, len(self.out[a]) - 1])

    def source_side(self, source, sink):
        """Saturate, then give the nodes that can still be reached from the source."""
        while sink in (level := self._levels(source)):
            used = [0] * len(self.out)
            while self._augment(source, sink, level, used):
                pass
        return level

    def _levels(self, source):
        level, queue = {source: 0}, [source]
        for u in queue:
            for to, left, _ in self.out[u]:
                if left > EPSILON and to not in level:
                    level[to] = level[u] + 1
                    queue.append(to)
        return level

    def _augment(self, source, sink, level, used):
        """One path of the level graph, found without recursion; False when there is none."""
        path, node = [], source
        while node != sink:
            edges = self.out[node]
            while used[node] < len(edges):
                to, left, _ = edges[used[node]]
                if left > EPSILON and level.get(to) == level[node] + 1:
                    break
                used[node] += 1
            else:
                if not path:
                    return False
                node, _ = path.pop()
                used[node] += 1
                continue
            path.append((node, edges[used[node]]))
            node = to
        flow = min(edge[1] for _, edge in path)
        if flow == INFINITE:
            raise ValueError("a needed value can be neither saved nor recomputed")
        for _, edge in path:
            edge[1] -= flow
            self.out[edge[0]][edge[2]][1] += flow
        return True
