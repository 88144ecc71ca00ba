"""A function that stays a call gives the gradient that it gives inlined, to rounding; large ones that are called often do stay."""
import pytest
from numba import types

from irad.frontend.abi import Signature
from irad.frontend.outline import large
from tests.support.fresh import fresh
from tests.support.product import close, gradient_of, needs_irad, options, seeds_of
from tests.support.program import corpus

PROGRAMS = corpus()
CALLED = ["softmax_entropy", "convolution", "runge_kutta", "black_scholes", "gaussian_mixture", "dynamic_programming_table",
          "tuple_of_other_layouts", "bilinear_interpolation"]


@needs_irad
@pytest.mark.parametrize("name", CALLED)
def test_the_gradient_is_the_same(name):
    p = PROGRAMS[name]
    args = p.args()
    seeds = seeds_of(p, args)
    usual = gradient_of(p, args, seeds)
    with options(outline=0):
        other = gradient_of(p, args, seeds, f=fresh(p.f))
    close(other.gradients, usual.gradients, 1e-12)


TEXT = """
define i32 @entry(double %x) {{
{calls}
}}
define i32 @helper(double %x) {{
{lines}
}}
"""


@pytest.mark.parametrize("calls, lines, stays", [(1, 500, []), (3, 10, []), (3, 500, ["helper"])])
def test_what_stays(calls, lines, stays):
    text = TEXT.format(calls="  call i32 @helper(double %x)\n" * calls, lines="  ; a line\n" * lines)
    known = Signature((), types.none)
    assert large(text, "entry", lambda name: known, 800) == stays
