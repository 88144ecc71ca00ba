"""Values that only the reverse sweep asks for, inserted as ordinary SSA before planning: counters and selectors.

For every loop:
    k        completed iterations so far, `phi [0, preheader], [k + 1, latch]`: it counts back edges
    n        its value where the loop is left: an expression in the preheader where the loop has one counted exit, else a phi at each exit
             block
    ivs      header phis `start + step * k` with a constant step, integers and pointers
    rotation header phis that the latch permutes among themselves (buffers swapped), and their values at each exit
"""
import itertools
from dataclasses import dataclass, field

from llvmlite import ir

from .flow import I1, I8, I32, I64
from .values import int_value, is_constant, is_inst, stride_of

NEGATED = {"eq": "ne", "ne": "eq", "slt": "sge", "sge": "slt", "sgt": "sle", "sle": "sgt",
           "ult": "uge", "uge": "ult", "ugt": "ule", "ule": "ugt"}
SWAPPED = {"eq": "eq", "ne": "ne", "slt": "sgt", "sgt": "slt", "sle": "sge", "sge": "sle",
           "ult": "ugt", "ugt": "ult", "ule": "uge", "uge": "ule"}


@dataclass(frozen=True)
class Induction:
    """A header phi `start + step * k`; step in bytes for pointers. `next` is its value in the latch."""
    start: object
    step: int
    next: object


@dataclass
class Counters:
    """What is known of one loop."""
    loop: object
    k: object
    ivs: dict = field(default_factory=dict)
    n: object = None                                    # the count as a value of the preheader, where there is such an expression
    n_at: dict = field(default_factory=dict)            # exit block -> n
    rotation: dict = field(default_factory=dict)        # phi -> the phi whose value it takes in the next iteration
    final: dict = field(default_factory=dict)           # (phi, exit block) -> its value there


def const(n, ty=I64):
    return ir.Constant(ty, n)


def insert_counters(flow):
    """{loop: Counters}; inserts k, n and the final values of rotations."""
    out = {}
    for loop in flow.loops:
        k = flow.make(loop.header, "phi", I64, [const(0), None], [loop.preheader, loop.latch], name="k")
        flow.at_head(loop.header, k)
        k.operands[1] = flow.before_terminator(loop.latch, flow.make(loop.latch, "add", I64, [k, const(1)], name="k.next"))
        out[loop] = Counters(loop, k)
    for loop in flow.loops:
        c = out[loop]
        find_inductions(flow, c)
        c.n = _trip_count(flow, c)
        for block in loop.exit_blocks:
            c.n_at[block] = c.n if c.n is not None else flow.lcssa(c.k, block, "n")
    return out


def trip_count(flow, loop):
    """Completed iterations as a value of the preheader, or None where there is no such expression."""
    c = Counters(loop, None)
    find_inductions(flow, c)
    return _trip_count(flow, c)


def find_inductions(flow, c):
    """Note header phis that advance by a constant; called again after shadow addresses were inserted."""
    loop = c.loop
    for phi in flow.phis(loop.header):
        if phi is c.k or phi in c.ivs:
            continue
        found = _induction(flow, loop, phi)
        if found:
            c.ivs[phi] = found


def _induction(flow, loop, phi):
    start, after = flow.incoming(phi, loop.preheader), flow.incoming(phi, loop.latch)
    if not is_inst(after):
        return None
    if isinstance(phi.type, ir.IntType) and after.opname == "add":
        for a, b in (after.operands, after.operands[::-1]):
            if a is phi and int_value(b) is not None:
                return Induction(start, int_value(b), after)
    if after.opname == "getelementptr" and after.operands[0] is phi and len(after.operands) == 2:
        size, count = stride_of(after.info), int_value(after.operands[1])
        if size and count is not None:
            return Induction(start, size * count, after)
    return None


def find_rotations(flow, c):
    """Header phis that the latch permutes: in the reverse the permutation runs backwards."""
    loop = c.loop
    rotation = {p: flow.incoming(p, loop.latch) for p in flow.phis(loop.header) if p is not c.k and p not in c.ivs}
    rotation = {p: q for p, q in rotation.items() if _returns(p, rotation)}
    c.rotation = rotation
    for p in rotation:
        for block in loop.exit_blocks:
            c.final[p, block] = flow.lcssa(p, block, "final")


def _returns(p, to):
    """Does the way from p, step by step, come back to p?"""
    at, seen = to[p], {p}
    while at in to and at not in seen:
        seen.add(at)
        at = to[at]
    return at is p


def _trip_count(flow, c):
    """Completed iterations as an expression of invariants, for a loop that leaves only through one test of a unit-step counter, which each
    iteration passes: at the latch, or in the middle."""
    loop = c.loop
    if len(loop.exits) != 1:
        return None
    (source, to), = loop.exits
    test = source.instructions[-1]
    passes = flow.graph.loop_of[source] is loop and flow.graph.dominates(source, loop.latch)
    if not passes or len(test.blocks) != 2 or not is_inst(test.operands[0], "icmp"):
        return None
    compare = test.operands[0]
    stays = NEGATED[compare.info] if test.blocks[0] is to else compare.info
    for a, bound, predicate in ((*compare.operands, stays), (*compare.operands[::-1], SWAPPED[stays])):
        for phi, iv in c.ivs.items():
            if (a is phi or a is iv.next) and phi.type is I64 and abs(iv.step) == 1 and not flow.inside(bound, loop):
                return _count(flow, loop, iv, bound, predicate, after=a is iv.next)
    return None


def _count(flow, loop, iv, bound, predicate, after):
    """n for `while iv (predicate) bound`, tested with the value before (`phi`) or after (`next`) the step."""
    def emit(op, *operands, info=None, typ=I64, name="t"):
        flags = ("nsw",) if op in ("add", "sub") else ()
        return flow.before_terminator(loop.preheader, flow.make(loop.preheader, op, typ, operands, flags=flags, info=info, name=name))
    up = iv.step == 1
    counts_to_bound = predicate == "ne" or predicate in (("ult", "slt") if up else ("ugt", "sgt"))
    if not counts_to_bound:
        return None
    distance = emit("sub", bound, iv.start) if up else emit("sub", iv.start, bound)
    if after:
        distance = emit("sub", distance, const(1))
    if predicate == "ne":
        return distance
    start = int_value(iv.start)
    if predicate in ("ult", "ugt") and (start is None or start < 0):    # -1 is above all others
        first = emit("add", iv.start, const(iv.step)) if after else iv.start
        return emit("select", emit("icmp", first, bound, info=predicate, typ=I1), distance, const(0), name="n")
    return emit("select", emit("icmp", distance, const(0), info="slt", typ=I1), const(0), distance, name="n")


def selector(flow, block):
    """(value, codes by predecessor): which predecessor the block was entered from. The branch condition of the immediate dominator where
    that decides alone."""
    graph = flow.graph
    predecessors, dominator = graph.predecessors[block], graph.idom[block]
    last = dominator.instructions[-1]
    if (len(predecessors) == 2 and last.opname == "br" and len(last.blocks) == 2 and last.blocks[0] is not last.blocks[1]
            and graph.loop_of[dominator] is graph.loop_of[block]):
        sides = [_only_behind(graph, block, dominator, side) for side in last.blocks]
        if all(len(s) == 1 for s in sides) and sides[0][0] is not sides[1][0]:
            return last.operands[0], {sides[0][0]: 1, sides[1][0]: 0}
    code = I8 if len(predecessors) <= 1 << I8.width else I32
    s = flow.make_phi(block, code, {p: const(k, code) for k, p in enumerate(predecessors)}, "s")
    return flow.at_head(block, s), {p: k for k, p in enumerate(predecessors)}


def _only_behind(graph, block, dominator, side):
    """Predecessors of `block` that are reached only through the edge dominator -> side."""
    if side is block:
        return [p for p in graph.predecessors[block] if p is dominator]
    if side not in graph.position or len(graph.predecessors[side]) != 1:
        return []
    return [p for p in graph.predecessors[block] if graph.dominates(side, p)]


def unbroadcast(flow):
    """NumPy's broadcast index `p = phi [a, ..], [q, latch]; q = select(invariant, i, p)`: where the condition is false p never moves, so q
    is select(invariant, i, a), and no recurrence is left."""
    for loop in flow.loops:
        for p in flow.phis(loop.header):
            q = flow.incoming(p, loop.latch)
            if (is_inst(q, "select") and q.operands[2] is p and not flow.inside(q.operands[0], loop) and flow.inside(q, loop)
                    and not is_constant(q.operands[0])):
                q.operands = [q.operands[0], q.operands[1], flow.incoming(p, loop.preheader)]


def unguard(flow):
    """`phi [0, where m == 0], [m * x, elsewhere]`, an index that LLVM merged, is m * x: an expression again, that need not be saved."""
    users = None
    for block in flow.order:
        for phi in flow.phis(block):
            product = _guarded_product(flow, phi) if phi.type is I64 and len(phi.operands) == 2 else None
            if product is None:
                continue
            users = flow.users() if users is None else users
            i = flow.after_phis(block, flow.make(block, "mul", I64, product.operands, name="unguarded"))
            for o in product.operands:
                if not is_constant(o):
                    users.setdefault(o, []).append(i)
            users[i] = users.pop(phi, [])
            for user in users[i]:
                user.replace_usage(phi, i)
            block.instructions.remove(phi)


def _guarded_product(flow, phi):
    block, graph = flow.block_of[phi], flow.graph
    for (v, source), (product, _) in itertools.permutations(flow.live_incoming(phi), 2):
        if int_value(v) != 0 or not is_inst(product, "mul") or graph.loop_of[flow.block_of[product]] is not graph.loop_of[block]:
            continue
        if all(not is_inst(o) or graph.dominates(flow.block_of[o], graph.idom[block]) for o in product.operands):
            if any(_is_zero_on(flow, m, source, block) for m in product.operands):
                return product
    return None


def _is_zero_on(flow, m, source, to):
    """Is m == 0 wherever the edge source -> to is taken?"""
    last = source.instructions[-1]
    while len(last.blocks) == 1 and len(flow.graph.predecessors[source]) == 1:
        source, to = flow.graph.predecessors[source][0], source
        last = source.instructions[-1]
    if len(last.blocks) != 2 or last.blocks[0] is last.blocks[1] or not is_inst(last.operands[0], "icmp"):
        return False
    test = last.operands[0]
    holds = test.info if last.blocks[0] is to else NEGATED[test.info]
    return holds == "eq" and test.operands[0] is m and int_value(test.operands[1]) == 0
