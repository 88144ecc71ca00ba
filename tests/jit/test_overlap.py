"""Arrays that overlap: what is computed, and what is refused when the call is made."""
import numpy as np
import pytest
from numba import njit

from irad import Active, Const, Duplicated, IradError, Reverse, autodiff, gradient


def refused(text, f, *annotated):
    """Refused with this text, from Python and from njit, and before anything is changed."""
    arrays = [v for a in annotated for v in (a.x, getattr(a, "dx", None)) if isinstance(v, np.ndarray)]
    before = [v.copy() for v in arrays]
    for call in autodiff, njit(lambda mode, f, *args: autodiff(mode, f, *args)):
        with pytest.raises(IradError, match=text) as error:
            call(Reverse, f, *annotated)
        assert f"{f.py_func.__name__} (conftest.py:" in str(error.value)
        assert all(np.array_equal(v, w) for v, w in zip(arrays, before, strict=True))


def test_shapes(programs):
    refused("shadow of `x` has another shape", programs.squares, Duplicated(np.ones(3), np.ones(4)))
    refused("shadow of `x` has another shape", programs.squares, Duplicated(np.ones((3, 4)), np.ones((4, 3)).T.reshape(4, 3)))
    refused("shadow of `y` has another shape", programs.dot, Active(np.ones(3)), Duplicated(np.ones(3), np.ones(0)))


def test_shadow_and_primal(programs):
    x = np.ones(4)
    refused("shadow of `x` overlaps the array `x`", programs.squares, Duplicated(x, x))
    refused("shadow of `x` overlaps the array `y`", programs.dot, Duplicated(np.ones(3), x[1:]), Active(x[:3]))
    autodiff(Reverse, programs.dot, Duplicated(np.ones(2), x[2:]), Active(x[:2]))
    assert x.tolist() == [1, 1, 2, 2]


def test_equal_arrays_are_read(programs):
    x, dx = np.arange(3.0), np.zeros(3)
    assert [g.tolist() for g in gradient(programs.dot, x, x)] == [[0, 1, 2]] * 2
    autodiff(Reverse, programs.dot, Duplicated(x, dx), Duplicated(x, dx))
    assert dx.tolist() == [0, 2, 4]


@pytest.mark.parametrize("step", [1, 2])
def test_shadows_in_one_buffer_both_count(programs, step):
    dx = np.zeros(4 * step)[::step]
    x, y = np.arange(3.0), np.arange(3.0) + 5
    autodiff(Reverse, programs.dot, Duplicated(x, dx[:3]), Duplicated(y, dx[1:]))
    assert dx.tolist() == [5, 6 + 0, 7 + 1, 2]


@pytest.mark.parametrize("shift", [1, 4, 12])
def test_arrays_shifted_by_part_of_an_element(programs, shift):
    raw, shadow = np.zeros((2, 40), np.uint8)
    given = [[Duplicated(raw[p].view(float), shadow[p].view(float)) for p in (slice(24), slice(n, 24 + n))] for n in (shift, 16)]
    refused("elements of one lie between those of the other", programs.copy_into, *given[0])
    autodiff(Reverse, programs.copy_into, *given[1])


def test_active_and_written(programs):
    x = np.ones(5)
    refused("`out` and `x` overlap, and the function writes one of them", programs.copy_into, Duplicated(x[:3], np.ones(3)), Active(x[2:]))
    autodiff(Reverse, programs.copy_into, Duplicated(x[:2], np.ones(2)), Active(x[2:4]))


def test_shadows_overlap_as_the_arrays_do(programs):
    x, dx = np.arange(4.0), np.ones(4)
    autodiff(Reverse, programs.copy_into, Duplicated(x, dx), Duplicated(x, dx))
    assert x.tolist() == [0, 1, 2, 3] and dx.tolist() == [1, 1, 1, 1]
    text = "the shadows of `out` and `x` overlap otherwise than the arrays"
    refused(text, programs.copy_into, Duplicated(x, np.ones(4)), Duplicated(x, np.ones(4)))
    refused(text, programs.copy_into, Duplicated(x, dx), Duplicated(np.ones(4), dx))
    refused(text, programs.copy_into, Duplicated(x[1:], dx[1:]), Duplicated(x[:3], dx[1:]))
    refused("strides of array and shadow differ", programs.copy_into, Duplicated(x[::2], dx[2:]), Duplicated(x[::2], dx[2:]))


def test_an_array_that_overlaps_itself_is_not_written(programs):
    view = np.lib.stride_tricks.as_strided(np.zeros(4), (3, 2), (8, 8))
    refused("elements overlap each other", programs.triple, Duplicated(view, np.zeros((3, 2))))
    refused("elements overlap each other", programs.triple_sum, Active(view))
    apart = np.lib.stride_tricks.as_strided(np.zeros(40), (3, 2, 4), (8, 160, -24), writeable=True)[:, :, ::-1]
    assert autodiff(Reverse, programs.triple_sum, Active(apart))[0].tolist() == np.full((3, 2, 4), 3.0).tolist()


def test_cores_that_need_distinct_arrays(adjoint):
    @njit
    def shift(out, x):
        out[0] = x[0]
        return out[0]

    @njit
    def core(out, x, so):
        return None

    adjoint(shift, Duplicated, Const, shadows=(0,), written=(0,), distinct=True)(core)
    x = np.zeros(4)
    autodiff(Reverse, shift, Duplicated(x[:2], np.zeros(2)), Const(x[2:]))
    with pytest.raises(IradError, match="not differentiated yet"):
        autodiff(Reverse, shift, Duplicated(x[:3], np.zeros(3)), Const(x[2:]))


def test_empty_arrays_overlap_nothing(programs):
    x = np.ones(4)
    autodiff(Reverse, programs.dot, Duplicated(np.ones(0), x[2:2]), Active(x[:0]))
