"""Which kept values may share one entry slot: those of blocks of which a run passes at most one, the arms of an `if`.

A kept value lives from its block to the reverse of its block. LLVM merges each slot at every block behind the arms, from each arm: n slots
of n arms would be n * n entries of phis.
"""
FEW = 16                                                # values that get a slot each
RECENT = 32                                             # slots that are tried


def shared(flow, values):
    """{value: the value whose slot it takes}, for kept values in order of definition."""
    if len(values) <= FEW:
        return {v: v for v in values}
    blocks = {}
    for v in values:
        blocks.setdefault(flow.block_of[v], len(blocks))
    behind = _behind(flow, blocks)
    out, slots = {}, {}                                 # type -> [first value, the blocks that its values stand in or before]
    for v in values:
        block = flow.block_of[v]
        if flow.loop(v) is not None:                    # of one iteration of a fused loop
            out[v] = v
            continue
        known = slots.setdefault(v.type, [])
        free = next((slot for slot in known[-RECENT:] if not slot[1] >> blocks[block] & 1), None)
        if free is None:
            known.append(free := [v, 0])
        free[1] |= behind[block] | 1 << blocks[block]
        out[v] = free[0]
    return out


def _behind(flow, blocks):
    """{block: the blocks, of those numbered, that a run may pass after it}, as bit sets; going round a loop aside."""
    out, position = {}, flow.graph.position
    for b in reversed(flow.order):
        bits = 0
        for s in flow.graph.successors[b]:
            if position[s] > position[b]:
                bits |= out[s] | (1 << blocks[s] if s in blocks else 0)
        out[b] = bits
    return out
