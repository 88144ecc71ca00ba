"""Times of several functions, taken in turns: on a shared machine neighbours change within seconds, ratios of neighbouring samples do not.

One sample is a compiled loop of at least a millisecond, read on the CPU clock of the process: of all its threads, for a competitor may have
some of its own.
"""
import time
from dataclasses import dataclass

import numpy as np
from numba import njit

RUNS = 30
LEAST_NS = 1_000_000


def repeated(f):
    """A compiled loop around f. `nudge` is 0.0, which LLVM does not know: no iteration can be dropped or hoisted."""

    @njit
    def loop(count, nudge, args):
        first = args[0].reshape(-1)
        s = 0.0
        for _ in range(count):
            first[0] += nudge
            s += f(*args)
        return s

    return loop


def cpu_time(run, clock=time.process_time_ns):
    start = clock()
    run()
    return clock() - start


def enough(run):
    """How many repetitions make one sample long enough."""
    count = 1
    run(count)
    while cpu_time(lambda count=count: run(count)) < LEAST_NS:
        count *= 2
    return count


@dataclass(frozen=True)
class Times:
    """Nanoseconds of one call, a sample per run."""

    samples: np.ndarray

    @property
    def median(self):
        return float(np.median(self.samples))

    def ratio(self, other):
        """Lower quartile, median and upper quartile of the ratios, each of two samples taken together."""
        return tuple(float(q) for q in np.percentile(self.samples / other.samples, (25, 50, 75)))


def in_turns(runs, clock=time.process_time_ns):
    """`runs`: name -> function of a count. Gives name -> Times."""
    counts = {name: enough(run) for name, run in runs.items()}
    samples = {name: [] for name in runs}
    for _ in range(RUNS):
        for name, run in runs.items():
            samples[name].append(cpu_time(lambda run=run, name=name: run(counts[name]), clock) / counts[name])
    return {name: Times(np.array(values)) for name, values in samples.items()}


def measure(functions):
    """`functions`: name -> (compiled function, its arguments). Gives name -> Times."""
    return in_turns({name: run_of(f, args) for name, (f, args) in functions.items()})


def run_of(f, args):
    """A function of a count that calls f so often."""
    loop = repeated(f)
    return lambda count: loop(count, 0.0, args)
