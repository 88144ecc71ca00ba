"""`python -m tests.memory.poisoned [names]`: fresh memory full of garbage, and freed memory too, gives the same bits.

What derived code takes from the heap, and what Numba's runtime takes, is filled with 0x00, 0xA5 and 0xFF; only calloc clears. Nothing is
written behind a block, no block is freed twice, none is left. In reverse and in forward mode.
"""
from dataclasses import replace

import irad
from tests.memory.batches import main
from tests.memory.call import both_modes
from tests.support.allocator import of_numba
from tests.support.fresh import fresh
from tests.support.heap import counted


def check(p):
    if p.raises is not None:
        return
    nrt, args = of_numba(), p.args()
    p = replace(p, f=fresh(p.f))
    for call in both_modes(p, args):
        with counted() as heap:
            try:
                expected = call().run().bits()
            except irad.IradError:
                continue
        before = nrt.live
        for fill in (0x00, 0xA5, 0xFF):
            nrt.fill = heap.fill = fill
            try:
                same = call().run().bits() == expected
            finally:
                nrt.fill = heap.fill = -1
            assert same, f"other bits where fresh memory is full of {fill:#x}"
            assert not heap.broken and not nrt.broken, "written behind a block, or freed twice"
            assert not heap.live and nrt.live == before, "blocks are left"


if __name__ == "__main__":
    main("tests.memory.poisoned", check, __doc__)
