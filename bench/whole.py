"""irad's derivatives of a kernel's primal as a whole: the same function that Enzyme is given."""
from numba import njit


def gradient(kernel, primal):
    """`(*args, *shadows)` -> value, an njit function."""
    return _function(kernel, primal, "ReverseWithPrimal", "_, value", "value")


def forward(kernel):
    """`(*args, *tangents)` -> value plus derivative, an njit function."""
    return _function(kernel, kernel.primal, "ForwardWithPrimal", "derivative, value", "value + derivative")


def _function(kernel, primal, mode, results, value):
    """One call of `autodiff`: the first `kernel.inputs` arguments are duplicated."""
    import irad

    names = [f"x{k}" for k in range(len(kernel.problem().args))]
    seconds = [f"d{x}" for x in names[:kernel.inputs]]
    annotated = [f"Duplicated({x}, {dx})" for x, dx in zip(names, seconds, strict=False)] + [f"Const({x})" for x in names[kernel.inputs:]]
    text = f"""def derivative({', '.join(names + seconds)}):
    {results} = autodiff({mode}, primal, {', '.join(annotated)})
    return {value}"""
    space = {**vars(irad), "primal": primal}
    exec(text, space)
    return njit(space["derivative"])
