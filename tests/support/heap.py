"""Heap blocks that derived code allocates and releases itself, counted: tape, shadows, lists of what it owns.

    with counted() as heap:                 derivations inside call counting functions in place of malloc, calloc, realloc and free
        gradient_of(..., f=fresh(p.f))      `fresh`: a function that has been derived before keeps what it has
        heap.allocated, heap.freed

What Numba's own runtime allocates is counted by the runtime (leaks.py). `heap.all_blocks` is the sum of both.
"""
import ctypes
import re
from contextlib import contextmanager
from functools import cache

import llvmlite.binding as llvm
from numba.core.runtime import _nrt_python, rtsys

from irad.backend import package

NAME = re.compile(r'@"?(malloc|calloc|realloc|free)"?(?=\()')
TEXT = """
@allocated = global i64 0
@freed = global i64 0
declare ptr @malloc(i64)
declare ptr @calloc(i64, i64)
declare ptr @realloc(ptr, i64)
declare void @free(ptr)

define internal void @count(ptr %counter, ptr %block) {
  %is = icmp ne ptr %block, null
  %one = zext i1 %is to i64
  %old = atomicrmw add ptr %counter, i64 %one seq_cst
  ret void
}

define ptr @counted.malloc(i64 %n) {
  %p = call ptr @malloc(i64 %n)
  call void @count(ptr @allocated, ptr %p)
  ret ptr %p
}

define ptr @counted.calloc(i64 %n, i64 %size) {
  %p = call ptr @calloc(i64 %n, i64 %size)
  call void @count(ptr @allocated, ptr %p)
  ret ptr %p
}

define ptr @counted.realloc(ptr %old, i64 %n) {
  %p = call ptr @realloc(ptr %old, i64 %n)
  call void @count(ptr @allocated, ptr %p)
  call void @count(ptr @freed, ptr %old)
  ret ptr %p
}

define void @counted.free(ptr %p) {
  call void @count(ptr @freed, ptr %p)
  call void @free(ptr %p)
  ret void
}
"""


class Heap:
    def __init__(self, engine):
        self._engine = engine                           # keeps the code alive
        self._counters = [ctypes.c_int64.from_address(engine.get_global_value_address(name)) for name in ("allocated", "freed")]

    @property
    def allocated(self):
        return self._counters[0].value

    @property
    def freed(self):
        return self._counters[1].value

    @property
    def all_blocks(self):
        return self.allocated + rtsys.get_allocation_stats().alloc


@cache
def _heap():
    module = llvm.parse_assembly(TEXT, llvm.create_context())
    engine = llvm.create_mcjit_compiler(module, llvm.Target.from_default_triple().create_target_machine())
    engine.finalize_object()
    for name in ("malloc", "calloc", "realloc", "free"):
        llvm.add_symbol(f"counted.{name}", engine.get_function_address(f"counted.{name}"))
    return Heap(engine)


@contextmanager
def counted():
    _nrt_python.memsys_enable_stats()
    heap, plain = _heap(), package.module_text
    package.module_text = lambda derivation: NAME.sub(r"@counted.\1", plain(derivation))
    try:
        yield heap
    finally:
        package.module_text = plain
