"""Floats that LLVM moves as integers get their type back.

A copy of eight bytes may arrive as `load i64`, `store i64`, and `copysign` or `signbit` as a load of the bits. Before anything is
analysed, a web of integers that are only loaded, merged, stored, tested for their sign, or seen as a float again, becomes a web of floats.

    %b = load i64, ptr %p                  %x = load double, ptr %p
    store i64 %b, ptr %q             ->    store double %x, ptr %q
    %x = bitcast i64 %b to double

Moving a float moves its bits, so this is right for integers as well: nothing is lost where the memory holds indices. Only in a record of
the caller's, whose shadow has integers of its own, must they stay what they are.
"""
import struct

from ..ir.extras import SIMPLE, Text
from .values import int_value, is_constant, is_inst, size_of

FLOAT_OF = {"i64": (SIMPLE["double"], 16), "i32": (SIMPLE["float"], 8)}
MERGES = ("phi", "select")


def retype(flow, is_integer):
    """In place, on the freshly read function. `is_integer(pointer, bytes)`: is there an integer of the caller's, between floats?"""
    users, done = flow.users(), set()
    for i in list(flow.instructions()):
        if i.opname == "load" and str(i.type) in FLOAT_OF and i not in done:
            web = _web(i, users)
            done.update(web)
            if all(_is_moved(v, web, users) for v in web) and any(_is_copied(v, users) for v in web) and not _holds(web, users, is_integer):
                _as_floats(flow, list(web), users)


def _web(start, users):
    """What is connected with a load through phis and selects, in order of discovery."""
    web, todo = {start: start}, [start]
    while todo:
        v = todo.pop()
        near = [u for u in users.get(v, ()) if u.opname in MERGES and not _is_condition(u, v)]
        if v.opname in MERGES:
            near += [o for o in v.operands if is_inst(o) and not _is_condition(v, o)]
        for u in near:
            if u not in web and u.type is start.type:
                web[u] = u
                todo.append(u)
    return web


def _holds(web, users, is_integer):
    """Does the web move an integer of a record?"""
    pointers = [v.operands[0] for v in web if v.opname == "load"]
    pointers += [u.operands[1] for v in web for u in users.get(v, ()) if u.opname == "store"]
    return any(is_integer(p, size_of(next(iter(web)).type)) for p in pointers)


def _is_condition(select, v):
    return select.opname == "select" and select.operands[0] is v


def _is_moved(v, web, users):
    """Is this value loaded or merged, and nothing done with it that needs the integer itself?"""
    if v.opname not in ("load", *MERGES):
        return False
    if any(not (is_constant(o) and int_value(o) is not None) and o not in web for o in _merged(v)):
        return False
    return all(_only_moves(u, v) for u in users.get(v, ()))


def _merged(v):
    return v.operands if v.opname == "phi" else v.operands[1:] if v.opname == "select" else []


def _only_moves(u, v):
    if u.opname == "store":
        return u.operands[0] is v
    if u.opname == "icmp":
        return u.info in ("slt", "sgt") and int_value(u.operands[1]) in (0, -1)
    return u.opname in MERGES or (u.opname == "bitcast" and u.type is FLOAT_OF[str(v.type)][0])


def _is_copied(v, users):
    """Seen as a float, or stored: else it may stay what it is."""
    return any(u.opname in ("store", "bitcast") for u in users.get(v, ()))


def _as_floats(flow, web, users):
    integer = web[0].type
    real, digits = FLOAT_OF[str(integer)]
    for v in web:
        for o in list(_merged(v)):
            if is_constant(o):
                v.replace_usage(o, Text(real, _hex(int_value(o), digits)))
        v.type = real
    for v in web:
        bits = None
        for u in users.get(v, ()):
            if u.opname == "bitcast":
                for w in users.get(u, ()):
                    w.replace_usage(u, v)
                block = flow.block_of[u]
                block.instructions = [x for x in block.instructions if x is not u]
            elif u.opname == "icmp":
                if bits is None:
                    bits = flow.make(flow.block_of[v], "bitcast", integer, [v], name="bits")
                    flow.after(v, bits)
                u.replace_usage(v, bits)


def _hex(n, digits):
    """LLVM writes the bits of a float as those of a double."""
    if digits == 16:
        return f"0x{n & (1 << 64) - 1:016X}"
    value, = struct.unpack("<f", (n & 0xFFFFFFFF).to_bytes(4, "little"))
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
