"""A function's body: its blocks in order, what instructions have in common, and phis; the shapes of instructions are in shapes.py.

Blocks are read in reverse post-order, so a definition is always read before its uses; phis alone are filled in afterwards.
There are no forward placeholders, and unreachable blocks are dropped, for they are never reached. Printing keeps the order of the text.
"""
import re

from irad.ir.cursor import unquote
from irad.ir.extras import SIMPLE, Metadata
from irad.ir.inst import Inst
from irad.ir.shapes import READERS

LABEL = re.compile(r'("[^"]*"|[-\w.$]+):').match
TARGETS = re.compile(r'label (%"[^"]*"|%[-\w.$]+)').findall
FLAGS = frozenset("nsw nuw exact disjoint nneg samesign inbounds nusw fast nnan ninf nsz arcp contract afn reassoc volatile atomic "
                  "inalloca swifterror weak cleanup".split())
VOID = SIMPLE["void"]


def read_body(cursor, function, names, lines):
    """Fill the function, whose arguments have these names, from the lines between its braces."""
    texts = _split(lines, f"%{sum(not n or n[1:].isdigit() for n in names)}")
    order = _order(texts)
    reached = set(order)
    cursor.locals = dict(zip((n or f"%{a.name}" for n, a in zip(names, function.args, strict=True)), function.args, strict=True))
    cursor.blocks = {}
    for label in texts:
        if label in reached:
            block = cursor.blocks[label] = function.append_basic_block()
            block._name = unquote(label)
    phis = []
    for label in order:
        block = cursor.blocks[label]
        block.instructions = [_instruction(cursor, block, text, phis) for text in texts[label]]
        block.terminator = block.instructions[-1]
    for phi, cursor.toks, cursor.i in phis:
        _incoming(cursor, phi)
    function.scope._useset.update(map(unquote, cursor.locals), map(unquote, cursor.blocks))


def _split(lines, first):
    """{label: its instructions' texts}. The entry may have no label; it is then called by the number that LLVM counts for it."""
    texts, label = {}, first
    if not LABEL(lines[0]):
        texts[label] = []
    for line in lines:
        if line[:2] != "  ":
            if line and line[0] != ";":
                label = "%" + LABEL(line)[1]
                texts[label] = []
        elif line[4:5] == "#":                  # a debug record
            continue
        elif line[2] in " ]":                   # the rest of a switch, an invoke or a landingpad
            texts[label][-1] += line
        else:
            texts[label].append(line)
    return texts


def _order(texts):
    """Reverse post-order of the blocks that can be reached."""
    entry = next(iter(texts))
    seen, out, stack = {entry}, [], [(entry, iter(TARGETS(texts[entry][-1])))]
    while stack:
        label, successors = stack[-1]
        for target in successors:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(TARGETS(texts[target][-1]))))
                break
        else:
            out.append(label)
            stack.pop()
    return out[::-1]


def _instruction(cursor, block, text, phis):
    toks = cursor.line(text).toks
    name = ""
    if toks[1] == "=":
        name, cursor.i = toks[0], 2
    tail = cursor.next() if toks[cursor.i] in ("tail", "musttail", "notail") else ""
    op = cursor.next()
    flags = []
    while toks[cursor.i] in FLAGS:
        flags.append(cursor.next())
    inst = Inst(block, unquote(name) if name else "", op, VOID, (), (), flags)
    if name:
        cursor.locals[name] = inst
    if op == "phi":
        inst.type = cursor.type()
        phis.append((inst, toks, cursor.i))
        return inst
    reader = READERS.get(op)
    if reader is None:
        raise cursor.refusal(f"the instruction `{op}`")
    reader(cursor, inst)
    if tail:
        inst.info.tail = tail
    _rest(cursor, inst)
    return inst


def _rest(cursor, inst):
    """`, align 8`, `, !prof !3`"""
    toks = cursor.toks
    while toks[cursor.i] == ",":
        t = toks[cursor.i + 1]
        if t == "align":
            inst.align = int(toks[cursor.i + 2])
        elif t[0] == "!":
            inst.metadata[t[1:]] = Metadata(toks[cursor.i + 2])
        else:
            break
        cursor.i += 3
    if toks[cursor.i]:
        raise cursor.refusal(f"`{' '.join(toks[cursor.i:]).strip()}` at the end of `{inst.opname}`")


def _incoming(cursor, phi):
    values, blocks = [], []
    while cursor.take("["):
        block = cursor.blocks.get(cursor.toks[cursor.i + _width(cursor)])
        if block is None:                       # comes from a block that cannot be reached: its value may not have been read
            cursor.i += _width(cursor) + 1
        else:
            values.append(cursor.value(phi.type))
            cursor.expect(",")
            blocks.append(block)
            cursor.i += 1
        cursor.expect("]")
        if cursor.toks[cursor.i:cursor.i + 2] == [",", "["]:
            cursor.i += 1
    phi.operands, phi.blocks = values, blocks
    _rest(cursor, phi)


def _width(cursor):
    """Tokens from a phi's value to its block: one, a comma, unless the value is an aggregate or an expression."""
    at, depth = cursor.i, 0
    while depth or cursor.toks[at] != ",":
        depth += cursor.toks[at] in tuple("([{<")
        depth -= cursor.toks[at] in tuple(")]}>")
        at += 1
    return at + 1 - cursor.i
