"""Divisions by zero raised behind the loop, so that it can be vectorised.

Numba tests each divisor, unless a function has `error_model="numpy"`, and a loop that may be left in the middle is not vectorised:

    for i: if b[i] == 0: raise                          for i: bad |= b[i] == 0
           s += exp(a[i] / b[i])              ->               s += exp(a[i] / b[i])
                                                        if bad: raise

Nobody sees the difference where the loop writes nothing and calls nothing with effects, its other way out is a count, no branch inside
depends on floats, and no float becomes an index: what goes on behind the raise computes infinities, and no other address. The exception is
the same, for there is one only, made of nothing that the loop computes. Done where the loop calls a function of the vector library and all
its sums may be reordered: else nothing is gained.
"""
from llvmlite import ir

from ..errors import Irreducible, Refusal
from ..ir.build import new_block
from ..ir.inst import Inst
from ..rules import registry
from .exact import made_whole
from .flow import I1, VOID
from .graph import Graph
from .values import callee, int_value, is_float, is_inst

COUNTING = frozenset("phi add sub mul shl icmp and or xor trunc zext sext select".split())
EFFECTLESS = frozenset("""phi load br getelementptr add sub mul shl lshr ashr and or xor icmp fcmp select zext sext trunc sitofp uitofp
    fadd fsub fmul fdiv fneg fpext fptrunc freeze""".split())
EQUAL, UNEQUAL = ("oeq", "ueq"), ("une", "one")


def defer(function, is_vector_call):
    """Rewrite a function as it was read, before its success graph is made."""
    if not any(i.opname == "call" and is_vector_call(i) for b in function.blocks for i in b.instructions):
        return
    try:
        graph = Graph(function.blocks[0], lambda b: b.instructions[-1].blocks)
    except (Irreducible, Refusal):                      # refused, or mended, later
        return
    for loop in graph.loops:
        if not loop.children and any(is_vector_call(i) for b in loop.blocks for i in b.instructions if i.opname == "call"):
            test = _only_test(graph, loop)
            if test is not None:
                _defer(function, loop, *test)


def _only_test(graph, loop):
    """(the block that tests, the block that raises, the block behind the loop), or None."""
    raising = [(b, to) for b, to in loop.exits if _raises(to)]
    others = [(b, to) for b, to in loop.exits if not _raises(to)]
    if len(raising) != 1 or len(others) != 1 or others[0][0] is not loop.latch:
        return None
    (b, raises), (_, behind) = raising[0], others[0]
    ends = {x: x.instructions[-1] for x in loop.blocks}
    straight = all(last.opname == "br" and (len(last.blocks) == 1 or x in (b, loop.latch)) for x, last in ends.items())
    if not straight or b is loop.latch or len(set(ends[b].blocks)) != 2 or graph.predecessors[behind] != [loop.latch]:
        return None
    inside = {i for x in loop.blocks for i in x.instructions}
    suits = (_tests_zero(ends[b].operands[0], EQUAL if ends[b].blocks[0] is raises else UNEQUAL)
             and _counts(ends[loop.latch].operands[0], inside) and not _uses(raises, b, inside)
             and all(map(_goes_on, inside)) and all(_may_be_reordered(i, loop) for i in loop.header.instructions if i.opname == "phi"))
    return (b, raises, behind) if suits else None


def _raises(block):
    """Does the block do nothing but return a status that is no success?"""
    for _ in range(3):
        last = block.instructions[-1]
        if last.opname == "ret":
            return bool(last.operands) and int_value(last.operands[0]) not in (None, 0, -2)
        if last.opname != "br" or len(last.blocks) != 1:
            return False
        after = last.blocks[0]
        end = after.instructions[-1]
        if end.opname == "ret" and end.operands and is_inst(end.operands[0], "phi") and end.operands[0].parent is after:
            status = end.operands[0]
            return int_value(status.operands[[x is block for x in status.blocks].index(True)]) not in (None, 0, -2)
        block = after
    return False


def _tests_zero(v, predicates):
    """Is it a comparison of a float with zero, or several such that are joined?"""
    if is_inst(v, "fcmp"):
        return v.info in predicates and isinstance(v.operands[1], ir.Constant) and v.operands[1].constant in (0.0, "0.000000e+00")
    if is_inst(v, "select") and str(v.type) == "i1":
        constant = v.operands[1 if predicates is EQUAL else 2]
        parts = [v.operands[0], v.operands[2 if predicates is EQUAL else 1]]
        return int_value(constant) == (predicates is EQUAL) and all(_tests_zero(p, predicates) for p in parts)
    return is_inst(v, "or" if predicates is EQUAL else "and") and all(_tests_zero(o, predicates) for o in v.operands)


def _counts(v, inside):
    """Is it made of integers that the loop counts, and of what was there before?"""
    seen, todo = set(), [v]
    while todo:
        v = todo.pop()
        if v in seen or v not in inside:
            continue
        seen.add(v)
        if v.opname not in COUNTING or any(map(is_float, v.operands)):
            return False
        todo += v.operands
    return True


def _goes_on(i):
    """May it be computed in an iteration that the primal does not come to?"""
    if i.opname == "call":
        return registry.is_pure_call(callee(i)) and not made_whole(i)
    return i.opname == "br" or (i.opname in EFFECTLESS and "volatile" not in i.flags and not made_whole(i))


def _may_be_reordered(phi, loop):
    """Is it no float, or a sum that fastmath lets LLVM take in any order?"""
    after = phi.operands[[b is loop.latch for b in phi.blocks].index(True)]
    return not is_float(phi) or (is_inst(after) and after.opname in ("fadd", "fsub") and not {"fast", "reassoc"}.isdisjoint(after.flags))


def _uses(block, source, inside):
    """Does what raises use anything that the loop computes?"""
    while True:
        for i in block.instructions:
            values = [v for v, b in zip(i.operands, i.blocks, strict=True) if b is source] if i.opname == "phi" else i.operands
            if any(v in inside for v in values):
                return True
        if not block.instructions[-1].blocks:
            return False
        source, block = block, block.instructions[-1].blocks[0]


def _defer(function, loop, block, raises, behind):
    module, last = function.module, block.instructions[-1]

    def put(at, index, opname, typ, operands, blocks=(), info=None, name="deferred"):
        i = Inst(at, "" if typ is VOID else module.fresh(function, name), opname, typ, list(operands), list(blocks), [], info)
        at.instructions.insert(index, i)
        return i

    test = put(block, -1, "freeze", I1, [last.operands[0]])
    if last.blocks[0] is not raises:
        test = put(block, -1, "xor", I1, [test, module.constant(I1, 1)])
    before = put(loop.header, 0, "phi", I1, [module.constant(I1, 0), None], [loop.preheader, loop.latch])
    before.operands[1] = after = put(block, -1, "or", I1, [before, test])
    onward = next(to for to in last.blocks if to is not raises)
    block.instructions[-1] = block.terminator = Inst(block, "", "br", VOID, [], [onward])

    gate = new_block(function, "deferred")
    bad = put(gate, 0, "phi", I1, [after], [loop.latch])
    for phi in [i for i in behind.instructions if i.opname == "phi"]:
        at = [b is loop.latch for b in phi.blocks].index(True)
        phi.operands[at] = put(gate, 0, "phi", phi.type, [phi.operands[at]], [loop.latch], name=phi.name)
        phi.blocks[at] = gate
    end = loop.latch.instructions[-1]
    end.blocks = [gate if b is behind else b for b in end.blocks]
    gate.terminator = put(gate, len(gate.instructions), "br", VOID, [bad], [raises, behind])
    for phi in [i for i in raises.instructions if i.opname == "phi"]:
        phi.blocks = [gate if b is block else b for b in phi.blocks]
