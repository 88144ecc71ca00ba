"""What carries a derivative, and why; nothing is inactive by default."""
import re
from types import SimpleNamespace

import pytest
from numba import float64, int64

import irad
from irad.derivation.reverse import ReverseDerivation
from irad.errors import Refusal
from irad.frontend.lower import lower
from irad.frontend.prepare import prepare
from irad.ir.read import read
from irad.options import Options
from tests.support.program import corpus
from tests.support.text import facts, value

BODY = """
entry:
  %u = fmul double %a, 2.0
  %dead = fmul double %a, 5.0
  %k = fptosi double %a to i64
  %w = sitofp i64 %k to double
  %v = fadd double %u, %w
  store double %v, ptr %x
  %l = load double, ptr %x
  %m = load double, ptr %y
  %r = fmul double %l, %m
  store double %r, ptr %ret
  ret i32 0
"""


def test_varied_and_useful():
    d = facts(BODY, const=("y",), a=float64, x=float64[::1], y=float64[::1])
    active = {i.name for i in d.flow.instructions() if d.activity.is_active(i)}
    assert active == {"u", "v", "l", "r"}
    assert {o.origin.name for o in d.objects.list(d.activity.objects)} == {"x"}


def test_why():
    d = facts(BODY, const=("x", "y"), a=float64, x=float64[::1], y=float64[::1])
    chain = d.activity.why(value(d, "r"))
    assert [getattr(x, "name", None) or x.origin.name for x in chain] == ["r", "l", "x", "v", "u", "a"]


def test_nothing_varies_where_nothing_is_active():
    d = facts(BODY, const=("a", "x", "y"), a=float64, x=float64[::1], y=float64[::1])
    assert not d.activity.values


BITS = """
entry:
  %b = bitcast double %a to i64
  %m = {0}
  %r = bitcast i64 %m to double
  store double %r, ptr %ret
  ret i32 0
"""
READ_AS_INT = """
entry:
  store double %a, ptr %x
  %i = load i64, ptr %x
  %r = sitofp i64 %i to double
  store double %r, ptr %ret
  ret i32 0
"""
TWO_WIDTHS = """
entry:
  store double %a, ptr %x
  %s = load float, ptr %x
  %r = fpext float %s to double
  store double %r, ptr %ret
  ret i32 0
"""
VECTOR = """
entry:
  %w = load <2 x double>, ptr %x
  %r = extractelement <2 x double> %w, i32 0
  store double %r, ptr %ret
  ret i32 0
"""
ATOMIC = """
entry:
  %old = atomicrmw fadd ptr %x, double %a seq_cst
  store double %old, ptr %ret
  ret i32 0
"""


@pytest.mark.parametrize("body, what", [
    (BITS.format("add i64 %b, 1"), "bitcast"),
    (BITS.format("and i64 %b, 9223372036854775807"), "bitcast"),
    (BITS.format("xor i64 %b, -9223372036854775808"), "bitcast"),
    (READ_AS_INT, "accessed as i64"),
    (TWO_WIDTHS, "accessed as float"),
    (VECTOR, "extractelement"),
    (ATOMIC, "atomic|atomicrmw"),
], ids=["add to bits", "fabs as a mask (63)", "fneg as a xor (63)", "float read as int (19)", "two widths", "vector (65)", "atomic"])
def test_refused_by_name(body, what):
    with pytest.raises(Refusal, match=what):
        facts(body, a=float64, x=float64[::1], n=int64)


@pytest.mark.parametrize("name", ["embedded_atom", "n_body_energy", "black_scholes"])
def test_an_operation_without_a_rule_planted_in_a_program(name):
    """Every float operation of the program in turn becomes one that has no rule: a call, or an instruction."""
    p = corpus()[name]
    args = p.args()
    from numba import typeof
    primal = lower(p.f, tuple(map(typeof, args)))
    text = prepare(primal.text, primal.entry)
    found = list(re.finditer(r"= (fadd|fsub|fmul|fdiv)( \w+)* double ([^,\n]+), ([^,\n]+)$", text, re.M))
    assert len(found) >= 3
    kinds = tuple({"const": irad.Const, "active": irad.Active, "duplicated": irad.Duplicated}[k] for k in p.kinds(args))
    refused = 0
    for m in found[:12]:
        planted = f"{text[:m.start()]}= call double @mystery(double {m[3]}, double {m[4]}){text[m.end():]}\n"
        planted += "declare double @mystery(double, double)\n"
        d = ReverseDerivation(read(planted), primal, SimpleNamespace(mode=irad.Reverse, kinds=kinds, dispatcher=p.f), Options())
        with pytest.raises(Refusal, match="a call of mystery"):
            d.analyse()
        refused += 1
    assert refused
