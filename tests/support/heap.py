"""Heap blocks that derived code allocates and releases itself, counted: tape, shadows, lists of what it owns.

    with counted() as heap:                 derivations inside call counting functions in place of malloc, calloc, realloc and free
        gradient_of(..., f=fresh(p.f))      `fresh`: a function that has been derived before keeps what it has
        heap.allocated, heap.freed          heap is an Allocator (allocator.py): it also fails, and fills memory with garbage, on demand

Fresh memory is full of garbage meanwhile, so that what is read before it is written shows. What Numba's own runtime allocates is counted
by the runtime (leaks.py). `all_blocks(heap)` is the sum of both.

Blocks of `least` bytes or more are kept for the next call, as irad does (irad/workspace.py): `counted(least=1)`; without it, none is.
`heap.empty()` frees them.
"""
import re
from contextlib import contextmanager

import llvmlite.binding as llvm
from numba.core.runtime import _nrt_python, rtsys

from irad.backend import package
from tests.support.allocator import FUNCTIONS, KEEPING, NEVER, allocator

GARBAGE = 0xA5
NAME = re.compile(r'@"?(?:irad\.(memory\.\w+)|(malloc|calloc|realloc|free))"?(?=\()')


def all_blocks(heap):
    return heap.allocated + rtsys.get_allocation_stats().alloc


@contextmanager
def counted(least=NEVER):
    _nrt_python.memsys_enable_stats()
    name = "core" if least == NEVER else f"core{least}"
    heap, plain = allocator(name, least), package.module_text
    broken, heap.fill = heap.broken, GARBAGE
    for function in FUNCTIONS + KEEPING:
        llvm.add_symbol(f"{name}.{function}", heap.address(function))
    package.module_text = lambda derivation: NAME.sub(rf"@{name}.\1\2", plain(derivation))
    try:
        yield heap
    finally:
        package.module_text, heap.fill = plain, -1
    assert heap.broken == broken, "derived code wrote behind a block, or freed one twice"
