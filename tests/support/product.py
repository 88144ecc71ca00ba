"""Programs through irad's public interface: one call of `autodiff`, and the comparison of what it gives with an oracle."""
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest
from numba import njit

from tests.support import memory
from tests.support.differences import directional
from tests.support.oracle import differentiate
from tests.support.parts import taken_apart
from tests.support.program import numbers, shadows_of

try:
    import irad
    ready = hasattr(irad, "autodiff")
except ImportError:
    ready = False

needs_irad = pytest.mark.skipif(not ready, reason="irad.autodiff is not there")


@dataclass
class Answer:
    """What one call gave: the value, the arrays it was called with afterwards, and for each argument its gradient."""
    value: object
    finals: list
    gradients: tuple


def gradient_of(program, args, seeds=None, f=None, mode=None, kinds=None, entry=None):
    """One call of `autodiff` on copies of the arguments and seeds. `entry` is what is called in its place, with the same arguments."""
    f = f or program.f
    kinds = kinds or program.kinds(args)
    args, shadows = memory.clone(args), _copied(seeds if seeds is not None else shadows_of(args, kinds, own=program.shadows == "own"))
    mode = mode or irad.ReverseWithPrimal
    result = (entry or irad.autodiff)(mode, f, *annotated(args, kinds, shadows))
    gradients, value = result if mode.primal else (result, None)
    full = tuple(dx if kind == "duplicated" else g for g, dx, kind in zip(gradients, shadows, kinds, strict=True))
    return Answer(value, list(memory.arrays_in(args)), full)


def annotated(args, kinds, shadows):
    """The arguments with their annotations."""
    wrap = {"const": lambda x, _: irad.Const(x), "active": lambda x, _: irad.Active(x), "duplicated": irad.Duplicated}
    return [wrap[kind](x, dx) for x, dx, kind in zip(args, shadows, kinds, strict=True)]


def _copied(shadows):
    """Copies that overlap as the originals do."""
    present = tuple(s for s in shadows if s is not None)
    copies = iter(memory.rebuild(present, memory.mirror(list(memory.arrays_in(present)), writable=True)))
    return [None if s is None else next(copies) for s in shadows]


def seeds_of(program, args, number=1, kinds=None):
    """Random shadows on entry."""
    rng = np.random.default_rng(number)
    return shadows_of(args, kinds or program.kinds(args), rng, own=program.shadows == "own")


def inside():
    """A caller in njit code, to be used in the place of `irad.autodiff`: it takes the annotations apart and makes them anew inside."""
    def entry(mode, f, *annotations):
        scope = {"autodiff": irad.autodiff, "mode": mode, "f": f, "Active": irad.Active, "Const": irad.Const, "Duplicated": irad.Duplicated}
        parameters, calls, passed = [], [], []
        for i, a in enumerate(annotations):
            own = [f"a{i}", f"d{i}"] if isinstance(a, irad.Duplicated) else [f"a{i}"]
            parameters += own
            calls.append(f"{type(a).__name__}({', '.join(own)})")
            passed += [a.x, a.dx] if isinstance(a, irad.Duplicated) else [a.x]
        exec(f"def caller({', '.join(parameters)}):\n    return autodiff(mode, f, {', '.join(calls)})", scope)
        return njit(scope["caller"])(*passed)
    return entry


@contextmanager
def options(**changes):
    """irad's internal options inside a block."""
    from importlib import import_module
    try:
        module = import_module("irad.testing")
    except ImportError:
        module = import_module("irad.options")
    with module.options(**changes):
        yield


def reason(error, program):
    """What an IradError says in its own words: without the user's source line and the name of the function."""
    own = [line for line in str(error).splitlines() if not line.startswith((" ", "During:"))]
    return "\n".join(own).replace(program.name, "")


def close(got, expected, tolerance, floor=0.0):
    """Relative to the largest finite number expected; infinities and NaN must be in the same places."""
    got, expected = numbers(got), numbers(expected)
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(finite.max(initial=0.0), floor)
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * scale)


def expected_gradients(program, args, kinds, seeds):
    """The oracle's answer: the closed form where it is given and dual numbers do not apply, else dual numbers."""
    if program.oracle:
        return differentiate(program.f, args, kinds, seeds).gradients
    if program.twin is not None:
        return _of_twin(program, args, kinds, seeds)
    if program.closed_form is None:
        return None
    partial = program.closed_form(*memory.clone(args))
    return tuple(p + s if kind == "duplicated" else p for p, s, kind in zip(partial, seeds, kinds, strict=True))


def _of_twin(program, args, kinds, seeds):
    outcome = differentiate(program.twin, taken_apart(tuple(args)), kinds, [None if s is None else taken_apart(s) for s in seeds])
    value = program.f(*memory.clone(args))
    if value is not None:
        np.testing.assert_allclose(outcome.value, value, rtol=max(1e-12, program.tolerance))
    return outcome.gradients


def check_gradient(program, answer, args, kinds, seeds):
    """The gradients are the oracle's; without one, those of differences in a random direction."""
    expected = expected_gradients(program, args, kinds, seeds)
    if expected is not None:
        close(answer.gradients, expected, program.tolerance)
        return
    slope, doubt = directional(program, args, kinds, seeds, np.random.default_rng(5))
    assert slope.value is not None, "neither an oracle nor differences apply"
    mine = numbers(answer.gradients) @ numbers(slope.direction)
    assert abs(mine - slope.value) <= 1e-7 * max(1.0, abs(mine)) + 10 * doubt


def check_primal(program, answer, args, kinds):
    """Value and arrays are those of a plain call, bit by bit, but for what fastmath leaves open; Active arrays do not change."""
    fast = program.options.get("fastmath", False)
    plain = memory.clone(args)
    value = program.f(*plain)
    assert _same(answer.value, value, fast), (answer.value, value)
    before = memory.clone(args)
    for got, after, untouched, kind in _arrays(answer.finals, plain, before, kinds):
        wanted = untouched if kind == "active" else after
        assert _same(got, wanted, fast and kind != "active"), (got, wanted)


def _same(x, y, fast):
    if x is None or y is None:
        return x is y
    if fast:
        return np.allclose(x, y, rtol=1e-13, atol=1e-14 * np.abs(y).max(initial=0), equal_nan=True)
    return np.float64(x).tobytes() == np.float64(y).tobytes() if np.isscalar(x) else x.tobytes() == y.tobytes()


def _arrays(finals, plain, before, kinds):
    kinds = [kind for a, kind in zip(plain, kinds, strict=True) for _ in memory.arrays_in((a,))]
    return zip(finals, memory.arrays_in(plain), memory.arrays_in(before), kinds, strict=True)
