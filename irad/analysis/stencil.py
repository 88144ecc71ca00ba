"""Nests of loops whose adjoint may be gathered: one sum per element instead of several scattered additions.

    for i: for j: v[i, j] = f(u[i-1, j], u[i, j-1], u[i, j], ...)           iterations share nothing but what they read

The adjoint adds to sh(u)[i-1, j], [i, j-1] and so on in one iteration, later iterations read what this one has just written, and nothing
vectorises. If iterations are independent, all that is added to one element can be added at once (transform/gather.py).

A nest (nest.py) is taken if it has no active header phi, if no active value leaves it, if every active access is affine in its counters, if
each array that is stored to is apart from those that are loaded, and if some array is loaded at several constant distances.
"""
from dataclasses import dataclass

from .affine import Poly
from .values import is_copy, is_float, is_inst, is_memset, size_of

ELEMENTS = ("double", "float", "i8")


@dataclass(frozen=True)
class Group:
    """Loads of one array in one nest: (distance in iterations, a number for each loop; the loads at that distance). `access`: the first."""
    members: tuple
    access: object

    @property
    def first(self):
        """The least distance in each direction."""
        return tuple(map(min, zip(*(o for o, _ in self.members), strict=True)))

    @property
    def last(self):
        return tuple(map(max, zip(*(o for o, _ in self.members), strict=True)))

    @property
    def loads(self):
        return [i for _, loads in self.members for i in loads]


@dataclass(frozen=True)
class Access:
    """Element `base[start + sum of steps[d] * k_d]`, in bytes; start and steps are polynomials of invariants."""
    base: object
    start: Poly
    steps: tuple

    def distance_to(self, other):
        """How many iterations the other access is ahead of this one, a number for each loop; None if no iterations make up for it."""
        if other.base is not self.base or other.steps != self.steps:
            return None
        return distance(other.start - self.start, self.steps)


def distance(difference, steps):
    """Whole numbers o with `difference = sum of o_d * steps[d]`, where that can be told from symbols of each step's own; else None."""
    out = []
    for d, step in enumerate(steps):
        own = [m for m in step if not any(m in other for e, other in enumerate(steps) if e != d)]
        if not own:
            return None
        o, rest = divmod(difference.get(own[0], 0), step[own[0]])
        if rest:
            return None
        difference = difference - step.scale(o)
        out.append(o)
    return None if difference else tuple(out)


@dataclass(frozen=True, eq=False)
class Stencil:
    """`handover`: see handover.py; or None."""
    nest: object
    groups: tuple
    handover: object = None


class Stencils:
    """`find(nest)`: a Stencil or None."""

    def __init__(self, flow, counters, objects, affine, work, users, elements):
        """`elements`: intact.Refined, which tells elements of one array apart."""
        self.flow, self.counters, self.objects = flow, counters, objects
        self.affine, self.work, self.users, self.elements = affine, work, users, elements

    def find(self, nest):
        block = nest.block
        if any(map(self.work.merges, self.flow.phis(block))):
            return None
        working = [i for i in block.instructions if self.work.has(i)]
        if any(is_memset(i) or is_copy(i) or i in self.flow.sites or (i.opname == "store" and not is_float(i.operands[0]))
               for i in working):
            return None
        if any(not self.flow.inside(u, nest.inner) for i in working for u in self.users.get(i, ())):
            return None                                 # the last iteration's adjoint is not that of the others
        loads = [(i, self.access(i.operands[0], nest)) for i in working if i.opname == "load"]
        stores = [(i, self.access(i.operands[1], nest)) for i in working if i.opname == "store"]
        if any(a is None for _, a in loads + stores) or not self._independent(loads, stores, nest):
            return None
        groups = tuple(g for g in self._groups(loads) if len(g.members) > 1)
        return Stencil(nest, groups) if groups else None

    def access(self, pointer, nest):
        """Where an access goes, as seen from inside the nest; None if that is not affine in its counters."""
        offset = Poly()
        while True:
            step = self._step(pointer, nest)
            if step is None:
                break
            pointer, more = step
            offset = offset + more
        if self.flow.inside(pointer, nest.outer):
            return None
        numbers = [self.affine.number(self.counters[l].k) for l in nest.loops]
        start, steps = Poly(), tuple(Poly() for _ in nest.loops)
        for m, c in offset.items():
            mine = [a for a in m if a in numbers]
            rest = tuple(a for a in m if a not in numbers)
            if len(mine) > 1 or not self.affine.is_invariant(nest.outer, [rest]):
                return None
            (steps[numbers.index(mine[0])] if mine else start)[rest] = c
        return Access(pointer, start, steps)

    def _step(self, pointer, nest):
        """(the pointer that this one is made from, the bytes between them), or None."""
        if is_inst(pointer, "getelementptr") and len(pointer.operands) == 2 and str(pointer.info) in ELEMENTS:
            return pointer.operands[0], self.affine.poly(pointer.operands[1]).scale(size_of(pointer.info))
        for loop in nest.loops:
            iv = self.counters[loop].ivs.get(pointer)
            if iv is not None:
                return iv.start, self.affine.atom(self.counters[loop].k).scale(iv.step)
        return None

    def _independent(self, loads, stores, nest):
        """Each stored array is stored to once, at an element of its own in each iteration, and is apart from all that is loaded."""
        for n, (store, a) in enumerate(stores):
            if not self._is_its_own(store, a, nest):
                return False
            others = [b for _, b in loads] + [b for m, (_, b) in enumerate(stores) if m != n]
            if not all(self._apart(a.base, b.base) for b in others):
                return False
        return True

    def _is_its_own(self, store, access, nest):
        if len(nest.loops) > 1:
            return self.elements.are_distinct([store], nest.loops)
        step, = access.steps
        return set(step) == {()} and abs(step[()]) >= size_of(store.operands[0].type)

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
        """Loads that constant distances lie between."""
        found = []
        for i, a in loads:
            if not all(a.steps):
                continue                                # the same element in all iterations of a loop
            for first, members in found:
                if (o := first.distance_to(a)) is not None:
                    members.setdefault(o, []).append(i)
                    break
            else:
                found.append((a, {(0,) * len(a.steps): [i]}))
        for first, members in found:
            yield Group(tuple((o, tuple(members[o])) for o in sorted(members)), first)
