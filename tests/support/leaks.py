"""Allocations and releases as Numba's runtime counts them."""
import gc
from contextlib import contextmanager

from numba.core.runtime import _nrt_python, rtsys


@contextmanager
def balanced(what=""):
    """Within it as many blocks are released as are allocated."""
    _nrt_python.memsys_enable_stats()
    gc.collect()
    before = rtsys.get_allocation_stats()
    yield
    gc.collect()
    after = rtsys.get_allocation_stats()
    got, freed = after.alloc - before.alloc, after.free - before.free
    records, released = after.mi_alloc - before.mi_alloc, after.mi_free - before.mi_free
    said = f"{what}: {got} blocks allocated and {freed} freed, {records} records made and {released} freed"
    assert (got, records) == (freed, released), said
