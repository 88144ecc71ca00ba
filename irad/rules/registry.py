"""Find the rule of an instruction: by opcode, or by the name of the callee. Rules are keyed by what arrives from LLVM.

Three answers for an operation on floats: it has a rule; its derivative is known to be zero (`inactive`); or neither, and then it is refused
if an operand is varied: never taken for inactive. Phi, select, load, store, aggregates and calls of the runtime have no row: the core
routes them.
"""
from types import MappingProxyType

from irad.rules import arith, math
from irad.rules.rule import Rule, symbols_of
from irad.rules.support import DEFINITIONS

__all__ = ["BY_CALLEE", "BY_OPCODE", "RULES", "Rule", "cycles_of", "inactive", "is_pure_call", "rule_of", "values_of"]

RULES = arith.RULES + math.RULES


def _index(rules):
    found = {}
    for rule in rules:
        for key in rule.keys:
            if key in found:
                raise ValueError(f"{key!r} has two rules: {found[key].name!r} and {rule.name!r}")
            found[key] = rule
    return MappingProxyType(found)


BY_OPCODE = _index(rule for rule in RULES if rule.opcode)
BY_CALLEE = _index(rule for rule in RULES if not rule.opcode)

# Floats whose derivative is zero wherever it exists, and results that are no floats.
_CASTS = "sitofp uitofp fptosi fptoui"
_INTEGERS = "add sub mul sdiv udiv srem urem and or xor shl lshr ashr trunc zext sext icmp fcmp"
INACTIVE_OPCODES = frozenset(f"{_CASTS} {_INTEGERS}".split())
STEPS = """
    llvm.floor floor llvm.ceil ceil llvm.trunc trunc llvm.rint rint llvm.nearbyint nearbyint llvm.round round llvm.roundeven roundeven logb
    irad.exponent
"""
INACTIVE_CALLS = frozenset(name for variant in STEPS.split() for name in symbols_of(variant))

# Calls without effects whose results are no floats: known by the intrinsic's name without its types.
_INTEGER_CALLS = frozenset(
    f"llvm.{name}"
    for name in """
    abs smax smin umax umin scmp ucmp ctlz cttz ctpop bswap bitreverse fshl fshr expect is.constant is.fpclass
    sadd.with.overflow uadd.with.overflow ssub.with.overflow usub.with.overflow smul.with.overflow umul.with.overflow
    sadd.sat uadd.sat ssub.sat usub.sat sshl.sat ushl.sat fptosi.sat fptoui.sat lround llround lrint llrint
    """.split()
)

# Cycles per operation, as throughput; a scalar integer operation is the rest.
_INTEGER = 0.3
_CYCLES = {"phi": 0, "freeze": 0, "load": 1, "sdiv": 10, "udiv": 10, "srem": 10, "urem": 10}
_CALL = 50  # a call of which nothing is known


def callee_of(inst):
    """The name of the function that a call names, or None."""
    return getattr(inst.operands[0], "name", None) if inst.opname in ("call", "invoke") else None


def values_of(inst):
    """The operands that x, y, z stand for: those of a call without the callee."""
    return inst.operands[1:] if inst.opname in ("call", "invoke") else inst.operands


def rule_of(inst):
    """The rule of an instruction, or None."""
    if inst.opname == "call":
        return BY_CALLEE.get(_plain(callee_of(inst)))
    return BY_OPCODE.get(inst.opname)


def inactive(inst):
    """Is the derivative of this operation known to be zero?"""
    if inst.opname == "call":
        name = callee_of(inst)
        return name in INACTIVE_CALLS or _is_integer_call(name)
    return inst.opname in INACTIVE_OPCODES


def is_pure_call(name):
    """May a call of this function be made again, or left out, without a difference?"""
    rule = BY_CALLEE.get(_plain(name))
    if rule is not None:
        return rule.pure
    return name in INACTIVE_CALLS or name in DEFINITIONS or _is_integer_call(name)


def cycles_of(inst):
    """What it costs to compute the instruction again."""
    rule = rule_of(inst)
    if rule is not None:
        return rule.cycles
    if inst.opname != "call":
        return _CYCLES.get(inst.opname, _INTEGER)
    name = callee_of(inst)
    return 1 if name in INACTIVE_CALLS else _INTEGER if _is_integer_call(name) else _CALL


def _is_integer_call(name):
    """`llvm.usub.sat.i64` is `llvm.usub.sat`, with the types taken off the end one by one."""
    while name and name.startswith("llvm.") and name.count(".") > 1:
        name = name.rpartition(".")[0]
        if name in _INTEGER_CALLS:
            return True
    return False


def _plain(name):
    """An intrinsic's name without the type of its integer operand: `llvm.powi.f64.i32` has the rule of `llvm.powi.f64`."""
    return name.removesuffix(".i32") if name and name.startswith(("llvm.powi.", "llvm.ldexp.")) else name
