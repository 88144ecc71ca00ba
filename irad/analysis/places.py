"""Where in its object a pointer may point: byte offsets modulo a period.

    r[i].b          40 * i + 12                     12 modulo 40
    r[i].v[k]       40 * i + 16 + 8 * k, k < 3      16, 24 or 32 modulo 40: a counter with few values is spelt out
    x[n]            8 * n                           0 modulo 8
    (unknown)                                       0 modulo 1

The period is the greatest common divisor of the coefficients of the offset's polynomial; 0 says that the offsets are exact. In an array
argument of any strides, a whole number of strides leads from the start of one element to that of another: its period is the element's size.
"""
from dataclasses import dataclass
from math import gcd

from .objects import DATA_OFFSET, offset_of
from .values import callee, is_constant, is_inst, is_pointer

CHOICES = ("llvm.smin.", "llvm.smax.", "llvm.umin.", "llvm.umax.")
MOST = 512                                              # values of counters that are spelt out


@dataclass(frozen=True)
class Place:
    """`offsets` from the start of the object, modulo `period`; exact where the period is 0."""
    offsets: tuple
    period: int


ANYWHERE, START = Place((0,), 1), Place((0,), 0)


class Places:
    """`of(pointer)`. `elements`: {data pointer argument: its elements' `size`, and its `strides` if these are arguments; or None} for
    arguments that do not share their object with another one."""

    def __init__(self, affine, objects, elements):
        self.affine, self.objects, self.elements = affine, objects, elements
        self._strides = {affine.number(s): e.size for e in elements.values() if e is not None for s in e.strides}
        self._memo, self._open, self._leaned, self._values = {}, {}, set(), {}
        self._inside = 0                                # objects into whose middle a pointer is kept in memory
        self._find_inside()

    def _find_inside(self):
        """From none on, as long as there are more."""
        stores = [i for i in self.objects.flow.instructions() if i.opname == "store" and is_pointer(i.operands[0])]
        before = None
        while before != self._inside:
            before = self._inside
            self._memo.clear()
            for i in stores:
                if self.objects.of(i.operands[0]) & ~self._inside and self.of(i.operands[0]) != START:
                    self._inside |= self.objects.of(i.operands[0])

    def of(self, pointer):
        return self._known(pointer) or ANYWHERE

    def _known(self, pointer):
        """The place, or None if nothing leads here but the phis that are being looked at."""
        if pointer not in self._memo:
            self._memo[pointer] = self._find(pointer)
        return self._memo[pointer]

    def _find(self, pointer):
        found = self.affine.path(pointer)
        if found is None:
            return ANYWHERE
        base, offset = found
        element = self.elements.get(base)
        moved = self.moved(offset, element.size if element else 0)
        if is_inst(base, "freeze"):                     # an array seen in another shape
            return _sum(self._known(base.operands[0]), moved)
        if is_inst(base, "phi") or is_inst(base, "select"):
            return _sum(self._merged(base), moved)
        return moved if self._is_start(base) else ANYWHERE

    def _merged(self, phi):
        """The place of a phi or select. One that comes from itself is looked at again until its own place agrees with it."""
        if phi in self._open:
            self._leaned.add(phi)
            return self._open[phi]
        self._open[phi] = found = None
        while True:
            known = len(self._memo)
            given = [self._known(o) for o in (phi.operands if phi.opname == "phi" else phi.operands[1:]) if not is_constant(o)]
            found = _either([p for p in (found, *given) if p is not None])
            if phi not in self._leaned or found == self._open[phi]:
                break
            self._open[phi] = found
            for pointer in list(self._memo)[known:]:    # what leaned on the place before
                del self._memo[pointer]
        del self._open[phi]
        self._leaned.discard(phi)
        return found

    def _is_start(self, pointer):
        """Does this pointer always point to the first byte of its object?"""
        if not is_inst(pointer):
            return pointer in self.elements
        if pointer.opname == "load":
            base, objects = pointer.operands[0], self.objects.list(self.objects.of(pointer.operands[0]))
            if any(o.kind == "meminfo" for o in objects):
                return is_inst(base, "getelementptr") and offset_of(base) == DATA_OFFSET
            return not self.objects.of(pointer) & self._inside
        return pointer.opname in ("alloca", "call")

    def moved(self, offset, size=0):
        """By how many bytes a polynomial leads on; `size`: that of the elements that it leads along."""
        offsets, period = [offset.get((), 0)], 0
        for monomial, c in offset.items():
            if not monomial:
                continue
            trips = self._trips(monomial)
            whole = next((self._strides[a] for a in monomial if a in self._strides), None)
            if whole is not None:                       # a whole number of strides
                period = gcd(period, whole)
            elif trips is None and (step := self._one_of(monomial)) is not None:
                period = gcd(period, c * step.period, *(c * (o - step.offsets[0]) for o in step.offsets))
                offsets = [o + c * step.offsets[0] for o in offsets]
            elif trips is None or trips * len(offsets) > MOST or (size and c % size == 0):
                period = gcd(period, c)
            else:
                offsets = [o + c * k for k in range(trips) for o in offsets]
        return _place(offsets, period)

    def _one_of(self, monomial):
        """Where a value leads that is one of several, as the end of a slice is that or the end of the array."""
        v = self.affine.atoms[abs(monomial[0])] if len(monomial) == 1 else None
        if not is_inst(v) or not (v.opname in ("select", "phi") or callee(v).startswith(CHOICES)):
            return None
        if v not in self._values:
            self._values[v] = None                      # what comes from itself may be anything
            self._values[v] = _either([self.moved(self.affine.poly(o)) for o in (v.operands if v.opname == "phi" else v.operands[1:3])])
        return self._values[v]

    def _trips(self, monomial):
        """How many values a monomial takes that is the counter of a loop with a constant bound; else None."""
        if len(monomial) != 1 or not self.affine.is_counter(monomial[0]):
            return None
        loop = self.affine.loop_of_counter[self.affine.atoms[monomial[0]]]
        n = self.affine.counters[loop].n
        bound = None if n is None else self.affine.poly(n)
        return bound.get((), 0) + 1 if bound is not None and set(bound) <= {()} else None


def _place(offsets, period):
    found = tuple(sorted({o % period if period else o for o in offsets}))
    return Place(found, period) if len(found) <= MOST else Place((found[0],), gcd(period, *(o - found[0] for o in found)))


def _sum(a, b):
    return None if a is None else _place([o + p for o in a.offsets for p in b.offsets], gcd(a.period, b.period))


def _either(places):
    """One of these: of whole records, if they differ by whole records."""
    if not places:
        return None
    first, period = places[0].offsets[0], gcd(*(p.period for p in places))
    if all(p == places[0] for p in places):
        return places[0]
    return _place([first], gcd(period, *(o - first for p in places for o in p.offsets)))
