"""What a call from Python costs, beside an njit function that takes and returns the same types and does nothing."""
import numpy as np
from numba import njit

from bench.table import duration, first_line
from bench.timing import in_turns


@njit
def square(x):
    return x * x


@njit
def product(a, b):
    return a * b


@njit
def sum_of_squares(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i]
    return s


@njit
def nothing(x):
    return x


@njit
def nothing_of_two(a, b):
    return a, b


@njit
def nothing_of_array(x):
    return np.empty_like(x)


def times_of(call):
    def run(count):
        for _ in range(count):
            call()

    return run


def calls():
    """(title, irad's call, the call that does nothing), each without arguments."""
    from irad import Active, Reverse, autodiff, grad

    x = np.ones(3)
    d_square, d_sum = grad(square), grad(sum_of_squares)
    return (
        ("grad(f)(float)", lambda: d_square(2.0), lambda: nothing(2.0)),
        ("grad(f)(array of 3)", lambda: d_sum(x), lambda: nothing_of_array(x)),
        ("autodiff, two annotations", lambda: autodiff(Reverse, product, Active(2.0), Active(3.0)), lambda: nothing_of_two(2.0, 3.0)),
    )


def print_calls():
    print("\nA call from Python, and a call of an njit function of the same types that does nothing")
    try:
        rows = calls()
        for _, ours, _ in rows:
            ours()
    except Exception as error:
        print(f"    no figure for irad: {first_line(error)}")
        return
    for title, ours, empty in rows:
        times = in_turns({"irad": times_of(ours), "nothing": times_of(empty)})
        more = float(np.median(times["irad"].samples - times["nothing"].samples))
        print(f"    {title:<28}{duration(times['irad'].median):>10}{duration(times['nothing'].median):>10}   difference {more:.0f} ns")
