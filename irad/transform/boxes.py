"""Boxes of iterations or elements: (first, end) for each loop of a nest, the end not included; and loops over them.

    sweep(b, box, name, body)       for k in box, upwards: body(builder, counters), which gives a builder behind it
    strips(offsets, at)             for one direction, the elements e = k + o of 0 <= k <= n cut into strips, in each of which the same
                                    offsets o have an iteration k
"""
from dataclasses import dataclass

from ..analysis.flow import I64
from ..ir.build import Builder, new_block


@dataclass(frozen=True)
class Strip:
    """Elements `low .. high`, each a number or, with `from_end`, a number behind n. `offsets`: those that have an iteration there; `given`:
    has the offset `at` one?"""
    low: int
    high: int
    offsets: frozenset
    given: bool
    low_from_end: bool = False
    high_from_end: bool = False

    @property
    def is_middle(self):
        return self.high_from_end and not self.low_from_end

    def bounds(self, b, n):
        """(first element, one behind the last; None if the first is the only one)."""
        low = b.add(n, b.i64(self.low), flags=("nsw",)) if self.low_from_end else b.i64(self.low)
        if self.low == self.high and self.low_from_end == self.high_from_end:
            return low, None
        return low, b.add(n, b.i64(self.high + 1), flags=("nsw",)) if self.high_from_end else b.i64(self.high + 1)


def strips(offsets, at):
    """In the middle strip, last .. n + first, all offsets have one, and so has `at`, which lies between them; for n >= last - first."""
    first, last = min(offsets), max(offsets)
    points = [(e, (frozenset(o for o in offsets if o <= e), e >= at)) for e in range(first, last)]
    low = [Strip(a, z, *found) for a, z, found in _runs(points)]
    points = [(e, (frozenset(o for o in offsets if o >= e), e <= at)) for e in range(first + 1, last + 1)]
    high = [Strip(a, z, *found, True, True) for a, z, found in _runs(points)]
    return [*low, Strip(last, first, frozenset(offsets), True, False, True), *high]


def _runs(points):
    """(first, last, value) of each run of equal values."""
    out = []
    for e, value in points:
        if out and out[-1][2] == value:
            out[-1] = (out[-1][0], e, value)
        else:
            out.append((e, e, value))
    return out


def sweep(b, box, name, body, counters=()):
    if not box:
        return body(b, counters)
    (low, end), *inner = box
    if end is None:
        return sweep(b, inner, name, body, (*counters, low))
    before, header = b.block, new_block(b.function, f"box.{name}")
    first, after = new_block(b.function, f"box.{name}.k"), new_block(b.function, f"box.{name}.end")
    b.br(header)
    h = Builder(header)
    k = h.phi(I64, [(low, before)], name="k")
    h.cbr(h.icmp("slt", k, end), first, after)          # not `sle`: LLVM sees that the loop ends, and deletes it if it is idle
    last = sweep(Builder(first), inner, name, body, (*counters, k))
    k.operands.append(last.add(k, last.i64(1), flags=("nsw",)))
    k.blocks.append(last.block)
    last.br(header)
    return Builder(after)
