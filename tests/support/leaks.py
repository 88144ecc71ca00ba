"""Allocations and releases as Numba's runtime counts them, and those of derived code itself (heap.py)."""
import gc
from contextlib import contextmanager

from numba.core.runtime import _nrt_python, rtsys


@contextmanager
def balanced(what="", heap=None):
    """Within it as many blocks are released as are allocated."""
    _nrt_python.memsys_enable_stats()
    gc.disable()                                        # so that all that is made within is of the youngest generation
    gc.collect(0)
    before, own = rtsys.get_allocation_stats(), heap and (heap.allocated, heap.freed)
    try:
        yield
        gc.collect(0)
    finally:
        gc.enable()
    after = rtsys.get_allocation_stats()
    got, freed = after.alloc - before.alloc, after.free - before.free
    records, released = after.mi_alloc - before.mi_alloc, after.mi_free - before.mi_free
    said = f"{what}: {got} blocks allocated and {freed} freed, {records} records made and {released} freed"
    assert (got, records) == (freed, released), said
    if heap is not None:
        taken, given = heap.allocated - own[0], heap.freed - own[1]
        assert taken == given, f"{what}: derived code allocated {taken} blocks and freed {given}"
