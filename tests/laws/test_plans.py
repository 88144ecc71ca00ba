"""Save all, recompute wherever it is legal, and the minimum cut: three plans, one gradient."""
import pytest

from tests.support.fresh import fresh
from tests.support.product import close, gradient_of, needs_irad, options, seeds_of
from tests.support.program import corpus

pytestmark = needs_irad
PROGRAMS = [p for p in corpus().values() if p.raises is None and p.refused is None]


@pytest.mark.parametrize("p", PROGRAMS, ids=repr)
def test_plans_agree(p):
    args = p.args()
    seeds = seeds_of(p, args)
    answers = {}
    for plan in ("save", "recompute", "cut"):
        with options(plan=plan):
            answers[plan] = gradient_of(p, args, seeds, f=fresh(p.f))
    tolerance = max(1e-13, p.tolerance * 1e-3)
    close(answers["recompute"].gradients, answers["save"].gradients, tolerance)
    close(answers["cut"].gradients, answers["save"].gradients, tolerance)
