"""The derived function: forward sweep and reverse sweep in one LLVM function, in Numba's calling convention.

    i32 core(ptr result, ptr excinfo, <the primal's arguments>, <a pointer per shadow>)

`result` points to the primal's value, if it is asked for, and the adjoints of the active float arguments, laid out as a struct. Behind them
stand three i64 that only a tape beyond the limit fills: the bytes it asked for, the place that takes most, and its share (Tape.place).
"""
from ..analysis.flow import I8
from ..analysis.values import size_of
from .signature import declare, shadows
from .sweeps import Sweeps

NAME = "irad.core"


def emit(d, name=NAME):
    """Emit the core of a derivation into its module; gives the new function."""
    function, arguments = declare(d, name, shadows(d))
    s, value = Sweeps(d, function, arguments), None
    if d.value_type is not None:
        value = s.frame.slot(d.value_type, name="value")
        s.forward.emit_result(value)

    def finish(rb):
        _return(d, function, value, s.reverse.adjoints, rb)
        s.ownership.release(rb.b)
        if d.observer is not None:
            d.observer.tell(rb.b)
        rb.b.ret(rb.b.i32(0))

    def give_up(b):
        s.snapshots.give_up(b)
        s.release(b)
        return s.tape.status(b, b.gep(I8, function.args[0], b.i64(_end(d))))
    s.close(finish, give_up)
    return function


def _return(d, function, value, adjoints, rb):
    """The value and the adjoints, each plus 0.0, so that the zero that adjoints start from is not seen as -0.0."""
    b = rb.b
    numbers = [] if value is None else [b.load(d.value_type, value)]
    for a in d.active_arguments:
        zero = b.f(a.type, 0.0)
        known = d.activity.is_active(a) and a in adjoints.slots
        numbers.append(b.fadd(b.load(a.type, adjoints.slots[a]), zero) if known else zero)
    for x, at in zip(numbers, _offsets(d), strict=True):
        b.store(x, b.gep(I8, function.args[0], b.i64(at)))


def _types(d):
    return [*([] if d.value_type is None else [d.value_type]), *(a.type for a in d.active_arguments)]


def _offsets(d):
    """Where each number stands in the result."""
    out, at = [], 0
    for size in map(size_of, _types(d)):
        out.append((at + size - 1) // size * size)
        at = out[-1] + size
    return out


def _end(d):
    """Where the numbers end and the record of a refusal begins."""
    last = _offsets(d)[-1] + size_of(_types(d)[-1]) if _types(d) else 0
    return (last + 7) // 8 * 8
