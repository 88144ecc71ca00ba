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
        trips = _trips(header, latch)
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


def _trips(header, latch):
    """How often the loop runs, if its latch compares a counter with a constant; None beyond MOST_TRIPS."""
    if latch.opname != "br" or not latch.operands:
        return None
    test = latch.operands[0]
    leaves_if = latch.blocks[0] is not header
    if getattr(test, "opname", "") == "phi" and test.parent is header:
        return _two(test, latch.parent, leaves_if)
    if getattr(test, "opname", "") != "icmp":
        return None
    for position in (0, 1):
        bound, value = _integer(test.operands[1 - position]), test.operands[position]
        for phi in header.instructions:
            if phi.opname != "phi" or bound is None:
                break
            start, step, following = _counter(phi, latch.parent)
            if start is None or (value is not phi and value is not following):
                continue
            return _count(test.info, position, start + (step if value is following else 0), step, bound, leaves_if, phi.type.width)
    return None


def _two(phi, latch, leaves_if):
    """LLVM turns the test of a loop that runs twice into a phi of two constants: stay, then leave."""
    if len(phi.operands) != 2 or latch not in phi.blocks:
        return None
    k = phi.blocks.index(latch)
    return 2 if (_integer(phi.operands[1 - k]), _integer(phi.operands[k])) == (1 - leaves_if, int(leaves_if)) else None


def _counter(phi, latch):
    """(start, step, value after the step) of a phi that counts by a constant from a constant."""
    nothing = None, None, None
    if len(phi.operands) != 2 or latch not in phi.blocks:
        return nothing
    k = phi.blocks.index(latch)
    following, start = phi.operands[k], _integer(phi.operands[1 - k])
    if start is None or getattr(following, "opname", "") != "add" or following.operands[0] is not phi:
        return nothing
    step = _integer(following.operands[1])
    return (start, step, following) if step else nothing


def _count(predicate, position, value, step, bound, leaves_if, width):
    """Run the counter."""
    for trip in range(1, MOST_TRIPS + 1):
        pair = (value, bound) if position == 0 else (bound, value)
        if predicate[0] == "u":
            pair = tuple(n % (1 << width) for n in pair)
        if COMPARE[predicate.lstrip("us")](*pair) == leaves_if:
            return trip
        value += step
    return None


COMPARE = {
    "eq": int.__eq__, "ne": int.__ne__, "lt": int.__lt__, "le": int.__le__, "gt": int.__gt__, "ge": int.__ge__,
}


def _integer(value):
    n = getattr(value, "constant", None)
    return n if isinstance(n, int) and not isinstance(n, bool) else None
