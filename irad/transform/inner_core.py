"""The parts of a function that is called inside: forward sweep, reverse sweep, and a way to drop what the first has left (split.py)."""
from ..analysis.flow import PTR, VOID
from ..ir.build import Builder, new_block
from .forward import Forward
from .frame import Frame
from .inner_calls import InnerCalls
from .ownership import Ownership
from .reverse import Reverse
from .runtime import NO_MEMORY
from .signature import declare, shadows
from .split import Split
from .tape import Tape


def emit(d, name):
    """Emit NAME.forward, NAME.reverse and NAME.drop into the module of the derivation."""
    function, arguments = declare(d, f"{name}.whole", [*shadows(d), (PTR, "out", None), (PTR, "adjoints", None)])
    frame = Frame(function)
    forward = Forward(d, frame, arguments)
    d.observer = None
    d.tape = tape = Tape(d, d.plan, d.affine, frame, forward, None)
    ownership = Ownership(frame, forward, d.flow)
    ownership.births(d.objects, d.shadows)
    calls = InnerCalls(d, frame, forward, ownership)
    calls.emit_forward()
    forward.clear_stack(d.shadows.stack.values())
    tape.emit_forward()
    reverse = Reverse(d, frame, forward, tape, calls)
    forward.emit_kept(reverse.values.kept)
    ownership.adopt(tape.owned)

    def finish(rb):
        _give_adjoints(d, reverse.adjoints, function.args[-1], rb.b)
        ownership.release(rb.b)
        rb.b.ret(rb.b.i32(0))

    def give_up(b):
        ownership.release(b)
        reverse.release_lazy(b)
        return b.i32(NO_MEMORY)
    reverse.emit(finish)
    forward.finish(ownership.release, reverse.first)
    frame.begin(forward.block(d.flow.entry))
    drop = new_block(function, "drop")
    b = Builder(drop)
    ownership.release(b)
    b.emit("ret", VOID, [])
    turn = next(x for x in function.blocks if x.instructions and x.instructions[-1].blocks == [reverse.first])
    frame.failures.emit(give_up)
    Split(d.flow.module, function, turn, drop).emit(name)


def _give_adjoints(d, adjoints, out, b):
    for k, a in enumerate(d.active_arguments):
        zero = b.f(a.type, 0.0)
        known = d.activity.is_active(a) and a in adjoints.slots
        b.store(b.load(a.type, adjoints.slots[a]) if known else zero, b.gep(PTR, out, b.i64(k)))


