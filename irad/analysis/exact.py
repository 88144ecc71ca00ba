"""What floats decide: where they become integers and addresses. Computed twice, it must come out the same."""
from ..rules import registry
from .values import callee, is_float

INEXACT = frozenset(("reassoc", "contract", "arcp", "afn", "fast"))
# Rounded as IEEE 754 says, whoever computes them.
ROUNDED = tuple(f"llvm.{name}." for name in "fabs sqrt copysign floor ceil trunc rint nearbyint round roundeven fma".split())


def is_inexact(v):
    """May an operation round otherwise the second time, in other surroundings? Functions may: as the vector library's, or LLVM's own."""
    if INEXACT & set(v.flags):
        return True
    return v.opname == "call" and registry.rule_of(v) is not None and not callee(v).startswith(ROUNDED)


def made_whole(i):
    """Where an instruction makes an integer or an address of floats or of their comparison: what has to be the same in both sweeps."""
    if is_float(i) or str(i.type) in ("i1", "void"):
        return []
    operands = registry.values_of(i)
    return [i] if any(map(is_float, operands)) else [v for v in operands if str(v.type) == "i1"]
