"""The main table: primal, hand-written gradient and irad's gradient of each kernel, and the ratios between them."""
import numpy as np

from bench.timing import measure

COLUMNS = ("kernel", "primal", "by hand", "irad", "hand/primal", "irad/primal", "irad/hand")
LINE = "{:<42}{:>11}{:>11}{:>11}  {:<18}{:<18}{:<18}"


def first_line(error):
    """A table with a gap says more than no table: whatever stops irad is shown in its place."""
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"


def derived(kernel):
    """irad's gradient, compiled and held against the hand-written one; or None and the reason why there is none."""
    try:
        gradient = kernel.derive()
        error = disagreement(kernel, gradient)
    except Exception as error:
        return None, first_line(error)
    if not error < 1e-10:
        return None, f"differs from the hand-written gradient by {error:.1e}"
    return gradient, None


def disagreement(kernel, gradient):
    ours, theirs = kernel.problem(), kernel.problem()
    gradient(*ours.args, *ours.shadows)
    kernel.handwritten(*theirs.args, *theirs.shadows, *theirs.workspace)
    return max(np.max(np.abs(a - b)) / np.max(np.abs(b)) for a, b in zip(ours.shadows, theirs.shadows, strict=True))


def duration(nanoseconds):
    for unit, size in (("ns", 1.0), ("us", 1e3)):
        if nanoseconds < 1000 * size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds / 1e6:.3g} ms"


def quartiles(times, other):
    low, middle, high = times.ratio(other)
    return f"{middle:.2f} ({low:.2f}..{high:.2f})"


def row(kernel):
    """The kernel's line, and a note where irad's column is empty."""
    gradient, why_not = derived(kernel)
    problem = kernel.problem()
    functions = {
        "primal": (kernel.primal, problem.args),
        "hand": (kernel.handwritten, problem.args + problem.shadows + problem.workspace),
    }
    if gradient:
        functions["irad"] = (gradient, problem.args + problem.shadows)
    times = measure(functions)
    primal, hand, irad = times["primal"], times["hand"], times.get("irad")
    cells = [kernel.name, duration(primal.median), duration(hand.median), "-", quartiles(hand, primal), "-", "-"]
    if irad:
        cells[3], cells[5], cells[6] = duration(irad.median), quartiles(irad, primal), quartiles(irad, hand)
    return LINE.format(*cells), why_not


def print_table(kernels):
    print("Gradient with value, medians and quartiles of 30 samples taken in turns, CPU time of one thread")
    print(LINE.format(*COLUMNS))
    for kernel in kernels:
        line, why_not = row(kernel)
        print(line, flush=True)
        if why_not:
            print(f"    no figure for irad: {why_not}")
