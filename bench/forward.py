"""Forward mode: the value and its derivative in one direction, beside the primal. The goal is a geometric mean of at most 1.6."""
import numpy as np

from bench import whole
from bench.table import duration, first_line, quartiles
from bench.timing import measure

GOAL = 1.6


def derive(kernel, args):
    """The forward derivative, and its arguments: those of the primal, and a direction."""
    rng = np.random.default_rng(8)
    return whole.forward(kernel), (*args, *(rng.standard_normal(x.shape) for x in args[:kernel.inputs]))


def check(kernel, forward, given):
    """The derivative is the sum of the reverse gradient times the direction."""
    from irad import Const, gradient

    n, count = len(given) - kernel.inputs, kernel.inputs
    args, dx = given[:n], given[n:]
    got = forward(*given) - kernel.primal(*args)
    parts = gradient(kernel.primal, *args[:count], *map(Const, args[count:]))
    terms = [g * d for g, d in zip(parts[:count], dx, strict=True)]
    scale = sum(np.abs(t).sum() for t in terms) + abs(kernel.primal(*args))
    error = abs(got - sum(t.sum() for t in terms)) / scale
    assert error < 1e-12, f"differs from reverse mode by {error:.1e}"


def row(kernel):
    """`(line, ratio or None)`."""
    try:
        forward, given = derive(kernel, kernel.problem().args)
        check(kernel, forward, given)
    except Exception as error:
        return f"    {kernel.name:<42}no figure: {first_line(error)}", None
    times = measure({"primal": (kernel.primal, kernel.problem().args), "forward": (forward, given)})
    primal, irad = times["primal"], times["forward"]
    line = f"    {kernel.name:<42}{duration(primal.median):>11}{duration(irad.median):>11}  {quartiles(irad, primal)}"
    return line, irad.ratio(primal)[1]


def show(kernels):
    print("\nForward derivative in one direction, with value:")
    print(f"    {'kernel':<42}{'primal':>11}{'forward':>11}  forward/primal")
    ratios = []
    for kernel in kernels:
        line, ratio = row(kernel)
        print(line, flush=True)
        ratios += [] if ratio is None else [ratio]
    if ratios:
        print(f"    geometric mean {np.exp(np.log(ratios).mean()):.2f}; the goal is {GOAL}")
