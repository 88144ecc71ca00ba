"""Memory that is seen as elements of another size: what is not known there to be a whole float is refused.

    x.view(np.int8)[k:].view(np.float64)        floats that may begin inside of a float of x
    x.view(np.int8)[2:11] = 0                   zeros that may end inside of one; a copy of bytes may, too

The views are marked while lowering (frontend/reshaped.py). An object that a marked pointer may lead into is *resized*: in it, the
places of all accesses have to say which floats they touch (places.py).
"""
from math import gcd

from ..errors import Refusal
from .values import is_copy, is_inst, is_memset, size_of

MARK = "irad.resized"


class Resized:
    def __init__(self, flow, objects, places, affine):
        self.flow, self.objects, self.places, self.affine = flow, objects, places, affine
        self._views = {}                                # object: the views of it
        for i in flow.instructions():
            if is_inst(i, "freeze") and MARK in i.metadata:
                for o in objects.list(objects.of(i)):
                    self._views.setdefault(o.index, []).append(i)

    def has(self, o):
        return o.index in self._views

    def check_floats(self, o, found, one):
        """`found`: the accesses of an object; `one`: the type of all of them, if there is one."""
        if self.has(o) and one is not None and found.period % size_of(one):
            raise self._refusal(o)

    def check_blocks(self, known, active):
        """Copies and zeros of active bytes begin and end between floats."""
        for i in self.flow.instructions():
            for pointer in i.operands[1:3] if is_copy(i) else i.operands[1:2] if is_memset(i) else ():
                for o in self.objects.list(self.objects.of(pointer) & active):
                    if self.has(o) and o.index in known and self._cuts(i, self.places.of(pointer), known[o.index]):
                        raise self._refusal(o, i)

    def _cuts(self, i, place, found):
        """May a block of bytes that begins at `place` begin or end inside of a float?"""
        length = self.places.moved(self.affine.poly(i.operands[3]))
        period = gcd(place.period, found.period)
        ends = [(a, period) for a in place.offsets]
        ends += [(a + n, gcd(period, length.period)) for a in place.offsets for n in length.offsets]
        return any(_is_inside(at, period, offset, size_of(ty)) for at, period in ends for offset, ty, is_float in found.known if is_float)

    def _refusal(self, o, block=None):
        view = next((v for v in self._views[o.index] if self._is_unknown(v)), self._views[o.index][0])
        return Refusal("a view in which floats may begin inside of other floats", block or view,
                       "it sees an array's bytes as elements of another size, and what it meets is not known to be whole floats",
                       "slice the array before you take a view of its bytes, or use views of one size")

    def _is_unknown(self, view):
        place = self.places.of(view)
        return bool(place.period % 8)


def _is_inside(at, period, offset, size):
    """Is `at`, modulo the period, a byte inside of a float, not its first?"""
    if not period:
        return 0 < at - offset < size
    return period < size or 0 < (at - offset) % period < size
