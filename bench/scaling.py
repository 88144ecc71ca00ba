"""`python -m bench.scaling [word ...]`: how the time of a derivation grows with the function, and how large the gradient's code is.

For each family of grown.py and each size: seconds of Numba's own compilation, of irad's lowering (which is Numba's front end), of LLVM's
passes (before and after), and of irad's own stages; then the instructions of the primal, and those of the core for each of them. The last
line fits `time = c * size ** exponent`, by least squares of the logarithms. Where the exponent of LLVM's passes or of the lowering is above
1, so is that of Numba's own compilation: compare the two.
"""
import gc
import math
import sys
import time

from numba import types

from bench.grown import FAMILIES

OWN, LLVM = ("read", "analyse", "plan", "emit"), ("prepare", "package")
COLUMNS = ("Numba", "lower", "LLVM", *OWN, "own")


def measure(family, n):
    """({column: seconds}, instructions of the primal, instructions of the core)."""
    from irad import Active, Const, Duplicated, ReverseWithPrimal
    from irad.pipeline import derive
    from irad.request import Request

    argtypes = family.argtypes(n)
    kinds = tuple(Duplicated if isinstance(t, types.Array) else Active if isinstance(t, types.Float) else Const for t in argtypes)
    gc.collect()                                        # so that no full collection falls into a stage
    start = time.perf_counter()
    family.make(n).compile(argtypes)
    took = time.perf_counter() - start
    gc.collect()
    report = derive(Request(family.make(n), ReverseWithPrimal, kinds, argtypes)).report
    times = {k: report["times"].get(k, 0.0) for k in ("lower", *LLVM, *OWN)}
    row = {"Numba": took, "lower": times["lower"], "LLVM": sum(times[k] for k in LLVM), **{k: times[k] for k in OWN}}
    return {**row, "own": sum(times[k] for k in OWN)}, report["instructions"], report["core"]


def exponent(sizes, times):
    """The slope of log(time) over log(size)."""
    x, y = [math.log(s) for s in sizes], [math.log(max(t, 1e-6)) for t in times]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def show(family):
    print(f"\n{family.name}, seconds by number of {family.unit}")
    print("    " + f"{family.unit:>12}" + "".join(f"{c:>9}" for c in COLUMNS) + f"{'primal':>9}{'core/primal':>13}")
    rows = []
    for n in family.sizes:
        try:
            times, primal, core = measure(family, n)
        except Exception as failure:                    # a table with a gap says more than no table
            print(f"    {n:12}  {type(failure).__name__}: {(str(failure) or '-').splitlines()[0][:90]}")
            continue
        rows.append((n, times))
        print(f"    {n:12}" + "".join(f"{times[c]:9.3f}" for c in COLUMNS) + f"{primal:9}{core / primal:13.2f}", flush=True)
    if len(rows) > 1:
        sizes = [n for n, _ in rows]
        print(f"    {'exponent':>12}" + "".join(f"{exponent(sizes, [t[c] for _, t in rows]):9.2f}" for c in COLUMNS))


def main(words):
    measure(FAMILIES[0], 20)                            # the first derivation of a process pays for imports
    for family in FAMILIES:
        if not words or any(w.lower() in family.name for w in words):
            show(family)


if __name__ == "__main__":
    main(sys.argv[1:])
