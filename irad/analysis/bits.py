"""Floats that LLVM moves as integers get their type back.

A copy of eight bytes may arrive as `load i64`, `store i64`, and `copysign` or `signbit` as a load of the bits. Before anything is analysed, a load whose bits become a float
again, or are only copied, is made a load of the float, and the integer is got from it where it is still asked for.

    %b = load i64, ptr %p                  %x = load double, ptr %p
    %x = bitcast i64 %b to double    ->    %b = bitcast double %x to i64         (for a sign test)
"""
from ..ir.extras import SIMPLE

FLOAT_OF = {"i64": SIMPLE["double"], "i32": SIMPLE["float"]}


def retype(flow):
    """In place, on the freshly read function."""
    users = flow.users()
    for i in list(flow.instructions()):
        if i.opname != "load" or str(i.type) not in FLOAT_OF:
            continue
        floats = [u for u in users.get(i, ()) if u.opname == "bitcast" and u.type is FLOAT_OF[str(i.type)]]
        if floats:
            _as_float(flow, i, floats, users)


def _as_float(flow, load, floats, users):
    integer = load.type
    load.type = FLOAT_OF[str(integer)]
    bits = None
    for u in users[load]:
        if any(u is f for f in floats):
            for v in users.get(u, ()):
                v.replace_usage(u, load)
            block = flow.block_of[u]
            block.instructions = [x for x in block.instructions if x is not u]
            continue
        if bits is None:
            bits = flow.make(flow.block_of[load], "bitcast", integer, [load], name="bits")
            flow.after(load, bits)
        u.replace_usage(load, bits)


