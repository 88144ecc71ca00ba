"""What a function does before it raises is done, and no more: an Active array stays as it is."""
import numpy as np
import pytest
from numba import njit

from irad import Active, Const, Duplicated, Reverse, ReverseWithPrimal, autodiff, grad
from tests.support.product import needs_irad

pytestmark = needs_irad


@njit
def late(x, raises):
    if raises:
        x[1] = 7.0
        raise ValueError("late", len(x))
    return x[0] * x[1]


@njit
def always(x):
    x[1] = 7.0
    raise ValueError("always")


CALLS = [lambda x, a: autodiff(Reverse, late, a, Const(True)), lambda x, a: autodiff(ReverseWithPrimal, always, a),
         lambda x, a: njit(lambda y: autodiff(Reverse, always, Active(y)))(x), lambda x, a: grad(always)(x)]


@pytest.mark.parametrize("call", CALLS)
def test_an_active_array_is_not_changed_on_the_way_to_a_raise(call):
    x = np.ones(2)
    with pytest.raises(ValueError):
        call(x, Active(x))
    assert x.tolist() == [1.0, 1.0]


def test_a_duplicated_array_sees_the_writes_before_a_raise():
    for call in CALLS[:2]:
        x = np.ones(2)
        with pytest.raises(ValueError):
            call(x, Duplicated(x, np.zeros(2)))
        assert x.tolist() == [1.0, 7.0]
