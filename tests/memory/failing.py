"""`python -m tests.memory.failing [names]`: each request for memory refused in turn, that of Numba's runtime and that of derived code.

For every k the k-th request of a call gives null. The call raises MemoryError; no block is left, but those of lists, which Numba
itself loses; what the function does not write has not changed; and the next call is right.
"""
from dataclasses import replace

import irad
from irad.jit.tables import tables
from tests.memory.batches import main
from tests.support import memory
from tests.support.allocator import of_numba
from tests.support.fresh import fresh
from tests.support.heap import counted
from tests.support.product import annotated, seeds_of
from tests.support.program import numbers, shadows_of

MOST = 400                                              # requests of one call that are refused in turn; more are refused in steps


class Call:
    """One call on fresh copies, which are kept to look at."""

    def __init__(self, p, args, seeds):
        self.args, self.kinds = memory.clone(args), p.kinds(args)
        self.shadows = shadows_of(args, self.kinds, own=p.shadows == "own")
        for mine, given in zip(self.shadows, seeds, strict=True):
            for a, b in zip(memory.arrays_in((mine,)), memory.arrays_in((given,)), strict=True):
                a[...] = b
        self.result = None
        self._p = p

    def run(self):
        self.result = irad.autodiff(irad.ReverseWithPrimal, self._p.f, *annotated(self.args, self.kinds, self.shadows))
        return self

    def bits(self):
        gradients, value = self.result
        finals = [a.tobytes() for a in memory.arrays_in(self.args)]
        return [*(numbers(x).tobytes() for x in (gradients, value, self.shadows)), *finals]


class TangentCall(Call):
    """The same in forward mode, the seeds being the tangents of the Duplicated arguments."""

    def run(self):
        dx = [a if kind == "active" else s for a, s, kind in zip(self.args, self.shadows, self.kinds, strict=True)]
        kinds = ["duplicated" if kind == "active" else kind for kind in self.kinds]
        self.result = irad.autodiff(irad.ForwardWithPrimal, self._p.f, *annotated(self.args, kinds, dx))
        return self


def check(p):
    for call in (Call, TangentCall):
        _check(p, call)


def _check(p, call):
    if p.raises is not None:
        return
    nrt, args = of_numba(), p.args()
    seeds = seeds_of(p, args)
    p = replace(p, f=fresh(p.f))
    with counted() as heap:
        try:
            first = call(p, args, seeds).run().bits()
        except irad.IradError:
            return
    kept = _unwritten(p, args)
    has_lists = any("varsize" in d.text for d in tables(p.f).derived.values())
    start = nrt.live
    for a in (heap, nrt):
        before = a.asked
        assert call(p, args, seeds).run().bits() == first, "the second call gives other bits"
        asked = a.asked - before
        for k in range(1, asked + 1, 1 + asked // MOST):
            _refuse(a, k, call(p, args, seeds), first, kept)
            assert not heap.live, f"{heap.live} blocks are left when request {k} of {a.name} fails"
            assert nrt.live == start or has_lists, f"{nrt.live - start} blocks of Numba's are left when request {k} of {a.name} fails"
            assert not heap.broken and not nrt.broken, f"memory is broken when request {k} of {a.name} fails"
            start = nrt.live
    assert call(p, args, seeds).run().bits() == first, "a call behind a failing one gives other bits"


def _refuse(a, k, call, first, kept):
    a.fail_at = k
    try:
        call.run()
    except MemoryError:
        now = list(memory.arrays_in(call.args))
        assert all(now[n].tobytes() == bits for n, bits in kept.items()), f"an argument has changed when request {k} of {a.name} fails"
    else:                                               # Python's arrays come to Numba without a reference count, if that is refused
        assert call.bits() == first, f"request {k} of {a.name} fails, and another result is returned"
    finally:
        a.fail_at = 0
        call.result = None


def _unwritten(p, args):
    """{number: bytes} of the arrays that the function does not change."""
    after, before = memory.clone(args), list(memory.arrays_in(args))
    p.f(*after)
    kinds = [kind for a, kind in zip(args, p.kinds(args), strict=True) for _ in memory.arrays_in((a,))]
    return {k: b.tobytes() for k, (a, b, kind) in enumerate(zip(memory.arrays_in(after), before, kinds, strict=True))
            if kind == "active" or a.tobytes() == b.tobytes()}


if __name__ == "__main__":
    main("tests.memory.failing", check, __doc__)
