"""`python -m tests.memory.failing [names]`: each request for memory refused in turn, that of Numba's runtime and that of derived code.

For every k the k-th request of a call gives null. The call raises MemoryError; no block is left, but one of a list, which
Numba itself loses when it cannot make or resize a list, and as many of strings and of Python's lists as it loses itself; what the function
does not write has not changed; and the next call is right. In reverse and in forward mode; with blocks kept for the next call, and
without. Where the function itself crashes (Numba has no way out of a `try` when memory is refused), nothing is checked.
"""
import os
from dataclasses import replace

import irad
from irad.jit.tables import tables
from tests.memory.batches import main
from tests.memory.call import both_modes
from tests.support import memory
from tests.support.allocator import NEVER, of_numba
from tests.support.fresh import fresh
from tests.support.heap import counted

MOST = 400                                              # requests of one call that are refused in turn; more are refused in steps


def check(p):
    if p.raises is not None:
        return
    nrt, args = of_numba(), p.args()
    p = replace(p, f=fresh(p.f))
    lost = _lost_by_the_primal(p, args, nrt)
    if lost is None:
        return
    for least in (NEVER, 1):
        _check(replace(p, f=fresh(p.f)), args, nrt, lost, least)


def _check(p, args, nrt, lost, least):
    for call in both_modes(p, args):
        with counted(least) as heap:
            try:
                first = call().run().bits()
            except irad.IradError:
                continue
        kept = _unwritten(p, args, call().kinds)
        has_lists = any("varsize" in d.text for d in tables(p.f).derived.values())
        allowed = max(lost, int(has_lists)) if any(isinstance(a, str | list) for a in args) else int(has_lists)
        for a in (heap, nrt):
            heap.empty()
            before = a.asked
            assert call().run().bits() == first, "the second call gives other bits"
            asked = a.asked - before
            for k in range(1, asked + 1, 1 + asked // MOST):
                _refuse(a, k, call(), first, kept, nrt, heap, allowed)
        assert call().run().bits() == first, "a call behind a failing one gives other bits"


def _refuse(a, k, call, first, kept, nrt, heap, allowed):
    what, there = f"when request {k} of {a.name} fails, {call.mode!r}", nrt.live
    heap.empty()
    a.fail_at = k
    try:
        call.run()
    except (MemoryError, SystemError) as error:         # Numba says so when it cannot make a list of Python's
        assert isinstance(error, MemoryError) or any(isinstance(x, list) for x in call.args), error
        now = list(memory.arrays_in(call.args))
        assert all(now[n].tobytes() == bits for n, bits in kept.items()), f"an argument has changed {what}"
    else:                                               # Python's arrays come to Numba without a reference count, if that is refused
        assert call.bits() == first, f"another result is returned {what}"
    finally:
        a.fail_at = 0
    call.result = None
    heap.empty()
    assert not heap.live, f"{heap.live} blocks are left {what}"
    assert 0 <= nrt.live - there <= allowed, f"{nrt.live - there} blocks of Numba's are left {what}"
    assert not heap.broken and not nrt.broken, f"memory is broken {what}"


def _lost_by_the_primal(p, args, nrt):
    """The most blocks that a plain call loses when a request fails; None where it crashes. In a process of its own."""
    p.f(*memory.clone(args))
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    before, most = nrt.asked, 0
    p.f(*memory.clone(args))
    for k in range(1, nrt.asked - before + 1):
        there, nrt.fail_at = nrt.live, k
        try:
            p.f(*memory.clone(args))
        except (MemoryError, SystemError) as error:
            error.__traceback__ = None
        nrt.fail_at = 0
        most = max(most, nrt.live - there)
    os._exit(min(most, 255))


def _unwritten(p, args, kinds):
    """{number: bytes} of the arrays that the function does not change, and of Active ones."""
    after, before = memory.clone(args), list(memory.arrays_in(args))
    p.f(*after)
    kinds = [kind for a, kind in zip(args, kinds, strict=True) for _ in memory.arrays_in((a,))]
    return {k: b.tobytes() for k, (a, b, kind) in enumerate(zip(memory.arrays_in(after), before, kinds, strict=True))
            if kind == "active" or a.tobytes() == b.tobytes()}


if __name__ == "__main__":
    main("tests.memory.failing", check, __doc__)
