"""Forward mode against reverse mode: what goes in times the gradient is what comes out times the seeds, for any tangent that goes in."""
from functools import cache

import numpy as np
from numba import njit

import irad
from tests.fuzz.call import collect, seeded
from tests.fuzz.to_python import values
from tests.support import memory

TOLERANCE = 1e-12


@cache
def is_there():
    try:
        return irad.autodiff(irad.Forward, njit(lambda a: a * a), irad.Duplicated(3.0, 1.0)) == 6.0
    except (irad.IradError, AttributeError):
        return False


def disagreement(program, f, gradients):
    """A sentence, or None. `gradients`: of reverse mode, by leaf."""
    rng = np.random.default_rng(program.seed + 1)
    arguments = values(program)
    tangents = tangents_of(program, arguments, rng)
    into = {}
    for argument, t, kind in zip(program.arguments, tangents, program.kinds, strict=True):
        if kind != "const":
            collect(argument, memory.clone((t,))[0], into)
    annotated = [irad.Const(a) if kind == "const" else irad.Duplicated(a, t)
                 for a, t, kind in zip(arguments, tangents, program.kinds, strict=True)]
    out = irad.autodiff(irad.Forward, f, *annotated)
    ends = {}
    for argument, t, kind in zip(program.arguments, tangents, program.kinds, strict=True):
        if kind == "duplicated":
            collect(argument, t, ends)
    terms = [float(np.sum(gradients[name] * t)) for name, t in into.items() if name in gradients]
    results = [out or 0.0, *(float(np.sum(seed * ends[name])) for name, seed in seeded(program).items())]
    size = max(1.0, *map(abs, terms), *map(abs, results))
    if abs(sum(terms) - sum(results)) <= TOLERANCE * size * 10:
        return None
    return f"reverse {sum(terms)!r}, forward {sum(results)!r}"


def tangents_of(program, arguments, rng):
    """For each argument a tangent of its structure; those of arrays that overlap do so too."""
    arrays = list(memory.arrays_in(arguments))
    new = memory.mirror(arrays, writable=True)
    for t in new:
        if t.dtype.kind == "f":
            t[...] = rng.normal(size=t.shape)
    return tuple(numbers_too(a, t, rng) for a, t in zip(arguments, memory.rebuild(arguments, new), strict=True))


def numbers_too(argument, t, rng):
    if isinstance(argument, tuple):
        parts = [numbers_too(a, b, rng) for a, b in zip(argument, t, strict=True)]
        return type(argument)(*parts) if hasattr(argument, "_fields") else tuple(parts)
    return float(rng.normal()) if isinstance(argument, float) else t


