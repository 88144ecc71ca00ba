"""How many bytes the tape takes: as an expert expects, and as predicted before the call."""
import numpy as np
import pytest
from numba import njit

import irad
from tests.support.core import Core, from_program
from tests.support.product import options
from tests.support.program import corpus

PROGRAMS = corpus()


def bytes_of(name):
    p = PROGRAMS[name]
    args = p.args()
    d = from_program(p, args, count_tape=True)
    return Core(d)(*args).seen, d, args


@pytest.mark.parametrize("name", ["cholesky_by_hand", "dynamic_programming_table", "prefix_sum_in_place"])
def test_nothing_is_saved_where_memory_stays_intact(name):
    seen, d, _ = bytes_of(name)
    assert seen.bytes == 0 and not d.plan.saved


def test_the_report_names_the_bytes_of_each_column():
    seen, d, args = bytes_of("embedded_atom")
    n = len(args[0])
    assert seen.bytes == seen.predicted <= 8 * n
    assert all(text is not None for _, text in d.report({})["tape"])


@njit
def inner_bound(x, y, m):
    s = 0.0
    for i in range(len(x)):
        t = np.exp(x[i])
        for j in range(m):
            t += np.exp(t * y[j])
        s += np.sin(t) * t
    return s


@pytest.mark.parametrize("m", [2, 0, -1, -3])
def test_a_negative_bound_takes_no_room_from_other_columns(m):
    """An inner loop that is skipped does not make the reservation smaller than what the outer one saves."""
    x, y = np.linspace(0.1, 1.0, 2000), np.array([0.1, 0.2])
    dx, dy = np.zeros_like(x), np.zeros_like(y)
    with options(plan="save", fuse=False):
        irad.autodiff(irad.Reverse, inner_bound, irad.Duplicated(x, dx), irad.Duplicated(y, dy), irad.Const(m))
    if m <= 0:
        t = np.exp(x)
        np.testing.assert_allclose(dx, (np.cos(t) * t + np.sin(t)) * t, rtol=1e-13)
    else:
        assert np.isfinite(dx).all()
        assert (dy != 0).all()
