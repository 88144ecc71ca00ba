"""How long a derivation takes, stage by stage, beside Numba's own compilation of the primal: medians of five in a warm process."""
import statistics
import time

from numba import njit, typeof, types

STAGES = ("lower", "prepare", "read", "analyse", "plan", "emit", "package")
OWN = ("read", "analyse", "plan", "emit")


def measure(kernel, samples=5):
    """(seconds of Numba's compilation, {stage: seconds}); each sample compiles and derives a fresh copy of the primal."""
    from irad import Const, Duplicated, ReverseWithPrimal
    from irad.modes import Active
    from irad.pipeline import derive
    from irad.request import Request

    args = kernel.problem().args
    argtypes = tuple(types.unliteral(typeof(a)) for a in args)
    kinds = tuple(Duplicated if isinstance(t, types.Array) else Active if isinstance(t, types.Float) else Const for t in argtypes)
    primal, stages = [], {s: [] for s in STAGES}
    for sample in range(samples + 1):                   # the first one warms up
        start = time.perf_counter()
        njit(kernel.primal.py_func).compile(argtypes)
        took = time.perf_counter() - start
        times = derive(Request(njit(kernel.primal.py_func), ReverseWithPrimal, kinds, argtypes)).report["times"]
        if sample:
            primal.append(took)
            for s in STAGES:
                stages[s].append(times.get(s, 0.0))
    return statistics.median(primal), {s: statistics.median(v) for s, v in stages.items()}


def show(kernels):
    print("\nDerivation, medians of five, in milliseconds; all and irad's own stages as ratios to Numba's compilation of the primal")
    print("    " + f"{'kernel':44}{'Numba':>8}" + "".join(f"{s:>9}" for s in STAGES) + f"{'all':>7}{'own':>7}")
    for kernel in kernels:
        try:
            primal, stages = measure(kernel)
        except Exception as failure:
            print(f"    {kernel.name:44} {type(failure).__name__}: {str(failure).splitlines()[0][:80]}")
            continue
        row = "".join(f"{1e3 * stages[s]:9.1f}" for s in STAGES)
        ratios = f"{sum(stages.values()) / primal:7.2f}{sum(stages[s] for s in OWN) / primal:7.2f}"
        print(f"    {kernel.name:44}{1e3 * primal:8.1f}{row}{ratios}")
