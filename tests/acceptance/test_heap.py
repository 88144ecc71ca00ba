"""Acceptance: inside njit code, gradients of tuples and of the embedded atom (n = 100, Duplicated) take nothing from the heap. Counted."""
import numpy as np
from numba import njit

from irad import Active, Duplicated, Reverse, ReverseWithPrimal, autodiff
from tests.support.examples import example
from tests.support.fresh import fresh
from tests.support.heap import all_blocks, counted


def blocks_per_round(make, *args):
    """Blocks that one more round of `loop(rounds, *args)` allocates."""
    with counted() as heap:
        loop = make()
        loop(1, *args)                                  # compiled here
        start = all_blocks(heap)
        loop(1, *args)
        one = all_blocks(heap) - start
        loop(101, *args)
        return (all_blocks(heap) - start - 2 * one) / 100


def test_dot_of_3_tuples():
    dot = fresh(example("dot").dot_tuples)

    def make():
        @njit
        def loop(rounds, x, y):
            s = 0.0
            for _ in range(rounds):
                dx, dy = autodiff(Reverse, dot, Active(x), Active(y))
                s += dx[0] + dy[2]
                x = (s, dx[1], dy[0])
            return s
        return loop
    assert blocks_per_round(make, (1.0, 2.0, 3.0), (0.5, -1.0, 2.0)) == 0


def test_function_of_namedtuple_and_tuples():
    module = example("foo_namedtuple")
    foo = fresh(module.foo)
    o = module.Options(1.25, (0.5, -2.0), 0.75, (0, 2))
    args = (o, (0.1, 0.2, -0.3), (1.0, 2.0, 0.5), (-1.0, 0.25, 4.0), ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.5)), ())

    def make():
        @njit
        def loop(rounds, o, dX, X, U, A, t):
            s = 0.0
            for _ in range(rounds):
                d = autodiff(Reverse, foo, Active(o), Active(dX), Active(X), Active(U), Active(A), Active(t))
                s += d[0].a + d[4][2][0]
                U = (s, d[1][0], d[2][1])
            return s
        return loop
    assert blocks_per_round(make, *args) == 0


def embedded_atom():
    energy = fresh(example("embedded_atom").energy)

    @njit
    def loop(rounds, x, dx):
        s = 0.0
        for _ in range(rounds):
            s += autodiff(ReverseWithPrimal, energy, Duplicated(x, dx))[1]
        return s
    return loop


def test_embedded_atom_with_a_shadow():
    assert blocks_per_round(embedded_atom, np.linspace(0.0, 1.0, 100), np.zeros(100)) == 0


@njit
def cross(a, b):
    c = np.empty(3)
    for k in range(3):
        c[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3]
    return c


@njit
def volume(x):
    t, s = np.zeros(40), 0.0
    for i in range(1, len(x) - 1):
        c = cross(x[i - 1], x[i])
        for k in range(3):
            t[(i + k) % 40] += c[k] * x[i + 1, k]
            s += t[i % 40] * c[k]
    return s


def test_arrays_of_small_constant_size():
    """They and their shadows lie on the stack."""
    f = fresh(volume)

    def make():
        @njit
        def loop(rounds, x, dx):
            s = 0.0
            for _ in range(rounds):
                s += autodiff(ReverseWithPrimal, f, Duplicated(x, dx))[1]
            return s
        return loop
    x = np.random.default_rng(0).normal(size=(6, 3))
    assert blocks_per_round(make, x, np.zeros_like(x)) == 0


def test_the_counter_counts():
    """A tape of 80 kB does not fit on the stack: one block a call."""
    assert blocks_per_round(embedded_atom, np.linspace(0.0, 1.0, 10_000), np.zeros(10_000)) == 1
