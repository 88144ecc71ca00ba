"""Each row of the table: the partials are the derivatives of the primal, in formulas and in machine code, and the conventions hold."""
import re
from dataclasses import replace
from functools import cache

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from irad.rules.formula import Formula, formula
from irad.rules.registry import RULES
from tests.rules.compiled import Compiled
from tests.rules.proof import FUNCTIONS, faults, is_real, points, true_values

BOTH = pytest.mark.parametrize("dtype", [np.float64, np.float32])
EACH = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
GUARD = "0.0 if d == 0 else "
ULPS = 12  # libm's float functions are the worst part


compiled = cache(Compiled)


@EACH
def test_partials_are_the_derivatives_of_the_primal(rule):
    assert not faults(rule)


def mutants(rule):
    """The rule with one partial changed: by a factor near 1, by its sign, by leaving it out."""
    for k, partial in enumerate(rule.partials):
        if partial is None:
            if is_real(rule.domain[k]):
                yield rule.with_partial(k, "d")
            continue
        yield rule.with_partial(k, f"0.99999999999*({partial})")
        yield rule.with_partial(k, f"-({partial})")
        yield rule.with_partial(k, None)
        for name in sorted(partial.names & {"x", "y", "z", "w"}):
            yield rule.with_partial(k, f"0.0 if {name} < 0 else 2.5*({partial})")


@EACH
def test_a_changed_partial_is_noticed(rule):
    for mutant in mutants(rule):
        assert faults(mutant), [str(p) for p in mutant.partials]


@BOTH
@EACH
def test_machine_code_agrees_with_mpmath(rule, dtype):
    code, info, compared = compiled(RULES, dtype), np.finfo(dtype), 0
    for point in points(rule, *((1e37, 1e-36) if dtype == np.float32 else (1e300, 1e-300))):
        point = tuple(float(dtype(x)) for x in point)
        truth = true_values(rule, point)
        if truth is None or not info.tiny < abs(truth[1]) < info.max:  # API.md promises nothing where the primal overflows
            continue
        got = code(rule, point)
        for partial, want, mine in zip(rule.partials, truth[2], got[1:], strict=True):
            if want is None or not abs(want) < info.max:
                continue
            compared += 1
            slack = ULPS * float(info.eps) * (abs(want) + condition(rule, partial, point, truth)) + 4 * float(info.tiny)
            assert abs(mpf(float(mine)) - want) <= slack, f"{partial} at {point}: {mine}, not {mpmath.nstr(want, 17)}"
    assert compared >= 20


def condition(rule, partial, point, truth):
    """By how much the partial changes with a relative change of what it reads, the result included."""
    digits, result, _ = truth
    if partial is None:
        return 0
    with mpmath.workdps(digits):
        env = {**dict(zip("xyzw", map(mpf, point), strict=False)), "r": result, "d": mpf(1)}
        value, total, step = partial.evaluate(env, FUNCTIONS), mpf(0), mpf(10) ** -30
        for name in partial.names - integers(rule):
            total += abs(partial.evaluate({**env, name: env[name] * (1 + step)}, FUNCTIONS) - value) / step
        return total


def integers(rule):
    return {name for name, domain in zip("xyzw", rule.domain, strict=False) if domain.startswith("int ")}


def misses(rule, code):
    """The singular points of the rule at which the machine code breaks the convention."""
    found = []
    for point in rule.at:
        operands = [point.values.get(name, 0.0) for name in "xyzw"[: len(rule.domain)]]
        got = code(rule, operands, point.values["d"])[1:]
        want = np.array([np.nan if value is None else value for value in point.expected])
        if not np.allclose(got, want, rtol=4e-7, atol=1e-37) and not np.isnan(want).any():
            found.append(f"{rule.name} at {point.text}: {got}")
    return found


@BOTH
def test_singular_points_follow_the_convention(dtype):
    assert not [miss for rule in RULES for miss in misses(rule, compiled(RULES, dtype))]


@BOTH
def test_guards_hold_under_fast_math(dtype):
    """Infinities are excluded by the user's flags, and what is left must not change."""
    code = compiled(RULES, dtype, flags=("fast",))
    assert "fmul fast" in code.text
    assert not re.search(r"(fcmp|select) .*\b(fast|nnan|ninf)\b", code.text)
    for rule in RULES:
        finite = tuple(p for p in rule.at if np.isfinite([*p.values.values(), *(e for e in p.expected if e is not None)]).all())
        assert not misses(_at(rule, finite), code)


def _at(rule, at):
    return replace(rule, at=at)


def test_a_guard_left_out_is_noticed():
    bare = tuple(rule.with_partial(k, str(p).removeprefix(GUARD)) for rule in RULES for k, p in enumerate(rule.partials) if p and p.guarded)
    assert len(bare) >= 14
    for rule in bare:
        code = Compiled([rule], np.float64)
        assert misses(rule, code) or rule.name == "pow", rule.name  # pow: x = 0 is handled in the formula without the guard


def test_every_partial_that_can_be_infinite_is_guarded():
    for rule in RULES:
        for point in rule.at:
            for partial, value in zip(rule.partials, point.expected, strict=True):
                assert partial is None or value not in (np.inf, -np.inf) or partial.guarded, (rule.name, str(partial))


@BOTH
def test_strong_zero_guards_every_rule(dtype):
    code = compiled(RULES, dtype, strong_zero=True)
    for rule in RULES:
        for value in (0.0, 1.0, -1.0, np.inf, np.nan):
            point = [2.0 if domain.startswith("int") else value for domain in rule.domain]
            assert (code(rule, point, d=0.0)[1:] == 0).all(), rule.name


def test_products_have_no_guard():
    rule = next(rule for rule in RULES if rule.name == "fmul")
    assert np.isnan(compiled(RULES, np.float64)(rule, (np.inf, 1.0), d=0.0)[2])


ROOT = 1.4616321449683623


@pytest.mark.parametrize("x", [0.01, 0.5, 1.0, ROOT, 3.3, 9.99, 10.0, 171.3, 1e5, 1e300, -0.3, -1.5, -7.77, -123.4, -1e5 - 0.25])
def test_digamma(x):
    rule = next(rule for rule in RULES if rule.name == "lgamma")
    exact = mpmath.digamma(mpf(x))
    error = abs(mpf(float(compiled(RULES, np.float64)(rule, (x,))[1])) - exact)
    assert error <= 8 * np.finfo(float).eps * (abs(exact) + abs(mpmath.psi(1, mpf(x)) * x))


def test_large_operands_do_not_overflow():
    code = compiled(RULES, np.float64)
    by_name = {rule.name: rule for rule in RULES}
    assert code(by_name["hypot"], (1e200, 1e200))[1] == pytest.approx(0.5**0.5)
    assert code(by_name["atan2"], (1e200, 1e200))[1:] == pytest.approx([5e-201, -5e-201])
    assert code(by_name["asinh"], (1e200,))[1] == pytest.approx(1e-200)
    assert code(by_name["acosh"], (1e200,))[1] == pytest.approx(1e-200)
    assert code(by_name["tanh"], (400.0,))[1] == 0


def test_the_whole_number_of_fmod_is_that_of_the_result():
    """1/0.1 rounds up to 10, yet the remainder is that of 9: the double 0.1 is a little more than a tenth."""
    rule = next(rule for rule in RULES if rule.name == "frem")
    assert 1.0 / 0.1 == 10 and compiled(RULES, np.float64)(rule, (1.0, 0.1))[2] == -9


def test_formulas_of_rules_are_parsed_once():
    assert all(formula(p.text) is p for rule in RULES for p in rule.partials if isinstance(p, Formula))
