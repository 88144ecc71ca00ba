"""One function with a forward and a reverse sweep, cut at the turn into two, for calls that stay calls.

    i32 NAME.forward(<the primal's arguments>, <shadows>, ptr to the frame's address)
    i32 NAME.reverse(ptr frame, ptr adjoints of the active numbers)
    void NAME.drop(ptr frame)                           a frame whose reverse never runs, for an exception came between

The frame is a block of memory that the forward sweep makes: slots that both sweeps use lie in it, and values that the reverse sweep reads
are put there at the turn. Its first word is the address of NAME.drop. The reverse sweep frees it.
"""
from llvmlite import ir

from ..analysis.flow import I8, I32, I64, PTR, VOID
from ..analysis.values import is_constant, is_inst, size_of
from ..ir.build import Builder, declare, new_block
from ..ir.clone import clone_blocks
from ..ir.extras import Attributes
from .runtime import NO_MEMORY


class Split:
    """`whole`: the function, its entry block first; `turn`: the block whose branch goes over to the reverse sweep; `out`, `adjoints`: its
    last two arguments, for the address of the frame and for the adjoints; `drop`: a block that releases what is owned and returns."""

    def __init__(self, module, whole, turn, drop):
        self.module, self.whole, self.turn, self.drop = module, whole, turn, drop
        self.entry = whole.blocks[0]
        first = turn.instructions[-1].blocks[0]
        self.regions = [_reachable(self.entry, avoid=first), _reachable(first), [drop]]
        self._hoist()
        self._place()

    def _hoist(self):
        """The primal's own slots, and their shadows, stand with the others."""
        for b in self.regions[0]:
            moved = [i for i in b.instructions if i.opname == "alloca"] if b is not self.entry else []
            b.instructions = [i for i in b.instructions if i not in moved]
            for i in moved:
                i.parent = self.entry
            self.entry.instructions[:0] = moved

    # -- what lies in the frame
    def _place(self):
        """The offset of each slot and value in the frame."""
        forward, reverse, drop = (set(r) for r in self.regions)
        users = {}
        for b in dict.fromkeys(b for r in self.regions for b in r):
            for i in b.instructions:
                for o in i.operands:
                    if is_inst(o) and o.opname == "alloca" and o.parent is self.entry:
                        users.setdefault(o, []).append((i, b))
        self.offset, self.size, self.late = {}, 8, {}
        for a in [i for i in self.entry.instructions if i.opname == "alloca"]:
            uses = users.get(a, [])
            here = [(i, b) for i, b in uses if b in forward and not (b is self.entry and _initial(i, a))]
            later = [(i, b) for i, b in uses if b in reverse or b in drop]
            if not here and all(b in reverse for _, b in later):
                self.late[a] = None                     # of the reverse sweep alone: its initial value is stored there
            elif later or not all(_direct(i, a) for i, _ in uses):
                self._take(a, _bytes_of(a))
        defined = {i for b in self.regions[0] if b not in reverse for i in b.instructions}
        for b in self.regions[1]:
            for i in b.instructions:
                for o in i.operands:
                    crosses = (o in defined and o not in self.late) or (not is_inst(o) and not is_constant(o) and o in self.whole.args)
                    if crosses and o not in self.offset and o is not self.whole.args[-1]:
                        self._take(o, 8)

    def _take(self, v, size):
        self.offset[v] = self.size
        self.size += (size + 15) // 16 * 16 if size > 8 else 8

    def _is_slot(self, v):
        return is_inst(v) and v.opname == "alloca"

    # -- the three functions
    def emit(self, name):
        self.dropper = _declare(self.module, f"{name}.drop", VOID, [PTR])
        self._forward(name)
        self._reverse(name)
        self._drop()
        del self.module.globals[self.whole.name]

    def _forward(self, name):
        old = self.whole.args[:-1]
        f = self.made_forward = _declare(self.module, f"{name}.forward", I32, [a.type for a in old])
        values = dict(zip(old, f.args, strict=True))
        start, failed = new_block(f, "start"), new_block(f, "no.frame")
        b = Builder(start)
        size = (self.size + 15) // 16 * 16
        frame = b.call(declare(self.module, "malloc", PTR, [I64]), [b.i64(size)])
        go = new_block(f, "go")
        b.cbr(b.icmp("eq", frame, b.null), failed, go)
        Builder(failed).ret(Builder(failed).i32(NO_MEMORY))
        b = Builder(go)
        b.store(self.dropper, frame)
        for v, at in self.offset.items():
            if self._is_slot(v):
                values[v] = _at(b, frame, at)
        gone = {*self.late, *(v for v in self.offset if self._is_slot(v))}
        entry = self.entry.instructions
        self.entry.instructions = [i for i in entry if i not in gone and not (i.opname == "store" and i.operands[1] in self.late)]
        blocks, values, of = clone_blocks(self.regions[0], f, values)
        self.entry.instructions = entry
        b.br(of[self.entry])
        turn = of[self.turn]
        turn.instructions, turn.terminator = turn.instructions[:-1], None
        b = Builder(turn)
        for v, at in self.offset.items():
            if not self._is_slot(v):
                b.store(values.get(v, v), _at(b, frame, at))
        b.store(frame, f.args[-1])
        b.ret(b.i32(0))
        self._free_before_returns([x for x in blocks if x is not turn], frame)

    def _reverse(self, name):
        f = self.made_reverse = _declare(self.module, f"{name}.reverse", I32, [PTR, PTR])
        frame, adjoints = f.args
        values = {self.whole.args[-1]: adjoints}
        start = new_block(f, "start")
        b = Builder(start)
        for a in self.late:
            values[a] = b.emit("alloca", PTR, [values.get(o, o) for o in a.operands], info=a.info, name="slot")
            values[a].align = a.align
        for i in self.entry.instructions:
            if i.opname == "store" and i.operands[1] in self.late:
                b.store(values.get(i.operands[0], i.operands[0]), values[i.operands[1]])
        for v, at in self.offset.items():
            p = _at(b, frame, at)
            values[v] = p if self._is_slot(v) else b.load(v.type, p)
        first = self.turn.instructions[-1].blocks[0]
        blocks, values, of = clone_blocks(self.regions[1], f, values)
        b.br(of[first])
        self._free_before_returns(blocks, frame)

    def _drop(self):
        f = self.dropper
        b = Builder(new_block(f, "start"))
        values = {v: _at(b, f.args[0], at) for v, at in self.offset.items() if self._is_slot(v)}
        blocks, _, of = clone_blocks(self.regions[2], f, values)
        b.br(of[self.drop])
        self._free_before_returns(blocks, f.args[0])

    def _free_before_returns(self, blocks, frame):
        for block in blocks:
            if block.instructions[-1].opname == "ret":
                Builder(block, len(block.instructions) - 1).call("free", [frame])


def _declare(module, name, result, arguments):
    f = declare(module, name, result, arguments)
    f.return_value.attributes = Attributes()
    for k, a in enumerate(f.args):
        a._name, a.attributes = f"a{k}", Attributes()
    return f


def _at(b, frame, offset):
    return b.gep(I8, frame, b.i64(offset))


def _reachable(start, avoid=None):
    seen, order, todo = {start}, [start], [start]
    while todo:
        for to in todo.pop().instructions[-1].blocks:
            if to not in seen and to is not avoid:
                seen.add(to)
                order.append(to)
                todo.append(to)
    return order


def _initial(i, slot):
    """Is it the store of a slot's first value?"""
    return i.opname == "store" and i.operands[1] is slot and is_constant(i.operands[0])


def _direct(i, slot):
    """Is the slot loaded or stored here, and its address not kept?"""
    return i.opname == "load" or (i.opname == "store" and i.operands[1] is slot and i.operands[0] is not slot)


def _bytes_of(alloca):
    return _size(alloca.info) * (alloca.operands[0].constant if alloca.operands else 1)


def _size(ty):
    """Of a type in memory, or more."""
    if isinstance(ty, ir.ArrayType):
        return ty.count * _size(ty.element)
    if isinstance(ty, ir.LiteralStructType):
        return sum((_size(e) + 7) // 8 * 8 for e in ty.elements)
    return size_of(ty)
