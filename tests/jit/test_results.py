"""What a call returns: structure, types, order, and which arguments it takes."""
from collections import namedtuple

import numpy as np
import pytest
from numba import njit

from irad import (
    Active,
    Const,
    Duplicated,
    IradError,
    Reverse,
    ReverseWithPrimal,
    autodiff,
    grad,
    gradient,
    value_and_grad,
    value_and_gradient,
)

Point = namedtuple("Point", "x n y")


def test_autodiff_gives_one_entry_per_argument(programs):
    dx = np.ones(2)
    assert autodiff(Reverse, programs.square, Active(3.0)) == (6.0,)
    assert autodiff(Reverse, programs.power, Active(3.0), Const(3)) == (27.0, None)
    assert autodiff(Reverse, programs.squares, Duplicated(np.array([1.0, 2.0]), dx)) == (None,)
    assert dx.tolist() == [3, 5]


def test_the_primal_comes_last_from_autodiff_and_first_elsewhere(programs):
    assert autodiff(ReverseWithPrimal, programs.square, Active(3.0)) == ((6.0,), 9.0)
    assert value_and_gradient(programs.square, 3.0) == (9.0, (6.0,))
    assert value_and_grad(programs.square)(3.0) == (9.0, 6.0)
    value, (dx,) = value_and_gradient(programs.squares, np.arange(3.0))
    assert value == 5 and dx.tolist() == [0, 2, 4]


def test_gradient_takes_bare_arguments(programs):
    assert gradient(programs.product, 2.0, 5.0) == (5.0, 2.0)
    assert gradient(programs.product, 2.0, Const(5.0)) == (5.0, None)
    assert gradient(Reverse, programs.product, Active(2.0), 5.0) == (5.0, 2.0)


def test_the_same_inside_njit(programs):
    square, power, product = programs.square, programs.power, programs.product

    @njit
    def inside(x):
        return (autodiff(Reverse, power, Active(x), Const(3)), autodiff(ReverseWithPrimal, square, Active(x)),
                gradient(product, x, Const(2.0)), gradient(Reverse, product, x, 5.0), value_and_gradient(product, x, 5.0))

    assert inside(3.0) == ((27.0, None), ((6.0,), 9.0), (2.0, None), (5.0, 3.0), (15.0, (5.0, 3.0)))


def test_a_default_may_be_left_out(programs):
    power = programs.power
    assert autodiff(Reverse, power, Active(3.0)) == (6.0,)
    assert njit(lambda x: autodiff(Reverse, power, Active(x)))(3.0) == (6.0,)
    assert grad(power)(3.0) == 6.0
    assert grad(power)(3.0, 3) == 27.0
    assert grad(power)(n=3, x=3.0) == 27.0


def test_argnums(programs):
    product = programs.product
    assert grad(product, 1)(2.0, 5.0) == grad(product, -1)(2.0, 5.0) == 2.0
    assert grad(product, (1, 0))(2.0, 5.0) == (2.0, 5.0)
    assert grad(product, (0,))(2.0, 5.0) == (5.0,)
    assert value_and_grad(product, [0, -1])(2.0, 5.0) == (10.0, (5.0, 2.0))
    assert grad(product, -1) is grad(product, np.int64(1)) is not grad(product, (1,))
    for argnums in 2, -3, (0, 0), (), "x", 0.5, True:
        with pytest.raises(IradError, match="argnums"):
            grad(product, argnums)


def test_structures_keep_ints_in_place(adjoint):
    @njit
    def f(p, q, empty):
        return p.x * p.y + q[0][0]

    adjoint(f, Active, Active, Active)(lambda p, q, empty: (p.y, p.x, 1.0))
    p = Point(2.0, 7, 3.0)
    q = ((1.0, True), 4, np.arange(3))
    inside = njit(lambda p, q: gradient(f, p, q, ()))
    for dp, dq, empty in (gradient(f, p, q, ()), inside(p, q)):
        assert dp == Point(3.0, 0, 2.0) and type(dp).__name__ == "Point" and isinstance(dp.n, int)
        assert dq[0] == (1.0, False) and dq[1] == 0 and dq[2].tolist() == [0, 0, 0] and dq[2].dtype == int
        assert empty == ()


def test_float32_stays_float32(adjoint):
    @njit
    def f(x, a):
        return x * a[0]

    adjoint(f, Active, Active, shadows=(1,))(lambda x, a, p: (a[0],))
    assert gradient(f, np.float32(2), np.ones(2, np.float32))[1].dtype == np.float32
    check = njit(lambda x, a: gradient(f, x, a)[0])
    assert str(check.overloads or (check(np.float32(2), np.ones(2, np.float32)) and check.nopython_signatures[0].return_type)) == "float32"


def test_plain_python_function(adjoint):
    def f(x):
        return x * x

    from irad.jit.checks import as_dispatcher
    adjoint(as_dispatcher(f), Active)(lambda x: (2 * x,))
    assert autodiff(Reverse, f, Active(2.0)) == (4.0,)
    assert grad(f)(2.0) == 4.0
    assert autodiff(Reverse, f, Active(3.0)) == (6.0,)


def test_nothing_to_return(programs):
    x, dx = np.arange(3.0), np.ones(3)
    assert autodiff(Reverse, programs.triple, Duplicated(x, dx)) == (None,)
    assert x.tolist() == [0, 3, 6] and dx.tolist() == [3, 3, 3]
