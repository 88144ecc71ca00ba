"""Where derived code gets memory for tape and shadows: functions that keep large blocks for the next call (irad/workspace.py), or, where an
option says so, the system, as everything else does.
"""
SMALL = 4096                                            # bytes of tape that live on the stack, and of other memory of constant size
FAMILY = '"alloc-family"="irad"'
ARGUMENT = "memory(argmem: readwrite, inaccessiblemem: readwrite)"
TAKE, ZEROED, MORE, GIVE = (f"irad.memory.{name}" for name in ("take", "zeroed", "more", "give"))

# LLVM may take them for what they are: it removes a block that nothing is done with.
KEEPING = f"""
declare noalias ptr @{TAKE}(i64) #99990
declare noalias ptr @{ZEROED}(i64) #99991
declare noalias ptr @{MORE}(ptr allocptr, i64) #99992
declare void @{GIVE}(ptr allocptr) #99993
attributes #99990 = {{ nounwind willreturn allockind("alloc,uninitialized") allocsize(0) memory(inaccessiblemem: readwrite) {FAMILY} }}
attributes #99991 = {{ nounwind willreturn allockind("alloc,zeroed") allocsize(0) memory(inaccessiblemem: readwrite) {FAMILY} }}
attributes #99992 = {{ nounwind willreturn allockind("realloc") allocsize(1) {ARGUMENT} {FAMILY} }}
attributes #99993 = {{ nounwind willreturn allockind("free") {ARGUMENT} {FAMILY} }}
"""
NOT_KEEPING = f"""
define internal ptr @{TAKE}(i64 %bytes) alwaysinline {{
  %p = call ptr @malloc(i64 %bytes)
  ret ptr %p
}}

define internal ptr @{ZEROED}(i64 %bytes) alwaysinline {{
  %p = call ptr @calloc(i64 %bytes, i64 1)
  ret ptr %p
}}

define internal ptr @{MORE}(ptr %p, i64 %bytes) alwaysinline {{
  %q = call ptr @realloc(ptr %p, i64 %bytes)
  ret ptr %q
}}

define internal void @{GIVE}(ptr %p) alwaysinline {{
  call void @free(ptr %p)
  ret void
}}
"""
