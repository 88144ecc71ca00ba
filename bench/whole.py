"""irad's gradient of a kernel's primal as a whole: the same function that Enzyme is given."""
from numba import njit


def gradient(kernel, primal):
    """`(*args, *shadows)` -> value, an njit function."""
    from irad import Const, Duplicated, ReverseWithPrimal, autodiff

    args = kernel.problem().args
    names = [f"x{k}" for k in range(len(args))]
    shadows = [f"dx{k}" for k in range(kernel.inputs)]
    annotated = [f"Duplicated({x}, {dx})" for x, dx in zip(names, shadows, strict=False)] + [f"Const({x})" for x in names[kernel.inputs:]]
    space = {"Const": Const, "Duplicated": Duplicated, "ReverseWithPrimal": ReverseWithPrimal, "autodiff": autodiff, "primal": primal}
    exec(f"def gradient({', '.join(names + shadows)}):\n    return autodiff(ReverseWithPrimal, primal, {', '.join(annotated)})[1]", space)
    return njit(space["gradient"])
