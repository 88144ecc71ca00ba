"""`python -m tests.fuzz.mutants`: two dozen seeded bugs, each of which the fuzzer must find within 5,000 programs.

Each is a small change of the source of irad, made in a process of its own, which checks one program after the other until its first
failure. Printed are the number of programs that it took and what it saw. Words as arguments: only mutants whose name holds one of them.

The first programs are checked without a mutant before, and what comes before irad's analyses is kept: Numba's lowering and LLVM's
preparation of the primal, which no mutant changes.
"""
import argparse
import inspect
import sys
import time
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from importlib import import_module
from io import StringIO
from pathlib import Path
from types import FunctionType

import irad
from irad import pipeline
from tests.fuzz import batches
from tests.fuzz.check import check
from tests.fuzz.generate import generate

LIMIT = 5000
PATIENCE = 60                                           # seconds for one program
KEPT = 150                                              # programs whose preparation is kept


@dataclass(frozen=True)
class Mutant:
    """In `file` (below irad/) the text `old`, which stands there once, becomes `new`."""

    name: str
    file: str
    old: str
    new: str

    def applied(self, text):
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: its text stands {text.count(self.old)} times in {self.file}")
        return text.replace(self.old, self.new)

    def install(self):
        """In this process, for good: each function of the module gets the code that it has in the changed source."""
        module = import_module("irad." + self.file.removesuffix(".py").replace("/", "."))
        path = Path(irad.__file__).parent / self.file
        changed = {"__name__": module.__name__, "__package__": module.__package__, "__file__": str(path)}
        exec(compile(self.applied(path.read_text()), str(path), "exec"), changed)
        before = dict(functions_of(vars(module), module.__name__))
        for name, function in functions_of(changed, module.__name__):
            before[name].__code__ = function.__code__


def functions_of(namespace, module):
    """`(qualified name, function)` of a module's own functions and methods."""
    for value in list(namespace.values()):
        if isinstance(value, FunctionType) and value.__module__ == module:
            yield value.__qualname__, value
        elif inspect.isclass(value) and value.__module__ == module:
            for member in vars(value).values():
                member = getattr(member, "fget", None) or getattr(member, "func", None) or getattr(member, "__func__", None) or member
                if isinstance(member, FunctionType) and member.__qualname__.startswith(value.__qualname__):
                    yield member.__qualname__, member


MUTANTS = (
    # ---- analysis
    Mutant("later stores of the same block are forgotten", "analysis/intact.py",
           "out[i] = lost\n                    bits |= written(i, objects)\n", "out[i] = lost\n"),
    Mutant("stores of later iterations are forgotten", "analysis/intact.py", "after |= writes[loop]\n", "after |= 0\n"),
    Mutant("a store before a load is taken for one behind it", "analysis/intact.py",
           "self._index[i] < self._index[writer]", "self._index[i] > self._index[writer]"),
    Mutant("earlier iterations for later ones", "analysis/intact.py",
           "primed(self.affine, k) - k - constant(1)", "k - primed(self.affine, k) - constant(1)"),
    Mutant("wrong sign of a bound", "analysis/intact.py", "                out.append(p - k)\n", "                out.append(k - p)\n"),
    Mutant("one arm of a select carries nothing", "analysis/activity.py", "return i.operands[1:]", "return i.operands[1:2]"),
    Mutant("a store into an array marks it only if it is the first", "analysis/activity.py",
           "            if u.opname == \"store\":\n                mark_objects(objects.of(u.operands[1]), x)",
           "            if u.opname == \"store\":\n                mark_objects(0 if bits else objects.of(u.operands[1]), x)"),
    Mutant("trip count one too large", "analysis/helpers.py",
           "    if after:\n        distance = emit(\"sub\", distance, const(1))\n", ""),
    Mutant("the two sides of a branch exchanged", "analysis/helpers.py",
           "return last.operands[0], {sides[0][0]: 1, sides[1][0]: 0}", "return last.operands[0], {sides[0][0]: 0, sides[1][0]: 1}"),
    Mutant("a sum is fused though another value leaves the loop", "analysis/fusable.py",
           "if any(not self.flow.inside(u, loop) for i in others for u in self.users.get(i, ())):", "if False:"),
    # ---- plan
    Mutant("a clobbered load is taken as intact", "plan/plan.py",
           "None if v in intact.clobbered or is_pointer(v) else Where.RECOMPUTE", "None if is_pointer(v) else Where.RECOMPUTE"),
    Mutant("work between a merge and its dominator is passed over", "plan/control.py",
           "if self._works[x] or self._merges[x]:\n                return True", "if self._merges[x]:\n                return True"),
    Mutant("a loop left in its middle is entered there without a look", "plan/control.py",
           " and self.graph.dominates(x, loop.latch) else None", " else None"),
    Mutant("a loop without work is reversed all the same", "plan/control.py",
           "                return loop.preheader\n        return p", "                return p\n        return p"),
    # ---- transform
    Mutant("the shadow is not cleared at a store", "transform/adjoints.py",
           "            self.mark(b.store(b.f(value.type, 0.0), shadow, align=i.align), pointer)\n", "            pass\n"),
    Mutant("an adjoint is not cleared when it is taken", "transform/adjoints.py",
           "        rb.b.store(rb.b.f(v.type, -0.0), self.slot(v))\n", ""),
    Mutant("an adjoint is overwritten instead of added to", "transform/adjoints.py",
           "rb.adjoints[v] = d if before is None else b.fadd(before, d, flags=SUM)", "rb.adjoints[v] = d"),
    Mutant("the second arm of a select gets nothing", "transform/adjoints.py",
           "self.add(y, rb.b.select(c, zero, d), rb)", "pass"),
    Mutant("off by one when the tape is rewound", "transform/tape.py",
           "b.sub(b.load(I64, self.count[loop]), b.add(n, b.i64(1)))", "b.sub(b.load(I64, self.count[loop]), n)"),
    Mutant("an inner loop writes over its tape", "transform/tape.py",
           "self.index[loop] = b.add(at_entry, k, name=\"at\")", "self.index[loop] = b.add(k, b.i64(0), name=\"at\")"),
    Mutant("adjoints of a header's phis go to the wrong edge", "transform/reverse.py",
           "self.flow.incoming(p, loop.latch), d, again)", "self.flow.incoming(p, loop.preheader), d, again)"),
    Mutant("a rotation is forgotten", "transform/reverse.py",
           "            b.store(old[p], slots[self.d.counters[loop].rotation[p]])", "            b.store(old[p], slots[p])"),
    Mutant("the shadow of an iteration's buffer is used again", "transform/reverse.py",
           "rb.b.call(\"free\", [rb.b.load(PTR, slot)])\n                rb.b.store(rb.b.null, slot)\n", "pass\n"),
    Mutant("an induction variable of stride two counts by one", "transform/materialise.py",
           "distance = k if iv.step == 1 else b.mul(k, b.i64(iv.step))", "distance = k"),
    Mutant("what is owned is not released where the function raises", "transform/forward.py",
           "        release(b)\n        b.ret(status)", "        b.ret(status)"),
)  # fmt: skip


def keep_preparation():
    """From here on a program that was lowered and prepared before is not so again."""
    lowered, prepared, lower, prepare = {}, {}, pipeline.lower, pipeline.prepare

    def lower_once(dispatcher, argtypes, lines=False):
        code = dispatcher.py_func.__code__
        key = code.co_filename, code.co_name, argtypes, lines
        if key not in lowered:
            lowered[key] = lower(dispatcher, argtypes, lines)
        return replace(lowered[key], dispatcher=dispatcher)

    def prepare_once(text, entry):
        if (text, entry) not in prepared:
            prepared[text, entry] = prepare(text, entry)
        return prepared[text, entry]

    pipeline.lower, pipeline.prepare = lower_once, prepare_once


def hunt(mutant, seed, limit):
    """(programs that it took or None, what was seen)."""
    installed = []

    def judge(s):
        if not installed:
            installed.append(mutant.install())
        with redirect_stderr(StringIO()):
            return check(generate(s))

    judged = 0
    for s, verdict in batches.run(range(seed, seed + limit), judge, 1, limit, PATIENCE):
        judged += 1
        if verdict.failed:
            return judged, f"seed {s}: {verdict.kind}: {verdict.detail}"
    return None, f"not in {judged} programs"


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.mutants", description="Does the fuzzer find seeded bugs?")
    parser.add_argument("names", nargs="*", help="only mutants whose name holds one of these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=LIMIT)
    parser.add_argument("--kept", type=int, default=KEPT, help="programs whose preparation is kept")
    options = parser.parse_args(argv)
    chosen = [m for m in MUTANTS if not options.names or any(n in m.name for n in options.names)]
    keep_preparation()
    wrong = [s for s in range(options.seed, options.seed + min(options.kept, options.limit)) if check(generate(s)).failed]
    if wrong:
        print("these fail without any mutant:", *wrong)
        return 2
    batches.settle()
    missed = 0
    for mutant in chosen:
        start = time.monotonic()
        took, seen = hunt(mutant, options.seed, options.limit)
        missed += took is None
        found = f"found at program {took}" if took else "NOT FOUND"
        print(f"{mutant.file}: {mutant.name}: {found} ({time.monotonic() - start:.0f} s); {seen[:120]}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} found")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
