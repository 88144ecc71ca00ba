"""How Numba passes arguments: each argument is flattened into LLVM values by its data model.

`leaves(argtypes)` lists the parts that matter to a derivative, in order: arrays, records, numbers, and everything else. An array `x` of n
dimensions occupies `5 + 2n` LLVM arguments: meminfo, parent, nitems, itemsize, data, shape..., strides... . A record is a pointer to its
bytes, a complex number its two parts. A tuple is its elements in a row; an empty one is nothing.
"""
import functools
from dataclasses import dataclass

from numba import types
from numba.core.registry import cpu_target

from . import structures
from .floats import floats


@dataclass(frozen=True)
class Leaf:
    """One part of the arguments. `first` and `width` count LLVM arguments, without retptr and excinfo."""
    argument: int                   # which argument of the function
    path: tuple[int, ...]           # where inside that argument's nested tuples
    type: types.Type
    first: int
    width: int

    @property
    def is_array(self):
        return isinstance(self.type, types.Array)

    @property
    def is_memory(self):
        """An array or a record: the function sees the caller's bytes, and may write them."""
        return isinstance(self.type, types.Array | types.Record)

    @property
    def is_structure(self):
        """An instance of a jitclass: its owner and its data; or a list: its owner and a Python object."""
        return isinstance(self.type, types.ClassInstanceType | types.List)

    @property
    def is_plain_instance(self):
        """An instance of numbers, arrays and such instances."""
        return isinstance(self.type, types.ClassInstanceType) and structures.unsupported(self.type) is None

    @property
    def is_number(self):
        """A float or complex number: its derivative is returned."""
        return isinstance(self.type, types.Float | types.Complex)

    @property
    def element(self):
        """The type of an array's elements; of a record, its own."""
        return self.type.dtype if self.is_array else self.type

    @property
    def holds_floats(self):
        """Memory with floats in it, or what leads to some: its derivative is added into a shadow."""
        return structures.holds_floats(self.type) if self.is_structure else self.is_memory and bool(floats(self.element))

    @property
    def data(self):
        """The index among the LLVM arguments of the pointer to the bytes of an array, a record or an instance; of a list, to its owner."""
        return self.first + (4 if self.is_array else 1 if isinstance(self.type, types.ClassInstanceType) else 0)

    @property
    def items(self):
        return self.first + 2

    @property
    def itemsize(self):
        return self.first + 3

    @property
    def shape(self):
        return range(self.first + 5, self.first + 5 + self.type.ndim)

    @property
    def strides(self):
        return range(self.first + 5 + self.type.ndim, self.first + self.width)


def elements(ty):
    """The types inside a tuple or namedtuple, or None for what is no tuple."""
    return tuple(ty) if isinstance(ty, types.BaseTuple) else None


def has_tangent(ty):
    """Has a result of this type a tangent? A number has, an array of numbers without gaps, and a tuple of such; ints and bools in it, and
    arrays of them, have zeros there."""
    inner = elements(ty)
    if inner is None:
        return isinstance(_scalar(ty), types.Float | types.Complex)
    return any(map(has_tangent, inner)) and all(has_tangent(t) or _is_discrete(t) for t in inner)


def _is_discrete(ty):
    inner = elements(ty)
    return isinstance(_scalar(ty), types.Integer | types.Boolean) if inner is None else all(map(_is_discrete, inner))


def _scalar(ty):
    return ty.dtype if isinstance(ty, types.Array) and ty.layout in "CF" else ty


def result_arrays(ty):
    """The offsets in bytes of the arrays in a result, as the calling convention lays it out."""
    return tuple(_array_offsets(ty, cpu_target.target_context.data_model_manager[ty].get_return_type(), 0))


def _array_offsets(ty, llvm, start):
    if isinstance(ty, types.Array):
        yield start
    for k, t in enumerate(elements(ty) or ()):
        data = cpu_target.target_context.target_data
        inner = llvm.element if hasattr(llvm, "element") else llvm.elements[k]
        offset = k * inner.get_abi_size(data) if hasattr(llvm, "element") else llvm.get_element_offset(data, k)
        yield from _array_offsets(t, inner, start + offset)


def width(ty):
    """How many LLVM arguments a value of this type is passed as."""
    model = cpu_target.target_context.data_model_manager[ty]
    return _count(model.get_argument_type())


def _count(shape):
    return sum(map(_count, shape)) if isinstance(shape, tuple | list) else 1


def leaves(argtypes):
    """All leaves of the arguments, in LLVM order.

    >>> from numba import types
    >>> [(l.path, l.first) for l in leaves((types.float64, types.UniTuple(types.int64, 2)))]
    [((), 0), ((0,), 1), ((1,), 2)]
    """
    out, at = [], 0

    def walk(argument, path, ty):
        nonlocal at
        inner = elements(ty)
        if inner is not None:
            for k, t in enumerate(inner):
                walk(argument, (*path, k), t)
            return
        n = width(ty)
        out.append(Leaf(argument, path, ty, at, n))
        at += n

    for k, ty in enumerate(argtypes):
        walk(k, (), ty)
    return tuple(out)


@dataclass(frozen=True)
class Signature:
    """The types of a function that is called inside."""
    argtypes: tuple[types.Type, ...]
    restype: types.Type

    @functools.cached_property
    def leaves(self):
        return leaves(self.argtypes)

    @property
    def returns_pointers(self):
        """Is there anything but numbers and tuples of such in the result?"""
        return not _is_plain(self.restype)

    @property
    def is_simple(self):
        """Does it take and give nothing but numbers, arrays, and tuples of such?"""
        plain = types.Number | types.Boolean | types.NoneType
        return not self.returns_pointers and all(l.is_memory or l.is_number or isinstance(l.type, plain) for l in self.leaves)


def _is_plain(ty):
    inner = elements(ty)
    return all(map(_is_plain, inner)) if inner is not None else isinstance(ty, types.Number | types.Boolean | types.NoneType)
