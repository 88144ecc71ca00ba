"""What an instance or a list of the caller's holds: floats in its own memory, and pointers to arrays and to other instances.

A pointer loaded from such memory leads to what its offset says, for Numba's types are known and the function stores no pointer there.
"""
from dataclasses import dataclass

from .values import int_value, is_inst, stride_of


@dataclass(frozen=True)
class Held:
    """`fields`: where the floats lie (layout.Fields), or None. `pointers`: (offset, Held) pairs, with None for the owner of an array or of
    an instance. An array holds no pointers, and so has none. In a list both are those of an item."""
    fields: object
    pointers: tuple | None = None
    is_list: bool = False


def within(pointer, starts, flow, seen=()):
    """The constant offset of a pointer from the start of the instance that it points into; None where that is not known. `starts(v)`:
    does a value that is no arithmetic always point to the start of an instance?"""
    total = 0
    while is_inst(pointer, "getelementptr"):
        index, size = int_value(pointer.operands[1]) if len(pointer.operands) == 2 else None, stride_of(pointer.info)
        if index is None or size is None:
            return None
        total += index * size
        pointer = pointer.operands[0]
    if pointer not in seen and (is_inst(pointer, "phi") or is_inst(pointer, "select")):
        merged = [v for v, _ in flow.live_incoming(pointer)] if pointer.opname == "phi" else pointer.operands[1:]
        found = {within(v, starts, flow, (*seen, pointer)) for v in merged if v is not pointer and v not in seen}
        return total + found.pop() if len(found) == 1 and None not in found else None
    return total if starts(pointer) else None
