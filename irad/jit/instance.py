"""A Duplicated class instance: where its shadow is, and the parts that are to be compared before the core is called (apart.py).

The shadow of an instance is the memory of another instance of its class, which leads to the shadows of its arrays, so the core is given the
two as they are.
"""
from dataclasses import dataclass
from functools import reduce

from numba.core import cgutils, types

from ..errors import IradError
from ..frontend import structures
from ..frontend.floats import floats
from .array import Array
from .parameters import argument_names, site


@dataclass(frozen=True)
class Block:
    """Memory of a part: an array, or that of an instance or of a list's items itself (`array` is then None)."""
    name: str
    span: tuple
    array: Array | None
    written: bool


def name_of(resolved, leaf):
    """What the user calls an argument or an element of it."""
    names = argument_names(resolved.call.dispatcher, len(resolved.kinds))
    return names[leaf.argument] + "".join(f"[{k}]" for k in leaf.path)


class Instance:
    """One Duplicated leaf."""

    def __init__(self, context, builder, resolved, index, x, dx):
        self.context, self.builder, self.resolved, self.index = context, builder, resolved, index
        leaf = resolved.leaves[index]
        self.type, self.written, self.name = leaf.type, index in resolved.derived.written, name_of(resolved, leaf)
        self._data, self.shadow = (self._pointer(leaf.type, v) for v in (x, dx))        # no shadow of a constant one

    def pairs(self):
        """All parts, those of inner instances included: each a Block and that of its shadow, None where it holds no floats. An instance
        that is not set yet is refused on the way."""
        return list(self._walk(self.type, self._data, self.shadow, self.name))

    def finish(self):
        """The shadow has been added to in place."""

    def _walk(self, ty, x, dx, name):
        yield tuple(p and Block(name, self._span(p, ty), None, self.written) for p in (x, dx))
        for part in structures.parts(ty):
            where = f"{name}.{part.path}"
            if isinstance(part.type, types.Array):
                mine, shadow = self._array(x, part), self._array(dx, part) if dx and floats(part.type.dtype) else None
                yield tuple(a and Block(where, a.span, a, self.written) for a in (mine, shadow))
            elif isinstance(part.type, types.ClassInstanceType):
                inner = [p and self._instance(p, part) for p in (x, dx)]
                self._refuse_unset(inner, where)
                yield from self._walk(part.type, *inner, where)

    def _span(self, data, ty):
        low = self.builder.ptrtoint(data, cgutils.intp_t)
        return low, self.builder.add(low, cgutils.intp_t(structures.size(ty)))

    def _load(self, data, part):
        """A part, as its Numba type has it."""
        model = self.context.data_model_manager[part.type]
        place = self.builder.bitcast(cgutils.pointer_add(self.builder, data, part.offset), model.get_data_type().as_pointer())
        return model.load_from_data_pointer(self.builder, place)

    def _array(self, data, part):
        return Array(self.context, self.builder, part.type, self._load(data, part))

    def _instance(self, data, part):
        return self._pointer(part.type, self._load(data, part))

    def _pointer(self, ty, value):
        return value and self.builder.bitcast(self.context.make_helper(self.builder, ty, value).data, cgutils.voidptr_t)

    def _refuse_unset(self, inner, name):
        b = self.builder
        with b.if_then(reduce(b.or_, [cgutils.is_null(b, p) for p in inner if p]), likely=False):
            self.context.call_conv.return_user_exc(b, IradError, (f"{site(self.resolved.call.dispatcher)}: `{name}` is not set, in the "
                                                                  "argument or in its shadow. Set it in both.",))

