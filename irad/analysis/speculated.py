"""Values that LLVM may compute in vain.

LLVM makes selects of branches and moves invariant operations out of the branches that guard them: `if a != 0: s += x[i] / a` may divide in
front of the loop. The adjoint of such a value is zero where the user's code would not have computed it, and its partial may be infinite
there: 0 * inf must not become a NaN that the user's code does not have. Their adjoints are guarded, as under `strong_zero`.
"""
from .graph import PostDominance
from .values import is_float


def speculated(flow, users):
    """Float values without a use that is certain once they have been computed.

    A sum that goes around a loop is used where the loop is left, if its phis are: header phis are taken to be used until they are not."""
    after, idle = PostDominance(flow.graph, flow.turn), set()
    while True:
        found = _without_use(flow, users, after, idle)
        phis = {i for i in found if i.opname == "phi"}
        if not {i for i in phis if flow.is_header_phi(i)} - idle:
            return found - phis
        idle |= phis


def _without_use(flow, users, after, idle):
    """One walk against the order. `idle`: header phis that are known to be without."""
    found = set(idle)
    for b in reversed(flow.order):
        for i in reversed(b.instructions):
            if is_float(i) and not _is_used(i, b, flow, users, after, found):
                found.add(i)
    return found


def _is_used(v, block, flow, users, after, found):
    using = [u for u in users.get(v, ()) if u not in found]
    if any(u.opname != "phi" and _is_certain(u, v, block, flow, after) for u in using):
        return True
    phis = [u for u in using if u.opname == "phi"]
    sources = dict.fromkeys(p for u in phis for x, p in flow.live_incoming(u) if x is v)
    return any(after.always_reaches(block, p) and _leaves_in(phis, v, p, flow) for p in sources)


def _is_certain(user, v, block, flow, after):
    if user.opname == "select" and user.operands[0] is not v:
        return False
    return after.always_reaches(block, flow.block_of[user])


def _leaves_in(phis, v, source, flow):
    """Does one of the phis take the value over, whichever way the block is left?"""
    takers = {flow.block_of[u] for u in phis if any(x is v and p is source for x, p in flow.live_incoming(u))}
    return all(s in takers for s in flow.graph.successors[source])
