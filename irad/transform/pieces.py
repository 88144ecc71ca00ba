"""Adjoints of copies and zeros where floats are a part of the bytes only: the fields of records (analysis/layout.py).

    irad.move.pieces(dst, src, bytes, first, step)      the adjoints of the floats at first, first + step, ... move over
    irad.clear.pieces(dst, bytes, first, step)          they become zero

A few floats of a copy of known length are written out. Records may be packed, so nothing is taken to be aligned.
"""
from ..analysis.flow import I8, I64, PTR, VOID
from ..analysis.values import int_value, size_of
from ..ir.build import declare

FEW = 16                                                # floats that are written out
ONCE = 1 << 62                                          # the step of what occurs once

TEXT = "".join(f"""
define internal void @irad.move.pieces.{ty}(ptr %dst, ptr %src, i64 %bytes, i64 %first, i64 %step) {{
start:
  %room = add i64 %bytes, {-size}
  %none = icmp sgt i64 %first, %room
  br i1 %none, label %out, label %loop
loop:
  %i = phi i64 [%first, %start], [%j, %loop]
  %p = getelementptr i8, ptr %dst, i64 %i
  %q = getelementptr i8, ptr %src, i64 %i
  %a = load {ty}, ptr %p, align 1
  store {ty} 0.0, ptr %p, align 1
  %b = load {ty}, ptr %q, align 1
  %c = fadd reassoc nsz contract {ty} %a, %b
  store {ty} %c, ptr %q, align 1
  %j = add nsw i64 %i, %step
  %more = icmp sle i64 %j, %room
  br i1 %more, label %loop, label %out
out:
  ret void
}}

define internal void @irad.clear.pieces.{ty}(ptr %dst, i64 %bytes, i64 %first, i64 %step) {{
start:
  %room = add i64 %bytes, {-size}
  %none = icmp sgt i64 %first, %room
  br i1 %none, label %out, label %loop
loop:
  %i = phi i64 [%first, %start], [%j, %loop]
  %p = getelementptr i8, ptr %dst, i64 %i
  store {ty} 0.0, ptr %p, align 1
  %j = add nsw i64 %i, %step
  %more = icmp sle i64 %j, %room
  br i1 %more, label %loop, label %out
out:
  ret void
}}
""" for ty, size in (("double", 8), ("float", 4)))


def is_whole(pieces):
    """Are there floats of one type, and nothing else?"""
    return len(pieces) == 1 and pieces[0].offset == 0 and pieces[0].period == size_of(pieces[0].type)


def move(b, module, pieces, target, source, length):
    """Add the adjoints behind `target` to those behind `source`, and clear them."""
    def one(ty, at):
        p, q = b.gep(I8, target, b.i64(at)), b.gep(I8, source, b.i64(at))
        d = b.load(ty, p, align=1)
        b.store(b.f(ty, 0.0), p, align=1)
        b.store(b.fadd(b.load(ty, q, align=1), d, flags=("reassoc", "nsz", "contract")), q, align=1)

    def loop(piece):
        function = declare(module, f"irad.move.pieces.{piece.type}", VOID, [PTR, PTR, I64, I64, I64])
        b.call(function, [target, source, length, b.i64(piece.offset), b.i64(piece.period or ONCE)])
    _each(pieces, length, one, loop)


def clear(b, module, mark, pieces, target, length):
    """Clear the adjoints behind `target`. `mark` marks accesses of them."""
    def one(ty, at):
        mark(b.store(b.f(ty, 0.0), b.gep(I8, target, b.i64(at)), align=1))

    def loop(piece):
        function = declare(module, f"irad.clear.pieces.{piece.type}", VOID, [PTR, I64, I64, I64])
        b.call(function, [target, length, b.i64(piece.offset), b.i64(piece.period or ONCE)])
    _each(pieces, length, one, loop)


def _each(pieces, length, one, loop):
    n = int_value(length)
    for piece in pieces:
        places = None if n is None else range(piece.offset, n - size_of(piece.type) + 1, piece.period or ONCE)
        if places is None or len(places) > FEW:
            loop(piece)
            continue
        for at in places:
            if at >= 0:
                one(piece.type, at)
