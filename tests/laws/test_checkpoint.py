"""Loops in strips that run again: which are, how much they keep, and that the caller sees nothing of it."""
import math
import pickle

import numpy as np
import pytest
from numba import njit, prange, types

import irad
from irad import (
    Active,
    Const,
    Duplicated,
    IradError,
    Reverse,
    ReverseWithPrimal,
    TapeLimitError,
    autodiff,
    checkpoint,
    pipeline,
    set_tape_limit,
)
from irad.request import Request
from tests.support.core import from_program
from tests.support.fresh import underived
from tests.support.product import needs_irad, options
from tests.support.program import corpus

pytestmark = needs_irad
PROGRAMS = corpus()
IN_STRIPS = {"numbers_in_strips": 0, "no_step": 0, "float32_in_strips": 0, "until_it_is_small": 0, "returned_from_the_middle": 0,
             "stepped_in_place": 1, "swapped_in_strips": 2, "plane_in_strips": 2, "relaxed_until_still": 1, "numbers_beside_an_array": 1,
             "indices_in_a_ring": 1, "scratch_in_strips": 0, "strips_in_a_loop": 0, "branches_in_strips": 1, "complex_in_strips": 1,
             "overlapping_in_strips": 1, "marked_by_a_function": 1}
NOT_IN_STRIPS = ["with_gaps", "buffers_made_in_each_step"]
STEPS = 200_000


@pytest.mark.parametrize("name, copies", IN_STRIPS.items())
def test_runs_again(name, copies):
    d = from_program(PROGRAMS[name], PROGRAMS[name].args())
    found, = (s for loop, s in d.plan.rerun.items() if loop in d.splits.strips)
    assert len(found.snapshots) == copies


@pytest.mark.parametrize("name", NOT_IN_STRIPS)
def test_does_not_run_again(name):
    assert not from_program(PROGRAMS[name], PROGRAMS[name].args()).splits.strips


@njit
def logistic(x, steps):
    for _ in range(steps):
        checkpoint()
        x = 0.9 * x * (1.0 - x) + 0.5
    return x


@njit
def until(x, bound):
    t = 0.0
    while t < bound:
        checkpoint()
        x = x + 1e-6 * x * (1.0 - x)
        t += 1e-6
    return x


@njit
def advected(u, steps):
    for _ in range(steps):
        checkpoint()
        for i in range(1, len(u)):
            u[i] += 1e-6 * u[i - 1] * u[i]


@njit
def unmarked(x, steps):
    for _ in range(steps):
        x = 0.9 * x * (1.0 - x) + 0.5
    return x


@pytest.fixture
def limit():
    """A tape of as many bytes as sqrt(2 STEPS) strips, of as many steps, may take: numbers that double as they grow."""
    before = set_tape_limit(64 * int(math.sqrt(2 * STEPS)))
    yield
    set_tape_limit(before)


def chain(x, steps):
    """Value and derivative of the logistic map, by hand."""
    d = 1.0
    for _ in range(steps):
        x, d = 0.9 * x * (1.0 - x) + 0.5, d * 0.9 * (1.0 - 2.0 * x)
    return x, d


def test_a_long_loop_keeps_the_square_root(limit):
    for n in (1, 2, 3, 10, 45, 46):
        (d, _), x = autodiff(ReverseWithPrimal, logistic, Active(0.2), Const(n))
        np.testing.assert_allclose((x, d), chain(0.2, n), rtol=1e-12)
    (_, _), x = autodiff(ReverseWithPrimal, logistic, Active(0.2), Const(STEPS))
    assert x == logistic(0.2, STEPS)
    with pytest.raises(TapeLimitError):
        autodiff(Reverse, unmarked, Active(0.2), Const(STEPS))


def test_so_does_one_of_which_nobody_knows_how_long_it_is(limit):
    """dx/dt = x (1 - x): the derivative by x(0) is e^t / (1 + x(0) (e^t - 1))^2, and Euler's error is of the order of its step."""
    d, _ = autodiff(Reverse, until, Active(0.2), Const(STEPS * 1e-6))
    e = math.exp(STEPS * 1e-6)
    assert abs(d - e / (1.0 + 0.2 * (e - 1.0)) ** 2) < 1e-5


def test_arrays_are_kept_as_often(limit):
    set_tape_limit(8 * 40 * int(math.sqrt(2 * STEPS)))
    u, du = np.linspace(0.5, 1.0, 10), np.ones(10)
    expected = u.copy()
    advected(expected, STEPS)
    autodiff(Reverse, advected, Duplicated(u, du), Const(STEPS))
    np.testing.assert_array_equal(u, expected)


def test_a_failure_in_the_reverse_leaves_the_callers_memory_as_the_primal_does():
    """Snapshots fit below the limit, and the tape of the longest strip does not."""
    expected, last, refused = np.linspace(0.5, 1.0, 10), 0, 0
    advected(expected, 300)
    for limit in range(0, 16000, 400):
        before = set_tape_limit(limit)
        u = np.linspace(0.5, 1.0, 10)
        try:
            autodiff(Reverse, advected, Duplicated(u, np.ones(10)), Const(300))
            last = limit
        except TapeLimitError:
            refused += np.array_equal(u, expected)
        finally:
            set_tape_limit(before)
        assert not last or np.array_equal(u, expected)
    assert last and refused > 1


def test_a_budget_chooses_the_loops(limit):
    mode = Reverse.with_options(tape_budget=10**4)
    for n in (1, 2, 10, 46):
        np.testing.assert_allclose(autodiff(mode, unmarked, Active(0.2), Const(n))[0], chain(0.2, n)[1], rtol=1e-12)
    autodiff(mode, unmarked, Active(0.2), Const(STEPS))
    assert pickle.loads(pickle.dumps(mode)) is mode and "tape_budget=10000" in repr(mode.with_primal())


@pytest.mark.parametrize("budget, known", [(100, False), (10**4, True)])
def test_a_loop_within_the_budget_has_a_tape(budget, known):
    def short(x):
        for _ in range(100):
            x = x * (1.2 - x)
        return x
    derived = pipeline.derive(Request(njit(short), Reverse.with_options(tape_budget=budget), (Active,), (types.float64,)))
    assert all(size is not None for _, size in derived.report["tape"]) == known


@pytest.mark.parametrize("budget", [-1, 1.5, "1 GB", True])
def test_a_budget_is_a_number_of_bytes(budget):
    with pytest.raises(IradError, match="tape_budget is a number of bytes"):
        Reverse.with_options(tape_budget=budget)


def test_it_means_nothing_elsewhere():
    assert checkpoint() is None
    assert logistic(0.2, 3) == logistic.py_func(0.2, 3)
    assert irad.jvp(logistic, (0.2, 5), (1.0, None))[1] == pytest.approx(chain(0.2, 5)[1], rel=1e-12)
    assert irad.vectorize_math(logistic)(0.2, 3) == logistic(0.2, 3)


@njit
def step_row(u, i, low, high, steps):
    """Of a matrix one row, of a row one part."""
    for _ in range(steps):
        checkpoint()
        for j in range(low + 1, high):
            u[i, j] += 0.1 * u[i, j - 1] * np.sin(u[i, j])


@njit(parallel=True)
def step_all(u, du, parts, steps):
    for k in prange(u.shape[0] * parts):
        width = u.shape[1] // parts
        low = (k % parts) * width
        autodiff(Reverse, step_row, Duplicated(u, du), Const(k // parts), Const(low), Const(low + width), Const(steps))


def test_threads_share_an_array_and_work_on_parts_of_it():
    rng = np.random.default_rng(2)
    u = rng.uniform(0.3, 1.2, (32, 40))
    du = rng.uniform(-1.0, 1.0, u.shape)
    one, d_one = u.copy(), du.copy()
    for i in range(32):
        for low in (0, 20):
            autodiff(Reverse, step_row, Duplicated(one, d_one), Const(i), Const(low), Const(low + 20), Const(60))
    step_all(u, du, 2, 60)
    np.testing.assert_array_equal(u, one)
    np.testing.assert_array_equal(du, d_one)


@njit
def made_in_a_loop_around(u, m, size, steps):
    for k in range(m):
        w = np.empty(size)
        for i in range(size):
            w[i] = u[i % 7] * (k + 1) * 0.1
        for _ in range(steps):
            checkpoint()
            for i in range(1, size):
                w[i] = w[i] + 0.1 * w[i - 1] * np.sin(w[i])
        for i in range(1, u.size):
            u[i] = u[i] * 0.9 + 0.001 * w[i]
    return u[3]


def test_an_array_that_is_gone_is_not_put_back():
    got = irad.gradient(made_in_a_loop_around, np.linspace(0.3, 1.1, 7), Const(4), Const(20000), Const(5))
    with options(checkpoint="never"):
        expected = irad.gradient(underived(made_in_a_loop_around), np.linspace(0.3, 1.1, 7), Const(4), Const(20000), Const(5))
    np.testing.assert_allclose(got[0], expected[0], rtol=1e-12)


@njit
def too_large(x, size, steps):
    u = np.empty(size)
    for i in range(5):
        u[i] = x + i
    for _ in range(steps):
        checkpoint()
        for i in range(1, 5):
            u[i] = u[i] + 0.1 * u[i - 1] * np.sin(u[i])
        u[0] = u[4] + x
    return u[0]


def test_an_array_for_which_there_is_no_memory():
    with pytest.raises(MemoryError):
        irad.gradient(too_large, 0.3, Const(2**55), Const(20))
    assert irad.gradient(too_large, 0.3, Const(5), Const(3))[0] == pytest.approx(_slope_of_too_large(0.3, 3), rel=1e-12)


def _slope_of_too_large(x, steps, h=1e-30):
    x = x + 1j * h
    u = np.array([x + i for i in range(5)])
    for _ in range(steps):
        for i in range(1, 5):
            u[i] = u[i] + 0.1 * u[i - 1] * np.sin(u[i])
        u[0] = u[4] + x
    return u[0].imag / h


@njit
def overlapping(a, b, c, steps):
    for _ in range(steps):
        checkpoint()
        for i in range(1, a.size):
            a[i] = a[i] * 0.9 + 0.1 * b[i - 1] * a[i] + 0.05 * b[i] * c[i]
    return a[3] * b[2]


def test_what_is_only_read_is_not_written(tmp_path):
    np.arange(7.0).tofile(tmp_path / "c")
    c = np.asarray(np.memmap(tmp_path / "c", mode="r", dtype=float))
    x, dx, dc = np.linspace(0.3, 1.1, 9), np.zeros(9), np.zeros(7)
    autodiff(Reverse, overlapping, Duplicated(x[:7], dx[:7]), Duplicated(x[2:], dx[2:]), Duplicated(c, dc), Const(9))
    y, dy, dk = np.linspace(0.3, 1.1, 9), np.zeros(9), np.zeros(7)
    with options(checkpoint="never"):
        autodiff(Reverse, underived(overlapping), Duplicated(y[:7], dy[:7]), Duplicated(y[2:], dy[2:]), Duplicated(c, dk), Const(9))
    np.testing.assert_array_equal(x, y)
    np.testing.assert_allclose([*dx, *dc], [*dy, *dk], rtol=1e-12)


@njit
def one_that_cannot(u, x, n):
    """The first loop makes an array in each step; a budget is for the second one as well."""
    for _ in range(n):
        checkpoint()
        v = np.empty(4)
        for i in range(4):
            v[i] = np.sin(u[i] + u[i - 1])
        u = v
    for _ in range(n):
        x = np.sin(x) * 1.2
    return u[0] * x


def test_a_budget_beside_a_loop_that_cannot_be_checkpointed():
    request = Request(one_that_cannot, Reverse.with_options(tape_budget=10), (Active, Active, Const),
                      (types.Array(types.float64, 1, "C"), types.float64, types.int64))
    names = {place for _, _, place in pipeline.derive(request).report["saved"]}
    assert any(place.endswith("strips") or ".strips." in place for place in names)


@njit
def batch(u, steps):
    s = 0.0
    for k in range(u.size):
        y = u[k]
        for _ in range(steps):
            checkpoint()
            y += 1e-6 * np.sin(y)
        s += y
    return s


def test_a_mark_inside_a_fused_loop(limit):
    u = np.linspace(0.3, 1.1, 3)
    d, _ = irad.gradient(batch, u, Const(STEPS))
    y, slope = u.copy(), np.ones(3)
    for _ in range(STEPS):
        y, slope = y + 1e-6 * np.sin(y), slope * (1.0 + 1e-6 * np.cos(y))
    np.testing.assert_allclose(d, slope, rtol=1e-9)
