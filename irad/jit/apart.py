"""What is refused of instances and lists when the call is made: shadows of another shape, and memory that is shared where it would matter.

The core takes every part to be apart from every other one. Parts that are only read may share memory, and in forward mode so may tangents.
"""
from numba.core import types

from ..frontend.structures import is_supported
from .array import overlap
from .instance import Block, Instance
from .lists import READ, SHADOW, WRITTEN, ConstantList, List, share_memory
from .parameters import argument_names, site


def structured_operands(context, builder, resolved, primal, shadow):
    """The Duplicated instances and lists with floats, and constant instances. `primal`: the values of all leaves; `shadow`: {index: (type,
    value)}."""
    def structure(k, leaf):
        kind = List if isinstance(leaf.type, types.List) else Instance
        return kind(context, builder, resolved, k, primal[k], shadow.get(k, (None, None))[1])

    return [structure(k, leaf) for k, leaf in enumerate(resolved.leaves) if leaf.is_plain_instance or (leaf.is_structure and k in shadow)]


def constant_lists(context, builder, resolved, primal, shadow):
    """Lists of arrays that may hold a shadow by mistake."""
    return [ConstantList(context, builder, resolved, k, primal[k]) for k, leaf in enumerate(resolved.leaves)
            if isinstance(leaf.type, types.List) and isinstance(leaf.type.dtype, types.Array) and k not in shadow
            and is_supported(leaf.type.dtype)]


def refusals(context, builder, resolved, found, constant, operands):
    """(flag, message) for the instances and lists `found` of a call, and its `constant` lists. `operands`: its arrays."""
    if not found and not constant:
        return
    who, reverse = site(resolved.call.dispatcher), resolved.call.mode.direction == "Reverse"
    pairs = [pair for structure in found for pair in structure.pairs()]
    yield from _shapes(who, pairs, [s for s in found if isinstance(s, List)])

    primals, shadows = [x for x, _ in pairs], [dx for _, dx in pairs if dx is not None]
    outer, outer_shadows = _of_operands(resolved, operands)

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

    for s in constant:
        for b in (shadows + outer_shadows) if reverse else ():
            if b.array is not None:
                what = f"the shadow of `{b.name}` shares memory with an array in `{s.name}`. Give it memory of its own."
                yield s.meets(b.span), f"{who}: {what}"

    lists = [s for s in found if isinstance(s, List) and s.holds_arrays]
    others = [*_kinds(primals + outer, READ), *_kinds(shadows + outer_shadows, SHADOW + len(resolved.leaves) if reverse else READ)]
    if lists and (reverse or resolved.derived.written):
        names = " and ".join(f"`{s.name}`" for s in lists)
        yield (share_memory(context, builder, lists, others),
               f"{who}: arrays in {names}, or in the shadow, share memory with each other, with another argument or with a shadow. "
               "Give each its own.")


def _shapes(who, pairs, lists):
    for x, dx in pairs:
        if dx is None or x.array is None:
            continue
        shadow = f"{who}: the shadow of `{x.name}` has"
        yield x.array.differs_in_shape(dx.array), f"{shadow} another shape than the array. Make it with np.zeros_like(x)."
        yield x.array.differs_in_strides(dx.array.strides), f"{shadow} other strides than the array. Make both contiguous."
        yield dx.array.overlaps_itself(), f"{shadow} elements that overlap each other. Give it memory of its own."
    for s in lists:
        yield s.differs_in_shape(), f"{who}: the shadow of `{s.name}` has another shape than the list. Make it with an item for each item."


def _of_operands(resolved, operands):
    """The arrays of a call and their shadows, as blocks."""
    names = argument_names(resolved.call.dispatcher, len(resolved.kinds))

    def block(o, array):
        return Block(names[o.leaf.argument], array.span, array, o.written)
    return [block(o, o.x) for o in operands], [block(o, o.dx) for o in operands if o.dx is not None]


def _kinds(blocks, kind):
    """(span, kind) of arrays, as `share_memory` takes them; `kind`: of those that are only read."""
    return [(b.span, WRITTEN if b.written else kind) for b in blocks if b.array is not None]
