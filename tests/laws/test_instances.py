"""Class instances as arguments: wrong shadows, memory that is shared, calls from njit code. The gradients are tested with the corpus."""
import re

import numpy as np
import pytest
from numba import float64, njit
from numba.experimental import jitclass

from irad import Active, Const, Duplicated, Forward, IradError, Reverse, autodiff, jvp
from tests.programs.instances import Chain


@jitclass([("inner", Chain.class_type.instance_type), ("s", float64)])
class Late:
    """Its instance is set later."""
    def __init__(self, s):
        self.s = s


@njit
def reads(p, q, x):
    return p.k * p.v[0] * q.v[1] * x[0]


@njit
def writes(p, q, x):
    p.v[0] = p.v[1] * q.k * x[1]
    return p.v[0]


@njit
def inside(f):
    return f.inner.k * f.s


def chain(v=None):
    return Chain(0.5, 0, np.arange(1.0, 5.0) if v is None else v, np.arange(2), (1.0, 2.0))


def zero(n=4):
    return Chain(0.0, 0, np.zeros(n), np.arange(2), (0.0, 0.0))


def test_reads_may_share():
    p, x = chain(), np.ones(4)
    dp, dq = zero(), zero()
    assert autodiff(Reverse, reads, Duplicated(p, dp), Duplicated(p, dq), Const(p.v)) == (None, None, None)
    assert (dp.k, dp.v.tolist(), dq.v.tolist()) == (2.0, [1.0, 0, 0, 0], [0, 0.5, 0, 0])
    assert autodiff(Forward, reads, Duplicated(p, p), Duplicated(p, p), Const(x)) == 3.0      # read only: tangents may be anything
    assert jvp(reads, (p, p, x), (p, p, None)) == (1.0, 3.0)


def test_in_njit_code_shadows_accumulate():
    @njit
    def three_times(p, dp, x):
        for _ in range(3):
            autodiff(Reverse, reads, Duplicated(p, dp), Const(p), Const(x))
        return dp.k, dp.v[0]

    assert three_times(chain(), zero(), np.ones(4)) == (6.0, 3.0)


def _cases():
    p, dp, dq, x = chain(), zero(), zero(), np.ones(4)
    wide = np.zeros(8)[::2]
    yield "shadow of `p` shares memory with `p`", reads, Duplicated(p, p), Const(p), x
    yield "shadow of `p.v` shares memory with `p.v`", reads, Duplicated(p, chain(p.v)), Const(p), x
    yield "another shape", reads, Duplicated(p, zero(3)), Const(p), x
    yield "other strides", reads, Duplicated(p, chain(wide)), Const(p), x
    yield "elements that overlap each other", reads, Duplicated(_flat(), _flat()), Const(p), x
    yield "shadows of `p` and `q` share", reads, Duplicated(p, dp), Duplicated(p, dp), x
    yield "shadows of `p.v` and `q.v` share", reads, Duplicated(p, dp), Duplicated(p, chain(dp.v)), x
    yield "shadow of `p.v` shares memory with `x`", reads, Duplicated(p, dp), Const(p), dp.v
    yield "shadow of `x` shares memory with `p.v`", reads, Duplicated(p, dp), Const(p), Duplicated(x, p.v)
    yield "shadows of `p.v` and `x` share", reads, Duplicated(p, dp), Const(p), Duplicated(x, dp.v)
    yield "`p` and `q` share memory, and the function writes", writes, Duplicated(p, dp), Duplicated(p, dq), x
    yield "`p.v` and `q.v` share", writes, Duplicated(p, dp), Duplicated(chain(p.v), dq), x
    yield "`p.v` and `x` share", writes, Duplicated(p, dp), Duplicated(chain(), dq), p.v
    yield "`p.v` and `q.v` share", writes, Duplicated(p, dp), Const(chain(p.v)), x
    yield "shadow of `p` shares memory with `q`", reads, Duplicated(p, dp), Const(dp), x


def _flat():
    """One element, seen four times."""
    return chain(np.lib.stride_tricks.as_strided(np.zeros(1), (4,), (0,)))


CASES = list(_cases())


@pytest.mark.parametrize("said, f, p, q, x", CASES, ids=[c[0] for c in CASES])
def test_refused_when_it_is_called(said, f, p, q, x):
    x = x if isinstance(x, Duplicated) else Active(x) if f is writes else Const(x)
    with pytest.raises(IradError, match=re.escape(said)):
        autodiff(Reverse, f, p, q, x)


def test_an_instance_that_is_not_set():
    for x, dx in ((Late(1.0), Late(0.0)), (_set(Late(1.0), chain()), Late(0.0)), (Late(1.0), _set(Late(0.0), zero()))):
        with pytest.raises(IradError, match=r"`f\.inner` is not set"):
            autodiff(Reverse, inside, Duplicated(x, dx))
    x, dx = _set(Late(2.0), chain()), _set(Late(0.0), zero())
    autodiff(Reverse, inside, Duplicated(x, dx))
    assert (dx.s, dx.inner.k) == (0.5, 2.0)


def _set(late, inner):
    late.inner = inner
    return late


def test_wrong_types():
    for dx in Late(0.0), np.zeros(4), 1.0:
        with pytest.raises(IradError, match=r"(?s)is an instance of its class.*make another Chain"):
            autodiff(Reverse, inside, Duplicated(chain(), dx))


@njit
def read_list(values, x):
    return values[0][0] * values[1][1] * x[0]


@njit
def write_list(values, x):
    values[0][0] = values[1][1] * x[0]
    return values[0][0]


def _lists():
    a, b, da, db, x = np.ones(2), np.full(2, 2.0), np.zeros(2), np.zeros(2), np.ones(2)
    yield "another shape than the list", read_list, [a, b], [da], x
    yield "another shape than the list", read_list, [a, b], [da, np.zeros(3)], x
    yield "arrays in `values`, or in the shadow, share", read_list, [a, b], [da, a], x
    yield "arrays in `values`, or in the shadow, share", read_list, [a, b], [da, x], x
    yield "arrays in `values`, or in the shadow, share", write_list, [a, a], [da, db], x
    yield "arrays in `values`, or in the shadow, share", write_list, [a, b], [da, da], x
    yield "arrays in `values`, or in the shadow, share", write_list, [a, b], [da, db], a


@pytest.mark.filterwarnings("ignore")
def test_lists_that_share_memory():
    for said, f, values, shadows, x in _lists():
        with pytest.raises(IradError, match=re.escape(said)):
            autodiff(Reverse, f, Duplicated(values, shadows), Active(x))
    a, da = np.ones(2), np.zeros(2)
    with pytest.raises(IradError, match="shadow of `x` shares memory with an array in `values`"):
        autodiff(Reverse, read_list, Const([a, da]), Duplicated(a, da))
    assert autodiff(Reverse, read_list, Const([a, a]), Active(a))[1].tolist() == [1.0, 0.0]
    autodiff(Reverse, read_list, Duplicated([a, a], [da, da]), Active(a))           # read only: one array, one shadow
    assert da.tolist() == [1.0, 1.0]
    assert autodiff(Forward, read_list, Duplicated([a, a], [a, a]), Const(a)) == 2.0
    read_only = np.ones(2)
    read_only.flags.writeable = False
    for values, dx, said in (([a], [read_only], "items of the same type"), ([read_only], [read_only], "read-only"), ([a], a, "is a list")):
        with pytest.raises(IradError, match=said):
            autodiff(Reverse, read_list, Duplicated(values, dx), Active(a))
