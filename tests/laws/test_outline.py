"""A function that stays a call gives the gradient that it gives inlined, to rounding; large ones that are called often do stay."""
import inspect

import numpy as np
import pytest
from numba import njit, types

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


@njit
def _clear(y):
    y[1] = 0


@njit
def halves_cleared(x):
    _clear(x.view(np.float32))  # here
    return x[0] * x[1]


@njit
def bits_cleared(x):
    y = x * x
    _clear(y.view(np.int64))  # here
    return y[0] * y[1] * x[1]


@njit
def shifted_bytes_cleared(x):
    _clear(x.view(np.int8)[4:20].view(np.float64))  # here
    return x[0] * x[1]


@needs_irad
@pytest.mark.parametrize("f, text", [(halves_cleared, "float32 and as float64"), (bits_cleared, "the memory of floats, accessed as"),
                                     (shifted_bytes_cleared, "floats may begin inside")])
def test_what_a_call_sees_as_another_type_is_refused(f, text):
    from irad import IradError, gradient
    lines, first = inspect.getsourcelines(f.py_func)
    here = next(first + n for n, line in enumerate(lines) if "# here" in line)
    with options(outline=0), pytest.raises(IradError, match=text) as error:
        gradient(fresh(f), np.arange(1.0, 5.0))
    assert f"line {here}\n" in str(error.value)


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
