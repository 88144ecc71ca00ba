"""Facts, executed: what the analyses claim of each program of the corpus is seen to hold while its derivative runs.

irad/transform/verify.py says how. A usual run takes half of the programs, IRAD_FULL=1 all.
"""
import os
import zlib
from dataclasses import replace

import numpy as np
import pytest

from irad.analysis.values import int_value
from irad.errors import Refusal
from irad.plan.plan import Where
from tests.support.core import Core, from_program, has_complex
from tests.support.memory import has_objects
from tests.support.nudge import nudged
from tests.support.program import corpus

PROGRAMS = corpus()
# Derived through the wrapper only: arguments that are left out, and one that Numba does not lower.
# They take defaults, or need the environment that a wrapper gives. The result of two has no seed, so nothing is prepared.
NOT_BY_ITSELF = {"default_arguments", "default_arguments_given", "argument_that_may_be_none", "object_mode", "switched_by_a_default",
                 "star_of_nothing", "returns_its_input", "returns_a_view",
                 "prints", "prints_in_a_loop", "prints_elements_and_text", "effects_in_a_recursion", "strings_at_run_time"}
RUNNING = [p for p in PROGRAMS.values() if p.raises is None and p.name not in NOT_BY_ITSELF and not has_complex(p.args())
           and not has_objects(p.args())]
TAKEN = [p for p in RUNNING if os.environ.get("IRAD_FULL") or zlib.crc32(p.name.encode()) % 2]
# At a tie the least change of an input leads to another path.
AT_A_TIE = {"ties_of_max_and_min", "ties_of_maximum_and_fmax", "where_with_root", "where_with_log", "zero_times_infinite_partials", "sinc",
            "negative_zero_branches", "branch_on_equality", "division_by_zero_is_caught", "numpy_errors_in_a_branch",
            "quotient_in_a_guarded_sum", "quotients_selected_in_a_sum"}
# Numbers of a generator's state that have not been set yet are read and not used: they differ from run to run, for the same arguments too.
UNDEFINED = {"generator_of_a_nest"}


@pytest.mark.parametrize("p", TAKEN, ids=repr)
def test_program(p):
    """Intact memory, inductions, rotations, trip counts: the reverse gets the bits that the forward had. Predicted bytes are stored bytes.
    What is not varied stays when active inputs move."""
    args = p.args()
    kinds = p.kinds(args)
    try:
        d = from_program(p, args, kinds, verify=True, count_tape=True)
    except Refusal:
        assert p.refused is not None
        return
    run = Core(d)
    seen = run(*args).seen
    assert seen.mismatches == 0, d.observer.names[seen.last]
    assert seen.predicted == seen.stored <= seen.bytes
    if all(c.is_exact for cs in d.tape.columns.values() for c in cs if c.value in d.plan.saved):
        assert seen.predicted == seen.bytes
    moved = run(*nudged(args, kinds, np.random.default_rng(3))).seen
    if moved.path == seen.path:
        assert moved.inactive == seen.inactive or p.name in UNDEFINED
    else:
        assert p.name in AT_A_TIE


def derive(name, change=None, **options):
    """A derivation of a program whose facts are changed before the plan is made."""
    p = PROGRAMS[name]
    args = p.args()
    return from_program(p, args, change=change, verify=True, **options), args


def test_a_false_intact_is_seen():
    """`x[i] = x[i] * x[i]`: the load is claimed to be intact."""
    def claim(d):
        assert d.intact.clobbered
        object.__setattr__(d.intact, "clobbered", frozenset())
    d, args = derive("square_in_place", claim)
    seen = Core(d)(*args).seen
    assert seen.mismatches == len(args[0])
    assert d.plan.where(next(v for v in d.observer.witnessed if v.name == d.observer.names[seen.last])) is Where.RECOMPUTE


def test_a_false_induction_is_seen():
    """Every counter that starts from zero is claimed to start from one."""
    def claim(d):
        for c in d.counters.values():
            for phi, iv in c.ivs.items():
                if int_value(iv.start) == 0:
                    c.ivs[phi] = replace(iv, start=d.module.constant(phi.type, 1))
    for name in ("while_else", "deep_nest"):
        d, args = derive(name, claim)
        inductions = [d.counters[d.flow.loop(v)].ivs[v] for v in d.observer.witnessed if d.plan.where(v) is Where.INDUCTION]
        if any(int_value(iv.start) == 1 for iv in inductions):
            assert Core(d)(*args).seen.mismatches > 0
            return
    raise AssertionError("no program has an induction that is compared")


def test_a_false_trip_count_is_seen():
    def claim(d):
        for c in d.counters.values():
            c.n = c.k.operands[0] if c.n is not None else None
    d, args = derive("embedded_atom", claim)
    assert Core(d)(*args).seen.mismatches > 0


def test_a_value_that_is_falsely_inactive_is_seen():
    p = PROGRAMS["embedded_atom"]
    args = p.args()

    def claim(d):
        d.activity.varied.clear()
    run = Core(from_program(p, args, change=claim, verify=True))
    first, moved = run(*args).seen, run(*nudged(args, p.kinds(args), np.random.default_rng(3))).seen
    assert first.path == moved.path and first.inactive != moved.inactive


def test_the_kinds_of_values_that_are_compared():
    """The corpus is no empty promise: each way to get a value is among the comparisons."""
    found = set()
    for name in ("swap_argument_arrays", "cholesky_by_hand", "prefix_sum_in_place", "dynamic_programming_table", "reversed_iteration",
                 "heat_equation", "gaussian_mixture"):
        if name in PROGRAMS:
            d, _ = derive(name)
            found |= {d.plan.where(v) for v in d.observer.witnessed}
    assert {Where.COUNTER, Where.INDUCTION, Where.ROTATION, Where.RELOAD, Where.RECOMPUTE} <= found
