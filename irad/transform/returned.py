"""Arrays that the function returns, in forward mode: the array goes over to the caller, and its tangent becomes a new array.

    returned     {offset of an array in the result: the stores of its data pointer}             found by derivation/forward.py

The shadow of what is returned lives as long as irad owns it. So a copy of it is made at the end, in a block of Numba's runtime, before
anything is released. Into the memory for the result's tangent go its meminfo and its data pointer; extents and strides are those of the
array, which the caller of the core has.
"""
from ..analysis.flow import I8, PTR, VOID
from ..ir.build import declare
from .ownership import Owned

MEMINFO, ITEMS, ITEMSIZE, DATA = 0, 16, 24, 32          # offsets in Numba's array structure

TEXT = f"""
; A block of the runtime with the bytes of a dense array's tangent: zeros where it has no shadow. Null where there is no memory.
define internal ptr @irad.returned(ptr %array, ptr %shadow) {{
  %items = getelementptr i8, ptr %array, i64 {ITEMS}
  %n = load i64, ptr %items
  %itemsize = getelementptr i8, ptr %array, i64 {ITEMSIZE}
  %size = load i64, ptr %itemsize
  %bytes = mul i64 %n, %size
  %meminfo = call ptr @NRT_MemInfo_alloc_aligned(i64 %bytes, i32 32)
  %none = icmp eq ptr %meminfo, null
  br i1 %none, label %out, label %made
made:
  %field = getelementptr i8, ptr %meminfo, i64 24
  %data = load ptr, ptr %field
  %zero = icmp eq ptr %shadow, null
  br i1 %zero, label %clear, label %copy
clear:
  call void @llvm.memset.p0.i64(ptr %data, i8 0, i64 %bytes, i1 false)
  br label %out
copy:
  call void @llvm.memcpy.p0.p0.i64(ptr %data, ptr %shadow, i64 %bytes, i1 false)
  br label %out
out:
  ret ptr %meminfo
}}
declare ptr @NRT_MemInfo_alloc_aligned(i64, i32)
"""


class Returned:
    def __init__(self, derivation, frame, forward):
        self.d, self.frame = derivation, frame
        self._shadows = {at: frame.pointer("returned") for at in derivation.returned}
        for at, stores in derivation.returned.items():
            for i in stores:
                pointer = i.operands[0]
                if derivation.objects.of(pointer) & derivation.activity.objects:
                    forward.after(i).store(forward.value(derivation.shadows.of[pointer]), self._shadows[at])

    def emit(self, b, ownership, result, tangent):
        """Behind everything else, before what is owned is released: then nothing fails any more."""
        made = {}
        for at, shadow in self._shadows.items():
            slot = self.frame.pointer("own")
            ownership.all.append(Owned(slot, "nrt"))
            copy = declare(b.module, "irad.returned", PTR, [PTR, PTR])
            made[at] = self.frame.failures.watch(b.call(copy, [self._field(b, result, at), b.load(PTR, shadow)]))
            b.store(made[at], slot)
        for owned in ownership.all[len(ownership.all) - len(made):]:
            b.store(b.null, owned.slot)
        for at, meminfo in made.items():
            b.store(meminfo, self._field(b, tangent, at))
            b.store(b.load(PTR, b.gep(I8, meminfo, b.i64(24))), self._field(b, tangent, at + DATA))
            incref = declare(b.module, "NRT_incref", VOID, [PTR])
            b.call(incref, [b.load(PTR, self._field(b, result, at + MEMINFO))])

    def _field(self, b, pointer, at):
        return b.gep(I8, pointer, b.i64(at))
