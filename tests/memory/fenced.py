"""`python -m tests.memory.fenced [names]`: arrays and shadows that end, and then start, at a page which cannot be accessed.

Arrays that the function does not write lie in pages that cannot be written. The gradient is that of ordinary arrays, bit by bit; an access
out of bounds ends the process, and names its program. In reverse and in forward mode.
"""
import irad
from irad.frontend import abi
from irad.jit.tables import tables
from tests.memory.batches import main
from tests.memory.call import both_modes
from tests.support.fence import fenced


def check(p):
    if p.raises is not None:
        return
    for call in both_modes(p, p.args()):
        try:
            expected = call().run().bits()
        except irad.IradError:
            continue
        untouched = _untouched(p)
        for side in ("end", "start"):
            made = call()
            present = tuple(d for d in made.given if d is not None)
            with fenced(made.args, side, untouched) as args, fenced(present, side) as given:
                given = iter(given)
                made.args, made.given = args, [None if d is None else next(given) for d in made.given]
                assert made.run().bits() == expected, f"other bits at the {side} of a page"


def _untouched(p):
    """The numbers of the array arguments that no derivative of the program changes: those that the compiler takes to be only read, and all
    Active ones."""
    out = None
    for request, derived in tables(p.f).derived.items():
        leaves = abi.leaves(derived.argtypes)
        arrays = [k for k, leaf in enumerate(leaves) if leaf.is_array]
        mine = {n for n, k in enumerate(arrays) if k not in derived.written or request.kinds[leaves[k].argument] is irad.Active}
        out = mine if out is None else out & mine
    return out


if __name__ == "__main__":
    main("tests.memory.fenced", check, __doc__)
