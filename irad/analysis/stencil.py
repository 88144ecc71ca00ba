"""Innermost loops whose adjoint may be gathered: one sum per element instead of several scattered additions.

    for i: v[i] = f(u[i-1], u[i], u[i+1])            iterations share nothing but what they read

The adjoint adds to sh(u)[i-1], [i] and [i+1] in one iteration, each next iteration reads what this one has just written, and nothing
vectorises. If iterations are independent, all that is added to one element can be added at once (transform/gather.py).

A loop is taken if it is one block without an active header phi, if no active value leaves it, if every active access is affine in its
counter, if each array that is stored to is apart from those that are loaded, and if some array is loaded at several constant distances.
"""
from dataclasses import dataclass

from .affine import Poly
from .values import is_copy, is_float, is_inst, is_memset, size_of


@dataclass(frozen=True)
class Group:
    """Loads of one array in one loop: (distance in iterations, the loads at that distance), nearest first."""
    members: tuple

    @property
    def distances(self):
        return tuple(o for o, _ in self.members)

    @property
    def loads(self):
        return [i for _, loads in self.members for i in loads]


@dataclass(frozen=True)
class Access:
    """Element `base[start + step * k]`, in bytes; `start` is a polynomial of invariants."""
    base: object
    start: Poly
    step: int


class Stencils:
    """`find(loop)`: the groups to gather, or ()."""

    def __init__(self, flow, counters, objects, affine, work, users):
        self.flow, self.counters, self.objects = flow, counters, objects
        self.affine, self.work, self.users = affine, work, users

    def find(self, loop):
        if len(loop.blocks) != 1 or len(loop.exits) != 1 or any(map(self.work.merges, self.flow.phis(loop.header))):
            return ()
        working = [i for i in loop.header.instructions if self.work.has(i)]
        if any(is_memset(i) or is_copy(i) or i in self.flow.sites or (i.opname == "store" and not is_float(i.operands[0]))
               for i in working):
            return ()
        if any(not self.flow.inside(u, loop) for i in working for u in self.users.get(i, ())):
            return ()                                   # the last iteration's adjoint is not that of the others
        loads = [(i, self._access(i.operands[0], loop)) for i in working if i.opname == "load"]
        stores = [(i, self._access(i.operands[1], loop)) for i in working if i.opname == "store"]
        if any(a is None for _, a in loads + stores) or not self._independent(loads, stores):
            return ()
        return tuple(g for g in self._groups(loads) if len(g.members) > 1)

    def _access(self, pointer, loop):
        """Where an access goes, as seen from inside the loop; None if that is not affine in its counter."""
        offset = Poly()
        while self.flow.inside(pointer, loop):
            iv = self.counters[loop].ivs.get(pointer)
            if iv is not None:
                offset = offset + self.affine.atom(self.counters[loop].k).scale(iv.step)
                pointer = iv.start
            elif is_inst(pointer, "getelementptr") and len(pointer.operands) == 2 and str(pointer.info) in ("double", "float", "i8"):
                offset = offset + self.affine.poly(pointer.operands[1]).scale(size_of(pointer.info))
                pointer = pointer.operands[0]
            else:
                return None
        while is_inst(pointer, "getelementptr") and len(pointer.operands) == 2 and str(pointer.info) in ("double", "float", "i8"):
            offset = offset + self.affine.poly(pointer.operands[1]).scale(size_of(pointer.info))
            pointer = pointer.operands[0]
        k = self.affine.number(self.counters[loop].k)
        step = offset.get((k,), 0)
        start = Poly({m: c for m, c in offset.items() if m != (k,)})
        if any(k in m for m in start) or not all(self._invariant(a, loop) for m in start for a in m):
            return None
        return Access(pointer, start, step)

    def _invariant(self, atom, loop):
        return not self.flow.inside(self.affine.atoms[atom], loop)

    def _independent(self, loads, stores):
        """Each stored array is stored to once, at an element of its own in each iteration, and is apart from all that is loaded."""
        for n, (store, a) in enumerate(stores):
            if abs(a.step) < size_of(store.operands[0].type):
                return False
            others = [b for _, b in loads] + [b for m, (_, b) in enumerate(stores) if m != n]
            if not all(self._apart(a.base, b.base) for b in others):
                return False
        return True

    def _apart(self, p, q):
        """Do these pointers never lead into the same memory at the same time?"""
        if not self.objects.of(p) & self.objects.of(q):
            return True
        return self.flow.is_header_phi(p) and self.flow.is_header_phi(q) and self._rotate_apart(p, q)

    def _rotate_apart(self, p, q):
        """Two buffers that are swapped, and start apart, stay apart."""
        loop = self.flow.loop(p)
        if p is q or self.flow.loop(q) is not loop:
            return False
        rotation = self.counters[loop].rotation
        orbit, at = [], p
        while at in rotation and at not in orbit:
            orbit.append(at)
            at = rotation[at]
        if q not in orbit:
            return False
        starts = [self.objects.of(self.flow.incoming(r, loop.preheader)) for r in orbit]
        return all(not a & b for n, a in enumerate(starts) for b in starts[n + 1:])

    def _groups(self, loads):
        found = {}
        for i, a in loads:
            rest = a.start.get((), 0)
            shape = tuple(sorted((m, c) for m, c in a.start.items() if m))
            if a.step:
                found.setdefault((a.base, shape, a.step, rest % a.step), {}).setdefault(rest // a.step, []).append(i)
        for members in found.values():
            yield Group(tuple(sorted(((o, tuple(loads)) for o, loads in members.items()), key=lambda m: m[0])))
