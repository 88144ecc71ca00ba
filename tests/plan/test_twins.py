"""Calls that partials and primal have in common are made once."""
import cmath
import inspect
import math

import numpy as np
import pytest
from numba import njit, types

from irad import Active, Const, Reverse, pipeline, value_and_gradient
from irad.options import options
from irad.request import Request
from irad.rules.formula import formula

X, N = types.float64, types.int64


def turned(x, v, n):
    for _ in range(n):
        if v > -1.0:
            s, c = math.sin(x), math.cos(x)
            v -= 0.1 * s * c
        x += 0.1 * v
    return x * v


def grown(x, v, n):
    for _ in range(n):
        x = math.sinh(0.1 * x) + v * math.cosh(0.1 * x)
    return x


def powers(x, v, n):
    for _ in range(n):
        if v > 0.0:
            x = 2.0 + x ** v + math.log(x)
    return x


def sine_of_another(x, v, n):
    for _ in range(n):
        x = math.cos(x) + math.sin(v)
    return x


def behind_a_branch(x, v, n):
    """The sine is made in some iterations only."""
    for k in range(n):
        c = math.cos(x)
        if k % 2 == 0:
            v += math.sin(x)
        x = c * v
    return x


def calls(f, name, **changes):
    with options(plan="save", **changes):
        text = pipeline.derive(Request(njit(f), Reverse, (Active, Active, Const), (X, X, N))).text
    return text.count(f"double @{name}(double %")


@pytest.mark.parametrize("f, name, count", [(turned, "llvm.sin.f64", 1), (turned, "llvm.cos.f64", 1), (grown, "sinh", 1),
                                            (grown, "cosh", 1), (powers, "llvm.log.f64", 1), (sine_of_another, "llvm.sin.f64", 2)])
def test_a_call_is_made_once(f, name, count):
    assert calls(f, name) == count
    assert calls(f, name, twins=False) == (2 if f is not sine_of_another else count)


@pytest.mark.parametrize("f", [turned, grown, powers, sine_of_another, behind_a_branch])
def test_the_gradient_is_that_of_complex_steps(f):
    h = 1e-30
    python = {"math": cmath}
    exec(compile(inspect.getsource(f).replace("v > ", "v.real > "), f.__name__, "exec"), python)
    g = python[f.__name__]
    x, v, n = 0.7, 0.4, 5
    _, (dx, dv, _) = value_and_gradient(njit(f), x, v, Const(n))
    np.testing.assert_allclose([dx, dv], [g(x + 1j * h, v + 0j, n).imag / h, g(x + 0j, v + 1j * h, n).imag / h], rtol=1e-12)


def test_what_a_formula_reads_where_calls_are_given():
    f = formula("-d*sin(x)*y/x + exp(x*y)")
    assert f.calls == (("call", "sin", ("name", "x")),) and f.reads(()) == {"x", "y"}
    assert formula("-d*sin(x)*y").reads(formula("sin(x)").calls) == {"y"}
