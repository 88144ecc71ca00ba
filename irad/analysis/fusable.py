"""Loops whose reverse may run right after each iteration's forward: no tape, and memory is as the iteration saw it.

    for i: e += f(x, i)                     for i: t = f(x, i); e += t;   adjoints of f with d(t) = 1
    return e                                return e

Legal where iterations share nothing but sums, and the adjoint of every sum is known beforehand. The sums taken here are those that become
a part of the result, unchanged or times what is known in front of the loop (`return 0.5 * e / n - r`). So their adjoint is the seed, 1,
times the same factors. In detail:

1. each active header phi is a sum: from the phi to its latch value lead only `s + t`, `s - t`, and phis and selects of such, with no other
   active user;
2. no active memory is written in the loop, nor after it: the adjoint of such a store would have to come first. Memory that each iteration
   makes anew (private.py), and that no active instruction behind the loop touches, does not count;
3. no other active value leaves the loop;
4. the one exit is the latch's, and after it every path stores the sum as the result, or what only `+`, `-`, and products and quotients
   with the same factors make of it;
5. the loop is outermost, or lies in a loop that is fused itself.
"""
from .graph import PostDominance
from .intact import read, written
from .values import POISON, is_copy, is_inst, is_memset

ARITHMETIC = frozenset("fadd fsub fmul fdiv fneg fpext fptrunc sitofp uitofp add sub mul shl zext sext trunc".split())
DEEP = 8                                                # operations, one on another, that are copied to the front of a loop


class Fusable:
    """`find()`: {loop: {sum (a header phi): its factors}}, outer loops first. Factors are (opcode, operand), in the order of the primal:
    "fmul", "fdiv", or "fneg" with None."""

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
                self.found[loop] = {s: tuple((op, self._known(c, loop.preheader)) for op, c in factors) for s, factors in sums.items()}
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
        found = [self._chain(p, loop) for p in phis]
        if not phis or None in found:
            return None
        known = {v for chain, _ in found for v in chain}
        others = [i for b in loop.blocks for i in b.instructions if self.activity.is_active(i) and i not in known]
        if any(not self.flow.inside(u, loop) for i in others for u in self.users.get(i, ())):
            return None
        return {phi: factors for phi, (_, factors) in zip(phis, found, strict=True)}

    def _chain(self, phi, loop):
        """(the sum's values with the factors that each has got, the factors that the result has); None if it is no such sum."""
        chain, todo, ends = {phi: ()}, [phi], set()
        while todo:
            v = todo.pop()
            for u in self.users.get(v, ()):
                if self.work.is_seed(u):
                    if not self.after.always_reaches(loop.latch, self.flow.block_of[u]):
                        return None
                    ends.add(chain[v])
                    continue
                step = self._step(u, v, loop)
                if step is None:
                    if self.activity.is_active(u) or u.opname == "store":
                        return None
                elif u not in chain:
                    chain[u] = (*chain[v], *step)
                    todo.append(u)
                elif chain[u] != (*chain[v], *step):
                    return None
        if len(ends) != 1 or self.flow.incoming(phi, loop.latch) not in chain or not self._all_paths(chain, loop):
            return None
        return chain, ends.pop()

    def _step(self, u, v, loop):
        """The factors by which u = u(v) differs from the sum v; None if it is no sum any more."""
        if u.opname in ("phi", "fadd") or (u.opname == "select" and u.operands[0] is not v):
            return ()
        if u.opname == "fsub" and u.operands[0] is v:
            return ()
        if any(self.flow.inside(u, l) for l in (loop, *self.found)):
            return None
        if u.opname in ("fneg", "fsub"):
            return (("fneg", None),)
        if u.opname not in ("fmul", "fdiv") or (u.opname == "fdiv" and u.operands[0] is not v):
            return None
        c = u.operands[1 if u.operands[0] is v else 0]
        return ((u.opname, c),) if c is not v and self._may_be_known(c, loop.preheader) else None

    def _may_be_known(self, v, at, depth=0):
        """Is it there in front of the loop, or made by arithmetic from what is?"""
        if not is_inst(v) or self.flow.graph.dominates(self.flow.block_of[v], at):
            return True
        return depth < DEEP and v.opname in ARITHMETIC and all(self._may_be_known(o, at, depth + 1) for o in v.operands)

    def _known(self, v, at):
        """The value, or a copy of it, in front of the loop."""
        if not is_inst(v) or self.flow.graph.dominates(self.flow.block_of[v], at):
            return v
        operands = [self._known(o, at) for o in v.operands]
        flags = [f for f in v.flags if f not in POISON]
        copy = self.flow.before_terminator(at, self.flow.make(at, v.opname, v.type, operands, flags=flags, info=v.info, name=v.name))
        if v in self.activity.varied:
            self.activity.varied.add(copy)
        return copy

    def _all_paths(self, chain, loop):
        """At every phi of the chain, whatever comes from within or behind the loop is the sum."""
        graph = self.flow.graph
        behind = self._reachable(loop.header)
        for v in chain:
            if v.opname == "select" and not all(o in chain for o in v.operands[1:]):
                return False
            if v.opname in ("fadd", "fsub", "fmul", "fdiv") and sum(o in chain for o in v.operands) != 1:
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


