"""TapeLimitError: raised before anything is allocated, from Python and from njit, with the line that saves most; nothing is left behind."""
import inspect
import math
import pickle
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from numba import njit

import irad
from irad import Active, Const, Duplicated, Reverse, TapeLimitError, autodiff, set_tape_limit
from tests.support.fresh import fresh
from tests.support.heap import counted
from tests.support.leaks import balanced

LIMIT = 10**6


@njit
def counted_loop(x, n):
    for _ in range(n):
        x = math.sin(x * 1.001)                         # saves most
    return x


@njit
def two_lines(x, n):
    s = x
    for _ in range(n):
        s = math.sin(s)
        s = s * math.exp(s) + math.cos(s) * math.tan(s * s)     # saves most
    return s


@njit
def triangle(x, n):
    s = x[0]
    for i in range(n):
        s = math.sin(s)
        for j in range(i):
            s = math.sin(s * x[j])                      # saves most
    return s


@njit
def while_loop(x, n):
    k = 0
    while x < n:
        x = x * 1.0000001 + math.sin(x) * math.sin(x)   # saves most
        k += 1
    return x


@njit
def skipped(x, n, m):
    s = x
    for _ in range(n):
        s = math.sin(s)
        for _ in range(m):
            s = math.sin(s) * 0.5
    return s


@njit
def inside(x, n):
    return autodiff(Reverse, counted_loop, Active(x), Const(n))[0]


@dataclass
class Case:
    f: object
    small: tuple
    large: tuple


CASES = [
    Case(counted_loop, (Active(0.5), Const(1000)), (Active(0.5), Const(10**6))),
    Case(two_lines, (Active(0.5), Const(1000)), (Active(0.5), Const(10**6))),
    Case(triangle, (Active(np.ones(10)), Const(10)), (Active(np.ones(3000)), Const(3000))),
    Case(while_loop, (Active(0.5), Const(1.0)), (Active(0.5), Const(10.0**5))),
]


@pytest.fixture(autouse=True)
def limit():
    before = set_tape_limit(LIMIT)
    yield
    set_tape_limit(before)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.f.__name__)
def test_the_line_that_saves_most(case):
    with counted() as heap:
        f = fresh(case.f)
        before = autodiff(Reverse, f, *case.small)
        with balanced(heap=heap), pytest.raises(TapeLimitError) as caught:
            autodiff(Reverse, f, *case.large)
        after = autodiff(Reverse, f, *case.small)
    np.testing.assert_equal(before, after)
    lines, start = inspect.getsourcelines(case.f.py_func)
    at = next(start + k for k, line in enumerate(lines) if "saves most" in line)
    text = str(caught.value)
    assert f"line {at}\n" in text, text
    assert "set_tape_limit" in text and len(text.splitlines()) <= 12
    assert str(pickle.loads(pickle.dumps(caught.value))) == text


def test_what_is_allocated_before_the_error():
    """Nothing of the tape; of a growing one, no more than the limit."""
    with counted() as heap:
        f = fresh(counted_loop)
        autodiff(Reverse, f, Active(0.5), Const(10))
        before = heap.asked
        with pytest.raises(TapeLimitError):
            autodiff(Reverse, f, Active(0.5), Const(10**6))
        assert heap.asked == before


def test_the_bytes():
    with pytest.raises(TapeLimitError, match=r"take 16 MB, and its limit is 1 MB(.|\n)*this line saves most of them, 16 MB"):
        autodiff(Reverse, counted_loop, Active(0.5), Const(2 * 10**6))


def test_from_njit_and_without_compiling_anew():
    x = inside(0.5, 10**5)
    with pytest.raises(TapeLimitError, match="counted_loop"):
        inside(0.5, 2 * 10**5)
    set_tape_limit(4 * LIMIT)
    inside(0.5, 2 * 10**5)
    set_tape_limit(0)
    with pytest.raises(TapeLimitError):
        inside(0.5, 10**5)
    inside(0.5, 500)                                    # what fits into four kilobytes of stack is no matter of the limit
    set_tape_limit()
    assert inside(0.5, 10**5) == x
    assert len(inside.signatures) == 1


def test_up_to_the_limit():
    """Columns that grow by doubling stop doubling where the limit is, and use all of it."""
    def most(f, arguments):
        low, high = 1, 10**6
        while high - low > 1:
            n = (low + high) // 2
            try:
                autodiff(Reverse, f, *arguments(n))
                low = n
            except TapeLimitError:
                high = n
        return low

    @njit
    def grows(x, ends):
        k = 0
        while k < ends[0]:
            x = math.sin(x)
            k += 1
        return x
    assert most(counted_loop, lambda n: (Active(0.5), Const(n))) == LIMIT // 8
    assert most(grows, lambda n: (Active(0.5), Const(np.array([n])))) == pytest.approx(LIMIT // 8, abs=64)


@pytest.mark.parametrize("n", [2**55, 2**58, 2**60, 2**61 + 1, 2**62, 2**63 - 1])
def test_products_that_wrap(n):
    """8 * 2**61 is 0 in 64 bits: nothing may be written to a tape of that size."""
    for call in (lambda: autodiff(Reverse, counted_loop, Active(0.5), Const(n)),
                 lambda: autodiff(Reverse, skipped, Active(0.5), Const(2**32), Const(n)),
                 lambda: autodiff(Reverse, skipped, Active(0.5), Const(n), Const(-3))):
        with pytest.raises(TapeLimitError):
            call()


@pytest.mark.parametrize("m", [0, -1, -(2**62), -(2**63)])
def test_an_inner_loop_that_is_skipped_takes_nothing(m):
    n = 1000
    x, slope = 0.5, 1.0
    for _ in range(n):
        slope *= math.cos(x)
        x = math.sin(x)
    assert autodiff(Reverse, skipped, Active(0.5), Const(n), Const(m))[0] == pytest.approx(slope, rel=1e-12)


def test_arguments_are_as_after_an_exception():
    x, dx = np.linspace(0.1, 1.0, 3000), np.zeros(3000)
    kept = x.copy()
    with pytest.raises(TapeLimitError):
        autodiff(Reverse, triangle, Duplicated(x, dx), Const(3000))
    np.testing.assert_array_equal(x, kept)


def test_setting_it():
    assert set_tape_limit(5) == LIMIT
    assert set_tape_limit(LIMIT) == 5
    for wrong in (-1, 1.5, True, "1 GB"):
        with pytest.raises(irad.IradError, match="number of bytes"):
            set_tape_limit(wrong)


CACHED = """
import math, sys
import irad
from numba import njit
from irad import Active, Const, Reverse, autodiff

@njit(cache=True)
def f(x, n):
    for _ in range(n):
        x = math.sin(x)
    return x

@njit(cache=True)
def caller(x, n):
    return autodiff(Reverse, f, Active(x), Const(n))[0]

caller(0.5, 10)
print(sum(caller.stats.cache_hits.values()))
irad.set_tape_limit(10**6)
caller(0.5, 10**5)
try:
    caller(0.5, 10**6)
except irad.TapeLimitError as error:
    print(str(error))
"""


def test_code_from_a_cache_reads_the_limit_too(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(CACHED)
    for hits in (0, 1):
        out = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, cwd=".", env=_environment())
        assert out.returncode == 0, out.stderr
        assert out.stdout.splitlines()[0] == str(hits)
        assert ("f (model.py:7): the tape" if hits else "the tape of f") + " would take 8 MB" in out.stdout


def _environment():
    import os
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
