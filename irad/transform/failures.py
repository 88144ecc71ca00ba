"""Memory that cannot be had, in either sweep: everything owned is released, and the core returns NO_MEMORY or TAPE_LIMIT.

    watch(call)         a call that obtains memory: its result is true, or a null pointer, where there is none
    emit(give_up)       behind each of them a branch, unlikely, to the one block that gives up

All that is owned is behind entry slots that are null until it is made (ownership.py), so one block serves every path. Blocks are cut when
both sweeps are complete: while they are made, nothing needs to know that a block may be left in its middle.
"""
from ..analysis.flow import I1
from ..ir.build import Builder, new_block
from ..ir.extras import Metadata

WEIGHTS = "!699999"                                     # of a branch that is taken once in two thousand times


class Failures:
    def __init__(self, function):
        self.function, self._calls = function, {}       # a call -> None: a set in order

    def watch(self, call):
        self._calls[call] = None
        return call

    def emit(self, give_up):
        """Cut the blocks; `give_up(b)` releases all that is owned and gives the status."""
        if not self._calls:
            return
        failed = new_block(self.function, "no.memory")
        b = Builder(failed)
        b.ret(give_up(b))
        self.function.module.nodes[WEIGHTS] = '!{!"branch_weights", i32 1, i32 2000}'
        for block in dict.fromkeys(call.parent for call in self._calls):
            self._cut(block, failed)

    def _cut(self, block, failed):
        """Give the part behind each watched call a block of its own."""
        instructions, block.instructions, origin = block.instructions, [], block
        for i in instructions:
            i.parent = block
            block.instructions.append(i)
            if i not in self._calls:
                continue
            onward, b = new_block(block.function, f"{origin.name}.on"), Builder(block)
            no_memory = i if i.type is I1 else b.icmp("eq", i, b.null)
            b.cbr(no_memory, failed, onward).metadata["prof"] = Metadata(WEIGHTS)
            block = onward
        last = block.instructions[-1]
        block.terminator = last
        redirect(last, origin, block)


def redirect(terminator, old, new):
    """Phis behind the terminator learn that it stands in another block now."""
    for to in dict.fromkeys(terminator.blocks):
        for i in to.instructions:
            if i.opname != "phi":
                break
            i.blocks = [new if x is old else x for x in i.blocks]
