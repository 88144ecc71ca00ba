"""Small questions about IR values that every analysis asks."""
from llvmlite import ir

from ..ir.inst import Inst

BYTES = {"i1": 1, "i8": 1, "i16": 2, "i32": 4, "i64": 8, "half": 2, "float": 4, "double": 8, "ptr": 8}

FLOATS = (ir.DoubleType, ir.FloatType)
# Flags that are justified where the primal computes a value, and perhaps not elsewhere.
POISON = frozenset(("nuw", "nsw", "inbounds", "nusw", "nneg", "samesign", "exact", "disjoint"))


def is_constant(v):
    """The same in every run: a literal, poison, the address of a global."""
    return isinstance(v, ir.Constant | ir.values.GlobalValue)


def int_value(v):
    """The integer of a constant, or None."""
    return v.constant if isinstance(v, ir.Constant) and type(v.constant) is int else None


def is_inst(v, opname=None):
    return isinstance(v, Inst) and (opname is None or v.opname == opname)


def is_float(v):
    """A float or double, not a vector or an aggregate."""
    return isinstance(v.type, FLOATS)


def is_pointer(v):
    return isinstance(v.type, ir.PointerType)


def accessed(i):
    """The pointer through which a load or store goes."""
    return i.operands[0 if i.opname == "load" else 1]


def carries_float(ty):
    """Does a value of this type hold floats in any part?"""
    if isinstance(ty, ir.DoubleType | ir.FloatType | ir.HalfType):
        return True
    if isinstance(ty, ir.VectorType):
        return carries_float(ty.element)
    if isinstance(ty, ir.ArrayType):
        return carries_float(ty.element)
    return isinstance(ty, ir.LiteralStructType | ir.IdentifiedStructType) and any(map(carries_float, ty.elements))


def size_of(ty):
    """Bytes of a scalar type."""
    return BYTES[str(ty)]


def stride_of(ty):
    """Bytes from one element of a type to the next in a getelementptr, or None for what irad does not lay out."""
    found = _size_and_alignment(ty)
    return None if found is None else found[0]


def _size_and_alignment(ty):
    """Numbers lie at multiples of their size, as on all machines of 64 bits; a struct is as long as a whole number of its alignment."""
    if isinstance(ty, ir.ArrayType):
        inner = _size_and_alignment(ty.element)
        return None if inner is None else (inner[0] * ty.count, inner[1])
    if not isinstance(ty, ir.LiteralStructType):
        return (BYTES[str(ty)],) * 2 if str(ty) in BYTES else None
    size, widest = 0, 1
    for inner in map(_size_and_alignment, ty.elements):
        if inner is None:
            return None
        alignment = 1 if ty.packed else inner[1]
        size, widest = _up(size, alignment) + inner[0], max(widest, alignment)
    return _up(size, widest), widest


def _up(n, alignment):
    return -(-n // alignment) * alignment


def callee(i):
    """The name of the function that a call calls; "" for anything else."""
    return i.operands[0].name if i.opname == "call" and isinstance(i.operands[0], ir.Function) else ""


def is_sign_test(bits, users):
    """A float's bits that are only compared, as in `signbit`: piecewise constant."""
    return all(u.opname == "icmp" for u in users.get(bits, ()))


def is_memset(i):
    return callee(i).startswith("llvm.memset.")


def is_copy(i):
    """memcpy or memmove: operands are callee, destination, source, length, volatile."""
    return callee(i).startswith(("llvm.memcpy.", "llvm.memmove."))
