"""Which values and objects carry a derivative: varied (it depends on an active input) and useful (the result depends on it).

Two monotone flows over values and objects, each marked at most once, so the cost is linear in the number of uses. `why(x)` follows the
reasons back. Nothing is inactive by default: a varied operand must meet a rule, a structural instruction, or an operation that the table
knows to have derivative zero; anything else is refused.
"""
from dataclasses import dataclass, field

from llvmlite import ir

from ..errors import Refusal
from ..rules import registry
from . import effects
from .values import callee, carries_float, int_value, is_constant, is_copy, is_float, is_memset, is_sign_test

STRUCTURAL = frozenset(("phi", "select", "load", "store"))
# These look at a float and give an integer, a bool or a pointer: piecewise constant.
CUTS = frozenset(("fcmp", "fptosi", "fptoui", "ret"))
IGNORED_CALLS = ("llvm.assume", "llvm.lifetime", "llvm.experimental.noalias", "llvm.dbg", "llvm.donothing", "llvm.sideeffect",
                 "llvm.prefetch", "llvm.stacksave", "llvm.stackrestore")


@dataclass(frozen=True)
class Seeds:
    """What is active on entry: `values`, float arguments; `varied` and `useful`, bit sets of objects; `result`, the object of the returned
    value."""
    values: tuple
    varied: int
    useful: int
    result: int


@dataclass
class Activity:
    """`values`: active SSA values. `objects`: active objects (bit set). `varied`, `useful` and reasons for explanations."""
    values: set
    objects: int
    varied: set
    varied_objects: int
    reasons: dict = field(repr=False, default_factory=dict)

    def is_active(self, v):
        return not is_constant(v) and v in self.values

    def why(self, x):
        """The chain of reasons for which a value or object is varied, ending at an input."""
        chain = [x]
        while (x := self.reasons.get(x)) is not None and len(chain) < 100:
            chain.append(x)
        return chain


def flows(i):
    """The operands through which a derivative passes into an instruction's own value."""
    if i.opname == "phi":
        return i.operands
    if i.opname == "select":
        return i.operands[1:]
    rule = registry.rule_of(i)
    if rule is None:
        return []
    return [v for v, partial in zip(registry.values_of(i), rule.partials, strict=False) if partial is not None]


def analyse(flow, objects, users, seeds):
    """Activity of a function."""
    varied, varied_objects, reasons = _forward(flow, objects, users, seeds)
    useful, useful_objects = _backward(flow, objects, seeds)
    active = {v for v in varied if v in useful and is_float(v)}
    return Activity(active, varied_objects & useful_objects & ~seeds.result, varied, varied_objects, reasons)


def _forward(flow, objects, users, seeds):
    readers = {}                                        # object index -> what reads it
    for i in flow.instructions():
        for o in objects.list(_read(i, flow, objects)):
            readers.setdefault(o.index, []).append(i)
    varied, bits, reasons, todo = set(), 0, {}, []

    def mark(v, reason):
        if v not in varied:
            varied.add(v)
            reasons[v] = reason
            todo.append(v)

    def mark_objects(new, reason):
        nonlocal bits
        for o in objects.list(new & ~bits):
            bits |= o.bit
            reasons[o] = reason
            todo.append(o)

    mark_objects(seeds.varied, None)
    for v in seeds.values:
        mark(v, None)
    while todo:
        x = todo.pop()
        if hasattr(x, "bit"):
            for i in readers.get(x.index, ()):
                if i in flow.sites:
                    mark_objects(flow.sites[i].writes(objects), x)
                elif is_copy(i):
                    mark_objects(objects.across(i)[0], x)
                elif carries_float(i.type):
                    mark(i, x)
            continue
        for u in users.get(x, ()):
            if u.opname == "store":
                mark_objects(objects.of(u.operands[1]), x)
            elif u in flow.sites:
                mark_objects(flow.sites[u].writes(objects), x)
            elif _passes(u, x, users, flow):
                mark(u, x)
    return varied, bits, reasons


def _passes(u, v, users, flow):
    """Does a derivative of operand `v` reach the value of `u`? Refuses what has neither a rule nor a known zero."""
    if isinstance(u.type, ir.VectorType | ir.ArrayType | ir.LiteralStructType | ir.IdentifiedStructType) and carries_float(u.type):
        raise Refusal(f"floats inside an LLVM aggregate ({u.type})", u, "several floats that move as one value")
    if u.opname in STRUCTURAL:
        return any(o is v for o in flows(u))
    rule = registry.rule_of(u)
    if rule is not None:
        return any(o is v for o in flows(u))
    if u.opname in CUTS or registry.inactive(u) or callee(u).startswith(IGNORED_CALLS) or effects.is_effect(u, flow):
        return False
    if u.opname == "bitcast" and isinstance(u.type, ir.IntType) and is_sign_test(u, users):
        return False
    name = callee(u)
    raise Refusal(f"a call of {name}" if name else f"the operation `{u.opname}` on a differentiated value", u,
                  "there is no derivative rule for it", "see docs/rules.md for the operations that have one")


def _backward(flow, objects, seeds):
    useful, bits, todo = set(), 0, []
    writers = {}
    for i in flow.instructions():
        for o in objects.list(_written(i, flow, objects)):
            writers.setdefault(o.index, []).append(i)

    def mark(v):
        if not is_constant(v) and v not in useful:
            useful.add(v)
            todo.append(v)

    def mark_objects(new):
        nonlocal bits
        for o in objects.list(new & ~bits):
            bits |= o.bit
            todo.append(o)

    mark_objects(seeds.useful | seeds.result)
    while todo:
        x = todo.pop()
        if hasattr(x, "bit"):
            for i in writers.get(x.index, ()):
                if i in flow.sites:
                    mark_objects(flow.sites[i].reads(objects))
                    for _, values in flow.sites[i].numbers():
                        for v in values:
                            mark(v)
                elif is_copy(i):
                    mark_objects(objects.across(i)[1])
                else:
                    mark(i.operands[0])
        elif getattr(x, "opname", None) == "load":
            mark_objects(objects.of(x.operands[0]))
        elif hasattr(x, "opname"):
            for o in flows(x):
                mark(o)
    return useful, bits


def _read(i, flow, objects):
    """The objects from which a derivative may pass on."""
    if i in flow.sites:
        return flow.sites[i].reads(objects)
    return objects.of(i.operands[0]) if i.opname == "load" else objects.across(i)[1] if is_copy(i) else 0


def _written(i, flow, objects):
    """The objects into which a derivative may pass."""
    if i in flow.sites:
        return flow.sites[i].writes(objects)
    return objects.of(i.operands[1]) if i.opname == "store" else objects.across(i)[0] if is_copy(i) else 0


def check_memory(flow, objects, activity):
    """Refuse what may change differentiated memory behind irad's back. Whether its bytes are only ever floats is asked in layout.py."""
    for i in flow.instructions():
        if is_memset(i) and objects.across(i)[0] & activity.objects and int_value(i.operands[2]) is None:
            raise Refusal("differentiated memory filled with bytes known only at run time", i)
        elif i.opname in ("atomicrmw", "cmpxchg") and objects.of(i.operands[0]) & activity.varied_objects:
            raise Refusal("an atomic update of differentiated memory", i, "parallel loops inside the function are not differentiated yet",
                          "call the gradient from inside a prange loop instead")
        elif effects.is_effect(i, flow) and any(objects.of(p) & activity.varied_objects for p in effects.pointers(i)):
            raise Refusal("differentiated memory handed to Python or to Numba's string functions", i, f"{callee(i)} may write it",
                          "print or format numbers instead")
