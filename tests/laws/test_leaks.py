"""Blocks allocated and released, where the primal raises. (Over the rest of the corpus test_gradients.py counts them.)"""
from dataclasses import replace

import pytest

from tests.support import memory
from tests.support.forward import direction_of, tangent_of
from tests.support.fresh import fresh
from tests.support.heap import counted
from tests.support.leaks import balanced
from tests.support.product import gradient_of, needs_irad, seeds_of
from tests.support.program import corpus

pytestmark = needs_irad
RAISING = [p for p in corpus().values() if p.raises is not None]


@pytest.mark.parametrize("p", RAISING, ids=repr)
def test_raises_as_the_primal_does_and_leaks_nothing(p):
    args = p.args()
    seeds = seeds_of(p, args)
    with pytest.raises(p.raises) as primal:
        p.f(*memory.clone(args))
    with counted() as heap:
        p = replace(p, f=fresh(p.f))
        _raise(p, args, seeds)
        with balanced(p.name, heap):
            derived = _raise(p, args, seeds)
        _raise(p, args, seeds, in_forward_mode)
        with balanced(f"{p.name}, forward", heap):
            forward = _raise(p, args, seeds, in_forward_mode)
    for found in derived, forward:
        assert type(found) is primal.type
        assert found.args == primal.value.args


def in_forward_mode(p, args, _):
    kinds = p.kinds(args)
    return tangent_of(p, args, kinds, direction_of(p, args, kinds))


def _raise(p, args, seeds, call=gradient_of):
    try:
        call(p, args, seeds)
    except p.raises as error:
        return error.with_traceback(None)
    raise AssertionError(f"{p.name} does not raise")
