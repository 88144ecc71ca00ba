"""Arrays that touch a page which cannot be accessed: reading or writing past them ends the process.

    with fenced(args, "end", readonly) as copies:       the bytes of each array end (or "start") at a protected page
        ...                                             readonly: the numbers of arrays that may not be written

Arrays that overlap stay together: they share one fence, and are read-only together. A gap of up to seven bytes keeps the alignment.
"""
import ctypes
import mmap
from contextlib import contextmanager

import numpy as np

from tests.support import memory

PAGE = mmap.PAGESIZE
NONE, READ = 0, 1
_mprotect = ctypes.CDLL(None, use_errno=True).mprotect
_mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


@contextmanager
def fenced(args, side, readonly=()):
    """Copies of the arguments in nested tuples."""
    arrays = list(memory.arrays_in(args))
    number = {id(a): k for k, a in enumerate(arrays)}
    new = {id(a): np.empty(a.shape, a.dtype) for a in arrays if not a.size}
    fences = []
    for low, high, members in memory.groups(arrays):
        fence = Fence(low, high, side)
        fences.append(fence)
        for a in members:
            new[id(a)] = fence.place(a)
        for a in members:
            new[id(a)][...] = a
            new[id(a)].flags.writeable = a.flags.writeable
        if all(number[id(a)] in readonly for a in members):
            fence.protect()
    yield memory.rebuild(args, [new[id(a)] for a in arrays])


class Fence:
    def __init__(self, low, high, side):
        size = high - low
        pages = -(-(size + 8) // PAGE)
        self._map = mmap.mmap(-1, (pages + 2) * PAGE)
        self._bytes = np.frombuffer(self._map, np.uint8)
        start, self._inside, self._low = memory.address(self._bytes), pages * PAGE, low
        self._first = start + PAGE
        for fence in (start, self._first + self._inside):
            self._set(fence, PAGE, NONE)
        end = PAGE + self._inside - size
        self._at = end - (end - low) % 8 if side == "end" else PAGE + low % 8

    def place(self, a):
        """An array of the same layout at the same place of its group."""
        return np.ndarray(a.shape, a.dtype, self._bytes, self._at + memory.address(a) - self._low, a.strides)

    def protect(self):
        self._set(self._first, self._inside, READ)

    def _set(self, address, size, rights):
        if _mprotect(address, size, rights):
            raise OSError(ctypes.get_errno(), "mprotect")
