"""Formulas: what is read, what is refused, what is emitted."""
import ctypes
import math
import struct

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

from irad.ir.build import Builder, new_block
from irad.ir.extras import SIMPLE, Module
from irad.ir.verify import verify
from irad.rules.formula import formula
from irad.rules.support import support_text, with_bodies, with_support

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()

DOUBLE, FLOAT, I32 = SIMPLE["double"], SIMPLE["float"], SIMPLE["i32"]


def emit(text, type=DOUBLE, flags=(), strong_zero=False, **types):
    """The instructions emitted for a formula, as text, and the names that were asked for."""
    names = ["d", "r", "x", "y", "z"]
    module, asked = Module(), []
    function = ir.Function(module, ir.FunctionType(type, [types.get(name, type) for name in names]), "f")
    b = Builder(new_block(function, "entry"))
    b.flags = flags

    def env(name):
        asked.append(name)
        return function.args[names.index(name)]

    b.ret(formula(text).emit(b, env, type, strong_zero))
    verify(module)
    return [" ".join(str(i).split()) for i in b.block.instructions[:-1]], asked


def test_names_are_what_the_formula_reads_without_d():
    assert formula("-(d/y)*r").names == {"y", "r"}
    assert formula("d").names == frozenset()
    assert formula("0.0 if d == 0 else d if x > y else z").names == {"x", "y", "z"}


def test_values_are_asked_for_once_and_only_if_used():
    assert emit("d*r + x*x*d/r")[1] == ["d", "r", "x"]
    assert emit("d")[1] == ["d"]


def test_a_partial_of_one_emits_nothing():
    assert emit("d")[0] == []


def test_equal_parts_are_emitted_once():
    lines = emit("d/hypot(x, y)*(y/hypot(x, y))")[0]
    assert sum("hypot" in line for line in lines) == 1


def test_functions_are_intrinsics_or_libm_for_the_type():
    assert '"llvm.cos.f64"' in emit("d*cos(x)")[0][0]
    assert '"llvm.cos.f32"' in emit("d*cos(x)", FLOAT)[0][0]
    assert '"cosh"' in emit("d*cosh(x)")[0][0]
    assert '"coshf"' in emit("d*cosh(x)", FLOAT)[0][0]
    assert "memory(none)" in emit("d*cosh(x)")[0][0]
    assert formula("d*cosh(x)").symbols(FLOAT) == {"coshf"}


def test_fast_math_stays_on_arithmetic_and_calls_and_off_guards():
    lines = emit("0.0 if d == 0 else d/x*cos(y)", flags=("fast",))[0]
    assert all(("fast" in line) == (not ("fcmp" in line or "select" in line)) for line in lines)
    assert any("fcmp oeq" in line for line in lines)


@pytest.mark.parametrize("text, predicate", [("x == y", "oeq"), ("x != y", "une"), ("x < y", "olt"), ("x >= y", "oge")])
def test_comparisons_are_those_of_c(text, predicate):
    assert f"fcmp {predicate} " in emit(f"d if {text} else 0.0")[0][0]


def test_integers_are_compared_as_integers_and_converted_on_demand():
    lines = emit("d if y < 2 else d*real(y)", y=I32)[0]
    assert any("icmp slt i32" in line for line in lines) and any("sitofp i32" in line for line in lines)


def test_an_adjoint_is_cast_to_the_operand():
    assert "fptrunc double" in emit("cast(d)", FLOAT, d=DOUBLE)[0][0]
    assert "fpext float" in emit("cast(d)", DOUBLE, d=FLOAT)[0][0]
    assert emit("cast(d)")[0] == []


def test_strong_zero_adds_a_guard_where_there_is_none():
    assert any("select" in line for line in emit("d*y", strong_zero=True)[0])
    guarded = "0.0 if d == 0 else d/x"
    assert emit(guarded, strong_zero=True)[0] == emit(guarded)[0]
    assert emit("-d", strong_zero=True)[0] == emit("-d")[0]


@pytest.mark.parametrize("text", ["x**2", "q*d", "d if x else y", "d if x < y < z else 0.0", "x and y", "d@x", "'a'", "True*d", "f(x=1)"])
def test_what_is_outside_the_grammar_is_refused(text):
    with pytest.raises(ValueError, match=r"grammar|unknown name"):
        formula(text)


def test_a_formula_prints_as_it_was_written_and_evaluates():
    f = formula("-(d/y)*r")
    assert str(f) == "-(d/y)*r"
    assert f.evaluate({"d": 3.0, "y": 2.0, "r": 4.0}) == -6.0


def test_support_functions_replace_their_declarations():
    module = Module()
    for type, name in ((DOUBLE, "double"), (FLOAT, "single")):
        function = ir.Function(module, ir.FunctionType(type, [type, type]), name)
        b = Builder(new_block(function, "entry"))
        b.ret(formula("d*digamma(x)").emit(b, lambda n, f=function: f.args["dx".index(n)], type))
    text = with_support(str(module))
    assert text.count("irad.digamma.f64") > 1 and "declare double @\"irad" not in text
    verify(text)


def test_support_text_passes_over_other_names():
    assert support_text(["sin", "llvm.exp.f64"]) == ""
    assert support_text(["irad.digamma.f32"]).count("define internal") == 2


def test_frexp_becomes_two_pure_calls_and_a_store():
    text = with_bodies("declare double @numba_frexp(double, ptr)\ndeclare double @other(double)\n")
    assert text.count("define internal double @numba_frexp") == 1 and "declare i32 @irad.exponent.f64(double %x)" in text
    verify(text)
    verify(with_support(text))
    assert with_bodies("declare double @other(double)\n") == "declare double @other(double)\n"


@pytest.mark.parametrize("x", [0.0, -0.0, 1.0, -6.25, 5e-324, 1.7e308, float("inf"), float("-inf"), float("nan")])
def test_frexp_is_that_of_the_library(x):
    text = with_support(with_bodies("declare double @numba_frexp(double, ptr)\n")).replace("internal double @numba", "double @numba")
    engine = llvm.create_mcjit_compiler(verify(text), llvm.Target.from_default_triple().create_target_machine())
    engine.finalize_object()
    exponent = ctypes.c_int32(77)
    function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_void_p)(engine.get_function_address("numba_frexp"))
    mantissa = function(x, ctypes.addressof(exponent))
    expected = math.frexp(x)
    assert struct.pack("d", mantissa) == struct.pack("d", expected[0]) and exponent.value == expected[1]
