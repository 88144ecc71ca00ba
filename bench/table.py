"""The main table: primal, gradient by hand, irad's, real Enzyme's and JAX's, all in turns, and the ratios between them.

Enzyme and JAX belong to the `bench` extra; where one is missing, or fails on a kernel, its cells are empty and a line says why. Both sides
compute as strictly as the primal: Enzyme's adjoints are not `fast` here. In the second table the primal is compiled with fastmath, and
Enzyme's adjoints are `fast`; there irad has vector math, and is set beside JAX, both as ratios to the strict primal.
"""
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from bench import whole
from bench.timing import Times, in_turns, run_of

GRADIENTS = ("hand", "irad", "Enzyme", "JAX")
RATIOS = (("hand", "primal"), ("irad", "primal"), ("irad", "hand"), ("irad", "Enzyme"), ("JAX", "primal"))
GOALS = {("irad", "primal"): 2.0, ("irad", "hand"): 1.0, ("irad", "Enzyme"): 0.8}
NAME, TIME, RATIO = "{:<42}", "{:>10}", "  {:<18}"


@dataclass
class Row:
    """One kernel: `times` by competitor, and why others are missing."""
    kernel: object
    times: dict[str, Times] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def ratio(self, one, other):
        """Quartiles, or None."""
        return self.times[one].ratio(self.times[other]) if one in self.times and other in self.times else None


# ---- one kernel
def difference(kernel, gradient):
    """From the gradient by hand, relative to the largest number."""
    ours, theirs = kernel.problem(), kernel.problem()
    gradient(*ours.args, *ours.shadows)
    kernel.handwritten(*theirs.args, *theirs.shadows, *theirs.workspace)
    return max(np.max(np.abs(a - b)) / np.max(np.abs(b)) for a, b in zip(ours.shadows, theirs.shadows, strict=True))


def first_line(error):
    """A table with a gap says more than no table: whatever stops a competitor is shown in its place."""
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"[:150]


def checked(kernel, gradient, tolerance=1e-10):
    error = difference(kernel, gradient)
    if not error < tolerance:
        raise ArithmeticError(f"differs from the gradient by hand by {error:.1e}")
    return gradient


def enzyme(kernel, fast=False):
    import enzyme_ad  # noqa: F401 (missing: say so before another process is started)

    as_a_whole(kernel)

    from bench.peers import apart
    from bench.peers import enzyme as peer
    failure = apart.why_not(kernel, fast)
    if failure:
        raise RuntimeError(failure)
    return peer.gradient(kernel, fast)


def as_a_whole(kernel):
    """The kernel, if the gradient by hand is that of its primal."""
    if len(kernel.problem().shadows) != kernel.inputs:
        raise NotImplementedError("each small problem has a gradient of its own, and they share inputs")
    return kernel


def jax(kernel):
    from bench.peers import jitted
    if kernel.jax is None:
        raise NotImplementedError("not written in JAX")
    as_a_whole(kernel)
    theirs = kernel.problem()
    kernel.handwritten(*theirs.args, *theirs.shadows, *theirs.workspace)
    for got, want in zip(jitted.gradients(kernel), theirs.shadows, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-9 * np.abs(want).max())
    return jitted.call(kernel)


def measured(kernel, competitors):
    """`competitors`: name -> function that gives an njit gradient, or for JAX a function of a count. What raises is left out."""
    row = Row(kernel)
    runs = {}
    for name, make in competitors.items():
        try:
            f = make()
        except Exception as error:
            row.missing[name] = first_line(error)
            continue
        problem = kernel.problem()
        extra = () if name in ("primal", "strict") else problem.shadows + (problem.workspace if name == "hand" else ())
        runs[name] = f if name == "JAX" else run_of(f, problem.args + extra)
    row.times = in_turns(runs)
    return row


def strict_row(kernel):
    return measured(kernel, {
        "primal": lambda: kernel.primal, "hand": lambda: kernel.handwritten, "irad": lambda: checked(kernel, kernel.gradient()),
        "Enzyme": lambda: enzyme(kernel), "JAX": lambda: jax(kernel)})


def fast_row(kernel):
    primal = njit(fastmath=True)(kernel.primal.py_func)
    return measured(kernel, {
        "primal": lambda: primal, "strict": lambda: kernel.primal,
        "irad": lambda: checked(kernel, whole.gradient(as_a_whole(kernel), primal), 1e-7),
        "Enzyme": lambda: enzyme(kernel, fast=True), "JAX": lambda: jax(kernel)})


# ---- the tables
def duration(nanoseconds):
    for unit, size in (("ns", 1.0), ("us", 1e3)):
        if nanoseconds < 1000 * size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds / 1e6:.3g} ms"


def quartiles(times, other):
    return cell(times.ratio(other))


def cell(ratio):
    if ratio is None:
        return "-"
    low, middle, high = ratio
    return f"{middle:.2f} ({low:.2f}..{high:.2f})"


def line(row, names, ratios):
    times = "".join(TIME.format(duration(row.times[n].median) if n in row.times else "-") for n in names)
    return NAME.format(row.kernel.name) + times + "".join(RATIO.format(cell(row.ratio(*pair))) for pair in ratios)


def geometric_mean(rows, pair):
    found = [r[1] for r in (row.ratio(*pair) for row in rows) if r is not None]
    return np.exp(np.log(found).mean()) if found else None


def show(rows, names, ratios):
    print(NAME.format("kernel") + "".join(TIME.format(n) for n in names) + "".join(RATIO.format("/".join(pair)) for pair in ratios))
    done = []
    for row in rows:
        done.append(row)
        print(line(row, names, ratios), flush=True)
        for name, why in row.missing.items():
            print(f"    no figure for {name}: {why}")
    for pair in ratios:
        if (mean := geometric_mean(done, pair)) is not None:
            goal = f"; the goal is {GOALS[pair]}" if pair in GOALS else ""
            print(f"    geometric mean {'/'.join(pair)} {mean:.2f}{goal}")
    return done


def print_table(kernels):
    print("Gradient with value: medians and quartiles of 30 samples taken in turns, CPU time of the process; one thread")
    show(map(strict_row, kernels), ("primal", *GRADIENTS), RATIOS)
    print("\nThe same with fastmath, the primal differentiated as a whole")
    show(map(fast_row, kernels), ("primal", "strict", "irad", "Enzyme", "JAX"),
         (("irad", "primal"), ("irad", "Enzyme"), ("irad", "strict"), ("JAX", "strict")))
