"""Values that LLVM may compute in vain.

LLVM makes selects of branches and moves invariant operations out of the branches that guard them: `if a != 0: s += x[i] / a` may divide in
front of the loop. The adjoint of such a value is zero where the user's code would not have computed it, and its partial may be infinite
there: 0 * inf must not become a NaN that the user's code does not have. Their adjoints are guarded, as under `strong_zero`.
"""
from .graph import PostDominance
from .values import is_float


def speculated(flow, users):
    """Float values without a use that is certain once they have been computed."""
    after, out = PostDominance(flow.graph, flow.turn), set()
    for b in reversed(flow.order):
        for i in reversed(b.instructions):
            if is_float(i) and i.opname != "phi" and not any(_is_certain(u, i, b, flow, after, out) for u in users.get(i, ())):
                out.add(i)
    return out


def _is_certain(user, v, block, flow, after, found):
    if user in found or user.opname == "phi":
        return False
    if user.opname == "select" and user.operands[0] is not v:
        return False
    return after.always_reaches(block, flow.block_of[user])
