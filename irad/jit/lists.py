"""A Duplicated list: where its shadow is, and what is refused before the core is called.

The shadow of a list is the memory of another list of the same length; where its items are arrays, that leads to the shadow arrays. How many
there are is known at run time only, so their extents and the bytes that they span are compared by functions that Numba compiles.
"""
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.compiler import Flags
from numba.core.typing import signature

from ..frontend import structures
from .instance import Block, name_of

DIRTY = 16                                              # of a flag in a list's data: Python's list is to follow
READ, WRITTEN, SHADOW = 0, 1, 2                         # kinds of ranges; a shadow that is read and added to has its leaf's number besides
TABLE = types.Array(types.int64, 2, "C")


class ConstantList:
    """A list of arrays that is read, in which no shadow may stand."""

    def __init__(self, context, builder, resolved, index, x):
        self.context, self.builder, self.x = context, builder, x
        self.type, self.name = resolved.leaves[index].type, name_of(resolved, resolved.leaves[index])

    def meets(self, span):
        low, high = span
        found = call(self.context, self.builder, _lie_in, types.boolean, (self.type, self.x), (types.intp, low), (types.intp, high))
        return self.builder.icmp_unsigned("!=", found, found.type(0))


class List:
    """One Duplicated leaf."""

    def __init__(self, context, builder, resolved, index, x, dx):
        self.context, self.builder, self.index, self.x, self.dx = context, builder, index, x, dx
        leaf = resolved.leaves[index]
        self.type, self.written, self.name = leaf.type, index in resolved.derived.written, name_of(resolved, leaf)
        self.reverse = resolved.call.mode.direction == "Reverse"
        owners = [context.make_helper(builder, leaf.type, v).meminfo for v in (x, dx)]
        self.shadow = builder.bitcast(owners[1], cgutils.voidptr_t)
        self._data = [builder.bitcast(context.nrt.meminfo_data(builder, m), cgutils.voidptr_t) for m in owners]
        self._counts = [builder.load(builder.bitcast(p, cgutils.intp_t.as_pointer())) for p in self._data]

    @property
    def holds_arrays(self):
        return isinstance(self.type.dtype, types.Array)

    def pairs(self):
        """The items themselves."""
        return [tuple(Block(self.name, self._span(p, n), None, self.written) for p, n in zip(self._data, self._counts, strict=True))]

    def _span(self, data, count):
        low = self.builder.add(self.builder.ptrtoint(data, cgutils.intp_t), cgutils.intp_t(structures.first_item(self.type)))
        return low, self.builder.add(low, self.builder.mul(count, cgutils.intp_t(structures.size(self.type))))

    def differs_in_shape(self):
        """Is the shadow shorter or longer, or has an array in it other extents?"""
        if not self.holds_arrays:
            return self.builder.icmp_signed("!=", *self._counts)
        differs = self._call(_differ, types.boolean, (self.type, self.x), (self.type, self.dx))
        return self.builder.icmp_unsigned("!=", differs, differs.type(0))

    @property
    def arrays(self):
        """How many arrays there are, shadows included."""
        return self.builder.add(*self._counts)

    def enter(self, table, at):
        """Put the arrays' ranges into a table, from row `at` on; gives the next free row."""
        kinds = (WRITTEN, WRITTEN) if self.written else (READ, SHADOW + self.index if self.reverse else READ)
        for value, kind in zip((self.x, self.dx), kinds, strict=True):
            at = self._call(_enter, types.intp, (TABLE, table), (types.intp, at), (self.type, value), (types.intp, cgutils.intp_t(kind)))
        return at

    def finish(self):
        """What has been added into the items is to reach Python's list."""
        if getattr(self.type, "reflected", False) and not self.holds_arrays and (self.reverse or self.written):
            flag = cgutils.pointer_add(self.builder, self._data[1], DIRTY)
            self.builder.store(ir.IntType(8)(1), self.builder.bitcast(flag, ir.IntType(8).as_pointer()))

    def _call(self, function, restype, *given):
        return call(self.context, self.builder, function, restype, *given)


def call(context, builder, function, restype, *given):
    """A call of a Python function that Numba compiles for it; `given`: (type, value) for each argument."""
    argtypes, values = zip(*given, strict=True)
    sig, flags = signature(restype, *argtypes), Flags()
    flags.nrt = True                                    # the caller may be a Python entry, whose flags Numba does not know
    compiled = context.compile_subroutine(builder, function, sig, flags=flags)
    return context.call_internal(builder, compiled.fndesc, sig, values)


def share_memory(context, builder, lists, others):
    """Do arrays in the lists share memory where it would matter, with each other or with `others`, (span, kind) pairs? A bit."""
    rows = cgutils.intp_t(0)
    for l in lists:
        rows = builder.add(rows, l.arrays)
    table = call(context, builder, _table, TABLE, (types.intp, rows))
    at = cgutils.intp_t(0)
    for l in lists:
        at = l.enter(table, at)
    met = [call(context, builder, _meet_each_other, types.boolean, (TABLE, table), (types.intp, at))]
    for (low, high), kind in others:
        met.append(call(context, builder, _meet, types.boolean, (TABLE, table), (types.intp, at), (types.intp, low), (types.intp, high),
                        (types.intp, cgutils.intp_t(kind))))
    context.nrt.decref(builder, TABLE, table)
    found = met[0]
    for bit in met[1:]:
        found = builder.or_(found, bit)
    return builder.icmp_unsigned("!=", found, found.type(0))


# -- compiled by Numba
def _differ(x, dx):
    if len(x) != len(dx):
        return True
    for k in range(len(x)):
        if x[k].shape != dx[k].shape:
            return True
    return False


def _lie_in(values, low, high):
    for k in range(len(values)):
        a = values[k]
        if a.size and a.ctypes.data < high and low < a.ctypes.data + a.size * a.itemsize:
            return True
    return False


def _table(rows):
    return np.empty((rows, 3), np.int64)


def _enter(table, at, values, kind):
    for k in range(len(values)):
        a = values[k]
        if a.size:
            table[at, 0] = a.ctypes.data
            table[at, 1] = table[at, 0] + a.size * a.itemsize
            table[at, 2] = kind
            at += 1
    return at


def _meet(table, n, low, high, kind):
    for k in range(n):
        if low < table[k, 1] and table[k, 0] < high and (kind == 1 or table[k, 2] == 1 or kind != table[k, 2]):
            return True
    return False


def _meet_each_other(table, n):
    """Sorted by their starts; the range that ends last so far of each kind meets what begins before its end."""
    gap = n // 2
    while gap > 0:
        for i in range(gap, n):
            low, high, kind = table[i, 0], table[i, 1], table[i, 2]
            j = i
            while j >= gap and table[j - gap, 0] > low:
                for c in range(3):
                    table[j, c] = table[j - gap, c]
                j -= gap
            table[j, 0], table[j, 1], table[j, 2] = low, high, kind
        gap //= 2
    first, second, kind_of_first = 0, 0, -1             # the ends that lie last, of one kind and of all others
    for k in range(n):
        low, high, kind = table[k, 0], table[k, 1], table[k, 2]
        other = second if kind == kind_of_first else first
        if low < other or (kind == 1 and low < max(first, second)):
            return True
        if kind == kind_of_first:
            first = max(first, high)
        elif high > first:
            first, second, kind_of_first = high, first, kind
        else:
            second = max(second, high)
    return False
