"""Where a loop is skipped."""
from .affine import constant
from .helpers import NEGATED
from .values import is_inst


def guard(flow, counters, affine, loop):
    """The block in front of a loop, or that whose branch skips it exactly when it has no trip."""
    before = flow.graph.predecessors[loop.preheader]
    if len(before) != 1 or len((test := before[0].instructions[-1]).blocks) != 2 or not is_inst(test.operands[0], "icmp"):
        return loop.preheader
    compare = test.operands[0]
    enters = compare.info if test.blocks[0] is loop.preheader else NEGATED[compare.info]
    distance = affine.poly(compare.operands[0]) - affine.poly(compare.operands[1])
    runs, one = affine.poly(counters[loop].n) + constant(1), constant(1)
    least = {"sgt": [distance], "sge": [distance + one], "slt": [distance.scale(-1)], "sle": [one - distance],
             "ne": [distance, distance.scale(-1)]}.get(enters, [])
    return before[0] if runs in least else loop.preheader
