"""Two buffers that are swapped in each step, and shadows that therefore need no clearing.

    for t:                                              reversed, step after step:
        for i: v[i] = f(u[i-1], u[i], u[i+1])               sh(u)[i] += g(sh(v)[i-1], sh(v)[i], sh(v)[i+1])
        u, v = v, u                                         sh(v)[i] = 0

What one step clears is what the next one adds to: its sh(u) is this one's sh(v). So the sum over an element may be stored instead of added,
and its clearing left out. The first of the reversed steps still adds, for it meets what the code behind the loop has left; the last one
still clears. This holds where the nest is all that the loop around it does with the two buffers, and where it covers the same elements in
every step.
"""
from dataclasses import dataclass

from .intact import read, written
from .stencil import distance


@dataclass(frozen=True)
class Handover:
    """`store`: whose seeds are handed over; `at`: how many iterations it is ahead of the group's first load."""
    loop: object
    store: object
    at: tuple


def find(stencil, stencils, selectors):
    """The handover of a stencil that `stencils` found, or None."""
    flow, counters, objects, affine = stencils.flow, stencils.counters, stencils.objects, stencils.affine
    nest, work = stencil.nest, stencils.work
    loop = nest.outer.parent
    stores = [i for i in nest.block.instructions if i.opname == "store" and work.has(i)]
    if loop is None or len(stencil.groups) != 1 or len(stores) != 1:
        return None
    group, store = stencil.groups[0], stores[0]
    u, a = group.access.base, stencils.access(store.operands[1], nest)
    rotation = counters[loop].rotation
    if rotation.get(u) is not a.base or rotation.get(a.base) is not u or a.steps != group.access.steps:
        return None
    at = distance(a.start - group.access.start, a.steps)
    if at is None or not all(f <= o <= l for f, o, l in zip(group.first, at, group.last, strict=True)):
        return None
    if len(nest.loops) > 1 and not stencils.elements.are_distinct([store, *group.loads], nest.loops):
        return None                                     # a row runs over into the next: what is stored there would be lost
    buffers, mine = objects.of(u) | objects.of(a.base), {store, *group.loads}
    inside = [i for b in flow.order if b in loop.blocks for i in b.instructions if work.has(i) and i not in mine]
    if any(i in flow.sites or (read(i, objects) | written(i, objects)) & buffers for i in inside):
        return None
    counts = [counters[l].n for l in nest.loops]
    if any(n is None for n in counts) or not affine.is_invariant(loop, *map(affine.poly, counts), a.start, *a.steps, group.access.start):
        return None
    return Handover(loop, store, at) if _in_every_step(nest, loop, flow, selectors) else None


def _in_every_step(nest, loop, flow, selectors):
    """Is the nest run in all iterations of the loop around it, or in none?"""
    conditions = [v for v, _ in nest.enters]
    own = [b for b in flow.order if flow.graph.loop_of[b] is loop]
    conditions += [selectors[b][0] for b in own if b in selectors]
    return not any(flow.inside(v, loop) for v in conditions)
