"""`python -m tests.memory.fenced [names]`: arrays and shadows that end, and then start, at a page which cannot be accessed.

Arrays that the function does not write lie in pages that cannot be written. The gradient is that of ordinary arrays, bit by bit; an access
out of bounds ends the process, and names its program.
"""
import irad
from irad.frontend import abi
from irad.jit.tables import tables
from tests.memory.batches import main
from tests.support import memory
from tests.support.fence import fenced
from tests.support.product import annotated, close, gradient_of, seeds_of


def check(p):
    if p.raises is not None:
        return
    args = p.args()
    kinds, seeds = p.kinds(args), seeds_of(p, args)
    try:
        expected = gradient_of(p, args, seeds)
    except irad.IradError:
        return
    untouched = _untouched(p)
    present = tuple(s for s in seeds if s is not None)
    for side in ("end", "start"):
        with fenced(args, side, lambda k: k in untouched) as mine, fenced(present, side) as shadows:
            given = iter(shadows)
            given = [None if s is None else next(given) for s in seeds]
            gradients, value = irad.autodiff(irad.ReverseWithPrimal, p.f, *annotated(mine, kinds, given))
            full = tuple(dx if kind == "duplicated" else g for g, dx, kind in zip(gradients, given, kinds, strict=True))
            close(full, expected.gradients, 0.0)
            close(value, expected.value, 0.0)
            for a, b in zip(memory.arrays_in(mine), expected.finals, strict=True):
                assert a.tobytes() == b.tobytes(), f"an array is left otherwise, at the {side} of its page"


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
