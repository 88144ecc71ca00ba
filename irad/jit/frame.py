"""The frame of a wrapper under construction: what it allocates, and the one block that releases all of it when something fails.

Every allocation has a slot that is null until it is made, so the failure block is the same from everywhere.
LLVM promotes the slots to registers.
"""
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.callconv import RETCODE_USEREXC

from ..transform.runtime import NO_MEMORY, TAPE_LIMIT
from .refusal import set_tape_limit_error, size

_MEMINFO = types.MemInfoPointer(types.voidptr)
_ALIGNMENT = 32                                    # of array data, as Numba's own allocations


class Frame:
    def __init__(self, context, builder):
        self.context, self.builder = context, builder
        self._buffers, self._results = [], []
        self._code = cgutils.alloca_once(builder, ir.IntType(32))
        self._failed = None

    def _slot(self, kind):
        slot = cgutils.alloca_once(self.builder, cgutils.voidptr_t, zfill=True)
        kind.append(slot)
        return slot

    def slot(self):
        """A place for a temporary buffer that not every call needs."""
        return self._slot(self._buffers)

    def buffer(self, size, slot=None):
        """A temporary of `size` bytes, uninitialised, released when the wrapper returns."""
        slot = slot or self.slot()
        data = self.context.nrt.allocate_unchecked(self.builder, self.builder.select(self._is_zero(size), size.type(1), size))
        self.builder.store(data, slot)
        self._check(data)
        return data

    def result(self, size):
        """A new zeroed block with a reference count: `(meminfo, data)`. It belongs to the caller once the wrapper returns."""
        slot = self._slot(self._results)
        meminfo = self.context.nrt.meminfo_alloc_aligned_unchecked(self.builder, size, _ALIGNMENT)
        self.builder.store(meminfo, slot)
        self._check(meminfo)
        data = self.context.nrt.meminfo_data(self.builder, meminfo)
        cgutils.memset(self.builder, data, size, 0)
        return meminfo, data

    def _is_zero(self, size):
        return self.builder.icmp_unsigned("==", size, size.type(0))

    def _check(self, pointer):
        with cgutils.if_unlikely(self.builder, cgutils.is_null(self.builder, pointer)):
            self._no_memory()

    def _no_memory(self):
        self.context.call_conv.set_static_user_exc(self.builder, MemoryError, ("Allocation failed (probably too large).",))
        self._leave(RETCODE_USEREXC)

    def propagate(self, status, refusal, who):
        """Pass on the exception of a call that failed. A core that got no memory says so by a status of its own, and so does one whose tape
        would pass the limit: TapeLimitError gets `who`, constants, and `refusal`, numbers; none in forward mode."""
        with cgutils.if_unlikely(self.builder, self.builder.icmp_signed("==", status.code, status.code.type(NO_MEMORY))):
            self._no_memory()
        if refusal:
            self._tape_limit(status, refusal, who)
        with cgutils.if_unlikely(self.builder, status.is_error):
            self.builder.store(status.excinfoptr, self.builder.function.args[1])
            self._leave(status.code)

    def _tape_limit(self, status, refusal, who):
        with cgutils.if_unlikely(self.builder, self.builder.icmp_signed("==", status.code, status.code.type(TAPE_LIMIT))):
            block = self.context.nrt.allocate_unchecked(self.builder, cgutils.intp_t(size(self.context)))
            with self.builder.if_then(cgutils.is_null(self.builder, block)):
                self._no_memory()
            set_tape_limit_error(self.context, self.builder, block, who, refusal)
            self._leave(RETCODE_USEREXC)

    def _leave(self, code):
        if self._failed is None:
            self._failed = self.builder.function.append_basic_block("failed")
        self.builder.store(code, self._code)
        self.builder.branch(self._failed)

    def finish(self):
        """Release the temporaries on the way to a normal return, and write the failure block."""
        self._release(self._buffers)
        if self._failed is None:
            return
        with self.builder.goto_block(self._failed):
            self._release(self._buffers)
            for slot in self._results:
                self.context.nrt.decref(self.builder, _MEMINFO, self.builder.load(slot))
            self.builder.ret(self.builder.load(self._code))

    def _release(self, slots):
        for slot in slots:
            pointer = self.builder.load(slot)
            with self.builder.if_then(self.builder.not_(cgutils.is_null(self.builder, pointer))):
                self.context.nrt.free(self.builder, pointer)
