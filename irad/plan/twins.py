"""Calls in partials that the primal makes as well.

    c = cos(x);  s = sin(x)         the adjoint of c is -d * sin(x), and sin(x) is s

So the reverse sweep asks for s, which the plan may save or compute again, instead of calling the function once more. LLVM finds that by
itself only where both sweeps are one block.
"""
from ..analysis.values import is_float
from ..rules import registry
from ..rules.formula import symbol
from ..rules.rule import OPERANDS


def find(flow, activity):
    """{instruction: {call of its partials, as a formula's tree: the primal's value}}"""
    made = {}
    for i in flow.instructions():
        if i.opname == "call" and is_float(i) and registry.rule_of(i) is not None:
            made.setdefault((registry.callee_of(i), *registry.values_of(i)), []).append(i)
    out = {}
    for i in flow.instructions() if made else ():
        rule = registry.rule_of(i) if i.opname != "phi" and activity.is_active(i) else None
        if rule is not None:
            found = {tree: v for tree in rule.calls if (v := _made(tree, i, made, flow)) is not None}
            if found:
                out[i] = found
    return out


def _made(tree, i, made, flow):
    """The value of such a call, where it has been made whenever i has."""
    names = dict(zip(OPERANDS, registry.values_of(i), strict=False))
    key = symbol(tree[1], i.type), *(names.get(a[1]) for a in tree[2:])
    return next((v for v in made.get(key, ()) if set(v.flags) <= set(i.flags) and _is_there(v, i, flow)), None)


def _is_there(v, i, flow):
    loop, around = flow.loop(v), flow.loop(i)
    return flow.graph.dominates(flow.block_of[v], flow.block_of[i]) and (loop is None or (around is not None and around.within(loop)))
