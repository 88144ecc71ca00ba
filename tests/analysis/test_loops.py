"""Traps of control flow, integers and intrinsics that Numba does not produce, as LLVM text: right, or refused by name."""
import math

import numpy as np
import pytest

from irad.errors import Refusal
from tests.support.text import call, derived

IRREDUCIBLE = """
entry:
  %c = fcmp olt double %a, 0.0
  br i1 %c, label %one, label %two
one:
  %u = phi double [ %a, %entry ], [ %v1, %two ]
  %u1 = fmul double %u, %a
  br label %two
two:
  %v = phi double [ %a, %entry ], [ %u1, %one ]
  %v1 = fadd double %v, 1.0
  %d = fcmp ogt double %v1, 9.0
  br i1 %d, label %out, label %one
out:
  store double %v1, ptr %ret
  ret i32 0
"""


def test_irreducible_is_refused():
    """Trap 40."""
    with pytest.raises(Refusal, match="irreducible control flow"):
        call(IRREDUCIBLE, 2.0)


SWITCH = """
entry:
  switch i64 %b, label %other [ i64 1, label %square i64 2, label %join i64 3, label %join i64 4, label %square ]
square:
  %s = fmul double %a, %a
  br label %join
other:
  %o = call double @llvm.sin.f64(double %a)
  br label %join
join:
  %r = phi double [ %a, %entry ], [ %a, %entry ], [ %s, %square ], [ %o, %other ]
  %t = fmul double %r, %a
  store double %t, ptr %ret
  ret i32 0
"""


@pytest.mark.parametrize("case, slope", [(1, 3 * 0.49), (2, 1.4), (3, 1.4), (4, 3 * 0.49), (7, math.cos(0.7) * 0.7 + math.sin(0.7))])
def test_switch_with_several_cases_to_one_block(case, slope):
    """Traps 41 and 43: the merge has the switch as a predecessor twice."""
    got = call("declare double @llvm.sin.f64(double)\n---\n" + SWITCH, 0.7, case)
    assert got.numbers[1] == pytest.approx(slope, rel=1e-14)


SWAP = """
entry:
  br label %h
h:
  %k = phi i64 [ 0, %entry ], [ %k1, %h ]
  %u = phi double [ %a, %entry ], [ %v, %h ]
  %v = phi double [ %b, %entry ], [ %w, %h ]
  %w = fmul double %u, %v
  %k1 = add i64 %k, 1
  %c = icmp ne i64 %k1, %c
  br i1 %c, label %h, label %out
out:
  %r = phi double [ %w, %h ]
  store double %r, ptr %ret
  ret i32 0
""".replace("%c = icmp ne i64 %k1, %c", "%more = icmp ne i64 %k1, 5").replace("br i1 %c", "br i1 %more")


def test_phis_that_feed_each_other():
    """Trap 43: u, v = v, u * v five times gives a^5 b^8."""
    got = call(SWAP, 1.1, 0.9)
    assert got.numbers == pytest.approx([1.1 ** 5 * 0.9 ** 8, 5 * 1.1 ** 4 * 0.9 ** 8, 8 * 1.1 ** 5 * 0.9 ** 7], rel=1e-13)


ENDLESS = """
entry:
  %c = fcmp olt double %a, 0.0
  br i1 %c, label %spin, label %good
spin:
  br label %spin
good:
  %r = fmul double %a, %a
  store double %r, ptr %ret
  ret i32 0
lost:
  %l = fadd double %a, 1.0
  br label %good
"""


def test_blocks_that_nothing_reaches_and_loops_without_an_exit():
    """Trap 45."""
    assert call(ENDLESS, 3.0).numbers == [9.0, 6.0]


def counting(ty, start, step, stop, cast="sext"):
    """a ** (number of trips), counted by a narrow integer that may wrap; each trip also adds x[low bits of the counter]."""
    return f"""
entry:
  br label %h
h:
  %i = phi {ty} [ {start}, %entry ], [ %i1, %h ]
  %p = phi double [ 1.0, %entry ], [ %p2, %h ]
  %low = and {ty} %i, 3
  %wide = {cast} {ty} %low to i64
  %e = getelementptr double, ptr %x, i64 %wide
  %xe = load double, ptr %e
  %p1 = fmul double %p, %a
  %p2 = fadd double %p1, %xe
  %i1 = add {ty} %i, {step}
  %more = icmp ne {ty} %i1, {stop}
  br i1 %more, label %h, label %out
out:
  %r = phi double [ %p2, %h ]
  store double %r, ptr %ret
  ret i32 0
"""


@pytest.mark.parametrize("bits, start, step, stop", [
    (8, 120, 1, -120), (8, 250 - 256, 1, 4), (8, 100, 5, -1), (16, 32760, 1, -32760), (16, 3, -1, -5), (32, 2147483640, 1, -2147483640),
])
@pytest.mark.parametrize("plan", ["cut", "recompute"])
def test_narrow_counters_that_wrap(bits, start, step, stop, plan):
    """Trap 50."""
    a, x = 0.9, np.array([0.1, -0.2, 0.3, 0.4])
    got = call(counting(f"i{bits}", start, step, stop), a, x, plan=plan)
    value, slope, shadow, i = 1.0, 0.0, np.zeros(4), start
    weights = []
    while True:
        weights.append(i & 3)
        slope, value = slope * a + value, value * a + x[i & 3]
        i = (i + step + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
        if i == stop:
            break
    for n, w in enumerate(reversed(weights)):
        shadow[w] += a ** n
    assert got.numbers == pytest.approx([value, slope], rel=1e-13)
    np.testing.assert_allclose(got.shadows[0], shadow, rtol=1e-13)


INTRINSICS = """
declare void @llvm.assume(i1)
declare void @llvm.lifetime.start.p0(ptr)
declare void @llvm.lifetime.end.p0(ptr)
declare i1 @llvm.expect.i1(i1, i1)
---
entry:
  %t = alloca double
  %ok = fcmp ogt double %a, 0.0
  call void @llvm.assume(i1 %ok)
  call void @llvm.lifetime.start.p0(ptr %t)
  %s = fmul double %a, %a
  store double %s, ptr %t
  %u = load double, ptr %t
  call void @llvm.lifetime.end.p0(ptr %t)
  %big = fcmp ogt double %u, 1.0
  %e = call i1 @llvm.expect.i1(i1 %big, i1 true)
  br i1 %e, label %then, label %join
then:
  %v = fmul double %u, %a
  br label %join
join:
  %r = phi double [ %u, %entry ], [ %v, %then ]
  store double %r, ptr %ret
  ret i32 0
"""


def test_assume_expect_and_lifetimes():
    """Trap 52: memory whose life has ended is not read again in the reverse. The shadow of a stack slot starts from zero."""
    assert call(INTRINSICS, 2.0).numbers == [8.0, 12.0]
    assert call(INTRINSICS, 0.5).numbers == [0.25, 1.0]


SIGNS = """
entry:
  %bits = bitcast double %a to i64
  %masked = {0}
  %f = bitcast i64 %masked to double
  %r = fmul double %f, %f
  %q = fmul double %r, %f
  store double %q, ptr %ret
  ret i32 0
"""


@pytest.mark.parametrize("mask, slope", [
    ("and i64 %bits, 9223372036854775807", -3 * 2.25),
    ("xor i64 %bits, -9223372036854775808", -3 * 2.25),
])
def test_sign_bits_through_integers(mask, slope):
    """Trap 63: right, or refused; never wrong."""
    try:
        assert call(SIGNS.format(mask), -1.5).numbers[1] == slope
    except Refusal as refusal:
        assert "bitcast" in str(refusal)


VECTORS = {
    "insertelement": "%w = insertelement <2 x double> zeroinitializer, double %a, i32 0\n  %r = extractelement <2 x double> %w, i32 0",
    "reduction": "%w = load <2 x double>, ptr %x\n  %r = call double @llvm.vector.reduce.fadd.v2f64(double 0.0, <2 x double> %w)",
    "masked load": "%w = call <2 x double> @llvm.masked.load.v2f64.p0(ptr %x, i32 8, <2 x i1> splat (i1 true), <2 x double> poison)\n"
                   "  %r = extractelement <2 x double> %w, i32 1",
    "shuffle": "%l = load <2 x double>, ptr %x\n  %w = shufflevector <2 x double> %l, <2 x double> %l, <2 x i32> <i32 1, i32 0>\n"
               "  %r = extractelement <2 x double> %w, i32 1",
}
DECLARED = """
declare double @llvm.vector.reduce.fadd.v2f64(double, <2 x double>)
declare <2 x double> @llvm.masked.load.v2f64.p0(ptr, i32, <2 x i1>, <2 x double>)
---
"""


@pytest.mark.parametrize("name", VECTORS)
def test_vectors_are_refused(name):
    """Trap 65."""
    body = f"{DECLARED}entry:\n  {VECTORS[name]}\n  store double %r, ptr %ret\n  ret i32 0"
    with pytest.raises(Refusal, match=r"vector|element|masked"):
        call(body, 1.0, np.ones(4))


def test_freeze_undef_and_poison():
    """Trap 66: a constant that means nothing gets no adjoint; a freeze is the value."""
    body = """
entry:
  %f = freeze double %a
  %c = fcmp ogt double %a, 0.0
  br i1 %c, label %then, label %join
then:
  %s = fmul double %f, %f
  br label %join
join:
  %r = phi double [ poison, %entry ], [ %s, %then ]
  %u = phi double [ undef, %entry ], [ %a, %then ]
  %t = select i1 %c, double %r, double %a
  %v = select i1 %c, double %u, double 0.0
  %w = fadd double %t, %v
  store double %w, ptr %ret
  ret i32 0
"""
    try:
        assert call(body, 3.0).numbers == [12.0, 7.0]
        assert call(body, -3.0).numbers == [-3.0, 1.0]
    except Refusal as refusal:
        assert "freeze" in str(refusal)


def test_the_exceptions_of_a_core_pass_through():
    body = """
entry:
  %bad = fcmp olt double %a, 0.0
  br i1 %bad, label %raise, label %good
raise:
  ret i32 7
good:
  store double %a, ptr %ret
  ret i32 0
"""
    core = derived(body, 1.0)
    assert [core(x).status for x in (-1.0, 1.0)] == [7, 0]
