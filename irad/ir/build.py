"""Make instructions: a builder that makes nothing but `Inst`s.

    b = Builder(block)                  # appends; Builder(block, index) inserts there and moves on
    y = b.fmul(x, b.f(x.type, 2.0))
    b.store(y, b.gep(DOUBLE, p, i))
    b.ret(b.i32(0))

Types follow from the operands wherever they can. Names are unique in the function (`Module.fresh`), and follow from the order of emission
alone, so the same input gives the same text in every process.
"""
from llvmlite import ir

from irad.ir.extras import SIMPLE, Attributes, CodePointer
from irad.ir.inst import Call, Inst

VOID, PTR, I1, DOUBLE = SIMPLE["void"], SIMPLE["ptr"], SIMPLE["i1"], SIMPLE["double"]


def new_block(function, name="block"):
    """A block at the end of the function, under a fresh name."""
    block = function.append_basic_block()
    block._name = function.module.fresh(function, name)
    return block


def declare(module, name, result, arguments):
    """The function of this name: the module's own, or a new declaration."""
    found = module.globals.get(name)
    if found is None:
        found = ir.Function(module, ir.FunctionType(result, arguments), name)
        found.type = CodePointer(found.ftype)
        found.attributes = Attributes()
    return found


class Builder:
    def __init__(self, block, index=None):
        self.block, self.index = block, index
        self.function, self.module = block.function, block.function.module
        self.flags = ()                         # fast-math flags of float arithmetic, where the call gives none

    def emit(self, op, type, operands, blocks=(), flags=(), info=None, name=""):
        """Any instruction; everything below ends here."""
        name = "" if type is VOID else self.module.fresh(self.function, name or op)
        inst = Inst(self.block, name, op, type, list(operands), list(blocks), list(flags), info)
        if self.index is None:
            self.block.instructions.append(inst)
        else:
            self.block.instructions.insert(self.index, inst)
            self.index += 1
        if inst.is_terminator:
            self.block.terminator = inst
        return inst

    # ------------------------------------------------------------------ constants
    def i1(self, n):
        return self.module.constant(I1, int(n))

    def i8(self, n):
        return self.module.constant(SIMPLE["i8"], n)

    def i32(self, n):
        return self.module.constant(SIMPLE["i32"], n)

    def i64(self, n):
        return self.module.constant(SIMPLE["i64"], n)

    def f(self, type, value):
        return self.module.constant(type, float(value))

    @property
    def null(self):
        return self.module.constant(PTR, None)

    # ------------------------------------------------------------------ arithmetic
    def _float(self, op, operands, flags, name):
        return self.emit(op, operands[0].type, operands, flags=self.flags if flags is None else flags, name=name)

    def fadd(self, a, b, flags=None, name=""):
        return self._float("fadd", (a, b), flags, name)

    def fsub(self, a, b, flags=None, name=""):
        return self._float("fsub", (a, b), flags, name)

    def fmul(self, a, b, flags=None, name=""):
        return self._float("fmul", (a, b), flags, name)

    def fdiv(self, a, b, flags=None, name=""):
        return self._float("fdiv", (a, b), flags, name)

    def frem(self, a, b, flags=None, name=""):
        return self._float("frem", (a, b), flags, name)

    def fneg(self, a, flags=None, name=""):
        return self._float("fneg", (a,), flags, name)

    def icmp(self, predicate, a, b, name=""):
        return self.emit("icmp", _truth(a.type), (a, b), info=predicate, name=name)

    def fcmp(self, predicate, a, b, flags=(), name=""):
        return self.emit("fcmp", _truth(a.type), (a, b), flags=flags, info=predicate, name=name)

    def select(self, condition, a, b, name=""):
        return self.emit("select", a.type, (condition, a, b), name=name)

    def cast(self, op, value, type, name=""):
        return self.emit(op, type, (value,), name=name)

    def extract(self, aggregate, *indices, name=""):
        return self.emit("extractvalue", _inside(aggregate.type, indices), (aggregate,), info=list(indices), name=name)

    def insert(self, aggregate, value, *indices, name=""):
        return self.emit("insertvalue", aggregate.type, (aggregate, value), info=list(indices), name=name)

    # ------------------------------------------------------------------ memory
    def alloca(self, type, name=""):
        return self.emit("alloca", PTR, (), info=type, name=name)

    def load(self, type, pointer, align=None, name=""):
        inst = self.emit("load", type, (pointer,), name=name)
        inst.align = align
        return inst

    def store(self, value, pointer, align=None):
        inst = self.emit("store", VOID, (value, pointer))
        inst.align = align
        return inst

    def gep(self, element_type, pointer, *indices, flags=(), name=""):
        return self.emit("getelementptr", PTR, (pointer, *indices), flags=flags, info=element_type, name=name or "gep")

    # ------------------------------------------------------------------ control
    def phi(self, type, incoming=(), name=""):
        """Incoming values may be added later: `phi.operands.append(v); phi.blocks.append(b)`."""
        return self.emit("phi", type, [v for v, _ in incoming], [b for _, b in incoming], name=name)

    def br(self, block):
        return self.emit("br", VOID, (), (block,))

    def cbr(self, condition, then, otherwise):
        return self.emit("br", VOID, (condition,), (then, otherwise))

    def switch(self, value, default, cases):
        return self.emit("switch", VOID, (value,), [default, *(b for _, b in cases)], info=[c for c, _ in cases])

    def ret(self, value=None):
        return self.emit("ret", VOID, () if value is None else (value,))

    def unreachable(self):
        return self.emit("unreachable", VOID, ())

    def call(self, callee, arguments, type=None, flags=(), name=""):
        """Call a function, by name or by value. A name that the module lacks is declared; `type` is the result's then, void if not given.
        Through a pointer that is no function, `type` is needed too: the result's, or the whole function type."""
        if isinstance(callee, str):
            callee = declare(self.module, callee, type or VOID, [a.type for a in arguments])
        ftype = getattr(callee, "ftype", None) or type
        if not isinstance(ftype, ir.FunctionType):
            ftype = ir.FunctionType(ftype, [a.type for a in arguments])
        info = Call(ftype, arguments=[""] * len(arguments))
        return self.emit("call", ftype.return_type, (callee, *arguments), flags=flags, info=info, name=name)


def _integer(op):
    def method(self, a, b, flags=(), name=""):
        return self.emit(op, a.type, (a, b), flags=flags, name=name)
    method.__name__, method.__doc__ = op, f"`{op}` of two integers; flags such as nsw, nuw are never implied."
    return method


for _op in "add sub mul and or xor shl lshr ashr sdiv udiv srem urem".split():
    setattr(Builder, f"{_op}_" if _op in ("and", "or") else _op, _integer(_op))
Builder.xor_ = Builder.xor


def _truth(type):
    return ir.VectorType(I1, type.count) if isinstance(type, ir.VectorType) else I1


def _inside(type, indices):
    for k in indices:
        type = type.elements[k] if hasattr(type, "elements") and not isinstance(type, ir.ArrayType) else type.element
    return type
