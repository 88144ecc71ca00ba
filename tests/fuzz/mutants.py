"""`python -m tests.fuzz.mutants`: two dozen seeded bugs, each of which the fuzzer must find within 5,000 programs.

Each is a small change of the source of irad. For one program after the other the derivative is derived with each of the changes; where
another text comes out, the program is checked with the change, in a process of its own. Printed are the number of programs that it took
and what was seen. Words as arguments: only mutants whose name holds one of them.

A mutant is worth nothing if no program can show it. Two were tried that none can: to reverse a loop without work is idle and no more, and
the reverse of a loop with one exit may be entered right there, wherever in the loop it stands.
"""
import argparse
import inspect
import sys
import time
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import StringIO
from pathlib import Path
from types import FunctionType

from numba import typeof, types

import irad
from irad import pipeline
from irad.backend.package import module_text
from irad.options import options
from irad.request import Derived, Request
from tests.fuzz import batches
from tests.fuzz.check import check, subject_of
from tests.fuzz.generate import generate
from tests.fuzz.to_python import compiled, values

LIMIT = 5000
PATIENCE = 60                                           # seconds for one program
KINDS = {"active": irad.Active, "const": irad.Const, "duplicated": irad.Duplicated}


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

    @contextmanager
    def installed(self):
        """In this process: each function of the module has the code that it has in the changed source."""
        module = import_module("irad." + self.file.removesuffix(".py").replace("/", "."))
        path = Path(irad.__file__).parent / self.file
        changed = {"__name__": module.__name__, "__package__": module.__package__, "__file__": str(path)}
        exec(_compiled(self.applied(path.read_text()), str(path)), changed)
        functions = dict(functions_of(vars(module), module.__name__))
        before = {name: function.__code__ for name, function in functions.items()}
        for name, function in functions_of(changed, module.__name__):
            functions[name].__code__ = function.__code__
        try:
            yield
        finally:
            for name, function in functions.items():
                function.__code__ = before[name]


@cache
def _compiled(text, path):
    return compile(text, path, "exec")


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
    Mutant("stores of later iterations are forgotten", "analysis/intact.py",
           "after = (after | writes[loop]) & ~private.get(loop, 0)", "after = after & ~private.get(loop, 0)"),
    Mutant("a store before a load is taken for one behind it", "analysis/intact.py",
           "self._index[i] < self._index[writer]", "self._index[i] > self._index[writer]"),
    Mutant("earlier iterations for later ones", "analysis/intact.py",
           "primed(self.affine, k) - k - constant(1)", "k - primed(self.affine, k) - constant(1)"),
    Mutant("wrong sign of a bound", "analysis/affine.py", "                out.append(p - k)\n", "                out.append(k - p)\n"),
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
    Mutant("what is read of scratch may end behind what is filled", "analysis/private.py",
           "[*around, below]) and not feasible([], [*around, beyond])", "[*around, below])"),
    Mutant("scratch is filled on one path to where it is read", "analysis/private.py",
           "return self.flow.graph.dominates(block, at)", "return True"),
    # ---- plan
    Mutant("a clobbered load is taken as intact", "plan/plan.py",
           "None if v in intact.clobbered or is_pointer(v) else Where.RECOMPUTE", "None if is_pointer(v) else Where.RECOMPUTE"),
    Mutant("work between a merge and its dominator is passed over", "plan/control.py",
           "if self._works[x] or self._merges[x]:\n                return True", "if self._merges[x]:\n                return True"),
    Mutant("a loop left in its middle is entered at its latch", "plan/control.py",
           "        if len(self._entries[loop]) != 1:\n            return None\n",
           "        if len(self._entries[loop]) != 1:\n            return loop.latch\n"),
    Mutant("a merge is passed over though its phis have adjoints", "plan/control.py",
           "graph.loop_of[dominator] is loop and not self._merges[b] and", "graph.loop_of[dominator] is loop and"),
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
           "if self.values.is_owned(call):\n                    rb.b.call(GIVE, [rb.b.load(PTR, slot)])\n"
           "                rb.b.store(rb.b.null, slot)\n", "pass\n"),
    Mutant("an induction variable of stride two counts by one", "transform/materialise.py",
           "distance = k if iv.step == 1 else b.mul(k, b.i64(iv.step))", "distance = k"),
    Mutant("what is owned is not released where the function raises", "transform/forward.py",
           "        release(b)\n        b.ret(status)", "        b.ret(status)"),
)  # fmt: skip


def emitted(f, program):
    """The text of the derivative of f, as far as mutants can change it: before LLVM sees it. Where there is none, the reason."""
    def texts(derivation, primal, request, text, merged=None, inner=()):
        modules = [derivation, *([merged] if merged else ()), *inner]
        return Derived("", "".join(map(module_text, modules)), (), (), ())
    argtypes = tuple(types.unliteral(typeof(value)) for value in values(program))
    request = Request(f, irad.ReverseWithPrimal, tuple(KINDS[kind] for kind in program.kinds), argtypes)
    package, pipeline.package = pipeline.package, texts
    try:
        with options(**dict(program.options)):
            return pipeline.derive(request).text
    except Exception as error:
        return repr(error)
    finally:
        pipeline.package = package


def hunt(mutants, seed, limit):
    """Yields `(mutant, programs that it took, what was seen)`."""
    left = list(mutants)
    for s in range(seed, seed + limit):
        program = generate(s)
        subject = subject_of(program)
        f = compiled(subject)
        plain = emitted(f, subject)
        for mutant in list(left):
            with mutant.installed():
                if emitted(f, subject) == plain:
                    continue
                verdict = batches.alone(lambda p=program: check(p), PATIENCE)
            if verdict.failed and not batches.alone(lambda p=program: check(p), PATIENCE).failed:
                left.remove(mutant)
                yield mutant, s - seed + 1, f"seed {s}: {verdict.kind}: {verdict.detail}"
        if not left:
            return


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.mutants", description="Does the fuzzer find seeded bugs?")
    parser.add_argument("names", nargs="*", help="only mutants whose name holds one of these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=LIMIT)
    given = parser.parse_args(argv)
    chosen = [m for m in MUTANTS if not given.names or any(n in m.name for n in given.names)]
    check(generate(given.seed))                         # the first one sets Numba up
    batches.settle()
    start, found = time.monotonic(), set()
    with redirect_stderr(StringIO()):
        for mutant, took, seen in hunt(chosen, given.seed, given.limit):
            found.add(mutant)
            print(f"{mutant.file}: {mutant.name}: found at program {took} ({time.monotonic() - start:.0f} s); {seen[:120]}", flush=True)
    for mutant in set(chosen) - found:
        print(f"{mutant.file}: {mutant.name}: NOT FOUND in {given.limit} programs")
    print(f"{len(found)} of {len(chosen)} found")
    return int(len(found) < len(chosen))


if __name__ == "__main__":
    sys.exit(main())
