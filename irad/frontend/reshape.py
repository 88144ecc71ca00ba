"""Numba's `numba_attempt_nocopy_reshape`, written out in IR for each pair of dimensions.

As an external call it captures the structure that also holds the array's data pointer: nothing could then be said about that pointer.
Written out, it is straight-line integer code over constant positions, and all of it lands in registers.

The idea. Axes are taken from the last to the first. `run` is the number of elements, not yet given to a new axis, of the old axes taken
so far; `stride` is the step of the next new axis. A new axis of extent e takes e of `run` if e divides it; if not, one more old axis joins,
which it can if its own stride continues the run, or if the run is used up. An old axis that is needed and cannot join means a copy.
"""
import re

from irad.ir.build import Builder, declare, new_block
from irad.ir.extras import SIMPLE, Attributes, Module

CALL = re.compile(r"@numba_attempt_nocopy_reshape(?=\(i64 (\d+), ptr [^,\n]+, ptr [^,\n]+, i64 (\d+), [^\n]*, i32 0\))")
LARGEST = 16            # dimensions times dimensions: the code grows by their product
I32, I64, PTR = SIMPLE["i32"], SIMPLE["i64"], SIMPLE["ptr"]


def open_reshapes(text):
    """Calls with few dimensions go to bodies of their own, appended to the text."""
    bodies = {}

    def name(match):
        old, new = int(match[1]), int(match[2])
        if not new or old * new > LARGEST:
            return match[0]
        made = f"{match[0]}.{old}.{new}"
        if made not in bodies:
            bodies[made] = _body(made[1:], old, new)
        return made

    text = CALL.sub(name, text)
    # Before the metadata or behind it: order does not matter to LLVM.
    return text + "".join(bodies.values())


def _body(name, old, new):
    function = declare(Module(), name, I32, [I64, PTR, PTR, I64, PTR, PTR, I64, I32])
    function.linkage = "internal"
    function.attributes = Attributes.fromkeys(["alwaysinline"])
    _, extents, strides, _, wanted, result, itemsize, _ = function.args
    b = Builder(new_block(function, "entry"))
    extents, strides = _vector(b, extents, old), _vector(b, strides, old)
    wanted = _vector(b, wanted, new)
    size = _product(b, wanted)
    empty = b.icmp("eq", size, b.i64(0))
    fits, found = _axes(b, extents, strides, wanted, itemsize)
    for k, stride in enumerate(found):
        # Of an empty array any stride will do; NumPy and Numba take the item's size.
        b.store(b.select(empty, itemsize, stride), b.gep(I64, result, b.i64(k)))
    same_size = b.icmp("eq", size, _product(b, extents))
    b.ret(b.cast("zext", b.and_(same_size, b.or_(empty, fits)), I32))
    return str(function)


def _axes(b, extents, strides, wanted, itemsize):
    """(an i1: no copy needed, the new strides)."""
    one, true = b.i64(1), b.i1(1)
    run, stride, span, taken, fits = one, itemsize, itemsize, b.i64(0), true
    found, started, rightmost = [], b.i1(0), itemsize
    for extent in reversed(wanted):
        e = b.select(b.icmp("eq", extent, b.i64(0)), one, extent)       # an empty array is settled apart, but nothing may divide by 0
        for _ in extents:
            # Which old axis is next: the one at `taken` from the end; none beyond the first, and a run that then does not divide is no fit.
            axis, step = b.i64(1), b.i64(0)
            for k, (d, s) in enumerate(reversed(list(zip(extents, strides, strict=True)))):
                here = b.icmp("eq", taken, b.i64(k))
                axis, step = b.select(here, d, axis), b.select(here, s, step)
            joins = b.icmp("ne", b.urem(run, e), b.i64(0))
            unit = b.icmp("eq", axis, one)                              # has no influence, and its stride says nothing
            fresh = b.icmp("eq", run, one)
            follows = b.or_(b.or_(unit, fresh), b.icmp("eq", step, span))
            fits = b.and_(fits, b.select(joins, follows, true))
            moves = b.and_(joins, b.xor(unit, true))
            stride = b.select(b.and_(moves, fresh), step, stride)
            run = b.select(moves, b.mul(run, axis), run)
            span = b.select(moves, b.mul(step, axis), span)
            taken = b.add(taken, b.cast("zext", joins, I64))
        fits = b.and_(fits, b.icmp("eq", b.urem(run, e), b.i64(0)))
        plain = b.icmp("ne", extent, one)
        rightmost = b.select(b.or_(started, b.xor(plain, true)), rightmost, stride)
        found.append((b.or_(started, plain), stride))
        started = b.or_(started, plain)
        stride, run = b.mul(stride, e), b.udiv(run, e)
    # Trailing axes of extent 1 have the stride of the axis before them.
    return fits, [b.select(known, s, rightmost) for known, s in reversed(found)]


def _vector(b, pointer, n):
    return [b.load(I64, b.gep(I64, pointer, b.i64(k)), align=8) for k in range(n)]


def _product(b, values):
    out = b.i64(1)
    for v in values:
        out = b.mul(out, v)
    return out
