"""Memory of tapes and shadows that stays for the next call: what derived code has in the place of malloc, calloc, realloc and free.

    ptr  irad.memory.take(i64 bytes)              malloc
    ptr  irad.memory.zeroed(i64 bytes)            calloc
    ptr  irad.memory.more(ptr, i64 bytes)         realloc
    void irad.memory.give(ptr)                    free
    i64  irad.memory.empty()                      give all that is kept back to the system: bytes

Fresh pages are dear, and the system's allocator asks for them in each call again where a block is above some thirty megabytes, or where
the blocks of a call are together above what it leaves at the end of its heap. So a block of LEAST bytes or more is kept when it is given
back: in a table of 64 lines of eight words, the newest first, its line chosen by where the thread's stack lies. Threads rarely meet; where
they do, each word is exchanged atomically, and belongs to one of them. Smaller blocks are the system's alone.

A block is taken for a request that fills a quarter of it or more; where none fits, the oldest of the line goes. A block that grows may
turn into any that is large enough: it has room to grow on then. At most MOST bytes are kept in all: a block is counted when it is kept
first, and until it is freed, so that threads which take and give their own do not meet at the count.

These functions have one address in a process; LLVM knows them by name, also where it loads derived code from a cache. So what they take and
give must not change under these names. Where a block's size stands is known here alone.
"""
import ctypes
from functools import cache

import llvmlite.binding as llvm

LEAST, MOST = 2**14, 2**28                              # bytes: of a block that is kept; of all of them
LINES, WORDS = 64, 8
FRONT = 16                                              # bytes in front of a block, for its size, and whether it is counted
FUNCTIONS = ("take", "zeroed", "more", "give", "empty")

# A block that is kept, or a fresh one.
TAKE = """
define ptr @irad.memory.{name}(i64 %bytes) {{
  %large = icmp uge i64 %bytes, {least}
  br i1 %large, label %look, label %new
look:
  %found = call ptr @fitting(i64 %bytes)
  %missing = icmp eq ptr %found, null
  br i1 %missing, label %new, label %old
old:
  %p = getelementptr i8, ptr %found, i64 {front}
{clear}  ret ptr %p
new:
  %all = call i64 @llvm.uadd.sat.i64(i64 %bytes, i64 {front})
  %block = call ptr {fresh}
  %none = icmp eq ptr %block, null
  br i1 %none, label %failed, label %made
made:
  store i64 %bytes, ptr %block
  %mark = getelementptr i64, ptr %block, i64 1
  store i64 0, ptr %mark
  %q = getelementptr i8, ptr %block, i64 {front}
  ret ptr %q
failed:
  ret ptr null
}}
"""

TEXT = """
@table = internal global [{all} x ptr] zeroinitializer, align 64
@kept = internal global i64 0, align 64
declare ptr @malloc(i64)
declare ptr @calloc(i64, i64)
declare ptr @realloc(ptr, i64)
declare void @free(ptr)
declare ptr @llvm.frameaddress.p0(i32)
declare i64 @llvm.uadd.sat.i64(i64, i64)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

; The words of this thread: stacks lie a megabyte apart, and more.
define internal ptr @line() {{
  %frame = call ptr @llvm.frameaddress.p0(i32 0)
  %at = ptrtoint ptr %frame to i64
  %stack = lshr i64 %at, 20
  %mixed = mul i64 %stack, -7046029254386353131
  %high = lshr i64 %mixed, {shift}
  %word = mul i64 %high, {words}
  %p = getelementptr ptr, ptr @table, i64 %word
  ret ptr %p
}}

; A block that is counted and that nobody else knows: given back to the system.
define internal i64 @drop(ptr %block) {{
  %none = icmp eq ptr %block, null
  br i1 %none, label %nothing, label %free
free:
  %size = load i64, ptr %block
  %before = atomicrmw sub ptr @kept, i64 %size monotonic
  call void @free(ptr %block)
  ret i64 %size
nothing:
  ret i64 0
}}

; A kept block of `bytes` or more, but not of more than `most`; or null.
define internal ptr @find(i64 %bytes, i64 %most) {{
start:
  %line = call ptr @line()
  br label %test
test:
  %k = phi i64 [0, %start], [%j, %next]
  %word = getelementptr ptr, ptr %line, i64 %k
  %seen = load atomic ptr, ptr %word monotonic, align 8
  %empty = icmp eq ptr %seen, null
  br i1 %empty, label %next, label %try
try:
  %block = atomicrmw xchg ptr %word, ptr null acq_rel
  %gone = icmp eq ptr %block, null
  br i1 %gone, label %next, label %look
look:
  %size = load i64, ptr %block
  %enough = icmp uge i64 %size, %bytes
  %modest = icmp ule i64 %size, %most
  %fits = and i1 %enough, %modest
  br i1 %fits, label %use, label %back
use:
  ret ptr %block
back:
  %other = atomicrmw xchg ptr %word, ptr %block acq_rel
  %freed = call i64 @drop(ptr %other)
  br label %next
next:
  %j = add i64 %k, 1
  %more = icmp ult i64 %j, {words}
  br i1 %more, label %test, label %none
none:
  ret ptr null
}}

; A block for a request, or null: then the oldest of the line has gone.
define internal ptr @fitting(i64 %bytes) {{
start:
  %two = call i64 @llvm.uadd.sat.i64(i64 %bytes, i64 %bytes)
  %four = call i64 @llvm.uadd.sat.i64(i64 %two, i64 %two)
  %found = call ptr @find(i64 %bytes, i64 %four)
  %missing = icmp eq ptr %found, null
  br i1 %missing, label %miss, label %hit
hit:
  ret ptr %found
miss:
  %line = call ptr @line()
  br label %test
test:
  %k = phi i64 [{words}, %miss], [%j, %next]
  %j = sub i64 %k, 1
  %word = getelementptr ptr, ptr %line, i64 %j
  %oldest = atomicrmw xchg ptr %word, ptr null acq_rel
  %size = call i64 @drop(ptr %oldest)
  %nothing = icmp eq i64 %size, 0
  br i1 %nothing, label %next, label %none
next:
  %more = icmp ugt i64 %j, 0
  br i1 %more, label %test, label %none
none:
  ret ptr null
}}

{taking}
define ptr @irad.memory.more(ptr %p, i64 %bytes) {{
  %first = icmp eq ptr %p, null
  br i1 %first, label %take, label %look
take:
  %fresh = call ptr @irad.memory.take(i64 %bytes)
  ret ptr %fresh
look:
  %block = getelementptr i8, ptr %p, i64 -{front}
  %size = load i64, ptr %block
  %enough = icmp uge i64 %size, %bytes
  br i1 %enough, label %stay, label %grow
stay:
  ret ptr %p
grow:
  %large = icmp uge i64 %bytes, {least}
  br i1 %large, label %search, label %new
search:
  %found = call ptr @find(i64 %bytes, i64 -1)
  %none = icmp eq ptr %found, null
  br i1 %none, label %new, label %move
move:
  %q = getelementptr i8, ptr %found, i64 {front}
  call void @llvm.memcpy.p0.p0.i64(ptr %q, ptr %p, i64 %size, i1 false)
  call void @irad.memory.give(ptr %p)
  ret ptr %q
new:
  %mark = getelementptr i64, ptr %block, i64 1
  %counted = load i64, ptr %mark
  %all = call i64 @llvm.uadd.sat.i64(i64 %bytes, i64 {front})
  %grown = call ptr @realloc(ptr %block, i64 %all)
  %failed = icmp eq ptr %grown, null
  br i1 %failed, label %nothing, label %made
made:
  %charge = mul i64 %counted, %size
  %before = atomicrmw sub ptr @kept, i64 %charge monotonic
  store i64 %bytes, ptr %grown
  %newer = getelementptr i64, ptr %grown, i64 1
  store i64 0, ptr %newer
  %r = getelementptr i8, ptr %grown, i64 {front}
  ret ptr %r
nothing:
  ret ptr null
}}

define void @irad.memory.give(ptr %p) {{
  %none = icmp eq ptr %p, null
  br i1 %none, label %out, label %look
look:
  %block = getelementptr i8, ptr %p, i64 -{front}
  %size = load i64, ptr %block
  %small = icmp ult i64 %size, {least}
  br i1 %small, label %free, label %large
large:
  %mark = getelementptr i64, ptr %block, i64 1
  %counted = load i64, ptr %mark
  %first.time = icmp eq i64 %counted, 0
  br i1 %first.time, label %count, label %keep
count:
  %before = atomicrmw add ptr @kept, i64 %size monotonic
  %all = call i64 @llvm.uadd.sat.i64(i64 %before, i64 %size)
  %room = icmp ule i64 %all, {most}
  store i64 1, ptr %mark
  br i1 %room, label %keep, label %full
full:
  %old = call i64 @drop(ptr %block)
  ret void
keep:
  %line = call ptr @line()
  br label %put
put:
  %k = phi i64 [0, %keep], [%j, %next]
  %new = phi ptr [%block, %keep], [%moved, %next]
  %word = getelementptr ptr, ptr %line, i64 %k
  %moved = atomicrmw xchg ptr %word, ptr %new acq_rel
  %done = icmp eq ptr %moved, null
  br i1 %done, label %out, label %next
next:
  %j = add i64 %k, 1
  %further = icmp ult i64 %j, {words}
  br i1 %further, label %put, label %last
last:
  %oldest = call i64 @drop(ptr %moved)
  br label %out
free:
  call void @free(ptr %block)
  br label %out
out:
  ret void
}}

define i64 @irad.memory.empty() {{
start:
  br label %test
test:
  %k = phi i64 [0, %start], [%j, %test]
  %sum = phi i64 [0, %start], [%total, %test]
  %word = getelementptr ptr, ptr @table, i64 %k
  %block = atomicrmw xchg ptr %word, ptr null acq_rel
  %size = call i64 @drop(ptr %block)
  %total = add i64 %sum, %size
  %j = add i64 %k, 1
  %more = icmp ult i64 %j, {all}
  br i1 %more, label %test, label %out
out:
  ret i64 %total
}}
"""


def text(least=LEAST, most=MOST):
    """The functions as LLVM text."""
    shift = 64 - (LINES - 1).bit_length()
    cleared = "  call void @llvm.memset.p0.i64(ptr %p, i8 0, i64 %bytes, i1 false)\n"
    ways = (("take", "", "@malloc(i64 %all)"), ("zeroed", cleared, "@calloc(i64 %all, i64 1)"))
    taking = "".join(TAKE.format(name=name, clear=clear, fresh=fresh, front=FRONT, least=least) for name, clear, fresh in ways)
    return TEXT.format(taking=taking, all=LINES * WORDS, words=WORDS, shift=shift, front=FRONT, least=least, most=most)


@cache
def _loaded():
    """The machine code: LLVM's engine, which lives as long as the process."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(opt=0)      # compiled at each import
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text()), machine)
    engine.finalize_object()
    for function in FUNCTIONS:
        llvm.add_symbol(f"irad.memory.{function}", engine.get_function_address(f"irad.memory.{function}"))
    return engine


_loaded()


def free_workspace():
    """Give back to the system what derivatives keep for their next calls; returns how many bytes that were.

    Memory of tapes and shadows, in blocks of 16 KiB or more, stays when a call of a derivative ends, in all at most 256 MiB of a
    process, and the next call takes it again: fresh memory is dear. Any thread may ask at any time; a derivative that runs meanwhile is
    not disturbed.

    >>> import irad
    >>> kept = irad.free_workspace()
    >>> irad.free_workspace()
    0
    """
    return ctypes.CFUNCTYPE(ctypes.c_int64)(_loaded().get_function_address("irad.memory.empty"))()
