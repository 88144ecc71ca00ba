"""Loops whose reverse may run right after each iteration's forward: no tape, and memory is as the iteration saw it.

    for i: e += f(x, i)                     for i: t = f(x, i); e += t;   adjoints of f with d(t) = 1
    return e                                return e

Legal where iterations share nothing but sums, and the adjoint of every sum is known beforehand. The sums taken here are those that become
the result unchanged, so that their adjoint is the seed, 1. In detail:

1. each active header phi is a sum: from the phi to its latch value lead only `s + t`, `s - t`, and phis and selects of such, with no other
   active user;
2. no active memory is written in the loop, nor after it: the adjoint of such a store would have to come first. Memory that each iteration
   makes anew (private.py), and that no active instruction behind the loop touches, does not count;
3. no other active value leaves the loop;
4. the one exit is the latch's, and after it every path stores the sum as the result;
5. the loop is outermost, or lies in a loop that is fused itself.
"""
from .graph import PostDominance
from .intact import read, written
from .values import is_copy, is_memset


class Fusable:
    """`find()`: {loop: its sums (header phis)}, outer loops first."""

    def __init__(self, flow, activity, work, users, private):
        self.flow, self.activity, self.work, self.users, self.private = flow, activity, work, users, private
        self.after = PostDominance(flow.graph, flow.turn)
        self.found = {}
        self._writes = [i for i in flow.instructions() if self._is_write(i)]

    def find(self):
        for loop in self.flow.loops:
            if loop.parent is not None and loop.parent not in self.found:
                continue
            if not any(self.work.has(i) for b in loop.blocks for i in b.instructions) or not self._keeps_to_itself(loop):
                continue
            sums = self._sums(loop)
            if sums:
                self.found[loop] = sums
        return self.found

    def _is_write(self, i):
        return (i.opname == "store" or is_memset(i) or is_copy(i) or i in self.flow.sites) and self.work.has(i) and not self.work.is_seed(i)

    def _keeps_to_itself(self, loop):
        """No active stores in the loop, or after it, but to its own memory: in the order of blocks, nothing that may run after a header
        stands before it."""
        position, objects = self.flow.graph.position, self.work.objects
        late = [i for i in self._writes if position[self.flow.block_of[i]] >= position[loop.header]]
        if any(not self.flow.inside(i, loop) for i in late):
            return False
        bits = 0
        for i in late:
            bits |= written(i, objects)
        return not bits or (not bits & ~self.private.of(loop) and not self._is_used_behind(bits, loop))

    def _is_used_behind(self, bits, loop):
        position, objects = self.flow.graph.position, self.work.objects
        return any(read(i, objects) & bits for b in self.flow.order if b not in loop.blocks and position[b] > position[loop.header]
                   for i in b.instructions if self.work.has(i))

    def _sums(self, loop):
        """The loop's sums, or None where it is not legal."""
        if len(loop.exits) != 1 or loop.exits[0][0] is not loop.latch:
            return None
        phis = [p for p in self.flow.phis(loop.header) if self.activity.is_active(p)]
        chains = [self._chain(p, loop) for p in phis]
        if not phis or any(c is None for c in chains):
            return None
        known = {v for c in chains for v in c}
        others = [i for b in loop.blocks for i in b.instructions if self.activity.is_active(i) and i not in known]
        if any(not self.flow.inside(u, loop) for i in others for u in self.users.get(i, ())):
            return None
        return phis

    def _chain(self, phi, loop):
        """The sum's values in order of discovery, the result's store reached at the end; None if it is no such sum."""
        chain, todo, stored = {phi: phi}, [phi], False
        while todo:
            v = todo.pop()
            for u in self.users.get(v, ()):
                if u in chain:
                    continue
                if self.work.is_seed(u):
                    if not self.after.always_reaches(loop.latch, self.flow.block_of[u]):
                        return None
                    stored = True
                elif self._continues(u, v, loop):
                    chain[u] = u
                    todo.append(u)
                elif self.activity.is_active(u) or u.opname == "store":
                    return None
        if not stored or self.flow.incoming(phi, loop.latch) not in chain or not self._all_paths(chain, loop):
            return None
        return chain

    def _continues(self, u, v, loop):
        if u.opname == "phi" or (u.opname == "select" and u.operands[0] is not v):
            return True
        if not any(self.flow.inside(u, l) for l in (loop, *self.found)):
            return False                                # after the loops the sum must stay as it is
        return u.opname == "fadd" or (u.opname == "fsub" and u.operands[0] is v)

    def _all_paths(self, chain, loop):
        """At every phi of the chain, whatever comes from within or behind the loop is the sum."""
        graph = self.flow.graph
        behind = self._reachable(loop.header)
        for v in chain:
            if v.opname == "select" and not all(o in chain for o in v.operands[1:]):
                return False
            if v.opname in ("fadd", "fsub") and sum(o in chain for o in v.operands) != 1:
                return False
            if v.opname != "phi":
                continue
            block = self.flow.block_of[v]
            for p in graph.predecessors[block]:
                inner = graph.loop_of[block]
                if inner is not None and block is inner.header and p is inner.preheader and p not in behind:
                    continue                            # where the sum starts
                if p in behind and self.flow.incoming(v, p) not in chain and not is_start(self.flow, v, p, loop):
                    return False
        return True

    def _reachable(self, block):
        seen, todo = {block}, [block]
        while todo:
            for s in self.flow.graph.successors[todo.pop()]:
                if s not in seen:
                    seen.add(s)
                    todo.append(s)
        return seen


def is_start(flow, phi, source, loop):
    """Is this the edge on which the loop's own sum starts?"""
    return flow.block_of[phi] is loop.header and source is loop.preheader


