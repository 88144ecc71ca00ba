"""A few seconds of fuzzing in every test run, every seed that failed before, and the fuzzer's own parts.

The first seed is printed, and drawn anew each time; IRAD_FUZZ_SEED repeats a run, IRAD_FUZZ_SECONDS lengthens it.
"""
import os
import random
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz import grammar as g
from tests.fuzz.check import HARMLESS, agrees_with_numba, call, check
from tests.fuzz.generate import generate
from tests.fuzz.interpret import Unsuitable, interpret
from tests.fuzz.shrink import shrink
from tests.fuzz.to_python import compiled, source, values

SEEDS = [int(line.split()[0]) for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines() if line[:1].isdigit()]


def assert_right(seed):
    program = generate(seed)
    verdict = check(program)
    assert verdict.kind in HARMLESS, f"seed {seed}: {verdict.kind}: {verdict.detail}\n{source(program)}"


def test_random_programs_agree_with_dual_numbers(capsys):
    first = int(os.environ.get("IRAD_FUZZ_SEED", random.SystemRandom().randrange(10**9)))
    assert_right(first)  # not counted: the first compilation sets Numba up, which takes seconds
    end = time.monotonic() + float(os.environ.get("IRAD_FUZZ_SECONDS", 8))
    seed = first + 1
    while time.monotonic() < end:
        assert_right(seed)
        seed += 1
    with capsys.disabled():
        print(f"\nfuzz: programs {first} to {seed - 1} agree")


@pytest.mark.parametrize("seed", SEEDS)
def test_program_that_failed_before(seed):
    assert_right(seed)


@pytest.mark.parametrize("seed", range(8))
def test_interpreter_gives_numbas_value(seed):
    program = generate(seed)
    arguments = values(program)
    value = call(compiled(program), arguments)
    assert agrees_with_numba(interpret(program), value, [x for x in arguments if isinstance(x, np.ndarray)]), source(program)


def test_interpreters_gradient_is_the_limit_of_differences():
    checked = 0
    for seed in range(60):
        program = generate(seed)
        outcome = interpret(program)
        if outcome.value is None or outcome.kink < 1e-2 or np.max(np.abs(np.concatenate(flat(outcome.gradient)))) > 10:
            continue
        assert extrapolated(program) == pytest.approx(np.concatenate(flat(outcome.gradient)).sum(), rel=1e-6, abs=1e-6), source(program)
        checked += 1
    assert checked > 20


def flat(gradient):
    return [np.ravel(part) for part in gradient if part is not None]


def extrapolated(program, h=1e-3):
    """The derivative in the direction of all ones, by differences of the interpreter's values, extrapolated three times."""

    def at(step):
        def moved(value):
            return tuple(moved(x) for x in value) if isinstance(value, tuple) else value + step

        arguments = tuple(a if a.kind == "int" else replace(a, value=moved(a.value)) for a in program.arguments)
        return interpret(replace(program, arguments=arguments)).value

    row = [(at(h / 2**k) - at(-h / 2**k)) / (2 * h / 2**k) for k in range(4)]
    for order in range(1, 4):
        row = [(4**order * b - a) / (4**order - 1) for a, b in pairwise(row)]
    return row[0]


def test_programs_hold_what_they_should():
    from tests.fuzz.runner import shares

    found = shares([generate(seed) for seed in range(200)])
    for name, least in {"nested loops": 15, "in-place writes": 60, "breaks": 10, "continues": 10, "early returns": 10, "swaps": 5}.items():
        assert found[name] >= least, found


def test_a_seed_gives_one_program():
    assert generate(7) == generate(7)


def test_interpreter_refuses_what_was_never_written():
    body = (g.New("w", "empty", (2,)), g.Return(g.Item("w", (g.Int(1),))))
    with pytest.raises(Unsuitable):
        interpret(g.Program(0, "tiny", (g.Argument("a0", "float", 1.0),), body))


def test_shrinking_keeps_what_matters():
    """Every program with a store into x0 becomes one store and a return."""

    def fails(program):
        try:
            interpret(program)
        except Unsuitable:
            return False
        return any(isinstance(s, g.Store) and s.array == "x0" for s, _ in g.statements(program.body))

    program = next(p for p in map(generate, range(100)) if p.mood == "loops" and fails(p))
    assert len(list(g.statements(shrink(program, fails, seconds=20).body))) <= 3
