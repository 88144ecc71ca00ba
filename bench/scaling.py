"""`python -m bench.scaling [word ...]`: how the time of a derivation grows with the function, and how large the gradient's code is.

For each family of grown.py and each size, seconds of this thread's CPU time, so that a busy machine disturbs less:

    Numba       its own compilation of the primal, once
    lower       irad's lowering, which is Numba's front end, once
    before      LLVM's passes before irad's own stages, once
    read .. emit, own    irad's own stages and their sum, medians of three derivations
    after       LLVM's passes on the derived text, median of three
    all         a derivation as a whole

then the instructions of the primal, and those of the core for each of them. The last line fits `time = c * size ** exponent`, by least
squares of the logarithms. Where the exponent of LLVM's passes or of the lowering is above 1, so is that of Numba's own compilation, which
uses both: compare the two.

`make bench` prints the exponents of the families of SHORT, at smaller sizes.
"""
import gc
import math
import statistics
import sys
import time

from numba import types

from bench.grown import FAMILIES

OWN = ("read", "analyse", "plan", "emit")
STAGES = {"lower": "lower", "prepare": "before", **{stage: stage for stage in OWN}, "package": "after"}
COLUMNS = ("Numba", "lower", "before", *OWN, "own", "after", "all")
SAMPLES = 3
SHORT = {"straight line": (500, 1000, 2000), "nest of loops": (2, 4, 7, 10), "if ... elif": (50, 100, 200)}


def measure(family, n):
    """({column: seconds}, instructions of the primal, instructions of the core)."""
    from irad import Active, Const, Duplicated, ReverseWithPrimal
    from irad.pipeline import derive
    from irad.request import Request

    argtypes = family.argtypes(n)
    kinds = tuple(Duplicated if isinstance(t, types.Array) else Active if isinstance(t, types.Float) else Const for t in argtypes)
    gc.collect()                                        # or what the last derivation left is paid for here
    start = time.thread_time()
    family.make(n).compile(argtypes)
    times = {"Numba": time.thread_time() - start}
    request, found = Request(family.make(n), ReverseWithPrimal, kinds, argtypes), []
    for _ in range(SAMPLES):                            # what has been lowered and prepared stays with the function
        gc.collect()
        report = derive(request).report
        found.append(report["times"])
    for stage, column in STAGES.items():
        times[column] = statistics.median([t[stage] for t in found if stage in t])
    times["own"] = sum(times[stage] for stage in OWN)
    times["all"] = times["lower"] + times["before"] + times["own"] + times["after"]
    return times, report["instructions"], report["core"]


def exponent(sizes, times):
    """The slope of log(time) over log(size)."""
    x, y = [math.log(s) for s in sizes], [math.log(max(t, 1e-6)) for t in times]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def exponents(rows):
    """{column: exponent} of [(size, {column: seconds})]."""
    sizes = [n for n, _ in rows]
    return {c: exponent(sizes, [t[c] for _, t in rows]) for c in COLUMNS}


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
        print(f"    {'exponent':>12}" + "".join(f"{e:9.2f}" for e in exponents(rows).values()))


def show_short():
    measure(FAMILIES[0], 20)
    print("\nDerivation of functions that grow: exponents of CPU time by size (`python -m bench.scaling` for all, up to 8000 statements)")
    print("    " + f"{'':44}" + "".join(f"{c:>9}" for c in COLUMNS))
    for family in FAMILIES:
        if family.name in SHORT:
            sizes = SHORT[family.name]
            found = exponents([(n, measure(family, n)[0]) for n in sizes])
            title = f"{family.name}, {', '.join(map(str, sizes))} {family.unit}"
            print(f"    {title:44}" + "".join(f"{e:9.2f}" for e in found.values()), flush=True)


def main(words):
    measure(FAMILIES[0], 20)                            # the first derivation of a process pays for imports
    for family in FAMILIES:
        if not words or any(w.lower() in family.name for w in words):
            show(family)


if __name__ == "__main__":
    main(sys.argv[1:])
