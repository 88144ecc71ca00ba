"""A Duplicated class instance: where its shadow is, and what is refused before the core is called.

The shadow of an instance is the memory of another instance of its class, which leads to the shadows of its arrays, so the core is given the
two as they are. It takes every part to be apart from every other one and shaped as its shadow; all else is refused here, by byte ranges.
"""
from dataclasses import dataclass

from numba.core import cgutils, types

from ..errors import IradError
from ..frontend import instances
from ..frontend.floats import floats
from .array import Array, overlap
from .parameters import argument_names, site


@dataclass
class Block:
    """Memory that an instance leads to: an array, or its own (`array` is then None). `added`: it is a shadow; `inner`: of which part."""
    name: str
    span: tuple
    array: Array | None
    written: bool


class Instance:
    """One Duplicated leaf: `pairs` are its parts, each a Block with the Block of its shadow, None where it holds no floats."""

    def __init__(self, context, builder, resolved, index, x, dx):
        self.context, self.builder, self.resolved, self.index = context, builder, resolved, index
        leaf = resolved.leaves[index]
        self.type, self.written = leaf.type, index in resolved.derived.written
        path = "".join(f"[{k}]" for k in leaf.path)
        self.name = argument_names(resolved.call.dispatcher, len(resolved.kinds))[leaf.argument] + path
        self._data, self.shadow = (context.make_helper(builder, leaf.type, v).data for v in (x, dx))
        self.shadow = builder.bitcast(self.shadow, cgutils.voidptr_t)

    def pairs(self):
        """All parts, those of inner instances included. An instance that is not set yet is refused on the way."""
        return list(self._walk(self.type, self.builder.bitcast(self._data, cgutils.voidptr_t), self.shadow, self.name))

    def _walk(self, ty, x, dx, name):
        yield tuple(Block(name, self._span(p, ty), None, self.written) for p in (x, dx))
        for part in instances.parts(ty):
            where = f"{name}.{part.path}"
            if isinstance(part.type, types.Array):
                mine, shadow = (self._array(p, part) for p in (x, dx))
                yield (Block(where, mine.span, mine, self.written),
                       Block(where, shadow.span, shadow, self.written) if floats(part.type.dtype) else None)
            elif isinstance(part.type, types.ClassInstanceType):
                inner = [self._instance(p, part) for p in (x, dx)]
                self._refuse_unset(inner, where)
                yield from self._walk(part.type, *inner, where)

    def _span(self, data, ty):
        low = self.builder.ptrtoint(data, cgutils.intp_t)
        return low, self.builder.add(low, cgutils.intp_t(instances.size(ty)))

    def _load(self, data, part):
        """A part, as its Numba type has it."""
        model = self.context.data_model_manager[part.type]
        place = self.builder.bitcast(cgutils.pointer_add(self.builder, data, part.offset), model.get_data_type().as_pointer())
        return model.load_from_data_pointer(self.builder, place)

    def _array(self, data, part):
        return Array(self.context, self.builder, part.type, self._load(data, part))

    def _instance(self, data, part):
        inner = self.context.make_helper(self.builder, part.type, self._load(data, part))
        return self.builder.bitcast(inner.data, cgutils.voidptr_t)

    def _refuse_unset(self, inner, name):
        b = self.builder
        with b.if_then(b.or_(*(cgutils.is_null(b, p) for p in inner)), likely=False):
            self.context.call_conv.return_user_exc(b, IradError, (f"{site(self.resolved.call.dispatcher)}: `{name}` is not set, in the "
                                                                  "argument or in its shadow. Set it in both.",))


def refusals(builder, resolved, found, operands):
    """(flag, message) for the instances `found` of a call. `operands`: its arrays."""
    who, reverse = site(resolved.call.dispatcher), resolved.call.mode.direction == "Reverse"
    names = argument_names(resolved.call.dispatcher, len(resolved.kinds))
    pairs = [pair for instance in found for pair in instance.pairs()]
    for x, dx in pairs:
        if dx is None or x.array is None:
            continue
        shadow = f"{who}: the shadow of `{x.name}` has"
        yield x.array.differs_in_shape(dx.array), f"{shadow} another shape than the array. Make it with np.zeros_like(x)."
        yield x.array.differs_in_strides(dx.array.strides), f"{shadow} other strides than the array. Make both contiguous."
        yield dx.array.overlaps_itself(), f"{shadow} elements that overlap each other. Give it memory of its own."
    primals = [x for x, _ in pairs]
    shadows = [dx for _, dx in pairs if dx is not None]
    outer = [Block(names[o.leaf.argument], o.x.span, o.x, o.written) for o in operands]
    outer_shadows = [Block(names[o.leaf.argument], o.dx.span, o.dx, o.written) for o in operands if o.dx is not None]

    def apart(some, others, always, what):
        for k, a in enumerate(some):
            for b in others[k + 1:] if others is some else others:
                if (always or a.written or b.written) and (a.array is None) == (b.array is None):
                    yield overlap(builder, a.span, b.span), f"{who}: {what.format(a.name, b.name)}."

    yield from apart(shadows, primals + outer, reverse, "the shadow of `{}` shares memory with `{}`. Give it memory of its own")
    yield from apart(outer_shadows, primals, reverse, "the shadow of `{}` shares memory with `{}`. Give it memory of its own")
    yield from apart(shadows, shadows, reverse, "the shadows of `{}` and `{}` share memory. Give each its own")
    yield from apart(shadows, outer_shadows, reverse, "the shadows of `{}` and `{}` share memory. Give each its own")
    yield from apart(primals, primals, False, "`{}` and `{}` share memory, and the function writes one of them. Pass a copy")
    yield from apart(primals, outer, False, "`{}` and `{}` share memory, and the function writes one of them. Pass a copy")


def instance_operands(context, builder, resolved, primal, shadow):
    """The Duplicated instances with floats. `primal`: the values of all leaves; `shadow`: {index: (type, value)}."""
    return [Instance(context, builder, resolved, k, primal[k], shadow[k][1]) for k, leaf in enumerate(resolved.leaves)
            if leaf.is_instance and k in shadow]
