"""How long a derivation takes, stage by stage, beside Numba's own compilation of the primal, and the first call of a gradient beside the
first call of the primal: medians of five in a warm process, CPU time of one thread.

The goals are geometric means: irad's own stages at most 0.25 of Numba's compilation, the derivation as a whole 1.0, the first call 2.5.
"""
import statistics
import time

from numba import njit, typeof, types

from bench.table import first_line

STAGES = ("lower", "prepare", "read", "analyse", "plan", "emit", "package")
OWN = ("read", "analyse", "plan", "emit")
GOALS = {"own": 0.25, "all": 1.0, "first": 2.5}


def seconds(run):
    start = time.thread_time()
    run()
    return time.thread_time() - start


def floats(ty):
    return isinstance(ty, types.Array) and isinstance(ty.dtype, types.Float)


def fresh(kernel):
    return njit(kernel.primal.py_func)


def measure(kernel, samples=5):
    """(seconds of Numba's compilation, {stage: seconds}, ratio of the first calls); each sample compiles, derives and calls fresh copies of
    the primal."""
    from irad import Active, Const, Duplicated, ReverseWithPrimal, autodiff
    from irad.pipeline import derive
    from irad.request import Request

    args = kernel.problem().args
    argtypes = tuple(types.unliteral(typeof(a)) for a in args)
    kinds = tuple(Duplicated if floats(t) else Active if isinstance(t, types.Float) else Const for t in argtypes)
    annotated = [kind(a, a * 0) if kind is Duplicated else kind(a) for kind, a in zip(kinds, args, strict=True)]
    primal, calls, stages = [], [], {s: [] for s in STAGES}
    for sample in range(samples + 1):                   # the first one warms up
        took = seconds(lambda: fresh(kernel).compile(argtypes))
        times = derive(Request(fresh(kernel), ReverseWithPrimal, kinds, argtypes)).report["times"]
        first = seconds(lambda: fresh(kernel)(*args))
        gradient = seconds(lambda: autodiff(ReverseWithPrimal, fresh(kernel), *annotated))
        if sample:
            primal.append(took)
            calls.append(gradient / first)
            for s in STAGES:
                stages[s].append(times.get(s, 0.0))
    return statistics.median(primal), {s: statistics.median(v) for s, v in stages.items()}, statistics.median(calls)


def show(kernels):
    print("\nDerivation, medians of five, in milliseconds; irad's own stages and all as ratios to Numba's compilation of the primal, and")
    print("the first call of the gradient as a ratio to the first call of the primal")
    print("    " + f"{'kernel':44}{'Numba':>8}" + "".join(f"{s:>9}" for s in STAGES) + "".join(f"{r:>7}" for r in GOALS))
    found = {r: [] for r in GOALS}
    for kernel in kernels:
        try:
            primal, stages, first = measure(kernel)
        except Exception as failure:
            print(f"    {kernel.name:44} no figure: {first_line(failure)[:90]}")
            continue
        ratios = {"own": sum(stages[s] for s in OWN) / primal, "all": sum(stages.values()) / primal, "first": first}
        for r, ratio in ratios.items():
            found[r].append(ratio)
        row = "".join(f"{1e3 * stages[s]:9.1f}" for s in STAGES) + "".join(f"{ratio:7.2f}" for ratio in ratios.values())
        print(f"    {kernel.name:44}{1e3 * primal:8.1f}{row}", flush=True)
    if found["own"]:
        means = ", ".join(f"{r} {statistics.geometric_mean(found[r]):.2f} (goal {goal})" for r, goal in GOALS.items())
        print(f"    geometric means: {means}")
