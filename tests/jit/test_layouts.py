"""Arrays of every layout: strides of array and shadow, order of new gradients, writes."""
import itertools

import numpy as np
import pytest
from numba import carray, njit

from irad import Active, Const, Duplicated, Reverse, autodiff, gradient


def layouts():
    """Views of the same extents (3, 4), each with memory of its own."""
    yield "C", np.zeros((3, 4))
    yield "F", np.zeros((4, 3)).T
    yield "rows", np.zeros((6, 4))[::2]
    yield "columns", np.zeros((3, 8))[:, ::2]
    yield "reversed", np.zeros((3, 4))[::-1, ::-1]
    yield "transposed view", np.zeros((8, 3))[::2].T


NAMES = [name for name, _ in layouts()]
X = np.arange(12.0).reshape(3, 4)


def of(name, values):
    view = dict(layouts())[name]
    view[...] = values
    return view


@pytest.mark.parametrize("name", NAMES)
def test_new_gradients(programs, name):
    x = of(name, X)
    dx, = gradient(programs.squares, x)
    assert np.array_equal(dx, 2 * X) and dx.dtype == x.dtype
    assert dx.flags.writeable and dx.flags.aligned
    assert dx.flags.f_contiguous if x.flags.f_contiguous else dx.flags.c_contiguous


@pytest.mark.parametrize("shape", [(), (0,), (1,), (0, 3), (1, 1, 5), (2, 3, 4)])
def test_any_shape(programs, shape):
    x = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    dx, = gradient(programs.squares, x)
    assert dx.shape == shape and np.array_equal(dx, 2 * x)
    dy = np.ones(shape)
    autodiff(Reverse, programs.squares, Duplicated(x, dy))
    assert np.array_equal(dy, 2 * x + 1)


@pytest.mark.parametrize("of_x, of_dx", [*itertools.product(NAMES, NAMES)])
def test_duplicated(programs, of_x, of_dx):
    x, dx = of(of_x, X), of(of_dx, 1)
    autodiff(Reverse, programs.squares, Duplicated(x, dx))
    assert np.array_equal(dx, 2 * X + 1) and np.array_equal(x, X)
    x, dx = of(of_x, X), of(of_dx, X)
    autodiff(Reverse, programs.triple, Duplicated(x, dx))
    assert np.array_equal(dx, 3 * X) and np.array_equal(x, 3 * X)


@pytest.mark.parametrize("name", NAMES)
def test_writes(programs, name):
    x = of(name, X)
    dx, = gradient(programs.triple_sum, x)
    assert np.array_equal(dx, np.full_like(X, 3)) and np.array_equal(x, X)            # an Active array is never changed
    dx = of(name, 0)
    autodiff(Reverse, programs.triple_sum, Duplicated(x, dx))
    assert np.array_equal(dx, np.full_like(X, 3)) and np.array_equal(x, 3 * X)        # a Duplicated one is the caller's


@pytest.mark.parametrize("name", NAMES)
def test_const_workspace(programs, name):
    x, work = of("C", X), of(name, 9)
    assert np.array_equal(autodiff(Reverse, programs.through, Active(x), Const(work))[0], np.full_like(X, 2))
    assert np.array_equal(work, 2 * X)


def test_read_only_and_broadcast(programs):
    x = np.broadcast_to(np.arange(4.0), (3, 4))
    assert np.array_equal(gradient(programs.squares, x)[0], 2 * x)
    x, dx = np.broadcast_to(3.0, (5,)), np.zeros(5)
    autodiff(Reverse, programs.squares, Duplicated(x, dx))
    assert np.array_equal(dx, np.full(5, 6.0))
    x = np.arange(3.0)
    x.flags.writeable = False
    dx, = gradient(programs.squares, x)
    assert dx.tolist() == [0, 2, 4] and dx.flags.writeable
    dx = np.zeros(3)
    autodiff(Reverse, programs.squares, Duplicated(x, dx))
    assert dx.tolist() == [0, 2, 4]


def test_a_shadow_that_overlaps_itself_gathers_the_sum(programs):
    one = np.zeros(1)
    dx = np.lib.stride_tricks.as_strided(one, (3,), (0,))
    autodiff(Reverse, programs.squares, Duplicated(np.arange(3.0), dx))
    assert one[0] == 6


def test_a_shadow_that_is_not_aligned(programs):
    raw = np.zeros(25, np.uint8)[1:].view(np.float64)
    autodiff(Reverse, programs.squares, Duplicated(np.arange(3.0), raw))
    assert raw.tolist() == [0, 2, 4]


def test_strides_along_short_extents_do_not_count(programs):
    x = np.lib.stride_tricks.as_strided(np.arange(4.0), (1, 4), (1000, 8))
    dx = np.zeros((1, 4))
    autodiff(Reverse, programs.squares, Duplicated(x, dx))
    assert np.array_equal(dx, 2 * x)


def test_arrays_inside_tuples(adjoint):
    @njit
    def f(p):
        return p[0][0] * p[1][0][1]

    @njit
    def both(p, sa, sb):
        carray(sa, p[0].shape, np.float64)[0] += p[1][0][1]
        carray(sb, p[1][0].shape, np.float64)[1] += p[0][0]

    for kind in Active, Duplicated:
        adjoint(f, kind, shadows=(0, 1))(both)
    p = np.array([2.0, 3.0]), (np.array([4.0, 5.0]), 3)
    (da, (db, n)), = gradient(f, p)
    assert da.tolist() == [5, 0] and db.tolist() == [0, 2] and n == 0
    dp = np.zeros(2), (np.zeros(4)[::2], 3.5)
    autodiff(Reverse, f, Duplicated(p, dp))
    assert dp[0].tolist() == [5, 0] and dp[1][0].tolist() == [0, 2]
