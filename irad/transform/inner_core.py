"""The parts of a function that is called inside: forward sweep, reverse sweep, and a way to drop what the first has left (split.py)."""
from ..analysis.flow import PTR, VOID
from ..ir.build import Builder, new_block
from .runtime import NO_MEMORY
from .signature import declare, shadows
from .split import Split
from .sweeps import Sweeps


def emit(d, name):
    """Emit NAME.forward, NAME.reverse and NAME.drop into the module of the derivation."""
    function, arguments = declare(d, f"{name}.whole", [*shadows(d), (PTR, "out", None), (PTR, "adjoints", None)])
    s = Sweeps(d, function, arguments)

    def finish(rb):
        _give_adjoints(d, s.reverse.adjoints, function.args[-1], rb.b)
        s.ownership.release(rb.b)
        rb.b.ret(rb.b.i32(0))

    def give_up(b):
        s.release(b)
        return b.i32(NO_MEMORY)
    s.close(finish, give_up)
    drop = new_block(function, "drop")
    b = Builder(drop)
    s.ownership.release(b)
    b.emit("ret", VOID, [])
    turn = next(x for x in function.blocks if x.instructions[-1].blocks == [s.reverse.first])
    Split(d.flow.module, function, turn, drop).emit(name)


def _give_adjoints(d, adjoints, out, b):
    """Eight bytes for each active number."""
    for k, a in enumerate(d.active_arguments):
        known = d.activity.is_active(a) and a in adjoints.slots
        b.store(b.load(a.type, adjoints.slots[a]) if known else b.f(a.type, 0.0), b.gep(PTR, out, b.i64(k)))
