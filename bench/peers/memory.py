"""Numba's reference-counted memory in LLVM text that any compiler can see through: counts, and malloc and free.

A meminfo is 48 bytes: count, three words that are not used here, the data at byte 24.
"""
RUNTIME = """
declare ptr @malloc(i64)
declare void @free(ptr)

define internal ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %alignment) alwaysinline {
  %m = call ptr @malloc(i64 48)
  %data = call ptr @malloc(i64 %size)
  store i64 1, ptr %m
  %at = getelementptr i8, ptr %m, i64 24
  store ptr %data, ptr %at
  ret ptr %m
}
define internal ptr @NRT_MemInfo_alloc_safe_aligned(i64 %size, i32 %alignment) alwaysinline {
  %m = call ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %alignment)
  ret ptr %m
}
define internal void @NRT_incref(ptr %m) alwaysinline {
  %none = icmp eq ptr %m, null
  br i1 %none, label %end, label %count
count:
  %n = load i64, ptr %m
  %more = add i64 %n, 1
  store i64 %more, ptr %m
  br label %end
end:
  ret void
}
define internal void @NRT_decref(ptr %m) alwaysinline {
  %none = icmp eq ptr %m, null
  br i1 %none, label %end, label %count
count:
  %n = load i64, ptr %m
  %less = sub i64 %n, 1
  store i64 %less, ptr %m
  %last = icmp eq i64 %less, 0
  br i1 %last, label %drop, label %end
drop:
  %at = getelementptr i8, ptr %m, i64 24
  %data = load ptr, ptr %at
  call void @free(ptr %data)
  call void @free(ptr %m)
  br label %end
end:
  ret void
}
"""
