"""Memory that stays for the next call: it is taken again, is never two callers' at once, never grows beyond its bound, and can be freed."""
import ctypes
import math
import os
import subprocess
import sys
import threading

import llvmlite.binding as llvm
import numpy as np
import pytest
from numba import njit, prange

import irad
from irad import Active, Const, Duplicated, Reverse, autodiff, free_workspace
from irad.options import options
from irad.workspace import LEAST, MOST, WORDS
from tests.support.fresh import fresh
from tests.support.heap import counted

N = 100_000
POINTER, SIZE = ctypes.c_void_p, ctypes.c_size_t


@njit
def chain(x, n):
    for _ in range(n):
        x = math.sin(x)
    if n == 7 * N:
        raise ValueError("seven")
    return x


@njit
def grows(x, ends):
    k = 0
    while k < ends[0]:
        x = math.sin(x)
        k += 1
    return x


@njit
def scratch(x):
    t = np.empty(x.size)
    for i in range(x.size):
        t[i] = x[i] * x[i]
    s = 0.0
    for i in range(1, x.size):
        s += t[i] * t[i - 1]
    return s


@njit
def raises_later(x, n, late):
    for _ in range(n):
        x = math.sin(x)
    if late[0]:
        raise ValueError("late")
    return x


def function(name, result, *arguments):
    return ctypes.CFUNCTYPE(result, *arguments)(llvm.address_of_symbol(f"irad.memory.{name}"))


take, zeroed, more = (function(name, POINTER, *kinds) for name, kinds in (("take", [SIZE]), ("zeroed", [SIZE]), ("more", [POINTER, SIZE])))
give = function("give", None, POINTER)


@pytest.fixture(autouse=True)
def empty():
    free_workspace()
    yield
    free_workspace()


def slope_of_chain(x, n):
    slope = 1.0
    for _ in range(n):
        slope *= math.cos(x)
        x = math.sin(x)
    return slope


def test_a_tape_and_a_shadow_are_kept():
    assert autodiff(Reverse, chain, Active(0.5), Const(N))[0] == pytest.approx(slope_of_chain(0.5, N), rel=1e-11)
    assert free_workspace() == 8 * N
    x = np.linspace(0.9, 1.0, N)
    want = 2 * x * (np.append(0.0, x[:-1]**2) + np.append(x[1:]**2, 0.0))
    for _ in range(3):                                  # the second time the shadow is full of what it held
        np.testing.assert_allclose(irad.gradient(scratch, x)[0], want, rtol=1e-13)
    assert free_workspace() >= 8 * N
    assert free_workspace() == 0


def test_what_is_kept_is_taken_again():
    with counted(least=1) as heap:
        f, g, ends = fresh(chain), fresh(grows), np.array([5000])
        for call in (lambda: autodiff(Reverse, f, Active(0.5), Const(5000)), lambda: autodiff(Reverse, g, Active(0.5), Const(ends))):
            assert call()[0] == pytest.approx(slope_of_chain(0.5, 5000), rel=1e-11)
            asked = heap.asked
            for _ in range(5):
                call()
            assert heap.asked == asked
        ends[0] = 20_000
        assert call()[0] == pytest.approx(slope_of_chain(0.5, 20_000), rel=1e-11)
        heap.empty()
        assert heap.live == 0


def test_small_tapes_are_not_kept():
    autodiff(Reverse, chain, Active(0.5), Const(LEAST // 8 - 2))
    assert free_workspace() == 0
    with options(keep=False):
        f = fresh(chain)
        autodiff(Reverse, f, Active(0.5), Const(N))
    assert free_workspace() == 0


def test_an_exception_leaves_the_tape_for_the_next_call():
    late = np.array([True])
    with counted(least=1) as heap:
        f = fresh(raises_later)
        for _ in range(2):
            with pytest.raises(ValueError, match="late"):
                autodiff(Reverse, f, Active(0.5), Const(N), Const(late))
            asked = heap.asked
        late[0] = False
        assert autodiff(Reverse, f, Active(0.5), Const(N), Const(late))[0] == pytest.approx(slope_of_chain(0.5, N), rel=1e-11)
        assert heap.asked == asked
        heap.empty()
        assert heap.live == 0


@njit(parallel=True)
def many(x, n, out):
    for k in prange(x.size):
        out[k] = autodiff(Reverse, chain, Active(x[k]), Const(n))[0]


def test_prange():
    x, out = np.linspace(0.1, 1.0, 40), np.zeros(40)
    many(x, 20_000, out)
    np.testing.assert_allclose(out, [slope_of_chain(v, 20_000) for v in x], rtol=1e-11)
    assert 160_000 <= free_workspace() <= MOST


def test_no_block_has_two_owners():
    """Threads take, fill, check and give blocks of many sizes, some in each other's way; one frees all that is kept now and then."""
    wrong = []

    def worker(number):
        rng, held = np.random.default_rng(number), []
        for step in range(400):
            if held and rng.random() < 0.5:
                p, n = held.pop(int(rng.integers(len(held))))
                ends = ctypes.c_int64.from_address(p), ctypes.c_int64.from_address(p + n - 8)
                if any(e.value != number * 1000 + n for e in ends):
                    wrong.append((number, step))
                give(p)
                continue
            n = LEAST * int(rng.integers(1, 9))
            p = more(take(LEAST), n) if step % 3 == 0 else zeroed(n) if step % 3 == 1 else take(n)
            if step % 3 == 1 and ctypes.c_int64.from_address(p + n - 8).value:
                wrong.append((number, step, "not zero"))
            for at in (p, p + n - 8):
                ctypes.c_int64.from_address(at).value = number * 1000 + n
            held.append((p, n))
            if number == 0 and step % 50 == 0:
                free_workspace()
        for p, _ in held:
            give(p)

    threads = [threading.Thread(target=worker, args=(k,)) for k in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert 0 < free_workspace() <= MOST
    assert free_workspace() == 0


def test_a_block_is_taken_for_what_fills_a_quarter():
    p = take(8 * LEAST)
    give(p)
    assert take(2 * LEAST) == p
    give(p)
    q = take(LEAST)                                     # it would waste the block, which goes
    assert q != p
    give(q)
    assert free_workspace() == LEAST


def test_a_block_that_grows_turns_into_one_that_is_large_enough():
    large = take(64 * LEAST)
    give(large)
    p = take(100)
    ctypes.memset(p, 7, 100)
    p = more(p, LEAST)
    assert p == large and ctypes.string_at(p, 100) == b"\x07" * 100
    assert more(p, 64 * LEAST) == p
    give(p)
    assert free_workspace() == 64 * LEAST


def test_what_is_kept_has_a_bound():
    """Pages that are never touched cost nothing: so blocks may be large here."""
    blocks = [take(MOST // 3) for _ in range(5)]
    for p in blocks:
        give(p)
    assert free_workspace() == 3 * (MOST // 3)
    give(take(MOST + 1))
    assert free_workspace() == 0
    blocks = [take(LEAST) for _ in range(3 * WORDS)]
    for p in blocks:
        give(p)
    assert free_workspace() == WORDS * LEAST


def test_requests_that_cannot_be_met():
    for n in (2**64 - 1, 2**64 - 8, 2**63, 2**60):
        assert take(n) is None and zeroed(n) is None
    p = take(LEAST)
    assert more(p, 2**63) is None                       # and p is still there
    give(p)
    give(None)
    assert free_workspace() == LEAST


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_has_a_workspace_of_its_own():
    want = autodiff(Reverse, chain, Active(0.5), Const(N))[0]
    child = os.fork()
    if not child:
        same = autodiff(Reverse, chain, Active(0.5), Const(N))[0] == want
        os._exit(0 if same and free_workspace() == 8 * N else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert autodiff(Reverse, chain, Active(0.5), Const(N))[0] == want
    assert free_workspace() == 8 * N


CACHED = """
import math
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

caller(0.5, 100_000)
autodiff(Reverse, f, Active(0.5), Const(50_000))
print(sum(caller.stats.cache_hits.values()), irad.free_workspace(), irad.free_workspace())
"""


def test_code_from_a_cache_has_the_same_workspace(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(CACHED)
    for hits in (0, 1):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        out = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, env=environment)
        assert out.returncode == 0, out.stderr
        assert out.stdout.split() == [str(hits), "800000", "0"]


def test_a_duplicated_array_takes_no_workspace():
    x, dx = np.linspace(0.1, 1.0, N), np.zeros(N)

    @njit
    def total(x):
        s = 0.0
        for v in x:
            s += v * v
        return s
    autodiff(Reverse, total, Duplicated(x, dx))
    np.testing.assert_allclose(dx, 2 * x)
    assert free_workspace() == 0
