"""An allocator for tests, as machine code: it counts, fails on demand, fills fresh memory with garbage, sees writes behind a block.

    a = allocator("core")       one for each name; a.address("malloc"), ... for calloc, realloc, free, and what keeps blocks for derived
                                code (irad/workspace.py): memory.take, ...; of `least` bytes or more, none if that is not given
    a.asked, a.live             requests so far; blocks that are there now
    a.fail_at = k               the k-th request from here on gives null (0: none does)
    a.fill = 0xA5               what malloc and realloc hand out is full of it, and so is what is freed (-1: as it comes)
    a.broken                    blocks freed twice, or whose end was overwritten; for "core" also those that are not its own

A block has sixteen bytes in front, its mark and its size, and a mark behind. What "nrt" frees without a mark was there before it.
"""
import ctypes
from functools import cache

import llvmlite.binding as llvm
from numba.core.registry import cpu_target
from numba.core.runtime import _nrt_python, rtsys

from irad import workspace

FIELDS = ("asked", "fail_at", "fill", "allocated", "freed", "broken")
FUNCTIONS = ("malloc", "calloc", "realloc", "free")
KEEPING = tuple(f"memory.{name}" for name in workspace.FUNCTIONS)
NEVER = 2**64 - 1                                       # bytes
MARK, DEAD = 0x6C61726964697241, 0x2B2B64616564212B
TEXT = """
declare ptr @malloc(i64)
declare void @free(ptr)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare i64 @llvm.umin.i64(i64, i64)

define internal void @add(ptr %counter) {{
  %old = atomicrmw add ptr %counter, i64 1 seq_cst
  ret void
}}

define internal void @spoil(ptr %p, i64 %n) {{
  %byte = load i64, ptr @fill
  %is = icmp sge i64 %byte, 0
  br i1 %is, label %write, label %out
write:
  %b = trunc i64 %byte to i8
  call void @llvm.memset.p0.i64(ptr %p, i8 %b, i64 %n, i1 false)
  br label %out
out:
  ret void
}}

define ptr @{name}.malloc(i64 %n) {{
  %before = atomicrmw add ptr @asked, i64 1 seq_cst
  %now = add i64 %before, 1
  %at = load i64, ptr @fail_at
  %fails = icmp eq i64 %now, %at
  br i1 %fails, label %none, label %take
take:
  %size = add i64 %n, 24
  %wraps = icmp ult i64 %size, %n
  br i1 %wraps, label %none, label %real
real:
  %raw = call ptr @malloc(i64 %size)
  %missing = icmp eq ptr %raw, null
  br i1 %missing, label %none, label %fine
fine:
  %p = getelementptr i8, ptr %raw, i64 16
  %length = getelementptr i8, ptr %raw, i64 8
  %end = getelementptr i8, ptr %p, i64 %n
  store i64 {mark}, ptr %raw
  store i64 %n, ptr %length
  store i64 {mark}, ptr %end, align 1
  call void @add(ptr @allocated)
  call void @spoil(ptr %p, i64 %n)
  ret ptr %p
none:
  ret ptr null
}}

define ptr @{name}.calloc(i64 %n, i64 %width) {{
  %size = mul i64 %n, %width
  %p = call ptr @{name}.malloc(i64 %size)
  %missing = icmp eq ptr %p, null
  br i1 %missing, label %out, label %clear
clear:
  call void @llvm.memset.p0.i64(ptr %p, i8 0, i64 %size, i1 false)
  br label %out
out:
  ret ptr %p
}}

define ptr @{name}.realloc(ptr %old, i64 %n) {{
  %new = call ptr @{name}.malloc(i64 %n)
  %missing = icmp eq ptr %new, null
  %first = icmp eq ptr %old, null
  %done = or i1 %missing, %first
  br i1 %done, label %out, label %move
move:
  %raw = getelementptr i8, ptr %old, i64 -16
  %mark = load i64, ptr %raw
  %length = getelementptr i8, ptr %old, i64 -8
  %have = load i64, ptr %length
  %ours = icmp eq i64 %mark, {mark}
  %usable = and i64 %have, -16
  %real = sub i64 %usable, 8
  %filled = select i1 %ours, i64 %have, i64 %real
  %least = call i64 @llvm.umin.i64(i64 %filled, i64 %n)
  call void @llvm.memcpy.p0.p0.i64(ptr %new, ptr %old, i64 %least, i1 false)
  call void @{name}.free(ptr %old)
  br label %out
out:
  ret ptr %new
}}

define void @{name}.free(ptr %p) {{
  %nothing = icmp eq ptr %p, null
  br i1 %nothing, label %out, label %look
look:
  %raw = getelementptr i8, ptr %p, i64 -16
  %mark = load i64, ptr %raw
  %ours = icmp eq i64 %mark, {mark}
  br i1 %ours, label %check, label %foreign
check:
  %length = getelementptr i8, ptr %raw, i64 8
  %n = load i64, ptr %length
  %end = getelementptr i8, ptr %p, i64 %n
  %tail = load i64, ptr %end, align 1
  %whole = icmp eq i64 %tail, {mark}
  br i1 %whole, label %drop, label %overwritten
overwritten:
  call void @add(ptr @broken)
  br label %drop
drop:
  call void @add(ptr @freed)
  call void @spoil(ptr %p, i64 %n)
  store i64 {dead}, ptr %raw
  call void @free(ptr %raw)
  br label %out
foreign:
  %twice = icmp eq i64 %mark, {dead}
  %bad = or i1 %twice, {strict}
  br i1 %bad, label %wrong, label %pass
wrong:
  call void @add(ptr @broken)
  br label %out
pass:
  call void @free(ptr %p)
  br label %out
out:
  ret void
}}
"""


class Allocator:
    def __init__(self, name, least=NEVER):
        text = "".join(f"@{field} = global i64 {-1 if field == 'fill' else 0}\n" for field in FIELDS)
        text += TEXT.format(name=name, mark=MARK, dead=DEAD, strict="false" if name == "nrt" else "true")
        text += _keeping(name, text, least)
        machine = llvm.Target.from_default_triple().create_target_machine()
        self.name, self._engine = name, llvm.create_mcjit_compiler(llvm.parse_assembly(text, llvm.create_context()), machine)
        self._engine.finalize_object()
        self._fields = {f: ctypes.c_int64.from_address(self._engine.get_global_value_address(f)) for f in FIELDS}

    def address(self, function):
        return self._engine.get_function_address(f"{self.name}.{function}")

    def __getattr__(self, field):
        if field not in FIELDS:
            raise AttributeError(field)
        return self._fields[field].value

    def __setattr__(self, field, value):
        if field not in FIELDS:
            object.__setattr__(self, field, value)
        else:
            self._fields[field].value = value + self.asked if field == "fail_at" and value else value

    def empty(self):
        """Free what is kept; the bytes."""
        return ctypes.CFUNCTYPE(ctypes.c_int64)(self.address("memory.empty"))()

    @property
    def live(self):
        return self.allocated - self.freed


def _keeping(name, text, least):
    """The functions that keep blocks, by this allocator's own."""
    renamed = workspace.text(least).replace("@irad.", f"@{name}.")
    for function in FUNCTIONS:
        renamed = renamed.replace(f"@{function}(", f"@{name}.{function}(")
    known = [line for line in text.splitlines() if line.startswith("declare")]
    return "\n".join(line for line in renamed.splitlines() if not line.startswith("declare") or not (f"@{name}." in line or line in known))


@cache
def allocator(name, least=NEVER):
    return Allocator(name, least)


@cache
def of_numba():
    """Numba's runtime allocates by the allocator "nrt" from here on.

    Numba has no way to say so: its table of three functions, those of Python's raw memory, is looked up in its static memory."""
    rtsys.initialize(cpu_target.target_context)
    names = ("PyMem_RawMalloc", "PyMem_RawRealloc", "PyMem_RawFree")
    table = b"".join(ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value.to_bytes(8, "little") for name in names)
    (place,) = [low + at for low, data in _writable(_nrt_python.__file__) for at in _places(data, table)]
    nrt = allocator("nrt")
    for k, name in enumerate(("malloc", "realloc", "free")):
        ctypes.c_void_p.from_address(place + 8 * k).value = nrt.address(name)
    return nrt


def _writable(path):
    """(address, bytes) of the static memory of a shared library."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            bounds, rights, *rest = line.split(maxsplit=5)
            if "w" in rights and rest[-1].strip() == path:
                low, high = (int(x, 16) for x in bounds.split("-"))
                yield low, ctypes.string_at(low, high - low)


def _places(data, pattern):
    at = data.find(pattern)
    while at >= 0:
        yield at
        at = data.find(pattern, at + 8)
