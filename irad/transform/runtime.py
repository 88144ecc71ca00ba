"""The few functions that derived code calls: memory for tape and shadows, and the adjoint of a block copy. LLVM text, inlined everywhere.

malloc, realloc, calloc and free are named here and nowhere else, so that a test build can redirect them.
"""
NO_MEMORY = 0x6D656D                                    # status of a core that got no memory: MemoryError, raised by its wrapper
SMALL = 4096                                            # bytes of tape that live on the stack
FIRST = 64                                              # elements of a growing column that live on the stack

DROPS = (("nrt", "NRT_decref"), ("raw", "NRT_Free"), ("free", "free"))
RELEASE = """
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
"""

TEXT = f"""
declare ptr @malloc(i64)
declare ptr @realloc(ptr, i64)
declare noalias ptr @calloc(i64, i64)
declare void @free(ptr)
declare i64 @llvm.smax.i64(i64, i64)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

; Bytes of tape from the small slot while they fit, else a block that `own` keeps until it is released.
define internal ptr @irad.tape.take(ptr %small, ptr %used, ptr %own, i64 %bytes) alwaysinline {{
  %from = load i64, ptr %used
  %up = add i64 %bytes, 15
  %room = and i64 %up, -16
  %to = add i64 %from, %room
  %fits = icmp ule i64 %to, {SMALL}
  br i1 %fits, label %stack, label %heap, !prof !99999
stack:
  store i64 %to, ptr %used
  %p = getelementptr i8, ptr %small, i64 %from
  ret ptr %p
heap:
  %q = call ptr @malloc(i64 %room)
  store ptr %q, ptr %own
  ret ptr %q
}}

; The capacity (in elements) after making room for `need`: doubled, so that growing costs a constant per element.
define internal i64 @irad.tape.capacity(i64 %have, i64 %need) alwaysinline {{
  %double = shl i64 %have, 1
  %a = call i64 @llvm.smax.i64(i64 %double, i64 %need)
  %b = call i64 @llvm.smax.i64(i64 %a, i64 64)
  %fits = icmp sle i64 %need, %have
  %r = select i1 %fits, i64 %have, i64 %b
  ret i64 %r
}}

; A column of `have` elements at `base`, on the stack at first, with room for `want`; `own` keeps what is on the heap.
define internal ptr @irad.tape.grow(ptr %base, ptr %own, i64 %have, i64 %want, i64 %width) alwaysinline {{
  %same = icmp eq i64 %have, %want
  br i1 %same, label %ok, label %more, !prof !99999
more:
  %old = load ptr, ptr %own
  %new = call ptr @irad.tape.more(ptr %base, ptr %old, i64 %have, i64 %want, i64 %width)
  store ptr %new, ptr %own
  ret ptr %new
ok:
  ret ptr %base
}}

define internal ptr @irad.tape.more(ptr %base, ptr %old, i64 %have, i64 %want, i64 %width) noinline cold {{
  %bytes = mul i64 %want, %width
  %new = call ptr @realloc(ptr %old, i64 %bytes)
  %first = icmp eq ptr %old, null
  br i1 %first, label %move, label %out
move:
  %filled = mul i64 %have, %width
  call void @llvm.memcpy.p0.p0.i64(ptr %new, ptr %base, i64 %filled, i1 false)
  br label %out
out:
  ret ptr %new
}}

; Remember a pointer until the end of the call.
define internal void @irad.own.push(ptr %base, ptr %count, ptr %cap, ptr %p) alwaysinline {{
  %n = load i64, ptr %count
  %m = add i64 %n, 1
  %have = load i64, ptr %cap
  %want = call i64 @irad.tape.capacity(i64 %have, i64 %m)
  %old = load ptr, ptr %base
  %new = call ptr @irad.tape.grow(ptr %old, ptr %base, i64 %have, i64 %want, i64 8)
  store ptr %new, ptr %base
  store i64 %want, ptr %cap
  store i64 %m, ptr %count
  %at = getelementptr ptr, ptr %new, i64 %n
  store ptr %p, ptr %at
  ret void
}}

""" + "".join(RELEASE.format(kind=kind, drop=drop) for kind, drop in DROPS) + """
define internal ptr @irad.shadow.new(i64 %bytes) alwaysinline {
  %p = call ptr @calloc(i64 %bytes, i64 1)
  ret ptr %p
}

define internal ptr @irad.shadow.lazy(ptr %slot, i64 %bytes) alwaysinline {
  %p = load ptr, ptr %slot
  %have = icmp ne ptr %p, null
  br i1 %have, label %ok, label %new
new:
  %q = call ptr @calloc(i64 %bytes, i64 1)
  store ptr %q, ptr %slot
  ret ptr %q
ok:
  ret ptr %p
}
""" + "".join(f"""
; The adjoint of copying `bytes` from a source to a destination: the destination's adjoint moves over.
; Through a copy where they may overlap.
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

define internal void @irad.move.adjoint.{ty}(ptr %dst, ptr %src, i64 %bytes) {{
  %t = call ptr @malloc(i64 %bytes)
  call void @llvm.memcpy.p0.p0.i64(ptr %t, ptr %dst, i64 %bytes, i1 false)
  call void @llvm.memset.p0.i64(ptr %dst, i8 0, i64 %bytes, i1 false)
  call void @irad.copy.adjoint.{ty}(ptr %t, ptr %src, i64 %bytes)
  call void @free(ptr %t)
  ret void
}}
""" for ty, shift in (("double", 3), ("float", 2))) + """
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @NRT_decref(ptr)
declare void @NRT_Free(ptr)
!99999 = !{!"branch_weights", i32 2000, i32 1}
"""
