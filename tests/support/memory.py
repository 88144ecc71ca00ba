"""Arrays that share memory: copies and shadows of arguments that keep strides, alignment, read-only flags and overlap.

Arrays whose byte ranges meet form one group. A copy of the arguments copies each group's bytes once and lays the arrays over them again;
a shadow does the same with other contents.
"""
import numpy as np
from numba import types
from numpy.lib.array_utils import byte_bounds
from numpy.lib.stride_tricks import as_strided

_CLASSES = {}                                           # type of an instance -> its class


def argument_class(cls):
    """A jitclass whose instances are arguments of programs. Its constructor takes all fields, in order."""
    _CLASSES[cls.class_type.instance_type] = cls
    return cls


def arrays_in(args):
    """All arrays in nested tuples, lists and class instances, in order. A float of a list or an instance is a new array of one element."""
    for a in args:
        if isinstance(a, np.ndarray):
            yield a
        elif isinstance(a, tuple):
            yield from arrays_in(a)
        elif is_structure(a):
            yield from arrays_in(fields_of(a))


def is_instance(a):
    return isinstance(getattr(a, "_numba_type_", None), types.ClassInstanceType)


def is_structure(a):
    return isinstance(a, list) or is_instance(a)


def has_objects(args):
    """Lists and class instances, which those who pass arguments without Numba do not pass."""
    return any(has_objects(a) if isinstance(a, tuple) else is_structure(a) for a in args)


def fields_of(structure):
    """The fields of an instance, or the items of a list, as a tuple: floats as arrays of one element, instances as tuples."""
    if isinstance(structure, list):
        return tuple(map(_field, structure))
    return tuple(_field(getattr(structure, name)) for name in structure._numba_type_.struct)


def _field(v):
    if isinstance(v, tuple):
        return tuple(map(_field, v))
    return np.array([v]) if isinstance(v, float) else fields_of(v) if is_instance(v) else v


def _remade(ty, v):
    """What a field was, or an instance, from what `fields_of` makes of it."""
    if isinstance(ty, types.ClassInstanceType):
        return _CLASSES[ty](*(_remade(t, x) for t, x in zip(ty.struct.values(), v, strict=True)))
    if isinstance(ty, types.BaseTuple):
        return tuple(_remade(t, x) for t, x in zip(ty, v, strict=True))
    return v[0] if isinstance(ty, types.Float) else v


def groups(arrays):
    """Byte ranges that do not meet: a list of (low, high, the arrays inside)."""
    spans = sorted(((*byte_bounds(a), k) for k, a in enumerate(arrays) if a.size), key=lambda s: s[:2])
    out = []
    for low, high, k in spans:
        if out and low < out[-1][1]:
            out[-1] = (out[-1][0], max(high, out[-1][1]), [*out[-1][2], arrays[k]])
        else:
            out.append((low, high, [arrays[k]]))
    return out


def address(a):
    """Where the first element is."""
    return a.__array_interface__["data"][0]


def mirror(arrays, writable=False):
    """New arrays over copies of the same bytes: same strides, same offsets modulo 64, same overlap."""
    new = {id(a): _empty(a, writable) for a in arrays if not a.size}
    for low, high, members in groups(arrays):
        old = _bytes_of(members, low, high)
        skew = low % 64
        raw = np.empty(high - low + 128, np.uint8)
        start = (skew - address(raw)) % 64
        raw[start:start + high - low] = old
        for a in members:
            at = start + address(a) - low
            b = np.ndarray(a.shape, a.dtype, raw, at, a.strides)
            b.flags.writeable = writable or a.flags.writeable
            new[id(a)] = b
    return [new[id(a)] for a in arrays]


def _empty(a, writable):
    b = np.empty(a.shape, a.dtype, order="F" if a.flags.f_contiguous and not a.flags.c_contiguous else "C")
    b.flags.writeable = writable or a.flags.writeable
    return b


def _bytes_of(members, low, high):
    out = np.zeros(high - low, np.uint8)
    for a in members:
        view = np.ndarray(a.shape, a.dtype, out, address(a) - low, a.strides)
        view[...] = a
    return out


def rebuild(args, arrays):
    """The nested tuples with their arrays replaced, in order."""
    arrays = iter(arrays)

    def item(x):
        if isinstance(x, tuple):
            return tuple(map(item, x))
        return next(arrays)[0] if isinstance(x, float) else walk(x)

    def walk(a):
        if isinstance(a, np.ndarray):
            return next(arrays)
        if isinstance(a, tuple):
            parts = [walk(x) for x in a]
            return type(a)(*parts) if hasattr(a, "_fields") else tuple(parts)
        if isinstance(a, list):
            return [item(x) for x in a]
        return _remade(a._numba_type_, walk(fields_of(a))) if is_instance(a) else a
    return tuple(walk(a) for a in args)


def clone(args):
    """A copy of the arguments."""
    return rebuild(args, mirror(list(arrays_in(args))))


def cells(arrays):
    """For each array an index array of the same shape: elements at the same address have the same number, from 0 on."""
    number, out = {}, []
    for a in arrays:
        index = np.empty(a.shape, np.int64)
        for i in np.ndindex(a.shape):
            at = address(a) + sum(k * s for k, s in zip(i, a.strides, strict=True))
            index[i] = number.setdefault(at, len(number))
        out.append(index)
    return out


__all__ = ["address", "arrays_in", "as_strided", "cells", "clone", "groups", "mirror", "rebuild"]
