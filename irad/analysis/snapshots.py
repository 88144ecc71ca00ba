"""Memory whose contents are kept before an iteration, so that it can be put back and the iteration run again (plan/rerun.py).

    for t in steps: for i: u[i] = f(u[i])         forward   each strip of steps: p[t] = a copy of u
                                                  reverse   u = p[t], the strip runs again, and is reversed

What can be copied as a block: an array argument without gaps, an array made before the loop, an array on the stack; no pointers in it.

Of an argument only what the loop may write is copied and put back, for other threads may be at work on the rest: from the first to the last
byte that its stores reach, as polynomials of their counters say. All of the array is where a store goes to a place that nobody knows
beforehand, and where the function writes to the array behind the loop as well, so that what the loop only reads is not there any more: if
all these places are made of the array's own extents and of counters only. Else the caller may have given each thread a part of its own.
"""
from dataclasses import dataclass

from ..ir.build import declare
from .affine import Poly, constant
from .flow import I1, I8, I64, PTR
from .intact import read, written
from .objects import DATA_OFFSET, RAW
from .values import accessed, callee, is_constant, is_inst, size_of, stride_of

TAKE = "irad.snapshot.take"


@dataclass(frozen=True)
class Snapshot:
    """`pointer` and `size` (bytes) of the memory; `copy`: the value that names the copy, made at the beginning of each iteration.
    `is_given`: the caller's memory, which it wants to see as the primal left it."""
    pointer: object
    size: object
    copy: object
    is_given: bool


class Snapshots:
    def __init__(self, flow, objects, affine, counters, arrays):
        """`arrays`: the array arguments (affine.Array)."""
        self.flow, self.objects, self.affine, self.counters = flow, objects, affine, counters
        self._arrays = {a.data: a for a in arrays}
        self._known = {v for a in self._arrays.values() for v in (a.items, *a.shape, *a.strides, a.size)}

    def may_be_kept(self, bits, loop):
        return all(self._regions(o, loop) is not None for o in self.objects.list(bits))

    def take(self, bits, loop):
        """The snapshots of these objects before each iteration of a loop."""
        out, at = [], loop.header
        function = declare(self.flow.module, TAKE, PTR, [PTR, I64])
        for o in self.objects.list(bits):
            for base, region in self._regions(o, loop).items():
                pointer, size = self._memory(o, base, region, loop.preheader)
                copy = self.flow.before_terminator(at, self.flow.make_call(at, function, [pointer, size], name="snapshot"))
                out.append(Snapshot(pointer, size, copy, o.kind == "argument"))
        return tuple(out)

    # -- what is written
    def _regions(self, o, loop):
        """{base: [(first byte, byte behind the last)] as polynomials, or None for all of it}; None where it may not be kept."""
        if o.captured or o.given or self.objects.contents(o):
            return None
        if o.kind == "argument":
            return self._of_argument(o, loop)
        if not is_inst(o.origin) or o.loop is not None or not self.flow.graph.dominates(self.flow.block_of[o.origin], loop.header):
            return None                                 # one that is made in each iteration of a loop around may be gone by then
        if o.kind == "stack":
            return {o.origin: None} if stride_of(o.origin.info) is not None and not o.origin.operands else None
        return {o.origin: None} if o.kind == "allocation" and o.size is not None and not o.outlives_iteration else None

    def _of_argument(self, o, loop):
        out, all_, later = {}, self.objects.arguments_of(o), self._is_written_later(o, loop)
        for i in (i for b in self.flow.order if b in loop.blocks for i in b.instructions):
            writes = bool(written(i, self.objects) & o.bit)
            if not writes and not (later and read(i, self.objects) & o.bit):
                continue
            if i.opname not in ("load", "store"):
                return None
            pointer = accessed(i)
            found = self.affine.path(pointer)
            base = found and found[0]
            bases = [base] if base in self._arrays else all_ if len(all_) == 1 else []
            region = self._reach(i, found[1], loop) if found and not later else None
            if not bases or any(self._arrays.get(b) is None or self._arrays[b].order is None for b in bases):
                return None
            if region is None and not self._is_made_of_extents(pointer, loop):
                return None
            for b in bases:
                whole = region is None or out.get(b, ()) is None
                out[b] = None if whole else [*out.get(b, ()), region]
        return out

    def _is_written_later(self, o, loop):
        """By what may run after the loop has ended; of a loop in a loop, by itself in another iteration, perhaps."""
        if loop.parent is not None:
            return True
        position = self.flow.graph.position
        behind = (b for b in self.flow.order if b not in loop.blocks and position[b] > position[loop.header])
        return any(written(i, self.objects) & o.bit for b in behind for i in b.instructions)

    def _reach(self, store, offset, loop):
        """(first byte, byte behind the last) that a store reaches in an iteration of the loop, as polynomials of what is there before."""
        first, last = offset, offset
        for inner in reversed(self.flow.loops_around(store)):
            k, n = self.affine.number(self.counters[inner].k), self.counters[inner].n
            if any(k in m for p in (first, last) for m in p):
                if n is None:
                    return None
                slopes = [_slope(p, k) for p in (first, last)]
                if None in slopes or any(not self._is_positive(s) and not self._is_positive(s.scale(-1)) for s in slopes):
                    return None
                n = self.affine.poly(n)
                (first, down), (last, up) = ((p, s) for p, s in zip((first, last), slopes, strict=True))
                first = _without(first, k) + (down * n if self._is_positive(down.scale(-1)) else Poly())
                last = _without(last, k) + (up * n if self._is_positive(up) else Poly())
            if inner is loop:
                break
        if not self.affine.is_invariant(loop, first, last):
            return None
        return first, last + constant(size_of(store.operands[0].type))

    def _is_positive(self, p):
        """Made of extents and counts, which are never negative, or of constants."""
        return all(c >= 0 and all(self.affine.atoms[abs(a)] in self._known or self.affine.is_counter(a) for a in m) for m, c in p.items())

    def _is_made_of_extents(self, pointer, loop):
        """Does the place, and how often it is written in a step, depend on nothing but constants, extents of arrays and counters?"""
        todo, seen, steps = [pointer], set(), loop.children[0]
        for inner in self.flow.loops_around(pointer):
            if inner.within(steps) and inner is not steps and self.counters[inner].n is not None:
                todo.append(self.counters[inner].n)
        while todo:
            v = todo.pop()
            if v in seen or is_constant(v) or v in self._known or v in self._arrays:
                continue
            seen.add(v)
            if not is_inst(v) or v.opname in ("load", "call"):
                return False
            todo += v.operands
        return True

    # -- the memory
    def _memory(self, o, base, region, at):
        """Its pointer and bytes, in front of the loop."""
        if o.kind == "stack":
            return o.origin, self.flow.module.constant(I64, stride_of(o.origin.info))
        if o.kind != "argument":
            return self._data_of(base, at), o.size
        array = self._arrays[base]
        size = self.flow.module.constant(I64, array.itemsize)
        for n in array.shape:
            size = self._emit(at, "mul", n, size)
        if region is None:
            return base, size
        zero = self.flow.module.constant(I64, 0)
        first, end = size, zero
        for low, high in region:
            first, end = self._least(at, first, self._value(low, at)), self._most(at, end, self._value(high, at))
        first, end = self._most(at, first, zero), self._least(at, end, size)
        pointer = self.flow.before_terminator(at, self.flow.make(at, "getelementptr", PTR, [base, first], info=I8, name="first"))
        return pointer, self._most(at, self._emit(at, "sub", end, first), zero)

    def _data_of(self, call, at):
        """Read in front of the loop: there the call has not failed."""
        if callee(call).startswith(RAW):
            return call
        offset = self.flow.module.constant(I64, DATA_OFFSET)
        field = self.flow.before_terminator(at, self.flow.make(at, "getelementptr", PTR, [call, offset], info=I8, name="field"))
        return self.flow.before_terminator(at, self.flow.make(at, "load", PTR, [field], name="data"))

    def _value(self, p, at):
        total = self.flow.module.constant(I64, 0)
        for m, c in sorted(p.items()):
            term = self.flow.module.constant(I64, c)
            for a in m:
                term = self._emit(at, "mul", term, self.affine.atoms[a])
            total = self._emit(at, "add", total, term)
        return total

    def _emit(self, at, op, *operands):
        return self.flow.before_terminator(at, self.flow.make(at, op, I64, operands, name="bytes"))

    def _least(self, at, a, b):
        return self._chosen(at, "slt", a, b)

    def _most(self, at, a, b):
        return self._chosen(at, "sgt", a, b)

    def _chosen(self, at, predicate, a, b):
        test = self.flow.before_terminator(at, self.flow.make(at, "icmp", I1, [a, b], info=predicate, name="bytes"))
        return self._emit(at, "select", test, a, b)


def _slope(p, k):
    """The factor of k, or None where p is not linear in it."""
    if any(m.count(k) > 1 for m in p):
        return None
    return Poly({tuple(a for a in m if a != k): c for m, c in p.items() if k in m})


def _without(p, k):
    return Poly({m: c for m, c in p.items() if k not in m})
