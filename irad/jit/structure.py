"""The structure of gradients: which type the gradient of an argument has, and tuples as the list of their leaves and back."""
from dataclasses import dataclass

from numba.core import types

from ..frontend.abi import elements


@dataclass(frozen=True)
class Output:
    """How a call arranges what it returns.

    `pick`: None for one gradient per argument, an index for that gradient alone, or a tuple of indices.
    """
    value: str = ""                         # where the primal's value stands: "", "first" or "last"
    pick: int | tuple[int, ...] | None = None

    def arrange(self, gradients, value, pack):
        """`pack` makes a tuple: of types, or of values."""
        if self.pick is None:
            chosen = pack(gradients)
        elif isinstance(self.pick, int):
            chosen = gradients[self.pick]
        else:
            chosen = pack([gradients[k] for k in self.pick])
        return self.place(chosen, value, pack)

    def place(self, chosen, value, pack):
        """The derivative, with the primal's value beside it."""
        if not self.value:
            return chosen
        return pack([value, chosen] if self.value == "first" else [chosen, value])


def gradient_type(ty):
    """The type of the gradient of an Active value of type `ty`. That of a record is an array without dimensions."""
    inner = elements(ty)
    if inner is not None:
        return types.BaseTuple.from_types([gradient_type(t) for t in inner], getattr(ty, "instance_class", None))
    if isinstance(ty, types.Array):
        return types.Array(ty.dtype, ty.ndim, "F" if ty.layout == "F" else "C")
    if isinstance(ty, types.Record):                    # Numba returns a record by its address: it needs a place that lives on
        return types.Array(ty, 0, "C")
    return ty


def explode(builder, ty, value):
    """The leaves of a value, in the order of `abi.leaves`."""
    inner = elements(ty)
    if inner is None:
        return [value]
    return [leaf for k, t in enumerate(inner) for leaf in explode(builder, t, builder.extract_value(value, k))]


def implode(context, builder, ty, leaves):
    """The inverse of `explode`; `leaves` is an iterator."""
    inner = elements(ty)
    if inner is None:
        return next(leaves)
    return context.make_tuple(builder, ty, [implode(context, builder, t, leaves) for t in inner])


def leaf_types(ty, like):
    """The types of the leaves of `ty`, walked by the structure of `like`."""
    inner = elements(like)
    if inner is None:
        return [ty]
    return [leaf for t, l in zip(ty, inner, strict=True) for leaf in leaf_types(t, l)]


def explode_like(builder, ty, value, like):
    """As `explode`, walked by the structure of `like`: a shadow's leaf may be anything where the primal's is an int."""
    inner = elements(like)
    if inner is None:
        return [value]
    parts = [(t, builder.extract_value(value, k), l) for k, (t, l) in enumerate(zip(ty, inner, strict=True))]
    return [leaf for part in parts for leaf in explode_like(builder, *part)]
