"""Where pointers point inside their objects, which accesses may stand beside each other, and what a copy moves."""
import numpy as np
import pytest
from llvmlite import ir
from numba import float64, from_dtype, int64

from irad.analysis.layout import Bytes, Piece
from irad.analysis.places import Place
from irad.analysis.values import stride_of
from irad.errors import Refusal
from tests.support.text import facts, value

ROW = from_dtype(np.dtype([("a", "f8"), ("k", "i4"), ("b", "f4"), ("v", "f8", (3,))]))      # a 0, k 8, b 12, v 16, size 40
DOUBLE, FLOAT, I64, I32, I8 = ir.DoubleType(), ir.FloatType(), ir.IntType(64), ir.IntType(32), ir.IntType(8)

LOOP = """
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %latch ]
  %row = getelementptr [40 x i8], ptr %r, i64 %i
  %b = getelementptr i8, ptr %row, i64 12
  %v = getelementptr i8, ptr %row, i64 16
  %any = getelementptr double, ptr %v, i64 %n
  br label %inner
inner:
  %j = phi i64 [ 0, %head ], [ %j.next, %inner ]
  %at = getelementptr double, ptr %v, i64 %j
  %x = load double, ptr %at
  %j.next = add nuw nsw i64 %j, 1
  %enough = icmp eq i64 %j.next, 3
  br i1 %enough, label %latch, label %inner
latch:
  %next = add nuw nsw i64 %i, 1
  %stop = icmp eq i64 %next, %n
  br i1 %stop, label %out, label %head
out:
  %few = icmp sgt i64 %n, 3
  %either = select i1 %few, ptr %r, ptr %b
  %step = getelementptr i8, ptr %r, i64 %r.s0
  br label %walk
walk:
  %p = phi ptr [ %r, %out ], [ %p.next, %walk ]
  %p.next = getelementptr i8, ptr %p, i64 %r.s0
  %more = icmp eq i64 %n, 7
  br i1 %more, label %walk, label %end
end:
  store double 0.0, ptr %ret
  ret i32 0
"""


@pytest.mark.parametrize("layout", ["A", "C"])
def test_places(layout):
    d = facts(LOOP, r=ROW[::1] if layout == "C" else ROW[:], n=int64)
    of = {name: d.layouts.places.of(value(d, name)) for name in ("row", "b", "any", "at", "either", "step", "p")}
    assert of["row"] == of["p"] == Place((0,), 40)
    assert of["step"] == (Place((0,), 40) if layout == "A" else Place((40,), 0))
    assert of["b"] == Place((12,), 40)
    assert of["at"] == Place((16, 24, 32), 40)
    assert of["any"] == Place((0,), 8)                  # of the 16 that is known, 8 bytes at a time lead everywhere
    assert of["either"] == Place((0,), 4)


FLOATS_AND_INTS = [
    ("doubles", [(0, 8, DOUBLE)], True),
    ("anywhere, of one type", [(0, 1, DOUBLE)], True),
    ("fields", [(0, 16, DOUBLE), (8, 16, I32), (12, 16, FLOAT)], True),
    ("the last field meets the next record", [(0, 16, DOUBLE), (12, 16, DOUBLE)], False),
    ("exact places", [(0, 0, DOUBLE), (8, 0, FLOAT), (12, 0, FLOAT), (16, 0, I8)], True),
    ("one float in another", [(0, 0, DOUBLE), (4, 0, FLOAT)], False),
    ("two widths at one place", [(0, 8, DOUBLE), (0, 8, FLOAT)], False),
    ("two periods without a common place", [(0, 24, DOUBLE), (8, 12, FLOAT)], True),
    ("two periods with one", [(0, 24, DOUBLE), (12, 18, FLOAT)], False),
    ("bytes of a float", [(0, 16, DOUBLE), (7, 16, I8)], False),
    ("a byte beside it", [(0, 16, DOUBLE), (8, 16, I8)], True),
    ("an integer that reaches into the next", [(0, 16, DOUBLE), (12, 16, I64)], False),
    ("integers anywhere", [(0, 1, I8), (0, 8, DOUBLE)], False),
    ("integers that overlap", [(0, 8, I64), (4, 8, I32)], True),
    ("floats that overlap in part", [(0, 0, DOUBLE), (4, 0, DOUBLE)], False),
    ("a float wider than the record", [(0, 4, DOUBLE), (0, 4, FLOAT)], False),
]


@pytest.mark.parametrize("accesses, right", [case[1:] for case in FLOATS_AND_INTS], ids=[case[0] for case in FLOATS_AND_INTS])
def test_what_may_stand_beside_what(accesses, right):
    for order in (accesses, accesses[::-1]):
        found = Bytes()
        for offset, period, ty in order:
            found.add(Place((offset,), period), ty, not isinstance(ty, ir.IntType), None)
        assert right == (found.of_one_type() is not None or found.clashes() is None)


COPY = """
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
---
entry:
  %q = getelementptr [40 x i8], ptr %r, i64 %n
  %own = alloca [10 x double]
  call void @llvm.memcpy.p0.p0.i64(ptr {target}, ptr {source}, i64 {size}, i1 false)
  %k = load {ty}, ptr {at}
  %x = load double, ptr %own
  %y = fadd double %x, 1.0
  %w = {cast} {ty} %k to double
  %z = fadd double %w, %y
  store double %z, ptr %ret
  ret i32 0
"""


def copied(target="%own", source="%q", size=40, ty="i32", at="%own.k", extra="  %own.k = getelementptr i8, ptr %own, i64 8\n"):
    body = COPY.format(target=target, source=source, size=size, ty=ty, at=at, cast="sitofp").replace("  %k = load", extra + "  %k = load")
    d = facts(body, r=ROW[::1], n=int64)
    i = next(i for i in d.flow.instructions() if i.opname == "call" and "memcpy" in str(i.operands[0].name))
    return d.layouts.pieces(i)


def test_a_copy_moves_the_floats_of_the_fields():
    assert sorted(copied(), key=lambda p: p.offset) == [
        Piece(DOUBLE, 0, 40), Piece(FLOAT, 12, 40), Piece(DOUBLE, 16, 40), Piece(DOUBLE, 24, 40), Piece(DOUBLE, 32, 40)]


def test_what_a_copy_brings_may_not_be_read_as_an_integer():
    with pytest.raises(Refusal, match="the memory of floats, accessed as i64"):
        copied(ty="i64", at="%own")


def test_floats_alone_are_copied_as_a_whole():
    body = COPY.format(target="%own", source="%q", size=80, ty="double", at="%own", cast="fneg").replace("[40 x i8]", "double")
    body = body.replace("fneg double %k to double", "fneg double %k")
    d = facts(body, r=float64[::1], n=int64)
    i = next(i for i in d.flow.instructions() if i.opname == "call")
    assert d.layouts.pieces(i) == [Piece(DOUBLE, 0, 8)]


ZEROS = """
entry:
  %p = getelementptr i8, ptr %r, i64 {offset}
  %x = load double, ptr %r
  store {ty} 0, ptr %p
  store double %x, ptr %ret
  ret i32 0
"""


@pytest.mark.parametrize("offset, ty, plain", [(8, "i32", True), (9, "i8", True), (0, "i64", False), (12, "i32", False)])
def test_zeros_beside_the_floats_have_no_adjoint(offset, ty, plain):
    d = facts(ZEROS.format(offset=offset, ty=ty), r=ROW[::1])
    store = next(i for i in d.flow.instructions() if i.opname == "store")
    assert (store in d.layouts.plain) == plain != d.work.has(store)


def test_zeros_over_an_integer_and_a_float_clear_the_float():
    d = facts(ZEROS.format(offset=8, ty="i64"), r=ROW[::1])
    store = next(i for i in d.flow.instructions() if i.opname == "store")
    assert Piece(FLOAT, 4, 40) in d.layouts.cleared(store) and store not in d.layouts.plain


@pytest.mark.parametrize("offset, ty", [(0, "i32"), (4, "i64")])
def test_zeros_over_a_part_of_a_float_are_refused(offset, ty):
    with pytest.raises(Refusal, match="accessed as"):
        facts(ZEROS.format(offset=offset, ty=ty), r=ROW[::1])


STRUCTS = [ir.LiteralStructType(elements, packed) for packed in (False, True)
           for elements in ([I64, DOUBLE], [DOUBLE, I8], [I8, FLOAT, I8, I64], [I8, ir.ArrayType(DOUBLE, 3), I32], [I32, FLOAT, I32])]


@pytest.mark.parametrize("ty", [*STRUCTS, ir.ArrayType(STRUCTS[1], 4), ir.LiteralStructType([I8, STRUCTS[2], I8])], ids=str)
def test_strides_are_llvms(ty):
    from numba.core.registry import cpu_target
    assert stride_of(ty) == ty.get_abi_size(cpu_target.target_context.target_data)
