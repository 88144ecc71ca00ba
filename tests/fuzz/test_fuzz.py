"""A few seconds of fuzzing in every test run, every program that failed before, and the fuzzer's own parts.

The first seed is printed, and drawn anew each time; IRAD_FUZZ_SEED repeats a run, IRAD_FUZZ_SECONDS lengthens it.
"""
import importlib.util
import os
import random
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import irad
from tests.fuzz import batches, check
from tests.fuzz import grammar as g
from tests.fuzz.arguments import declare
from tests.fuzz.call import expected_gradients, seeded
from tests.fuzz.dual import Unsuitable
from tests.fuzz.generate import generate
from tests.fuzz.interpret import interpret
from tests.fuzz.mutants import MUTANTS
from tests.fuzz.names import Names
from tests.fuzz.report import shares, stored
from tests.fuzz.shrink import shrink
from tests.fuzz.to_python import compiled, source
from tests.fuzz.twins import in_a_loop_of_one, outlined, with_copies

FOUND = sorted((Path(__file__).parent / "found").glob("*.py"))


def assert_right(program):
    verdict = check.check(program)
    assert not verdict.failed, f"seed {program.seed}: {verdict.kind}: {verdict.detail}\n{source(program)}"


def test_random_programs_agree_with_dual_numbers(capsys):
    first = int(os.environ.get("IRAD_FUZZ_SEED", random.SystemRandom().randrange(10**9)))
    assert_right(generate(first))  # not counted: the first compilation sets Numba up, which takes seconds
    end = time.monotonic() + float(os.environ.get("IRAD_FUZZ_SECONDS", 8))
    seed = first + 1
    while time.monotonic() < end:
        assert_right(generate(seed))
        seed += 1
    with capsys.disabled():
        print(f"\nfuzz: programs {first} to {seed - 1} agree")


@pytest.mark.parametrize("path", FOUND, ids=lambda p: p.stem)
def test_program_that_failed_before(path):
    assert_right(stored_program(path))


def stored_program(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PROGRAM


def test_a_program_is_stored_as_it_is(tmp_path):
    path = tmp_path / "one.py"
    path.write_text(stored(generate(5), check.Verdict("gradient")))
    assert stored_program(path) == generate(5)


@pytest.mark.parametrize("seed", range(6))
def test_interpreter_gives_numbas_bits(seed):
    program = generate(seed)
    assert check.against_numba(program, compiled(program), interpret(program)) is None, source(program)


def test_interpreters_gradient_is_the_limit_of_differences():
    checked = 0
    for seed in range(80):
        program = generate(seed)
        outcome = interpret(program)
        if outcome.value is None or outcome.kink < 1e-2 or check.has_singles(program) or np.max(np.abs(outcome.d)) > 10:
            continue
        assert extrapolated(program) == pytest.approx(outcome.d.sum(), rel=1e-6, abs=1e-6), source(program)
        checked += 1
    assert checked > 20


def extrapolated(program, h=1e-3):
    """The derivative in the direction of all ones, by differences of the interpreter's values, extrapolated three times."""

    def moved(a, step):
        match a.kind:
            case "tuple":
                return replace(a, value=tuple(moved(part, step) for part in a.value))
            case "float" | "array":
                return replace(a, value=added(a.value, step))
        return a

    def added(value, step):
        return tuple(added(x, step) for x in value) if isinstance(value, tuple) else value + step

    def at(step):
        return interpret(replace(program, arguments=tuple(moved(a, step) for a in program.arguments))).value

    row = [(at(h / 2**k) - at(-h / 2**k)) / (2 * h / 2**k) for k in range(4)]
    for order in range(1, 4):
        row = [(4**order * b - a) / (4**order - 1) for a, b in pairwise(row)]
    return row[0]


def test_twins_mean_the_same():
    rng = random.Random(1)
    for form in (in_a_loop_of_one, with_copies, outlined):
        changed = 0
        for seed in range(40):
            program = generate(seed)
            other = form(program, rng)
            a, b = interpret(program), interpret(other)
            changed += other != program
            assert (a.value, a.raised) == (b.value, b.raised) and a.d.tobytes() == b.d.tobytes()
        assert changed > 5, form


def test_programs_hold_what_they_should():
    found = shares([generate(seed) for seed in range(300)])
    least = {"nested loops": 25, "in-place writes": 60, "breaks": 10, "continues": 8, "early returns": 10, "swaps": 4, "calls": 12,
             "tuples": 10, "raises": 5, "views": 10, "arrays chosen": 2, "recursion": 2, "try": 2,
             "single precision": 6, "overlapping arguments": 2}  # fmt: skip
    assert {name: found.get(name, 0) for name, share in least.items() if found.get(name, 0) < share} == {}


def test_a_seed_gives_one_program():
    assert generate(7) == generate(7)


def test_interpreter_refuses_what_was_never_written():
    body = (g.New("w", "empty", (2,)), g.Return(g.Item("w", (g.Int(1),))))
    with pytest.raises(Unsuitable):
        interpret(g.Program(0, "tiny", (g.Argument("a0", "float", 1.0),), body))


def test_seeds_of_shadows_are_part_of_what_is_expected():
    """x[0] = x[1]**2 with the seed s in the shadow of x: the gradient is (0, s[1] + 2*x[1]*s[0])."""
    x = g.Argument("x0", "array", (3.0, 5.0))
    body = (g.Store("x0", (g.Int(0),), "=", g.Power(g.Item("x0", (g.Int(1),)), 2)), g.Return(None))
    program = g.Program(3, "tiny", (x,), body, (), ("duplicated",))
    s = seeded(program)["x0"]
    np.testing.assert_allclose(expected_gradients(program, interpret(program))["x0"], [0.0, s[1] + 10.0 * s[0]])


def test_shrinking_keeps_what_matters():
    """Every program with a store into x0 becomes one store and a return."""

    def fails(program):
        return any(isinstance(s, g.Store) and s.array == "x0" for s, _ in g.statements(program.body))

    program = next(p for p in map(generate, range(100)) if p.mood == "loops" and fails(p))
    assert len(list(g.statements(shrink(program, fails, seconds=20).body))) <= 3


def test_every_argument_is_known():
    names = Names()
    declare(names, (g.Argument("t0", "tuple", (g.Argument("t0[0]", "float", 1.0), g.Argument("t0[1]", "float", 2.0))),))
    assert names.floats == ("t0[0]", "t0[1]") and names.tuples == {"t0": 2}


# ---- processes ----
def judge(seed):
    if seed == 3:
        os.abort()
    while seed == 5:
        time.sleep(0.01)
    return check.Verdict("ok", str(seed))


def test_a_crash_and_a_hang_cost_one_program_each():
    verdicts = dict(batches.run(range(8), judge, jobs=2, patience=2))
    assert {s: v.kind for s, v in verdicts.items()} == {s: {3: "crash", 5: "hang"}.get(s, "ok") for s in range(8)}


def test_children_end_with_the_run():
    run = batches.run(range(4), judge, jobs=2, size=1)
    next(run)
    run.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_damage_done_by_an_earlier_program_is_traced_to_it():
    spoilt = []

    def judge(seed):
        if seed == 4:
            spoilt.append(seed)
        if seed == 9 and spoilt:
            os.abort()
        return check.Verdict("ok")

    verdicts = dict(batches.run(range(12), judge))
    assert {s for s, v in verdicts.items() if v.kind == "crash"} == {4} and len(verdicts) == 12


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_each_mutant_applies(mutant):
    path = Path(irad.__file__).parent / mutant.file
    compile(mutant.applied(path.read_text()), str(path), "exec")
