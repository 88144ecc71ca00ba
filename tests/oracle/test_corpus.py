"""The corpus checked without the compiler: Numba runs each program, the oracle agrees on its value, and differences on its gradient."""
import numpy as np
import pytest

from tests.support import memory
from tests.support.differences import directional
from tests.support.oracle import differentiate
from tests.support.program import corpus, numbers, shadows_of

PROGRAMS = corpus()
CHECKED = [p for p in PROGRAMS.values() if p.oracle and p.raises is None]


def ids(programs):
    return [p.name for p in programs]


@pytest.mark.parametrize("p", PROGRAMS.values(), ids=ids(PROGRAMS.values()))
def test_numba_runs_it(p):
    args = memory.clone(p.args())
    if p.raises is not None:
        with pytest.raises(p.raises):
            p.f(*args)
        return
    p.f(*args)


@pytest.mark.parametrize("p", CHECKED, ids=ids(CHECKED))
def test_oracle_agrees_with_the_program(p):
    args = p.args()
    kinds = p.kinds(args)
    rng = np.random.default_rng(1)
    seeds = shadows_of(args, kinds, rng)
    outcome = differentiate(p.f, args, kinds, seeds)
    copies = memory.clone(args)
    value = p.f(*copies)
    close = 1e-13 if p.tolerance <= 1e-10 else p.tolerance
    if isinstance(value, float | np.floating):
        np.testing.assert_allclose(outcome.value, value, rtol=close, atol=close)
    for mine, theirs in zip(outcome.finals, memory.arrays_in(copies), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=close, atol=close)
    if p.smooth:
        slope, doubt = directional(p, args, kinds, seeds, rng)
        mine = float(numbers_dot(outcome.gradients, slope.direction))
        assert abs(mine - slope.value) <= (1e-7 if p.tolerance <= 1e-9 else 1e-2) * max(1.0, abs(mine)) + 10 * doubt


def numbers_dot(gradients, direction):
    g, v = numbers(gradients), numbers(tuple(direction))
    return g @ v


@pytest.mark.parametrize("p", [p for p in PROGRAMS.values() if p.closed_form], ids=ids([p for p in PROGRAMS.values() if p.closed_form]))
def test_closed_forms(p):
    args = p.args()
    if not p.oracle:
        return
    kinds = p.kinds(args)
    outcome = differentiate(p.f, args, kinds)
    expected = numbers(tuple(p.closed_form(*memory.clone(args))))
    np.testing.assert_allclose(numbers(outcome.gradients), expected, rtol=1e-12, atol=1e-13)
