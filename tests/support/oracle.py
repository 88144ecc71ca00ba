"""The gradient of a Python function by dual numbers: values, written arrays and derivatives of all float leaves.

What is differentiated is `result + sum(seed * contents at the end)` over the arrays that are passed as Duplicated, by what they hold
at the start.
That is what a reverse-mode call adds into the shadows and returns for the Active arguments. `kinds` has one of "const", "active",
"duplicated" for each argument; overlap is kept among Duplicated and Const arrays, Active ones are copied.
"""
from dataclasses import dataclass

import numpy as np
from numba.core.dispatcher import Dispatcher

from tests.support import memory
from tests.support.dual import Dual, lift
from tests.support.dual_array import Array, _objects
from tests.support.dual_function import rebuild, replaced


@dataclass
class Outcome:
    """`value`: the result, a float or whatever the function gives. `finals`: the contents of all arrays at the end, in order.
    `gradients`: for each argument the structure of its leaves (None for const), shadows including their seed."""
    value: object
    finals: list
    gradients: tuple


def differentiate(f, args, kinds, seeds=None):
    """See the module. `seeds`: for each argument None, or a structure like it with the shadow's contents on entry (zeros by default)."""
    run = _Run(args, kinds)
    result = rebuild(f, run.known)(*run.args)
    total = np.zeros(run.count)
    if isinstance(result, Dual) and result.d is not None:
        total = total + result.d
    seeds = [None] * len(args) if seeds is None else seeds
    done = set()
    for k, kind in enumerate(kinds):
        if kind != "duplicated" or seeds[k] is None:
            continue
        for x, seed in zip(_arrays(run.args[k]), memory.arrays_in((seeds[k],)), strict=True):
            total += _seeded(x, seed, run, done)
    gradients = tuple(run.gradient(k, total) if kind != "const" else None for k, kind in enumerate(kinds))
    return Outcome(_plain(result), [_plain(x) for x in _all_arrays(run.args)], gradients)


def _seeded(x, seed, run, done):
    """The part of one array in the total; an element that two arguments share counts once."""
    total = np.zeros(run.count)
    if not isinstance(x, Array):
        return total
    for i, c in np.ndenumerate(x.cells):
        at = x.cells.__array_interface__["data"][0] + sum(k * s for k, s in zip(i, x.cells.strides, strict=True))
        if at in done:
            continue
        done.add(at)
        if c.d is not None:
            total += seed[i] * c.d
    return total


class _Run:
    """The arguments as dual numbers, each float leaf with a direction of its own."""

    def __init__(self, args, kinds):
        self.known = {}
        self.original, self.kinds = args, kinds
        self.count = 0
        self.numbers = []                                   # per argument, the numbers of its leaves in order: int or index array
        shared = [a for a, kind in zip(args, kinds, strict=True) if kind != "active"]
        self.layout = _lay_out(list(memory.arrays_in(shared)))
        self.cells = {}
        pending = []
        converted = []
        for a, kind in zip(args, kinds, strict=True):
            self.leaves = []
            converted.append(self._convert(a, kind, pending))
            self.numbers.append(self.leaves)
        for cell in pending:
            basis = np.zeros(self.count)
            basis[cell.d] = 1.0
            cell.d = basis
        self.args = converted

    def _fresh(self, v, single, kind, pending):
        cell = Dual(v, None, single)
        if kind != "const":
            cell.d = self.count                             # its number, until all are known
            self.count += 1
            pending.append(cell)
        return cell

    def _convert(self, a, kind, pending):
        if isinstance(a, np.ndarray):
            return self._array(a, kind, pending)
        if isinstance(a, tuple):
            parts = [self._convert(x, kind, pending) for x in a]
            return type(a)(*parts) if hasattr(a, "_fields") else tuple(parts)
        if isinstance(a, float | np.floating):
            cell = self._fresh(a, isinstance(a, np.float32), kind, pending)
            self.leaves.append(cell.d)
            return cell
        if isinstance(a, Dispatcher):
            return replaced(a, self.known)
        return a

    def _array(self, a, kind, pending):
        if a.dtype.kind != "f":
            return a if kind == "active" and not a.flags.writeable else a.copy()
        cells = _objects([None] * a.size).reshape(a.shape) if kind == "active" else self.layout[id(a)]
        numbers = np.full(a.shape, -1)
        for i, v in np.ndenumerate(a):
            cell = cells[i]
            if cell is None or (cell.d is None and kind != "const"):
                cell = cells[i] = self._fresh(v, a.dtype == np.float32, kind, pending)
            if kind != "const":
                numbers[i] = cell.d
        self.leaves.append(numbers)
        return Array(cells, a.dtype)

    def gradient(self, k, total):
        """The gradient of argument k in its structure."""
        numbers = iter(self.numbers[k])

        def walk(a):
            if isinstance(a, np.ndarray):
                return np.zeros(a.shape, a.dtype) if a.dtype.kind != "f" else np.asarray(total[next(numbers)])
            if isinstance(a, tuple):
                return tuple(walk(x) for x in a)
            return float(total[next(numbers)]) if isinstance(a, float | np.floating) else 0
        return walk(self.original[k])


def _lay_out(arrays):
    """Object arrays for float arrays that may share memory, by the id of the original."""
    floats = [a for a in arrays if a.dtype.kind == "f"]
    out = {id(a): np.empty(a.shape, object) for a in floats if not a.size}
    for low, high, members in memory.groups(floats):
        size = members[0].itemsize
        regular = all((memory.address(a) - low) % size == 0 and all(s % size == 0 for s in a.strides) for a in members)
        if not regular:
            if len(members) > 1:
                raise NotImplementedError("the oracle lays out overlapping arrays only on whole elements")
            out[id(members[0])] = _objects([None] * members[0].size).reshape(members[0].shape)
            continue
        buffer = _objects([None] * ((high - low) // size))
        for a in members:
            start = (memory.address(a) - low) // size
            out[id(a)] = memory.as_strided(buffer[start:], a.shape, [s * 8 // size for s in a.strides])
    return out


def _arrays(x):
    if isinstance(x, Array | np.ndarray):
        yield x
    elif isinstance(x, tuple):
        for y in x:
            yield from _arrays(y)


def _all_arrays(args):
    for a in args:
        yield from _arrays(a)


def _plain(x):
    """A result without derivatives."""
    if isinstance(x, Dual):
        return x.v
    if isinstance(x, Array):
        return x.values()
    if isinstance(x, tuple):
        return tuple(_plain(y) for y in x)
    return lift(x).v if isinstance(x, float | np.floating) else x
