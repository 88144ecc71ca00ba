"""A loop with several entries, as a generator with loops of its own leaves one, gets a single one.

    mend(text, entry) -> text           prepared text again

All edges to the entries go to one new block, which knows by a number where to go on: it is the loop's only entry then. Values that are used
across blocks of the loop, and phis, pass through memory on the way, which LLVM turns into registers again.

    a -> b, a -> c, b -> c, c -> b      ->      a -> dispatch, b -> dispatch, c -> dispatch;  dispatch: switch to b or c
"""
import llvmlite.binding as llvm

from irad.ir.build import Builder, new_block
from irad.ir.extras import SIMPLE
from irad.ir.read import read

I32, PTR = SIMPLE["i32"], SIMPLE["ptr"]


def mend(text, entry, run):
    """`run(module, *passes)` runs LLVM's passes."""
    module = read(text)
    function = next(f for f in module.functions if f.name == entry)
    while (found := _irreducible(function)) is not None:
        blocks, entries = found
        _phis_to_memory(function, blocks)
        _values_to_memory(function, blocks)
        _dispatch(function, entries)
    again = llvm.parse_assembly(str(module), llvm.create_context())
    run(again, "sroa", "loop_simplify", "lcssa", "instruction_namer")
    return str(again)


def _irreducible(function):
    """(blocks, entries) of a loop with several entries, or None."""
    todo = [list(function.blocks)]
    while todo:
        inside = set(todo.pop())
        for component in _components([b for b in function.blocks if b in inside], inside):
            entries = _entries(function, component)
            if len(entries) > 1:
                return component, entries
            if len(component) > 1:
                todo.append(component - set(entries))
    return None


def _entries(function, component):
    """The blocks that are reached from outside, in order."""
    reached = {s for b in function.blocks if b not in component for s in b.terminator.blocks}
    return [b for b in function.blocks if b in component and b in reached]


def _components(blocks, inside):
    """The strongly connected components of more than one block (a loop of one block has one entry)."""
    order, seen = [], set()
    for b in blocks:
        _walk(b, lambda x: x.terminator.blocks, inside, seen, order)
    predecessors = {b: [] for b in blocks}
    for b in blocks:
        for s in b.terminator.blocks:
            if s in inside:
                predecessors[s].append(b)
    seen = set()
    for b in reversed(order):
        component = []
        _walk(b, predecessors.__getitem__, inside, seen, component)
        if len(component) > 1:
            yield set(component)


def _walk(start, neighbours, inside, seen, order):
    """Depth first from a block, without recursion; `order` gets the blocks when they are left."""
    if start in seen:
        return
    seen.add(start)
    stack = [(start, iter(neighbours(start)))]
    while stack:
        block, left = stack[-1]
        onward = next((s for s in left if s in inside and s not in seen), None)
        if onward is None:
            order.append(block)
            stack.pop()
            continue
        seen.add(onward)
        stack.append((onward, iter(neighbours(onward))))


def _slot(function, ty):
    return Builder(function.blocks[0], 0).emit("alloca", PTR, [], info=ty, name="slot")


def _at_end(block):
    return Builder(block, len(block.instructions) - 1)


def _phis_to_memory(function, blocks):
    for block in (b for b in function.blocks if b in blocks):
        phis = [i for i in block.instructions if i.opname == "phi"]
        for phi in reversed(phis):
            slot = _slot(function, phi.type)
            for source, value in dict(zip(phi.blocks, phi.operands, strict=True)).items():
                _at_end(source).store(value, slot)
            index = block.instructions.index(phi)
            loaded = Builder(block, len(phis)).load(phi.type, slot)
            del block.instructions[index]
            _replace(function, phi, loaded)


def _replace(function, old, new):
    for b in function.blocks:
        for i in b.instructions:
            i.replace_usage(old, new)


def _values_to_memory(function, blocks):
    """What is used in another block than its own."""
    users = {}
    for b in function.blocks:
        for i in b.instructions:
            for o in dict.fromkeys(i.operands):
                if getattr(o, "parent", None) in blocks and (i.opname == "phi" or o.parent is not b):
                    users.setdefault(o, []).append(i)
    for value, found in users.items():
        slot, block = _slot(function, value.type), value.parent
        Builder(block, block.instructions.index(value) + 1).store(value, slot)
        for user in found:
            if user.opname != "phi":
                user.replace_usage(value, Builder(user.parent, user.parent.instructions.index(user)).load(value.type, slot))
                continue
            loads = {b: _at_end(b).load(value.type, slot) for o, b in zip(user.operands, user.blocks, strict=True) if o is value}
            user.operands = [loads[b] if o is value else o for o, b in zip(user.operands, user.blocks, strict=True)]


def _dispatch(function, entries):
    dispatch = new_block(function, "dispatch")
    sources = []
    for block in list(function.blocks):
        jump = block.terminator
        for k, entry in enumerate(entries):
            if block is dispatch or entry not in jump.blocks:
                continue
            edge = new_block(function, "edge")
            Builder(edge).br(dispatch)
            jump.blocks = [edge if b is entry else b for b in jump.blocks]
            sources.append((k, edge))
    b = Builder(dispatch)
    code = b.emit("phi", I32, [b.i32(k) for k, _ in sources], [edge for _, edge in sources], name="to")
    b.switch(code, entries[0], [(b.i32(k), entry) for k, entry in enumerate(entries) if k])
