"""What floats decide: where they become integers and addresses. Computed twice, it must come out the same."""
from ..rules import registry
from .values import is_float


def made_whole(i):
    """Where an instruction makes an integer or an address of floats or of their comparison: what has to be the same in both sweeps."""
    if is_float(i) or str(i.type) in ("i1", "void"):
        return []
    operands = registry.values_of(i)
    return [i] if any(map(is_float, operands)) else [v for v in operands if str(v.type) == "i1"]
