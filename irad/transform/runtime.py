"""The few functions that derived code calls: memory for tape and shadows, and the adjoint of a block copy. LLVM text, inlined everywhere.

malloc, realloc, calloc and free are named here and nowhere else, so that a test build can redirect them; heap.py
has what takes their place where large blocks are kept for the next call.
"""
from .heap import GIVE, KEEPING, NOT_KEEPING, SMALL
from .pieces import TEXT as PIECES
from .returned import TEXT as RETURNED

NO_MEMORY = 0x6D656D                                    # status of a core that got no memory: MemoryError, raised by its wrapper
TAPE_LIMIT = 0x6C696D                                   # status of a core whose tape would pass the limit: TapeLimitError
ACCOUNT = 4                                             # of the tape: bytes taken from the heap; of what was refused: bytes, place, share
FIRST = 64                                              # elements of a growing column that live on the stack
BEYOND = 2**63 - 1                                      # stands for a number of bytes that an i64 cannot count

DROPS = (("nrt", "NRT_decref"), ("raw", "NRT_Free"), ("free", "free"), ("give", GIVE), ("list", "irad.shadow.drop"),
         ("frame", "irad.frame.drop"))
OWNED = """
define internal void @irad.release.{kind}(ptr %p) {{
  %none = icmp eq ptr %p, null
  br i1 %none, label %out, label %drop
drop:
  call void @{drop}(ptr %p)
  br label %out
out:
  ret void
}}

define internal void @irad.release.list.{kind}(ptr %base, i64 %n) {{
start:
  br label %test
test:
  %k = phi i64 [0, %start], [%j, %drop]
  %more = icmp ult i64 %k, %n
  br i1 %more, label %drop, label %out
drop:
  %at = getelementptr ptr, ptr %base, i64 %k
  %p = load ptr, ptr %at
  call void @irad.release.{kind}(ptr %p)
  %j = add i64 %k, 1
  br label %test
out:
  call void @free(ptr %base)
  ret void
}}

; Remember a pointer until the end of the call. Without memory for that it is released, and the answer is true.
define internal i1 @irad.own.push.{kind}(ptr %base, ptr %count, ptr %cap, ptr %p) alwaysinline {{
start:
  %n = load i64, ptr %count
  %have = load i64, ptr %cap
  %old = load ptr, ptr %base
  %room = icmp ult i64 %n, %have
  br i1 %room, label %put, label %more, !prof !99999
more:
  %m = add i64 %n, 1
  %want = call i64 @irad.tape.capacity(i64 %have, i64 %m)
  %bytes = shl i64 %want, 3
  %new = call ptr @realloc(ptr %old, i64 %bytes)
  %none = icmp eq ptr %new, null
  br i1 %none, label %drop, label %moved
moved:
  store ptr %new, ptr %base
  store i64 %want, ptr %cap
  br label %put
put:
  %list = phi ptr [%old, %start], [%new, %moved]
  %at = getelementptr ptr, ptr %list, i64 %n
  store ptr %p, ptr %at
  %next = add i64 %n, 1
  store i64 %next, ptr %count
  ret i1 false
drop:
  call void @irad.release.{kind}(ptr %p)
  ret i1 true
}}
"""

TEXT = f"""
declare ptr @malloc(i64)
declare ptr @realloc(ptr, i64)
declare noalias ptr @calloc(i64, i64)
declare void @free(ptr)
declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.umax.i64(i64, i64)
declare i64 @llvm.umin.i64(i64, i64)
declare {{i64, i1}} @llvm.umul.with.overflow.i64(i64, i64)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
@irad.tape.limit = external global i64

; Note that the tape would pass the limit with `bytes` more, `share` of them at a `place`.
define internal void @irad.tape.refuse(ptr %account, i64 %bytes, i64 %place, i64 %share) alwaysinline {{
  %held = load i64, ptr %account
  %sum = add i64 %held, %bytes
  %all = call i64 @llvm.umin.i64(i64 %sum, i64 {BEYOND})
  %a = getelementptr i64, ptr %account, i64 1
  %b = getelementptr i64, ptr %account, i64 2
  %c = getelementptr i64, ptr %account, i64 3
  store i64 %all, ptr %a
  store i64 %place, ptr %b
  store i64 %share, ptr %c
  ret void
}}

; Bytes of tape, at `out`: from the small slot while they fit, else a block that `own` keeps until it is released. True: there is none, or
; it would pass the limit. `beyond`: it is more than an i64 can count.
define internal i1 @irad.tape.take(ptr %out, ptr %small, ptr %used, ptr %own, ptr %account, i64 %bytes, i1 %beyond, i64 %place,
                                   i64 %share) alwaysinline {{
  %from = load i64, ptr %used
  %up = add i64 %bytes, 15
  %room = and i64 %up, -16
  %to = add i64 %from, %room
  %small.enough = icmp ule i64 %to, {SMALL}
  %within = xor i1 %beyond, true
  %fits = and i1 %small.enough, %within
  br i1 %fits, label %stack, label %look, !prof !99999
stack:
  store i64 %to, ptr %used
  %p = getelementptr i8, ptr %small, i64 %from
  store ptr %p, ptr %out
  ret i1 false
look:
  %held = load i64, ptr %account
  %limit = load i64, ptr @irad.tape.limit
  %free = sub i64 %limit, %held
  %over = icmp sgt i64 %room, %free
  %refused = or i1 %over, %beyond
  br i1 %refused, label %refuse, label %heap
refuse:
  %asked = select i1 %beyond, i64 {BEYOND}, i64 %room
  %mine = select i1 %beyond, i64 {BEYOND}, i64 %share
  call void @irad.tape.refuse(ptr %account, i64 %asked, i64 %place, i64 %mine)
  ret i1 true
heap:
  %sum = add i64 %held, %room
  store i64 %sum, ptr %account
  %q = call ptr @irad.memory.take(i64 %room)
  store ptr %q, ptr %own
  store ptr %q, ptr %out
  %none = icmp eq ptr %q, null
  ret i1 %none
}}

; Count `bytes` more as tape. True: they would pass the limit.
define internal i1 @irad.tape.charge(ptr %account, i64 %bytes, i64 %place) alwaysinline {{
  %held = load i64, ptr %account
  %limit = load i64, ptr @irad.tape.limit
  %free = sub i64 %limit, %held
  %over = icmp sgt i64 %bytes, %free
  br i1 %over, label %refuse, label %keep, !prof !99998
refuse:
  call void @irad.tape.refuse(ptr %account, i64 %bytes, i64 %place, i64 %bytes)
  ret i1 true
keep:
  %sum = add i64 %held, %bytes
  store i64 %sum, ptr %account
  ret i1 false
}}

; A copy of `bytes` bytes of memory, or null.
define internal ptr @irad.snapshot.take(ptr %data, i64 %bytes) {{
  %some = or i64 %bytes, 1
  %p = call ptr @irad.memory.take(i64 %some)
  %none = icmp eq ptr %p, null
  br i1 %none, label %out, label %copy
copy:
  call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %data, i64 %bytes, i1 false)
  br label %out
out:
  ret ptr %p
}}

; The memory as it was, unless no copy has been made.
define internal void @irad.snapshot.put.back(ptr %data, ptr %copy, i64 %bytes) {{
  %none = icmp eq ptr %copy, null
  br i1 %none, label %out, label %copied
copied:
  call void @llvm.memcpy.p0.p0.i64(ptr %data, ptr %copy, i64 %bytes, i1 false)
  br label %out
out:
  ret void
}}

; Make room for `need` elements of `width` bytes in all: the capacity at `cap` is doubled, so that growing costs a constant per element, but
; not beyond the limit. True: that is not enough.
define internal i1 @irad.tape.room(ptr %account, ptr %cap, i64 %need, i64 %width, i64 %place) alwaysinline {{
  %have = load i64, ptr %cap
  %fits = icmp ule i64 %need, %have
  br i1 %fits, label %ok, label %look, !prof !99999
look:
  %old = mul i64 %have, %width
  %held = load i64, ptr %account
  %limit = load i64, ptr @irad.tape.limit
  %free = sub i64 %limit, %held
  %left = call i64 @llvm.smax.i64(i64 %free, i64 0)
  %most.bytes = add i64 %left, %old
  %most = udiv i64 %most.bytes, %width
  %wish = call i64 @irad.tape.capacity(i64 %have, i64 %need)
  %want = call i64 @llvm.umin.i64(i64 %wish, i64 %most)
  %enough = icmp ule i64 %need, %want
  br i1 %enough, label %keep, label %refuse
refuse:
  %pair = call {{i64, i1}} @llvm.umul.with.overflow.i64(i64 %need, i64 %width)
  %product = extractvalue {{i64, i1}} %pair, 0
  %wraps = extractvalue {{i64, i1}} %pair, 1
  %least = call i64 @llvm.umin.i64(i64 %product, i64 {BEYOND})
  %share = select i1 %wraps, i64 {BEYOND}, i64 %least
  %added = sub i64 %share, %old
  call void @irad.tape.refuse(ptr %account, i64 %added, i64 %place, i64 %share)
  ret i1 true
keep:
  %elements = sub i64 %want, %have
  %more = mul i64 %elements, %width
  %sum = add i64 %held, %more
  store i64 %sum, ptr %account
  store i64 %want, ptr %cap
  br label %ok
ok:
  ret i1 false
}}

; What a capacity grows to.
define internal i64 @irad.tape.capacity(i64 %have, i64 %need) alwaysinline {{
  %double = shl i64 %have, 1
  %a = call i64 @llvm.umax.i64(i64 %double, i64 %need)
  %b = call i64 @llvm.umax.i64(i64 %a, i64 64)
  ret i64 %b
}}

; Room for `want` elements in a column of `have`, on the stack at first; `own` keeps what is on the heap. True: there is none.
define internal i1 @irad.tape.grow(ptr %column, ptr %own, i64 %have, i64 %want, i64 %width) alwaysinline {{
  %same = icmp eq i64 %have, %want
  br i1 %same, label %ok, label %more, !prof !99999
more:
  %base = load ptr, ptr %column
  %old = load ptr, ptr %own
  %new = call ptr @irad.tape.more(ptr %base, ptr %old, i64 %have, i64 %want, i64 %width)
  %none = icmp eq ptr %new, null
  br i1 %none, label %failed, label %moved
moved:
  store ptr %new, ptr %own
  store ptr %new, ptr %column
  br label %ok
ok:
  ret i1 false
failed:
  ret i1 true
}}

define internal ptr @irad.tape.more(ptr %base, ptr %old, i64 %have, i64 %want, i64 %width) noinline cold {{
  %bytes = mul i64 %want, %width
  %new = call ptr @irad.memory.more(ptr %old, i64 %bytes)
  %none = icmp eq ptr %new, null
  %first = icmp eq ptr %old, null
  %keeps = xor i1 %first, true
  %done = or i1 %none, %keeps
  br i1 %done, label %out, label %move
move:
  %filled = mul i64 %have, %width
  call void @llvm.memcpy.p0.p0.i64(ptr %new, ptr %base, i64 %filled, i1 false)
  br label %out
out:
  ret ptr %new
}}

""" + "".join(OWNED.format(kind=kind, drop=drop) for kind, drop in DROPS) + """
; Zeroed memory, or null.
define internal ptr @irad.shadow.new(i64 %bytes) alwaysinline {
  %p = call ptr @irad.memory.zeroed(i64 %bytes)
  ret ptr %p
}

; The same where there is a slot for it.
define internal ptr @irad.shadow.here(ptr %slot, i64 %bytes) alwaysinline {
  call void @llvm.memset.p0.i64(ptr %slot, i8 0, i64 %bytes, i1 false)
  ret ptr %slot
}

; A meminfo that nobody counts, and its data.
define internal ptr @irad.scratch.here(ptr %meminfo, ptr %data) alwaysinline {
  %field = getelementptr i8, ptr %meminfo, i64 24
  store ptr %data, ptr %field
  ret ptr %meminfo
}

; The shadow of a meminfo that is kept in memory: where a meminfo has the address of its data, the address of the shadow data behind it.
define internal ptr @irad.shadow.box(i64 %bytes) {
  %all = add i64 %bytes, 32
  %p = call ptr @calloc(i64 %all, i64 1)
  %none = icmp eq ptr %p, null
  br i1 %none, label %out, label %fill
fill:
  %field = getelementptr i8, ptr %p, i64 24
  %data = getelementptr i8, ptr %p, i64 32
  store ptr %data, ptr %field
  br label %out
out:
  ret ptr %p
}

; The shadow of a list's meminfo: its data is a block of its own, whose size stands in front.
define internal ptr @irad.shadow.list(i64 %bytes) {
  %p = call ptr @calloc(i64 32, i64 1)
  %none = icmp eq ptr %p, null
  br i1 %none, label %failed, label %more
more:
  %data = call ptr @calloc(i64 %bytes, i64 1)
  %nothing = icmp eq ptr %data, null
  br i1 %nothing, label %back, label %fill
fill:
  %field = getelementptr i8, ptr %p, i64 24
  store ptr %data, ptr %field
  store i64 %bytes, ptr %p
  ret ptr %p
back:
  call void @free(ptr %p)
  br label %failed
failed:
  ret ptr null
}

; The list has now this size: its shadow never shrinks, and what is new in it is zero.
define internal ptr @irad.shadow.resize(ptr %p, i64 %bytes) {
  %field = getelementptr i8, ptr %p, i64 24
  %old = load ptr, ptr %field
  %have = load i64, ptr %p
  %more = icmp ugt i64 %bytes, %have
  br i1 %more, label %grow, label %ok
grow:
  %new = call ptr @realloc(ptr %old, i64 %bytes)
  %none = icmp eq ptr %new, null
  br i1 %none, label %failed, label %fill
fill:
  %tail = getelementptr i8, ptr %new, i64 %have
  %rest = sub i64 %bytes, %have
  call void @llvm.memset.p0.i64(ptr %tail, i8 0, i64 %rest, i1 false)
  store ptr %new, ptr %field
  store i64 %bytes, ptr %p
  ret ptr %new
ok:
  ret ptr %old
failed:
  ret ptr null
}

; What a call has left for its reverse (split.py): its first word says how to drop it.
define internal void @irad.frame.drop(ptr %p) {
  %drop = load ptr, ptr %p
  call void %drop(ptr %p)
  ret void
}

define internal void @irad.shadow.drop(ptr %p) {
  %field = getelementptr i8, ptr %p, i64 24
  %data = load ptr, ptr %field
  call void @free(ptr %data)
  call void @free(ptr %p)
  ret void
}

; Zeroed memory, made at first use.
define internal ptr @irad.shadow.lazy(ptr %slot, i64 %bytes) alwaysinline {
  %p = load ptr, ptr %slot
  %have = icmp ne ptr %p, null
  br i1 %have, label %ok, label %new
new:
  %q = call ptr @irad.memory.zeroed(i64 %bytes)
  store ptr %q, ptr %slot
  ret ptr %q
ok:
  ret ptr %p
}

; The same where there is a slot for it.
define internal ptr @irad.shadow.lazy.here(ptr %memory, ptr %slot, i64 %bytes) alwaysinline {
  %p = load ptr, ptr %slot
  %have = icmp ne ptr %p, null
  br i1 %have, label %ok, label %new
new:
  call void @llvm.memset.p0.i64(ptr %memory, i8 0, i64 %bytes, i1 false)
  store ptr %memory, ptr %slot
  br label %ok
ok:
  ret ptr %memory
}
""" + "".join(f"""
; The adjoint of copying `bytes` from a source to a destination: the destination's adjoint moves over.
define internal void @irad.copy.adjoint.{ty}(ptr %dst, ptr %src, i64 %bytes) alwaysinline {{
start:
  %n = lshr i64 %bytes, {shift}
  %none = icmp eq i64 %n, 0
  br i1 %none, label %out, label %loop
loop:
  %i = phi i64 [0, %start], [%j, %loop]
  %p = getelementptr {ty}, ptr %dst, i64 %i
  %q = getelementptr {ty}, ptr %src, i64 %i
  %a = load {ty}, ptr %p
  store {ty} 0.0, ptr %p
  %b = load {ty}, ptr %q
  %c = fadd reassoc nsz contract {ty} %a, %b
  store {ty} %c, ptr %q
  %j = add nuw nsw i64 %i, 1
  %stop = icmp eq i64 %j, %n
  br i1 %stop, label %out, label %loop
out:
  ret void
}}

; The same where they may overlap: in the order in which no element is added to before it has been moved.
define internal void @irad.move.adjoint.{ty}(ptr %dst, ptr %src, i64 %bytes) {{
start:
  %up = icmp uge ptr %dst, %src
  br i1 %up, label %upwards, label %downwards
upwards:
  call void @irad.copy.adjoint.{ty}(ptr %dst, ptr %src, i64 %bytes)
  ret void
downwards:
  %n = lshr i64 %bytes, {shift}
  %none = icmp eq i64 %n, 0
  br i1 %none, label %out, label %loop
loop:
  %k = phi i64 [%n, %downwards], [%i, %loop]
  %i = add nsw i64 %k, -1
  %p = getelementptr {ty}, ptr %dst, i64 %i
  %q = getelementptr {ty}, ptr %src, i64 %i
  %a = load {ty}, ptr %p
  store {ty} 0.0, ptr %p
  %b = load {ty}, ptr %q
  %c = fadd reassoc nsz contract {ty} %a, %b
  store {ty} %c, ptr %q
  %stop = icmp eq i64 %i, 0
  br i1 %stop, label %out, label %loop
out:
  ret void
}}
""" for ty, shift in (("double", 3), ("float", 2))) + """
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @NRT_decref(ptr)
declare void @NRT_Free(ptr)
!99998 = !{!"branch_weights", i32 1, i32 2000}
!99999 = !{!"branch_weights", i32 2000, i32 1}
""" + PIECES + RETURNED


def text(keep):
    """What derived code is linked with. `keep`: large blocks stay for the next call."""
    return TEXT + (KEEPING if keep else NOT_KEEPING)
