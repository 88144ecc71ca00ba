"""Which values of the primal the reverse sweep asks for: those named in the partials of active operands, conditions of selects, shadow
addresses, lengths, selectors and trip counts. `{value: the blocks whose reverse asks}`, in a fixed order.
"""
from ..analysis.values import is_copy, is_inst, is_memset
from ..rules import registry
from ..rules.rule import OPERANDS
from .control import Choose, Jump


def operand_names(i):
    """x, y, z, w and r of an instruction's formulas."""
    names = dict(zip(OPERANDS, registry.values_of(i), strict=False))
    names["r"] = i
    return names


def collect(flow, counters, activity, work, shadows, control, selectors, twins):
    """Everything that R(b) of the reached blocks will ask for. `twins`: twins.find."""
    needs = {}

    def want(v, block):
        if is_inst(v):
            needs.setdefault(v, {})[block] = None

    for b in control.reached:
        for i in b.instructions:
            if work.has(i):
                for v in _of_instruction(i, flow, activity, work, shadows, twins.get(i, {})):
                    want(v, b)
        for v in _of_exit(b, flow, counters, control, selectors):
            want(v, b)
    return needs


def _of_instruction(i, flow, activity, work, shadows, twins):
    if work.is_seed(i):
        return []
    if i.opname == "store":
        return [shadows.of.get(i.operands[1])]
    if i.opname == "load":
        return [shadows.of.get(i.operands[0])]
    if is_memset(i):
        return [shadows.of.get(i.operands[1]), i.operands[3]]
    if is_copy(i):
        return [shadows.of.get(i.operands[1]), shadows.of.get(i.operands[2]), i.operands[3]]
    if i.opname == "phi" or i in flow.sites:            # what the reverse of a call needs lies in its frame
        return []
    if i.opname == "select":
        return [i.operands[0]]
    rule, names = registry.rule_of(i), {**operand_names(i), **twins}
    return [names[name] for k, v in enumerate(registry.values_of(i)) if activity.is_active(v) and rule.partials[k] is not None
            for name in rule.needs(k, twins)]


def _of_exit(b, flow, counters, control, selectors):
    leave = control.leave[b]
    out = []
    if isinstance(leave, Choose):
        out.append(selectors[b][0])
        out += _of_loops(b, control.entered(b, leave.cases[0]), counters)
    elif isinstance(leave, Jump) and leave.edge:
        out += _of_loops(b, control.entered(b, leave.to), counters)
    return out


def _of_loops(b, loops, counters):
    return [counters[loop].n_at[b] for loop in loops]
