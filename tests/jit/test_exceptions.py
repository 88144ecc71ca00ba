"""Exceptions of the primal arrive as they are, and nothing leaks: from Python, whatever is raised."""
import numpy as np
import pytest
from numba import njit

from irad import Active, Const, Duplicated, IradError, Reverse, autodiff, grad


def test_type_and_arguments(programs):
    risky = programs.risky
    x = np.arange(3.0)
    calls = [lambda n: autodiff(Reverse, risky, Active(x), Const(n)), lambda n: grad(risky)(x, n),
             lambda n: njit(lambda x, n: autodiff(Reverse, risky, Active(x), Const(n)))(x, n)]
    for call in calls:
        for n, args in (1, ("bad", 3)), (2, ("dynamic", 2)):
            with pytest.raises(ValueError) as error:
                call(n)
            assert error.value.args == args
        with pytest.raises(ZeroDivisionError):
            call(0)
        assert call(4) is not None


def test_try_around_the_call(programs, no_leak):
    risky = programs.risky

    @njit
    def guarded(x, n):
        try:
            return autodiff(Reverse, risky, Active(x), Const(n))[0]
        except Exception:
            return np.zeros(1)

    x = np.arange(3.0)
    assert guarded(x, 1).tolist() == [0] and guarded(x, 2).tolist() == [0] and guarded(x, 4).tolist() == [0.25] * 3
    no_leak(lambda: guarded(x, 4))


def test_no_leak(programs, no_leak):
    x, a = np.arange(3.0), np.arange(6.0)[::2]
    assert no_leak(lambda: autodiff(Reverse, programs.squares, Active(x))) == 40          # Numba's handle of x, and the result
    no_leak(lambda: autodiff(Reverse, programs.squares, Active(a)))
    no_leak(lambda: autodiff(Reverse, programs.triple_sum, Active(x)))
    no_leak(lambda: autodiff(Reverse, programs.squares, Duplicated(a, np.zeros(3))))
    no_leak(lambda: autodiff(Reverse, programs.through, Active(x), Const(a)))
    no_leak(lambda: autodiff(Reverse, programs.dot, Active(x), Duplicated(a, a * 2)))


def test_no_leak_when_it_raises(programs, no_leak):
    x = np.arange(3.0)

    def attempt(call, error):
        def run():
            with pytest.raises(error):
                call()
        return run

    for n, error in (0, ZeroDivisionError), (1, ValueError), (2, ValueError):
        no_leak(attempt(lambda n=n: autodiff(Reverse, programs.risky, Active(x), Const(n)), error))
    no_leak(attempt(lambda: autodiff(Reverse, programs.squares, Duplicated(x, np.ones(4))), IradError))


def test_no_leak_inside_njit(programs, no_leak):
    squares, dot = programs.squares, programs.dot

    @njit
    def inside(x, a):
        s = 0.0
        for _ in range(3):
            g, = autodiff(Reverse, squares, Active(np.ones(3)))
            s += g[0] + autodiff(Reverse, dot, Active(x), Active(a))[1][2]
            autodiff(Reverse, squares, Duplicated(a, g))
        return s

    assert inside(np.arange(3.0), np.arange(6.0)[::2]) == 12
    no_leak(lambda: inside(np.arange(3.0), np.arange(6.0)[::2]))


def test_writes_are_seen_although_it_raises(adjoint):
    @njit
    def f(x):
        x[0] = 7
        if x[1] > 0:
            raise ValueError("late")
        return x[1]

    @njit
    def core(x, p):
        f(x)
        return None

    adjoint(f, Duplicated, shadows=(0,), written=(0,))(core)
    for step in 1, 2:
        x = np.ones(4)[::step]
        with pytest.raises(ValueError, match="late"):
            autodiff(Reverse, f, Duplicated(x, np.zeros(2 if step == 2 else 4)))
        assert x[0] == 7


def test_memory_that_is_not_there(programs):
    huge = np.broadcast_to(1.0, (2**44,))
    with pytest.raises(MemoryError):
        autodiff(Reverse, programs.squares, Active(huge))


def test_plain_calls_allocate_nothing_but_results(programs, no_leak):
    squares, dot = programs.squares, programs.dot

    @njit
    def inside(x, dx, y):
        for _ in range(10):
            autodiff(Reverse, squares, Duplicated(x, dx))
            autodiff(Reverse, dot, Duplicated(x, dx), Active(y))

    x, dx, y = np.ones(3), np.ones(3), np.ones(3)
    assert no_leak(lambda: inside(x, dx, y)) == 20 * (3 + 10)              # Numba's handles of the arguments, and the gradients of y
