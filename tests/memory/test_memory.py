"""A sample of the commands in this directory, which take the whole corpus; what they rest on; and the memory of a million calls."""
import math
import signal
import subprocess
import sys

import numpy as np
import pytest
from numba import njit

from irad import Active, Const, Reverse, autodiff, gradient
from tests.memory import batches

# Tapes reserved and growing, shadows made in either sweep, lists of what is carried, temporaries of array expressions, Active arrays,
# several Duplicated ones, copies that the wrapper makes, tuples of arrays.
SAMPLE = ("newton_root", "adaptive_step_ode", "scratch_allocated_each_iteration", "time_stepping_with_reallocation", "array_chosen_in_loop",
          "active_array_written", "other_strides_in_shadow", "tuple_of_arrays_written", "five_point_stencil")
OUT_OF_BOUNDS = """
import sys
import numpy as np
from numba import njit
import irad
from tests.support.fence import fenced
side, k, protect = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "readonly"

@njit
def element(x, k):
    return x[k] * x[k]

@njit
def written(x, k):
    x[k] = x[k] * x[k]

x = np.ones(5)
irad.gradient(element, x, irad.Const(1))
with fenced((x,), side, {0} if protect else ()) as (y,):
    if protect:
        irad.autodiff(irad.Reverse, written, irad.Duplicated(y, np.ones(5)), irad.Const(k))
    else:
        irad.autodiff(irad.Reverse, element, irad.Duplicated(y, np.ones(9)[2:7]), irad.Const(k))
"""


def test_sample():
    wrong = [v for v in batches.run("tests.memory.sample", SAMPLE) if v.said]
    assert not wrong


def test_fences_hold():
    """Wraparound of negative indices makes -6 the element before the first."""
    runs = [("start", 4, ""), ("end", 5, ""), ("start", -6, ""), ("end", 4, "readonly")]
    started = [subprocess.Popen([sys.executable, "-c", OUT_OF_BOUNDS, *map(str, run)], stderr=subprocess.DEVNULL) for run in runs]
    ended = [p.wait() for p in started]
    assert ended[0] == 0 and all(e in (-signal.SIGSEGV, -signal.SIGBUS) for e in ended[1:])


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


@njit
def norm(x):
    s = 0.0
    for v in x:
        s += v * v
    return math.sqrt(s)


@njit
def chain(x, n):
    for _ in range(n):
        x = math.sin(x)
    if n == 3:
        raise ValueError
    return x


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_million_calls_leave_nothing():
    """Calls that return arrays, that keep a tape on the heap, that raise."""
    x = np.ones(3)

    def calls(n):
        for _ in range(n):
            gradient(norm, x)
        for _ in range(n // 20):
            autodiff(Reverse, chain, Active(0.5), Const(1000))
        for _ in range(n // 100):
            with pytest.raises(ValueError):
                autodiff(Reverse, chain, Active(0.5), Const(3))

    calls(10_000)
    start = resident()
    calls(1_000_000)
    assert resident() - start < 2**20
