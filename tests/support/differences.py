"""Slopes of a program as Numba runs it, by differences of many orders (Romberg's scheme), in one random direction."""
from typing import NamedTuple

import numpy as np

from tests.support import memory
from tests.support.program import numbers


class Slope(NamedTuple):
    """The derivative of the program's seeded result along `direction`, a structure like the arguments."""
    value: float
    direction: tuple


def directional(program, args, kinds, seeds, rng, step=2e-2, levels=7):
    """The slope, and how uncertain it is. An address that several elements share moves once."""
    direction = _direction(args, kinds, rng)

    def along(t):
        moved = _moved(args, direction, t, kinds)
        value = program.f(*moved)
        total = float(value) if isinstance(value, float | np.floating) else 0.0
        return total + _seeded(moved, kinds, seeds)

    rows, best, doubt = [], None, np.inf
    for k in range(levels):
        h = step / 2.0 ** k
        row = [(along(h) - along(-h)) / (2 * h)]
        for j, above in enumerate(rows[-1] if rows else []):
            row.append(row[j] + (row[j] - above) / (4.0 ** (j + 1) - 1))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - above))
            if error < doubt:
                best, doubt = row[-1], error
        rows.append(row)
    return Slope(best, direction), doubt


def _leaves(a, kind):
    return isinstance(a, float | np.floating) and kind != "const"


def _direction(args, kinds, rng):
    """Random numbers where a float leaf is, zero where it is a second name of the same address."""
    shared = [a for a, kind in zip(args, kinds, strict=True) if kind == "duplicated"]
    arrays = list(memory.arrays_in(shared))
    seen, first = set(), {}
    for k, (a, index) in enumerate(zip(arrays, memory.cells(arrays), strict=True)):
        fresh = np.zeros(a.shape)
        for i in np.ndindex(a.shape):
            if index[i] not in seen:
                seen.add(index[i])
                fresh[i] = rng.normal()
        first[k] = fresh
    order = iter(range(len(arrays)))

    def walk(a, kind):
        if isinstance(a, np.ndarray):
            if kind == "duplicated":
                fresh = first[next(order)]
                return fresh if a.dtype.kind == "f" else np.zeros(a.shape, a.dtype)
            return rng.normal(size=a.shape) if kind == "active" and a.dtype.kind == "f" else np.zeros(a.shape, a.dtype)
        if isinstance(a, tuple):
            return tuple(walk(x, kind) for x in a)
        return float(rng.normal()) if _leaves(a, kind) else 0
    return tuple(walk(a, kind) if kind != "const" else None for a, kind in zip(args, kinds, strict=True))


def _moved(args, direction, t, kinds):
    copies = memory.clone(args)

    def walk(a, d, kind):
        if isinstance(a, np.ndarray):
            if kind == "active" and 0 in a.strides:
                a = np.array(a)                         # each element of an Active array is a number of its own
            if a.dtype.kind == "f" and a.size:
                writable, a.flags.writeable = a.flags.writeable, True
                for i in np.ndindex(a.shape):
                    a[i] += t * d[i]
                a.flags.writeable = writable
            return a
        if isinstance(a, tuple):
            parts = [walk(x, y, kind) for x, y in zip(a, d, strict=True)]
            return type(a)(*parts) if hasattr(a, "_fields") else tuple(parts)
        return type(a)(a + t * d) if isinstance(a, float | np.floating) else a
    return tuple(walk(a, d, kind) if kind != "const" else a for a, d, kind in zip(copies, direction, kinds, strict=True))


def _seeded(moved, kinds, seeds):
    """sum(seed * contents at the end), each address once."""
    total, seen = 0.0, set()
    for a, kind, seed in zip(moved, kinds, seeds, strict=True):
        if kind != "duplicated":
            continue
        for x, s in zip(memory.arrays_in((a,)), memory.arrays_in((seed,)), strict=True):
            if x.dtype.kind != "f":
                continue
            for i in np.ndindex(x.shape):
                at = memory.address(x) + sum(k * step for k, step in zip(i, x.strides, strict=True))
                if at not in seen:
                    seen.add(at)
                    total += float(x[i]) * float(s[i])
    return total


__all__ = ["Slope", "directional", "numbers"]
