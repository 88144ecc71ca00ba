"""Numba fills each stack slot with zero in the entry block, thousands of them, and stores something else before it reads one.

    drop(text)      the text without the fills that are never read

A slot of one store is promoted to a register at once; of a slot that is stored to in two blocks LLVM asks where the values meet, in time
proportional to the size of the function. Left in place, the fills make SROA take quadratic time in a large function, more than all other
passes together.

A fill is never read where all else that names the slot stands in one block and begins there with a store of the whole slot: whoever has
the slot's address has it from that block, behind the store.
"""
import re

BODY = re.compile(r"^define [^\n]*\{\n(.*?)^\}$", re.M | re.S)
SLOT = re.compile(r'  (%(?:"[^"]*"|[-\w.$]+)) = alloca ([^\n]*), align \d+(?:, !dbg !\d+)?').fullmatch
STORE = re.compile(r'  store ([^\n]*), ptr (%(?:"[^"]*"|[-\w.$]+)), align \d+(?:, !dbg !\d+)?').fullmatch
NAMES = re.compile(r'%(?:"[^"]*"|[-\w.$]+)').findall
ZERO = re.compile(r"(.*) (?:zeroinitializer|null|false|0|0\.000000e\+00|0xH0000)").fullmatch

LARGE = 2000        # lines of a function; below, the search takes as long as it saves


class _Slot:
    """`fill`: the line that fills it; `block`: where it is named next, by a store of the whole. None: not seen yet."""
    __slots__ = ("block", "fill", "type")

    def __init__(self, type):
        self.type, self.fill, self.block = type, None, None


def drop(text):
    return BODY.sub(lambda match: _without_fills(match[0]), text)


def _without_fills(function):
    lines = function.split("\n")
    if len(lines) < LARGE:
        return function
    slots, block = {}, 0
    for n, line in enumerate(lines[1:], 1):
        if line[:2] != "  ":
            block += n > 1 and line[:1] not in ("", ";", "}")       # a label; that of the entry is the first line
            continue
        if block == 0 and (slot := SLOT(line)):
            slots[slot[1]] = _Slot(slot[2])
            continue
        for name in NAMES(line):
            if name in slots and not _may_stay(slots[name], line, name, n, block):
                del slots[name]
    dropped = {slot.fill for slot in slots.values() if slot.block is not None}
    return "\n".join([line for n, line in enumerate(lines) if n not in dropped]) if dropped else function


def _may_stay(slot, line, name, n, block):
    """Is the slot, after a line that names it, still one whose fill is not read? The first such line is the fill, the second a store."""
    if slot.block is not None:
        return slot.block == block
    store = STORE(line)
    if not store or store[2] != name or not store[1].startswith(slot.type + " ") or name in NAMES(store[1]):
        return False
    if slot.fill is not None:
        slot.block = block
        return True
    zero = ZERO(store[1])
    if block or not zero or zero[1] != slot.type:
        return False
    slot.fill = n
    return True
