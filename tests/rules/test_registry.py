"""The registry: every function that Numba compiles arrives at a rule, at a known zero, or at a named refusal."""
import math
import operator
from functools import cache

import llvmlite.binding as llvm
import numpy as np
import pytest
from llvmlite import ir
from numba import njit, types
from numba.core.errors import NumbaError
from numba.core.registry import cpu_target

from irad.ir.read import read
from irad.rules.formula import SYMBOLS, symbol
from irad.rules.frexp import BODIES
from irad.rules.registry import BY_CALLEE, BY_OPCODE, INACTIVE_CALLS, RULES, cycles_of, inactive, is_pure_call, rule_of, values_of
from irad.rules.rule import instruction
from irad.rules.support import with_bodies

STRUCTURAL = set("phi select load store getelementptr alloca ret br switch unreachable extractvalue insertvalue".split())
# float -> int, in signbit: only ever compared with 0. Whether a use is more than that is for the reader of memory and types to say.
PUNS = {"bitcast"}

# What Numba has no signature for on floats today, in any of the versions of Python and NumPy that are supported.
UNKNOWN_TO_NUMBA = """
    math.cbrt math.comb math.dist math.factorial math.fma math.fmod math.fsum math.isclose math.isqrt math.lcm math.modf math.perm math.prod
    math.remainder math.sumprod math.ulp
    np.bitwise_and np.bitwise_count np.bitwise_invert np.bitwise_left_shift np.bitwise_or np.bitwise_right_shift np.bitwise_xor np.frexp
    np.gcd np.heaviside np.isnat np.lcm np.ldexp np.matmul np.matvec np.modf np.vecdot np.vecmat
""".split()


def operations():
    """(name, function, numbers of operands to try): once per function."""
    seen = set()
    for name in sorted(n for n in dir(math) if not n.startswith("_") and callable(getattr(math, n))):
        yield f"math.{name}", getattr(math, name), (1, 2)
    for name in sorted(dir(np)):
        function = getattr(np, name)
        if isinstance(function, np.ufunc) and function not in seen:
            seen.add(function)
            yield f"np.{name}", function, (function.nin,)
    for function in (operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow, max, min):
        yield function.__name__, function, (2,)
    for function in (operator.neg, abs, round, np.round, np.sinc, np.nan_to_num, np.angle):
        yield function.__name__ if function is not np.round else "np.round", function, (1,)


OPERATIONS = list(operations())
KNOWN = [operation for operation in OPERATIONS if operation[0] not in UNKNOWN_TO_NUMBA]


@cache
def arriving(function, arity, scalar):
    """The instructions of the compiled function, wrappers left out; None if Numba has no such signature."""
    namespace = {"function": function}
    names = ", ".join("xyzw"[:arity])
    exec(f"def kernel({names}): return function({names})", namespace)
    dispatcher = njit(namespace["kernel"])
    try:
        dispatcher.compile((scalar,) * arity)
    except (NumbaError, TypeError, KeyError, NotImplementedError):
        return None
    (signature,) = dispatcher.signatures
    module = read(str(llvm.parse_assembly(with_bodies(dispatcher.inspect_llvm(signature)), llvm.create_context())))
    wrappers = ("_ZN7cpython", "cfunc.", "_ZN5cfunc", "NRT_")
    return [i for f in module.functions if not f.name.startswith(wrappers) for block in f.blocks for i in block.instructions]


def floating(inst):
    return any(isinstance(value.type, ir.FloatType | ir.DoubleType) for value in (inst, *inst.operands))


@pytest.mark.parametrize("scalar", [types.float64, types.float32], ids=str)
@pytest.mark.parametrize("name, function, arities", KNOWN, ids=[name for name, *_ in KNOWN])
def test_every_function_arrives_at_a_rule(name, function, arities, scalar):
    arrived = [found for arity in arities if (found := arriving(function, arity, scalar)) is not None]
    assert arrived, "Numba compiles fewer functions than it did"
    for inst in (i for found in arrived for i in found if floating(i)):
        if inst.opname == "call" and inst.operands[0].name in BODIES:
            continue  # it is inlined in the primal's preparation
        assert inst.opname in STRUCTURAL | PUNS or rule_of(inst) or inactive(inst), str(inst)
        if inst.opname == "call":
            assert is_pure_call(inst.operands[0].name)


def test_what_numba_does_not_know_is_listed():
    """A new release that adds one must not pass unseen."""
    unknown = [operation for operation in OPERATIONS if operation[0] in UNKNOWN_TO_NUMBA]
    assert not [name for name, function, arities in unknown if any(arriving(function, n, types.float64) is not None for n in arities)]


def test_every_symbol_can_be_resolved():
    assert cpu_target.target_context  # it gives LLVM the addresses of Numba's own helpers
    called = {symbol(name, type) for name in SYMBOLS for type in (ir.DoubleType(), ir.FloatType())}
    for name in called | set(BY_CALLEE) | INACTIVE_CALLS:
        assert name.startswith(("llvm.", "irad.")) or llvm.address_of_symbol(name), name


def test_intrinsics_exist():
    lines = [f"declare {t} @{name}({', '.join([t] * len(rule.domain))})" for name, rule in BY_CALLEE.items()
             if name.startswith("llvm.") and not any(d.startswith("int") for d in rule.domain)
             for t in ("double" if name.endswith("f64") else "float",)]  # fmt: skip
    llvm.parse_assembly("\n".join(lines), llvm.create_context()).verify()
    assert len(lines) > 40


def one(line, declaration=""):
    """The instruction of a one-line function."""
    module = read(f"{declaration}\ndefine void @f(double %x, double %y, i64 %n, i32 %k) {{\nentry:\n  {line}\n  ret void\n}}\n")
    return next(f for f in module.functions if f.name == "f").blocks[0].instructions[0]


def call(name, result="double", arguments="double %x"):
    types = ", ".join(a.split()[0] for a in arguments.split(", "))
    return one(f"%r = call {result} @{name}({arguments})", f"declare {result} @{name}({types})")


def test_lookup_by_opcode_and_by_callee():
    assert rule_of(one("%r = fmul double %x, %y")) is BY_OPCODE["fmul"]
    assert rule_of(call("sin")).name == "sin"
    assert rule_of(call("llvm.powi.f64.i32", arguments="double %x, i32 %k")).name == "powi"
    assert rule_of(call("llvm.ldexp.f64.i32", arguments="double %x, i32 %k")).name == "ldexp"
    assert [v.name for v in values_of(call("atan2", arguments="double %x, double %y"))] == ["x", "y"]


def test_the_unknown_is_neither_a_rule_nor_inactive():
    for inst in (call("j0"), one("%r = bitcast i64 %n to double"), one("%r = insertelement <2 x double> poison, double %x, i64 0")):
        assert rule_of(inst) is None and not inactive(inst)
    assert not is_pure_call("j0") and not is_pure_call(None)


def test_zero_derivatives_by_table():
    assert inactive(call("llvm.floor.f64")) and inactive(call("floor")) and rule_of(call("floor")) is None
    assert inactive(one("%r = sitofp i64 %n to double")) and inactive(one("%r = fcmp olt double %x, %y"))
    assert not inactive(one("%r = fadd double %x, %y"))


def test_purity():
    pure = "llvm.smax.i64 llvm.abs.i32 llvm.usub.sat.i64 llvm.umul.with.overflow.i64 llvm.scmp.i8.i64 llvm.is.fpclass.f64 sin floorf"
    assert all(map(is_pure_call, pure.split()))
    effects = "llvm.assume llvm.memcpy.p0.p0.i64 llvm.memset.p0.i64 NRT_MemInfo_alloc numba_frexp llvm.lifetime.start.p0 llvm.stacksave.p0"
    assert not any(map(is_pure_call, effects.split()))


def test_cycles():
    assert cycles_of(call("exp")) == 18 and cycles_of(one("%r = fdiv double %x, %y")) == 4
    assert cycles_of(one("%r = add i64 %n, 1")) == 0.3 and cycles_of(call("llvm.floor.f64")) == 1
    assert cycles_of(call("mystery")) == 50


def test_needs_are_per_operand():
    assert BY_OPCODE["fdiv"].needs(0) == ["y"] and BY_OPCODE["fdiv"].needs(1) == ["r", "y"]
    assert BY_OPCODE["fadd"].needs(0) == [] and BY_CALLEE["copysign"].needs(1) == []


def test_rules_are_complete_rows():
    for rule in RULES:
        assert rule.cycles >= 0 and rule.primal.names <= {"x", "y", "z", "w"}
        assert all(p is None or not p.names - set("xyzw"[: len(rule.domain)]) - {"r"} for p in rule.partials), rule.name


def test_a_row_that_calls_an_unknown_function_is_refused():
    with pytest.raises(ValueError, match="zeta"):
        instruction("fancy", "x", ["d*zeta(x)"], 1, "real")
    with pytest.raises(ValueError, match="domains"):
        instruction("fancy", "x", ["d"], 1, "real; real")
