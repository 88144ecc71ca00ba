"""Copy blocks, into the same function or another, faithfully: flags, info, alignment, metadata, calls' attributes.

    blocks, values = clone_blocks(function.blocks, target, values={argument: replacement}, blocks={})

`values` says what stands for a value of the original, and gets an entry for each instruction copied; a value without an entry stands for
itself. `blocks` does the same for blocks, so an entry made beforehand redirects an edge. Constants are shared, not copied.

Two copies of one access must not claim by `!noalias` that they are apart: a transform that copies code within a function passes
`drop=("noalias", "alias.scope")`.
"""
from llvmlite import ir

from irad.ir.build import new_block
from irad.ir.inst import Call, Inst


def clone_blocks(originals, function, values=None, blocks=None, drop=()):
    """The new blocks, in order, and the two maps, filled: ([Block], {value: value}, {block: block})."""
    values, blocks = {} if values is None else values, {} if blocks is None else blocks
    originals = list(originals)
    made = []
    for old in originals:
        new = new_block(function, old.name)
        made.append(new)
        blocks.setdefault(old, new)
    # Every copy exists before any operand is looked up: a phi, or a block that stands earlier, may name what comes later.
    pairs = [(i, _copy(i, new, drop)) for old, new in zip(originals, made, strict=True) for i in old.instructions]
    for old, new in pairs:
        values.setdefault(old, new)
    for old, new in pairs:
        new.operands = [_mapped(v, values) for v in old.operands]
        new.blocks = [blocks.get(b, b) for b in old.blocks]
    for block in made:
        block.terminator = block.instructions[-1] if block.instructions and block.instructions[-1].is_terminator else None
    return made, values, blocks


def clone_inst(inst, block, values, name=None):
    """One instruction, appended to the block; its operands through `values`, which gets an entry for it. Its blocks are kept."""
    new = _copy(inst, block, (), name)
    new.operands = [_mapped(v, values) for v in inst.operands]
    new.blocks = list(inst.blocks)
    values[inst] = new
    if new.is_terminator:
        block.terminator = new
    return new


def _copy(inst, block, drop, name=None):
    function = block.function
    name = function.module.fresh(function, name or inst.name) if inst.name else ""
    info = inst.info.copy() if isinstance(inst.info, Call) else list(inst.info) if isinstance(inst.info, list) else inst.info
    new = Inst(block, name, inst.opname, inst.type, [], [], list(inst.flags), info)
    new.align = inst.align
    new.metadata = {kind: node for kind, node in inst.metadata.items() if kind not in drop}
    block.instructions.append(new)
    return new


def _mapped(value, values):
    if isinstance(value, ir.values.MetaDataArgument):
        return ir.values.MetaDataArgument(_mapped(value.wrapped_value, values))
    if isinstance(value, ir.Constant):          # hashes by its text, slowly, and is shared anyway
        return value
    return values.get(value, value)
