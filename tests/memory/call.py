"""A derivative call of a program on arguments of its own, which are kept to look at; in reverse and in forward mode."""
import irad
from tests.support import memory
from tests.support.forward import direction_of
from tests.support.product import annotated, seeds_of
from tests.support.program import numbers


class Call:
    """`given`: shadows or tangents, for each argument one or None; copied, as the arguments are."""

    def __init__(self, p, mode, kinds, args, given):
        present = tuple(d for d in given if d is not None)
        copies = iter(memory.rebuild(present, memory.mirror(list(memory.arrays_in(present)), writable=True)))
        self.f, self.mode, self.kinds, self.args = p.f, mode, kinds, memory.clone(args)
        self.given, self.result = [None if d is None else next(copies) for d in given], None

    def run(self, entry=None):
        self.result = (entry or irad.autodiff)(self.mode, self.f, *annotated(self.args, self.kinds, self.given))
        return self

    def bits(self):
        derivatives, value = self.result
        finals = [a.tobytes() for a in memory.arrays_in(self.args)]
        return [*(numbers(x).tobytes() for x in (derivatives, value, self.given)), *finals]


def both_modes(p, args):
    """[a function that makes a new call], one for each mode."""
    kinds, seeds = p.kinds(args), seeds_of(p, args)
    tangents = direction_of(p, args, kinds)
    forward = tuple("const" if kind == "const" else "duplicated" for kind in kinds)
    return [lambda: Call(p, irad.ReverseWithPrimal, kinds, args, seeds), lambda: Call(p, irad.ForwardWithPrimal, forward, args, tangents)]
