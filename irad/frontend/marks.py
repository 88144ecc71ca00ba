"""Ask LLVM to unroll the loops that must vanish, while unrolling is off for all others.

    mark_power_loops(text)      the loop in Numba's `int_power`, where the exponent is a constant: x**3 becomes two products
    mark_small_loops(text)      loops over a small constant, `for k in range(3)`, that hold no data loop

A mark is `!llvm.loop.unroll.full` on the latch's branch, which LLVM honours whatever its options are. It honours it up to some 16,000
instructions, so data loops must never be marked; and it warns on stderr about a mark that it cannot honour.
"""
import re

from irad.ir.extras import Metadata
from irad.ir.read import read

POWER_CALL = re.compile(r'(call i32 )@([\w$.]*int_power[\w$.]*)(\([^\n]*, i64 -?\d+\))')
NODE = re.compile(r"^!(\d+) = ", re.M)
LABEL = re.compile(r'^("[^"]*"|[-\w.$]+):')
TARGET = re.compile(r'label %("[^"]*"|[-\w.$]+)')
DEBUG = re.compile(r", !dbg !\d+|(?<=\)) !dbg !\d+")

MOST_TRIPS = 8
MOST_INSTRUCTIONS = 200         # trips times size, inner loops counted as unrolled


def mark_power_loops(text):
    """Calls with a constant exponent go to a copy of `int_power` whose loop is marked."""
    names = dict.fromkeys(match[2] for match in POWER_CALL.finditer(text))
    copies = []
    for name in names:
        body = re.search(r"^define [^\n]*@" + re.escape(name) + r"\(.*?^}\n", text, re.M | re.S)
        if body is not None:
            # Two functions must not share one debug scope; the copy's lines become those of the call.
            copies.append(DEBUG.sub("", body[0].replace(f"@{name}(", f"@{name}.constant(")))
    if not copies:
        return text
    free = 1 + max(map(int, NODE.findall(text)), default=-1)
    nodes = []
    for k, copy in enumerate(copies):
        copies[k] = _mark_back_edges(copy, f", !llvm.loop !{free + 2 * k}")
        nodes += _nodes(free + 2 * k).items()
    text = POWER_CALL.sub(r"\1@\2.constant\3", text)
    return text + "\n".join(copies) + "".join(f"{number} = {node}\n" for number, node in nodes)


def _mark_back_edges(function, mark):
    """Branches to a block that stands earlier: as Numba orders the blocks of a loop."""
    seen, lines = set(), function.split("\n")
    for n, line in enumerate(lines):
        label = LABEL.match(line)
        if label:
            seen.add(label[1])
        elif line.startswith("  br ") and any(t in seen for t in TARGET.findall(line)):
            lines[n] = line + mark
    return "\n".join(lines)


def _nodes(number):
    """The loop's own node, which must be distinct, and what it asks for."""
    return {f"!{number}": f"distinct !{{!{number}, !{number + 1}}}", f"!{number + 1}": '!{!"llvm.loop.unroll.full"}'}


# ------------------------------------------------------------------ loops over a small constant, in clean IR
def mark_small_loops(text):
    """The text with marks; the very same object if there is nothing to mark."""
    module = read(text)
    free = 1 + max((int(number[1:]) for number in module.nodes), default=-1)
    marked = False
    for function in module.functions:
        for latch in _small_latches(function):
            module.nodes.update(_nodes(free))
            latch.metadata["llvm.loop"] = Metadata(f"!{free}")
            free += 2
            marked = True
    return str(module) if marked else text


def _small_latches(function):
    """The branches that close such loops, inner loops first."""
    weight = {}                                     # how often a block is copied by the loops marked so far
    marked = set()
    loops = sorted(_loops(function), key=lambda loop: len(loop[0]))
    for blocks, header, latch in loops:
        trips = _trips(header, latch, blocks)
        size = sum(weight.get(id(b), 1) * len(b.instructions) for b in blocks)
        if trips is None or trips * size > MOST_INSTRUCTIONS or "llvm.loop" in latch.metadata:
            continue
        if any(id(branch.parent) not in marked and _touches_memory(inner) for inner, branch in _inside(loops, blocks, header)):
            continue
        for b in blocks:
            weight[id(b)] = weight.get(id(b), 1) * trips
        marked.add(id(latch.parent))
        yield latch


def _loops(function):
    """(blocks, header, latch's branch) of each natural loop."""
    if not function.blocks:
        return
    predecessors = {}
    for b in function.blocks:
        for s in b.terminator.blocks:
            predecessors.setdefault(id(s), []).append(b)
    entry = function.blocks[0]
    for header, latch in _back_edges(entry):
        body, todo = {id(header): header, id(latch): latch}, [latch] if latch is not header else []
        while todo:
            for p in predecessors.get(id(todo.pop()), ()):
                if id(p) not in body:
                    body[id(p)] = p
                    todo.append(p)
        if id(entry) not in body:                   # else the header does not dominate the latch
            yield list(body.values()), header, latch.terminator


def _back_edges(entry):
    """Edges to a block that is still open in a depth-first walk."""
    open_, done, stack = {id(entry)}, set(), [(entry, iter(entry.terminator.blocks))]
    while stack:
        block, successors = stack[-1]
        for s in successors:
            if id(s) in open_:
                yield s, block
            elif id(s) not in done:
                open_.add(id(s))
                stack.append((s, iter(s.terminator.blocks)))
                break
        else:
            stack.pop()
            open_.discard(id(block))
            done.add(id(block))


def _inside(loops, blocks, header):
    """(blocks, latch's branch) of the loops within a loop."""
    outer = {id(b) for b in blocks}
    return [(inner, branch) for inner, h, branch in loops if h is not header and id(h) in outer]


def _touches_memory(blocks):
    """Is it a data loop? Copies of it would stay. A loop that only computes, as `x**k` does, may vanish once k is a constant."""
    return any(i.opname in ("load", "store", "call") for b in blocks for i in b.instructions)


def _trips(header, latch, blocks):
    """How often the loop runs at most, if its first or its last test is one of a counter against constants; None beyond MOST_TRIPS.

    Only these two tests are made in every iteration."""
    inside = {id(b) for b in blocks}
    for test in (latch, header.terminator):
        leaves = [id(b) not in inside for b in test.blocks]
        if test.operands and True in leaves:
            trips = _trips_by(test, leaves, header, latch.parent)
            if trips is not None:
                return trips
    return None


def _trips_by(test, leaves, header, latch):
    if test.opname != "br":         # LLVM does not count by a switch, as in a loop over a tuple, and would warn
        return None
    condition = test.operands[0]
    if getattr(condition, "opname", "") == "phi" and condition.parent is header:
        return _two(condition, latch, leaves[0])
    if getattr(condition, "opname", "") != "icmp":
        return None
    compare, unsigned = COMPARE[condition.info.lstrip("us")], condition.info[0] == "u"

    def holds(a, b):
        # Modulo a power beyond all widths: keeps the order of unsigned numbers.
        return compare(a % (1 << 128), b % (1 << 128)) if unsigned else compare(a, b)

    left, right = map(_integer, condition.operands)
    if right is not None:
        return _count(header, latch, condition.operands[0], lambda n: holds(n, right) == leaves[0])
    if left is not None:
        return _count(header, latch, condition.operands[1], lambda n: holds(left, n) == leaves[0])
    return None


def _count(header, latch, value, leaves):
    """Run the counter that `value` is, or is the next value of, until `leaves(value)`."""
    for phi in header.instructions:
        if phi.opname != "phi":
            return None
        counter = _counter(phi, latch)
        if counter is None or (value is not phi and value is not counter[2]):
            continue
        start, step, following = counter
        n = step(start) if value is following else start
        for trip in range(1, MOST_TRIPS + 1):
            if leaves(n):
                return trip
            n = step(n)
        return None
    return None


def _two(phi, latch, leaves_if):
    """LLVM turns the test of a loop that runs twice into a phi of two constants: stay, then leave."""
    if len(phi.operands) != 2 or latch not in phi.blocks:
        return None
    k = phi.blocks.index(latch)
    return 2 if (_integer(phi.operands[1 - k]), _integer(phi.operands[k])) == (1 - leaves_if, int(leaves_if)) else None


def _counter(phi, latch):
    """(start, step as a function, value after the step) of an integer phi that starts at a constant and steps by one."""
    if len(phi.operands) != 2 or latch not in phi.blocks:
        return None
    k = phi.blocks.index(latch)
    start, following = _integer(phi.operands[1 - k]), phi.operands[k]
    step = STEPS.get(getattr(following, "opname", ""))
    if start is None or step is None or following.operands[0] is not phi:
        return None
    by, modulus = _integer(following.operands[1]), 1 << phi.type.width
    if by is None or (by < 0 and following.opname != "add"):
        return None
    return start, lambda n: _signed(step(n % modulus, by) % modulus, modulus), following


def _signed(n, modulus):
    return n - modulus if n >= modulus // 2 else n


STEPS = {"add": int.__add__, "lshr": int.__rshift__, "shl": int.__lshift__, "mul": int.__mul__}
COMPARE = {
    "eq": int.__eq__, "ne": int.__ne__, "lt": int.__lt__, "le": int.__le__, "gt": int.__gt__, "ge": int.__ge__,
}


def _integer(value):
    n = getattr(value, "constant", None)
    return n if isinstance(n, int) and not isinstance(n, bool) else None
