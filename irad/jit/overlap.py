"""What is refused when the call is made, before anything is changed: shadows of another shape, and overlaps without a right answer.

All is decided by byte ranges. The tests are or-ed into one branch that is not taken; only behind it the first that holds is looked for.
"""
from functools import reduce
from itertools import combinations

from numba.core.types import Record

from ..errors import IradError
from ..frontend.floats import floats
from ..modes import Active, Duplicated
from .apart import refusals
from .array import _INTP
from .parameters import argument_names, site


def refuse_at_run_time(context, builder, resolved, operands, structures, constant):
    found = [*_Checks(builder, resolved, operands).all(), *refusals(context, builder, resolved, structures, constant, operands)]
    if not found:
        return
    with builder.if_then(reduce(builder.or_, (flag for flag, _ in found)), likely=False):
        for flag, message in found:
            with builder.if_then(flag):
                context.call_conv.return_user_exc(builder, IradError, (message,))
        builder.unreachable()


def any_overlap(builder, operands):
    """Do shadowed arrays overlap, one of which the primal writes? The core then takes its other way."""
    flags = [o.x.overlaps(p.x) for o, p in combinations(operands, 2) if (o.written or p.written) and _both_duplicated(o, p)]
    return reduce(builder.or_, flags)


def _both_duplicated(o, p):
    return o.kind is p.kind is Duplicated and o.dx is not None and p.dx is not None


def _unit(*types):
    """The bytes by which arrays of plain numbers may be shifted against each other; a record's fields may lie anywhere in it."""
    widths = [run.width for ty in types for run in floats(getattr(ty, "dtype", ty)) if not isinstance(getattr(ty, "dtype", ty), Record)]
    return max(widths, default=1)


class _Checks:
    def __init__(self, builder, resolved, operands):
        self.builder, self.resolved, self.operands = builder, resolved, operands
        self.f, self.added_into = resolved.call.dispatcher, resolved.call.mode.direction == "Reverse"
        self.names = argument_names(self.f, len(resolved.kinds))

    def all(self):
        shadowed = [o for o in self.operands if o.dx is not None]
        for o in shadowed:
            if o.x.type.ndim:
                yield o.x.differs_in_shape(o.dx), self._say(f"the shadow of {self._name(o)} has another shape than the array",
                                                            "Make it with np.zeros_like(x).")
        for o in shadowed:
            for p in self.operands if self.added_into else [p for p in self.operands if o.written or p.written]:
                what = f"the shadow of {self._name(o)} overlaps the array {self._name(p)}"
                yield o.dx.overlaps(p.x), self._say(what, "Give it memory of its own.")
        for o, p in combinations(self.operands, 2):
            yield from self._pair(o, p)
        for o in self.operands:
            if o.written and not o.x.dense:
                what = f"the function writes {self._name(o)}, whose elements overlap each other"
                yield o.x.overlaps_itself(), self._say(what, "Pass a copy.")

    def _pair(self, o, p):
        if not o.written and not p.written:
            return
        b, both = self.builder, f"{self._name(o)} and {self._name(p)}"
        overlap = o.x.overlaps(p.x)
        if Active in (o.kind, p.kind):
            yield overlap, self._say(f"{both} overlap, and the function writes one of them",
                                     "An Active array is never changed: pass a copy, or Duplicated arrays.")
            return
        if o.kind is p.kind is Duplicated and o.dx is not None and p.dx is not None:
            shadows = o.dx.overlaps(p.dx)
            apart = b.icmp_signed("!=", o.x.distance(p.x), o.dx.distance(p.dx))
            yield (b.or_(b.xor(overlap, shadows), b.and_(shadows, apart)),
                   self._say(f"the shadows of {both} overlap otherwise than the arrays, and the function writes one of these",
                             "Let the shadows overlap as the arrays do."))
            inside = b.icmp_signed("!=", b.srem(o.x.distance(p.x), _INTP(_unit(o.x.type, p.x.type))), _INTP(0))
            yield (b.and_(overlap, inside), self._say(f"{both} overlap, elements of one lie between those of the other, and the function "
                                                      "writes one of them", "Let them overlap by whole elements."))
        copied = [q.copied for q in (o, p) if q.copied is not None]
        if copied:
            yield (b.and_(overlap, reduce(b.or_, copied)),
                   self._say(f"{both} overlap, the function writes one of them, and strides of array and shadow differ",
                             "Pass contiguous arrays."))
        if self.resolved.derived.distinct and not (self.resolved.derived.takes_overlap and _both_duplicated(o, p)):
            yield overlap, self._say(f"{both} overlap, and the function writes one of them", "This is not differentiated yet: pass a copy.")

    def _name(self, o):
        return f"`{self.names[o.leaf.argument]}`" + "".join(f"[{k}]" for k in o.leaf.path)

    def _say(self, what, do):
        return f"{site(self.f)}: {what}. {do}"
