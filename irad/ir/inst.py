"""One class for every instruction, and how each shape of instruction prints.

llvmlite's own fifty classes keep operands in two places (gep, insertvalue, phi, switch), cache their text, and lose most of today's flags.
`Inst` keeps one list of values, one list of blocks, and prints afresh each time, so a transform may rewrite it in place:

    opname    "fmul"
    operands  values only; a call's first operand is the callee
    blocks    successors of a terminator, or a phi's incoming blocks, beside its operands
    flags     words right behind the opcode: nsw, fast, inbounds, volatile, ...
    info      icmp, fcmp: the predicate          getelementptr, alloca: the element type     extractvalue, insertvalue: the indices
              switch: the case values            call, invoke: a `Call`                      load, store, atomics, landingpad: text
    align     an int or None
    metadata  {"tbaa": Metadata("!3")}, by reference to Module.nodes
    parent    the block

It is an `ir.Instruction` still: an operand of llvmlite's IRBuilder, and printed by its modules.
"""
from llvmlite import ir

from irad.ir.extras import SIMPLE

VOID = SIMPLE["void"]
CASTS = frozenset("trunc zext sext fptrunc fpext fptoui fptosi uitofp sitofp ptrtoint ptrtoaddr inttoptr bitcast addrspacecast".split())
BINARY = frozenset("add fadd sub fsub mul fmul udiv sdiv fdiv urem srem frem shl lshr ashr and or xor".split())
TERMINATORS = frozenset("ret br switch indirectbr invoke unreachable resume".split())


class Call:
    """What a call carries besides its operands: the callee's type, and attributes as text (`arguments`: one text per argument)."""
    __slots__ = ("arguments", "attributes", "bundles", "calling", "ftype", "returned", "tail")

    def __init__(self, ftype, tail="", calling="", returned="", arguments=(), attributes="", bundles=""):
        self.ftype, self.tail, self.calling, self.returned = ftype, tail, calling, returned
        self.arguments, self.attributes, self.bundles = arguments, attributes, bundles

    def copy(self):
        return Call(self.ftype, self.tail, self.calling, self.returned, list(self.arguments), self.attributes, self.bundles)


class Inst(ir.Instruction):
    """Any instruction; the fields are those of the table above."""

    # Not super().__init__: it would register a name and build containers that are not used; reading makes thousands of these.
    def __init__(self, parent, name, opname, type, operands, blocks=(), flags=(), info=None):
        self.parent, self._name, self.opname, self.type = parent, name, opname, type
        self.operands, self.blocks, self.flags, self.info = operands, blocks, flags, info
        self.align, self.metadata = None, {}

    @property
    def is_terminator(self):
        return self.opname in TERMINATORS

    def __str__(self):
        text = SHAPES.get(self.opname, _plain)(self, " ".join((self.opname, *self.flags)))
        if self.align is not None:
            text += f", align {self.align}"
        if self.metadata:
            text += "".join([f", !{kind} {node.get_reference()}" for kind, node in self.metadata.items()])
        return text if self.type is VOID else f"{self.get_reference()} = {text}"

    def descr(self, buf):
        buf.append(str(self))

    def replace_usage(self, old, new):
        self.operands = [new if value is old else value for value in self.operands]


# ------------------------------------------------------------------ printing: one function per shape, given the opcode and its flags
def _ref(value):
    return value.get_reference()


def _typed(value):
    return f"{value.type} {value.get_reference()}"


def _label(block):
    return f"label {block.get_reference()}"


def _all(values):
    return ", ".join(map(_typed, values))


def _plain(i, head):
    return f"{head} {_all(i.operands)}" if i.operands else head


def _suffixed(i, head):
    return f"{_plain(i, head)} {i.info or ''}"


def _binary(i, head):
    return f"{head} {i.type} {_ref(i.operands[0])}, {_ref(i.operands[1])}"


def _cast(i, head):
    return f"{head} {_typed(i.operands[0])} to {i.type}"


def _compare(i, head):
    return f"{head} {i.info} {_typed(i.operands[0])}, {_ref(i.operands[1])}"


def _indexed(i, head):
    return f"{_plain(i, head)}, {', '.join(map(str, i.info))}"


def _load(i, head):
    return f"{head} {i.type}, {_typed(i.operands[0])} {i.info or ''}"


def _gep(i, head):
    return f"{head} {i.info}, {_all(i.operands)}"


def _alloca(i, head):
    space = f", addrspace({i.type.addrspace})" if i.type.addrspace else ""
    return f"{head} {', '.join([str(i.info), *map(_typed, i.operands)])}{space}"


def _phi(i, head):
    return f"{head} {i.type} " + ", ".join([f"[{_ref(v)}, {_ref(b)}]" for v, b in zip(i.operands, i.blocks, strict=True)])


def _br(i, head):
    return f"{head} {', '.join([*map(_typed, i.operands), *map(_label, i.blocks)])}"


def _switch(i, head):
    cases = " ".join([f"{_typed(v)}, {_label(b)}" for v, b in zip(i.info, i.blocks[1:], strict=True)])
    return f"{head} {_typed(i.operands[0])}, {_label(i.blocks[0])} [ {cases} ]"


def _indirect(i, head):
    return f"{head} {_typed(i.operands[0])}, [{', '.join(map(_label, i.blocks))}]"


def _call(i, head):
    c = i.info
    arguments = ", ".join([f"{a.type} {text} {_ref(a)}" for a, text in zip(i.operands[1:], c.arguments, strict=True)])
    result = c.ftype if c.ftype.var_arg else c.ftype.return_type
    text = f"{c.tail} {head} {c.calling} {c.returned} {result} {_ref(i.operands[0])}({arguments}) {c.attributes} {c.bundles}"
    return f"{text} to {_label(i.blocks[0])} unwind {_label(i.blocks[1])}" if i.blocks else text


def _ret(i, head):
    return _plain(i, head) if i.operands else "ret void"


def _atomicrmw(i, head):
    return f"{head} {i.info[0]} {_all(i.operands)} {i.info[1]}"


SHAPES = {
    **dict.fromkeys(BINARY, _binary),
    **dict.fromkeys(CASTS, _cast),
    **dict.fromkeys(("icmp", "fcmp"), _compare),
    **dict.fromkeys(("call", "invoke"), _call),
    **dict.fromkeys(("extractvalue", "insertvalue"), _indexed),
    **dict.fromkeys(("store", "cmpxchg", "shufflevector"), _suffixed),
    "load": _load,
    "getelementptr": _gep,
    "alloca": _alloca,
    "phi": _phi,
    "br": _br,
    "switch": _switch,
    "indirectbr": _indirect,
    "ret": _ret,
    "atomicrmw": _atomicrmw,
    "va_arg": lambda i, head: f"{_plain(i, head)}, {i.type}",
    "fence": lambda i, head: f"{head} {i.info}",
    "landingpad": lambda i, head: f"{head} {i.type} {i.info}",
}
