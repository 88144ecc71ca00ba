"""The success graph: the function as it runs when nothing is raised.

Numba returns a status: 0 (or -2, "None") is success, anything else a raise. LLVM merges all returns into one block,
`ret i32 (phi [0, ok], [1, raise])`, so a raise is a property of an edge. Return blocks are split per incoming edge; success returns branch
to one new block, the *turn*; blocks that cannot reach the turn are not live. All analyses see live blocks only; the forward sweep emits
the others as they are.

    ret:  %s = phi i32 [0, %a], [1, %b]          ret.0:  br turn          (from %a)
          ret i32 %s                      ->     ret.1:  ret i32 1        (from %b)
"""
from llvmlite import ir

from ..errors import Refusal
from ..ir.build import new_block
from ..ir.clone import clone_inst
from ..ir.extras import SIMPLE
from ..ir.inst import Inst
from . import calls
from .values import int_value, is_constant, is_inst

SUCCESS = (0, -2)


def cut(function):
    """Split returns and add the turn, in place. Gives (live blocks, turn)."""
    for block in list(function.blocks):
        if block.instructions[-1].opname == "ret" and block in function.blocks:         # else another return has taken it over
            _split_return(function, block)
    turn = new_block(function, "turn")
    turn.instructions = [Inst(turn, "", "unreachable", SIMPLE["void"], [])]
    turn.terminator = turn.instructions[0]
    for block in function.blocks:
        last = block.instructions[-1]
        if last.opname == "ret" and _succeeds(last):
            block.instructions[-1] = block.terminator = Inst(block, "", "br", SIMPLE["void"], [], [turn])
    return _reaching(function, turn), turn


def _succeeds(ret):
    status = int_value(ret.operands[0])
    if status is None and _rests_on_calls(ret.operands[0]):
        return False                                    # where it was 0 another return has been made
    if status is None:
        raise _unknown(ret)
    return status in SUCCESS


def _stays_a_call(status):
    """Is it the status of a call that has not been inlined, perhaps merged with itself where a loop is left?"""
    status = _origin(status)
    return is_inst(status, "call") and bool(status.operands[0].blocks)


def _rests_on_calls(status):
    """Is it made of constants and of the statuses of such calls?"""
    seen, todo = set(), [status]
    while todo:
        v = todo.pop()
        if v in seen or is_constant(v):
            continue
        seen.add(v)
        if is_inst(v, "phi"):
            todo += v.operands
        elif is_inst(v, "select"):
            todo += v.operands[1:]
        elif not _stays_a_call(v):
            return False
    return True


def _origin(v):
    while is_inst(v, "phi") and all(o is v.operands[0] for o in v.operands):
        v = v.operands[0]
    return v


def _unknown(ret):
    """The Refusal for a status that comes from a call: all that can be inlined has been."""
    todo, seen = list(ret.operands), set()
    while todo:
        v = todo.pop()
        if v in seen or not is_inst(v):
            continue
        seen.add(v)
        if v.opname == "call" and (refusal := calls.named(v)):
            return refusal
        todo += v.operands
    return Refusal("a return whose status is known only at run time", ret, "it comes from a call that was not inlined")


def _split_return(function, block):
    last = block.instructions[-1]
    if last.opname != "ret" or not last.operands or is_constant(last.operands[0]):
        return
    status = last.operands[0]
    if status.opname == "select":
        _branch_on_select(function, block, status)
        return
    if _stays_a_call(status):
        _branch_on_status(function, block, status)
        return
    if status.opname == "phi" and status.parent is not block and status.parent.instructions[-1].blocks == [block]:
        block = _append(function, status.parent, block)
    if status.opname != "phi" or status.parent is not block:
        if _rests_on_calls(status):
            _branch_on_status(function, block, status)
        return
    copies = [_copy_for_edge(function, block, status, source) for source in dict.fromkeys(status.blocks)]
    function.blocks.remove(block)
    for copy in copies:
        _split_return(function, copy)


def _copy_for_edge(function, block, status, source):
    """The return block as entered from `source`. Its phis stay, with one edge: a value that leaves a loop is used through a phi."""
    copy, values = new_block(function, block.name), {}
    for i in block.instructions:
        if i.opname != "phi":
            clone_inst(i, copy, values)
            continue
        value = i.operands[[b is source for b in i.blocks].index(True)]
        if i is status:
            values[i] = value
            continue
        edges = source.instructions[-1].blocks.count(block)     # a switch may come here by several cases
        values[i] = Inst(copy, function.module.fresh(function, i.name), "phi", i.type, [value] * edges, [source] * edges)
        copy.instructions.append(values[i])
    jump = source.instructions[-1]
    jump.blocks = [copy if b is block else b for b in jump.blocks]
    return copy


def _append(function, block, tail):
    """One block of a block and its only successor, which it alone goes to: the status is merged in the first, returned in the second."""
    if any(tail in b.instructions[-1].blocks for b in function.blocks if b is not block):
        return tail
    del block.instructions[-1]
    for i in tail.instructions:
        if i.opname == "phi":
            _replace(function, i, i.operands[0])
            continue
        i.parent = block
        block.instructions.append(i)
    block.terminator = block.instructions[-1]
    function.blocks.remove(tail)
    return block


def _replace(function, old, new):
    for b in function.blocks:
        for i in b.instructions:
            i.replace_usage(old, new)


def _branch_on_status(function, block, status):
    """`ret i32 %status` of a call that stays a call: a raise where it is known not to be 0, else a branch to two returns."""
    zero = function.module.constant(status.type, 0)
    if _is_failure(function, block, status):
        return
    ends = []
    for value in (zero, status):
        end = new_block(function, "ret")
        end.instructions = [Inst(end, "", "ret", SIMPLE["void"], [value])]
        end.terminator = end.instructions[0]
        ends.append(end)
    c = Inst(block, function.module.fresh(function, "ok"), "icmp", SIMPLE["i1"], [status, zero], info="eq")
    block.instructions[-1:] = [c, Inst(block, "", "br", SIMPLE["void"], [c], ends)]
    block.terminator = block.instructions[-1]


def _is_failure(function, block, status):
    """Is the block reached only where the status has been tested, and was not 0?"""
    seen, status = set(), _origin(status)
    while block is not status.parent and block not in seen:
        seen.add(block)
        before = [b for b in function.blocks if block in b.instructions[-1].blocks]
        if len(before) != 1:
            return False
        last = before[0].instructions[-1]
        test = last.operands[0] if last.opname == "br" and len(last.blocks) == 2 else None
        if last.opname == "switch" and _origin(last.operands[0]) is status:
            return last.blocks[0] is block and block not in last.blocks[1:] and 0 in map(int_value, last.info)
        if is_inst(test, "icmp") and _origin(test.operands[0]) is status and int_value(test.operands[1]) == 0 and test.info in ("eq", "ne"):
            return last.blocks[test.info == "eq"] is block and last.blocks[0] is not last.blocks[1]
        block = before[0]
    return False


def _branch_on_select(function, block, status):
    """`ret i32 select(c, 0, 1)`: a branch to two returns."""
    ends = []
    for value in status.operands[1:]:
        end = new_block(function, "ret")
        end.instructions = [Inst(end, "", "ret", SIMPLE["void"], [value])]
        end.terminator = end.instructions[0]
        ends.append(end)
    block.instructions[-1] = block.terminator = Inst(block, "", "br", SIMPLE["void"], [status.operands[0]], ends)


def around(function, turn):
    """A way to the turn that is never taken, for a function that always raises: gives the block that is the entry now."""
    first = function.blocks[0]
    entry = new_block(function, "never")
    entry.instructions = [Inst(entry, "", "br", SIMPLE["void"], [ir.Constant(SIMPLE["i1"], 0)], [turn, first])]
    entry.terminator = entry.instructions[0]
    function.blocks.remove(entry)
    function.blocks.insert(0, entry)
    return entry


def _reaching(function, turn):
    """The blocks from which the turn can be reached, in order."""
    predecessors = {b: [] for b in function.blocks}
    for b in function.blocks:
        for to in b.instructions[-1].blocks:
            predecessors[to].append(b)
    live, todo = {turn}, [turn]
    while todo:
        for p in predecessors[todo.pop()]:
            if p not in live:
                live.add(p)
                todo.append(p)
    return live
