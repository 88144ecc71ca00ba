"""Which loads still read the same when the reverse comes back to them."""
import numpy as np
import pytest
from numba import njit

from tests.support.core import from_program
from tests.support.program import Program

A, B = np.ones((4, 4)), np.ones(16)


@njit
def cholesky_column(a):
    for j in range(a.shape[0]):
        for i in range(j + 1, a.shape[0]):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]


@njit
def table(x, t):
    for i in range(1, t.shape[0]):
        for j in range(1, t.shape[1]):
            t[i, j] = x[i] * t[i - 1, j] + t[i, j - 1] * t[i - 1, j - 1]


@njit
def prefix_product(x):
    for i in range(1, len(x)):
        x[i] = x[i] * x[i - 1]


@njit
def gauss_seidel(x):
    for _ in range(5):
        for i in range(1, len(x) - 1):
            x[i] = x[i - 1] * x[i + 1] * 0.3


@njit
def flattened(x, m):
    for i in range(len(x) // m):
        for j in range(m):
            x[i * m + j] = x[i * m + j - m] * 2.0 * x[i * m]


@njit
def flattened_unknown(x, y, m, n):
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += y[i * m + j] * y[i * m + j]
            y[i * m + j] = x[i]
    return s


@njit
def local_table(x, m, n):
    t = np.zeros((len(x), m))
    s = 0.0
    for i in range(len(x)):
        for j in range(n):
            s += t[i, j] * t[i, j]
            t[i, j] = x[i]
    return s


@njit
def wide_inner(x, m):
    """Rows two apart, and an inner subscript that reaches into the next ones."""
    s = 0.0
    for i in range(m):
        for j in range(3 * m):
            s += x[2 * i * m + j] * x[2 * i * m + j]
            x[2 * i * m + j] = s
    return s


@njit
def square(x):
    for i in range(len(x)):
        x[i] = x[i] * x[i]


def derivation(f, *args, kinds=None):
    p = Program(f.py_func.__name__, f, lambda rng: args)
    return from_program(p, args, kinds or p.kinds(args))


def float_columns(d):
    return [v for v in d.plan.saved if str(v.type) in ("double", "float")]


@pytest.mark.parametrize("f, args", [(table, (B[:4].copy(), A)), (prefix_product, (B,))])
def test_elements_that_are_written_once_stay(f, args):
    """What was read is written before it is read, never after: nothing needs the tape but the value that is overwritten."""
    d = derivation(f, *args)
    loads = [i for i in d.flow.instructions() if i.opname == "load"]
    assert loads and any(i not in d.intact.clobbered for i in loads)
    assert len(float_columns(d)) <= 1


def test_cholesky():
    """The columns left of j are finished."""
    d = derivation(cholesky_column, A)
    loads = [i for i in d.flow.instructions() if i.opname == "load" and str(i.type) == "double"]
    assert sum(i not in d.intact.clobbered for i in loads) >= 2
    assert not float_columns(d)


@pytest.mark.parametrize("f, args", [
    (gauss_seidel, (B,)),
    (square, (B,)),
    (flattened_unknown, (B, B.copy(), 4, 4)),
    (local_table, (B, 4, 4)),
    (wide_inner, (np.ones(100), 3)),
])
def test_never_claimed_where_a_later_write_may_hit(f, args):
    d = derivation(f, *args)
    written = {bits for i in d.flow.instructions() if i.opname == "store" for bits in [d.objects.of(i.operands[1])]}
    inner = [l for l in d.flow.loops if not l.children]     # LLVM reads x[0], which nothing writes, in front of them
    needed = [i for i in d.flow.instructions() if i.opname == "load" and str(i.type) == "double" and d.flow.loop(i) in inner
              and any(d.objects.of(i.operands[0]) & w for w in written)]
    assert needed and all(i in d.intact.clobbered for i in needed), [i.name for i in needed if i not in d.intact.clobbered]


def test_flattened_index_of_a_vector():
    """`i * m + j` of a vector has one dimension: rows are not told apart without a bound of j."""
    d = derivation(flattened, B, 4)
    loads = [i for i in d.flow.instructions() if i.opname == "load" and str(i.type) == "double"]
    assert loads and all(i in d.intact.clobbered for i in loads)


def test_switched_off():
    from irad.options import Options
    p = Program("table", table, lambda rng: None)
    d = from_program(p, (B[:4].copy(), A), ("duplicated", "duplicated"), elementwise=False)
    assert Options().elementwise and not d.intact.stored
