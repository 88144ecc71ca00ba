"""Effects happen once: a stream is drawn as the primal draws it, and what is printed is printed once."""
import copy
import random

import numpy as np
import pytest
from numba import njit

from irad import Active, Const, Reverse, ReverseWithPrimal, autodiff
from tests.support.fresh import fresh
from tests.support.product import needs_irad, options
from tests.support.program import corpus

pytestmark = needs_irad
PROGRAMS = corpus()


@njit
def seeded(n):
    np.random.seed(n)
    random.seed(n)


@njit
def drawn():
    return np.random.normal(), np.random.random(), random.random()


@njit
def walk(a, n):
    s = a
    for _ in range(n):
        s = s * (1.0 + a * np.random.normal()) + random.gauss(0.0, a) * np.random.exponential()
    return s


@pytest.mark.parametrize("plan", ["cut", "save", "recompute"])
def test_the_stream_is_drawn_once_and_the_value_is_the_primals(plan):
    f = fresh(walk)
    seeded(1)
    value, after = f(0.3, 700), drawn()
    with options(plan=plan):
        seeded(1)
        _, mine = autodiff(ReverseWithPrimal, f, Active(0.3), Const(700))
    assert mine == value and drawn() == after


@njit
def with_generator(a, generator, n):
    s = a
    for _ in range(n):
        s = s * a + generator.normal(a, 0.5) * generator.random() + generator.exponential() * generator.integers(0, 5)
    return s + generator.uniform(a, 2.0) + (generator.random(3) * a).sum()


def test_a_generator_as_an_argument_is_drawn_once():
    first = np.random.default_rng(4)
    copies = [copy.deepcopy(first) for _ in range(4)]
    value = with_generator(0.7, first, 6)
    (gradient, *_), mine = autodiff(ReverseWithPrimal, with_generator, Active(0.7), Const(copies[0]), Const(6))
    assert mine == value and copies[0].random() == first.random()
    h = 1e-6
    slope = (with_generator(0.7 + h, copies[1], 6) - with_generator(0.7 - h, copies[2], 6)) / (2 * h)
    assert abs(gradient - slope) < 1e-6 * abs(slope)


@pytest.mark.parametrize("name", ["prints", "prints_in_a_loop", "prints_elements_and_text", "effects_in_a_recursion"])
def test_what_is_printed_is_printed_once(name, capfd):
    p = PROGRAMS[name]
    p.f(*p.args())
    expected = capfd.readouterr().out
    p2 = [Active(a) if isinstance(a, float | np.ndarray) else Const(a) for a in p.args()]
    autodiff(Reverse, p.f, *p2)
    assert capfd.readouterr().out == expected != ""


@njit
def counted(a, members):
    return a * a * len(members)


def test_a_set_as_a_constant_argument():
    assert autodiff(Reverse, counted, Active(2.0), Const({1, 5, 7})) == (12.0, None)


def _curved(a):
    return a * a * a


def test_a_module_of_the_users_called_unicode_is_no_string_function():
    _curved.__module__ = "unicode"
    curved = njit(_curved)
    assert autodiff(Reverse, njit(lambda a: curved(a) * a), Active(2.0)) == (32.0,)
