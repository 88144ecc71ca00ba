"""One small reader per shape of instruction: READERS[opcode](cursor, inst) fills in the rest of `inst`.

The cursor stands behind the opcode and its flags. What follows the operands of every instruction alike (alignment, metadata) is read
in body.py.
"""
from llvmlite import ir

from irad.ir.extras import SIMPLE
from irad.ir.inst import BINARY, CASTS, Call


def _plain(cursor, inst):
    inst.operands = cursor.operands()
    inst.type = inst.operands[0].type


def _binary(cursor, inst):
    inst.type = typ = cursor.type()
    a = cursor.value(typ)
    cursor.i += 1
    inst.operands = [a, cursor.value(typ)]


def _cast(cursor, inst):
    inst.operands = [cursor.operand()]
    cursor.expect("to")
    inst.type = cursor.type()


def _compare(cursor, inst):
    inst.info, typ = cursor.next(), cursor.type()
    a = cursor.value(typ)
    cursor.i += 1
    inst.operands = [a, cursor.value(typ)]
    one = SIMPLE["i1"]
    inst.type = cursor.same(ir.VectorType(one, typ.count)) if isinstance(typ, ir.VectorType) else one


def _select(cursor, inst):
    inst.operands = cursor.operands()
    inst.type = inst.operands[1].type


def _load(cursor, inst):
    inst.type = cursor.type()
    cursor.i += 1
    inst.operands = [cursor.operand()]
    inst.info = cursor.words()


def _store(cursor, inst):
    inst.operands = cursor.operands()
    inst.info = cursor.words()


def _gep(cursor, inst):
    inst.info = cursor.type()
    cursor.i += 1
    inst.operands = cursor.operands()
    inst.type = inst.operands[0].type
    for value in inst.operands:
        if isinstance(value.type, ir.VectorType) and not isinstance(inst.type, ir.VectorType):
            inst.type = cursor.same(ir.VectorType(inst.type, value.type.count))


def _alloca(cursor, inst):
    inst.info, inst.type, inst.operands = cursor.type(), SIMPLE["ptr"], []
    toks = cursor.toks
    if toks[cursor.i] == "," and toks[cursor.i + 1] not in ("align", "addrspace") and toks[cursor.i + 1][0] != "!":
        cursor.i += 1
        inst.operands = [cursor.operand()]
    if "addrspace" in toks[cursor.i:]:
        at = toks.index("addrspace", cursor.i)
        inst.type = cursor.same(ir.PointerType(addrspace=int(toks[at + 2])))
        del toks[at - 1:at + 4]


def _br(cursor, inst):
    inst.operands = []
    if cursor.toks[cursor.i] != "label":
        inst.operands = [cursor.operand()]
        cursor.i += 1
    inst.blocks = _labels(cursor)


def _labels(cursor):
    out = []
    while cursor.take("label"):
        out.append(cursor.blocks[cursor.next()])
        if cursor.toks[cursor.i] == "," and cursor.toks[cursor.i + 1] == "label":
            cursor.i += 1
    return out


def _switch(cursor, inst):
    inst.operands = [cursor.operand()]
    cursor.i += 2
    inst.blocks, inst.info = [cursor.blocks[cursor.next()]], []
    cursor.expect("[")
    while not cursor.take("]"):
        inst.info.append(cursor.operand())
        cursor.i += 2
        inst.blocks.append(cursor.blocks[cursor.next()])


def _indirect(cursor, inst):
    inst.operands = [cursor.operand()]
    cursor.i += 2
    inst.blocks = _labels(cursor)
    cursor.expect("]")


def _ret(cursor, inst):
    inst.operands = [] if cursor.take("void") else [cursor.operand()]


def _resume(cursor, inst):
    inst.operands = [cursor.operand()]


def _unreachable(cursor, inst):
    pass


def _indices(cursor):
    out = []
    while cursor.toks[cursor.i] == "," and cursor.toks[cursor.i + 1].isdigit():
        out.append(int(cursor.toks[cursor.i + 1]))
        cursor.i += 2
    return out


def _extract(cursor, inst):
    inst.operands = [cursor.operand()]
    inst.info = _indices(cursor)
    typ = inst.operands[0].type
    for k in inst.info:
        typ = typ.elements[k] if isinstance(typ, ir.types.BaseStructType) else typ.element
    inst.type = typ


def _insert(cursor, inst):
    aggregate = cursor.operand()
    cursor.i += 1
    inst.operands = [aggregate, cursor.operand()]
    inst.info = _indices(cursor)
    inst.type = aggregate.type


def _extractelement(cursor, inst):
    inst.operands = cursor.operands()
    inst.type = inst.operands[0].type.element


def _shuffle(cursor, inst):
    inst.operands = cursor.operands()
    inst.type = cursor.same(ir.VectorType(inst.operands[0].type.element, inst.operands[2].type.count))


def _atomicrmw(cursor, inst):
    what = cursor.next()
    inst.operands = cursor.operands()
    inst.info, inst.type = (what, cursor.words()), inst.operands[1].type


def _cmpxchg(cursor, inst):
    inst.operands = cursor.operands()
    inst.info = cursor.words()
    inst.type = cursor.same(ir.LiteralStructType([inst.operands[1].type, SIMPLE["i1"]]))


def _fence(cursor, inst):
    inst.info = cursor.words()


def _landingpad(cursor, inst):
    inst.type = cursor.type()
    inst.info = " ".join([*inst.flags, *cursor.toks[cursor.i:-1]])
    inst.flags, cursor.i = [], len(cursor.toks) - 1


def _va_arg(cursor, inst):
    inst.operands = [cursor.operand()]
    cursor.expect(",")
    inst.type = inst.info = cursor.type()


def _call(cursor, inst):
    calling = cursor.calling()
    returned = cursor.attributes()
    result = cursor.type()
    ftype = _variadic(cursor, result) if cursor.toks[cursor.i] == "(" else None
    operands = [cursor.value(SIMPLE["ptr"])]
    cursor.expect("(")
    texts, toks = [], cursor.toks
    while toks[cursor.i] != ")":
        typ = cursor.type()
        texts.append("" if toks[cursor.i][:1] in "%@" else " ".join(cursor.attributes()))
        operands.append(cursor.value(typ))
        cursor.take(",")
    cursor.i += 1
    attributes = bundles = ""
    if toks[cursor.i] not in ("", ","):
        attributes = " ".join(cursor.attributes())
        if toks[cursor.i] == "[":
            bundles = cursor.group()
    ftype = ftype or ir.FunctionType(result, [a.type for a in operands[1:]])
    inst.type, inst.operands = result, operands
    inst.info = Call(ftype, "", calling, " ".join(returned), texts, attributes, bundles)


def _variadic(cursor, result):
    """The whole function type, which is printed for variadic callees alone."""
    cursor.expect("(")
    types, variadic = [], False
    while not cursor.take(")"):
        if cursor.take("..."):
            variadic = True
        else:
            types.append(cursor.type())
        cursor.take(",")
    return ir.FunctionType(result, types, variadic)


def _invoke(cursor, inst):
    _call(cursor, inst)
    cursor.expect("to")
    cursor.expect("label")
    normal = cursor.blocks[cursor.next()]
    cursor.expect("unwind")
    cursor.expect("label")
    inst.blocks = [normal, cursor.blocks[cursor.next()]]


READERS = {
    **dict.fromkeys(BINARY, _binary),
    **dict.fromkeys(CASTS, _cast),
    **dict.fromkeys(("icmp", "fcmp"), _compare),
    **dict.fromkeys(("fneg", "freeze", "insertelement"), _plain),
    "load": _load,
    "store": _store,
    "getelementptr": _gep,
    "alloca": _alloca,
    "select": _select,
    "br": _br,
    "switch": _switch,
    "indirectbr": _indirect,
    "ret": _ret,
    "resume": _resume,
    "unreachable": _unreachable,
    "extractvalue": _extract,
    "insertvalue": _insert,
    "extractelement": _extractelement,
    "shufflevector": _shuffle,
    "atomicrmw": _atomicrmw,
    "cmpxchg": _cmpxchg,
    "fence": _fence,
    "landingpad": _landingpad,
    "va_arg": _va_arg,
    "call": _call,
    "invoke": _invoke,
}
