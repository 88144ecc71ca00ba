"""What a call may look like: every wrong use that the types show is refused here, in words that say what to write instead."""
import inspect

import numba
from numba import njit, types
from numba.core.registry import CPUDispatcher

from ..errors import IradError
from ..frontend.abi import elements, has_tangent
from ..frontend.floats import floats
from ..modes import Active, Const, Duplicated, annotation_needed
from .parameters import argument_names, parameters, site, star
from .types import AnnotationType

NUMBERS = types.Float | types.Complex


def as_dispatcher(f):
    """f as a Numba dispatcher. A plain Python function is compiled with the default options, once."""
    if isinstance(f, CPUDispatcher):
        return f
    if numba.config.DISABLE_JIT:
        raise IradError("irad needs Numba's compiler, and NUMBA_DISABLE_JIT is set: unset it to differentiate.")
    if not inspect.isfunction(f):
        raise IradError(f"irad needs the code of the function, and {f!r} ({type(f).__name__}) shows none. "
                        "Pass an @njit function, or a plain Python function that Numba can compile.")
    made = getattr(f, "_irad_dispatcher", None)
    if made is None or made.py_func is not f:                    # functools.wraps copies attributes to another function
        made = f._irad_dispatcher = njit(f)
    return made


def check_arguments(f, kinds, raw, mode):
    """Number, annotations and types of the arguments of one call. `kinds` and `raw` (the types of each annotation's values) run in step."""
    _check_count(f, len(kinds))
    for name, kind, members in zip(argument_names(f, len(kinds)), kinds, raw, strict=True):
        where = f"argument `{name}` of {site(f)}"
        for ty in members:
            if isinstance(ty, AnnotationType):
                raise IradError(f"{where}: {ty} is annotated twice; write one annotation around the plain value.")
        forward = mode.direction == "Forward"
        if kind is Active and forward:
            raise IradError(f"{where}: in forward mode nothing is Active. Write Duplicated(x, dx), where dx is the tangent of x.")
        if kind is Active:
            _active(where, members[0], inside=False)
        elif kind is Duplicated:
            if not _duplicated(where, *members, forward):
                needs = "a float or an array of floats" if forward else "an array of floats"
                raise IradError(f"{where}: Duplicated needs {needs}, and {members[0]} has none. Write Const(x).")
        elif kind is not Const:
            raise annotation_needed(where, kind.__name__)


def _check_count(f, given):
    wanted = parameters(f)
    needed, most, rest = sum(p.default is p.empty for p in wanted), len(wanted), star(f)
    if needed <= given and (rest or given <= most):
        return
    takes = f"at least {needed}" if rest else str(most) if needed == most else f"{needed} to {most}"
    names = ", ".join([p.name for p in wanted] + [f"*{rest}"] * bool(rest))
    raise IradError(f"{site(f)} takes {takes} argument{'s' * (takes.split()[-1] != '1')} ({names}), and {given} "
                    f"{'is' if given == 1 else 'are'} given: every argument gets one annotation.")


def _active(where, ty, inside):
    inner = elements(ty)
    if inner is not None:
        for t in inner:
            _active(where, t, inside=True)
        return
    if isinstance(ty, NUMBERS) or (ty is types.none and inside):
        return
    if isinstance(ty, types.Integer | types.Boolean):
        if not inside:
            example = "3.0" if isinstance(ty, types.Integer) else "1.0"
            raise IradError(f"{where}: {_a(ty)} has no derivative, so it cannot be Active. Write Const(x), or a float such as {example}.")
        return
    if isinstance(ty, types.Array | types.Record):
        if not inside and not floats(_element(ty)):
            raise IradError(f"{where}: {_memory(ty)} has no derivative, so it cannot be Active. "
                            "Write Const(x), or make it an array of floats.")
        return
    raise IradError(f"{where}: {ty} cannot be Active. A gradient is returned for floats and complex numbers, arrays and records of these, "
                    "and tuples. Write Const(x) for what is not differentiated.")


def _duplicated(where, x, dx, forward):
    """Checks a Duplicated pair; says whether it holds memory with floats, or in forward mode a number."""
    inner = elements(x)
    if inner is not None:
        outer = elements(dx)
        if outer is None or len(outer) != len(inner) or getattr(x, "instance_class", None) is not getattr(dx, "instance_class", None):
            raise IradError(f"{where}: the shadow has another structure than the value: {dx} for {x}.")
        return not inner or any([_duplicated(where, a, b, forward) for a, b in zip(inner, outer, strict=True)])
    if isinstance(x, NUMBERS) and forward:
        if not isinstance(dx, types.Number if isinstance(x, types.Complex) else types.Float | types.Integer):
            raise IradError(f"{where}: the tangent of {_a(x)} is {_a(x)}, not {dx}.")
        return True
    if isinstance(x, NUMBERS):
        raise IradError(f"{where}: a gradient cannot be added into {_a(x)}, which has no place of its own. "
                        "Write Active(x); its gradient is returned.")
    if isinstance(x, types.Integer | types.Boolean) or x is types.none:
        return False
    if not isinstance(x, types.Array | types.Record):
        raise IradError(f"{where}: {x} cannot be Duplicated: a shadow is an array or a record of floats, or a tuple of such. "
                        "Write Const(x).")
    if not floats(_element(x)):
        return False
    if isinstance(x, types.Record):
        if dx != x:
            raise IradError(f"{where}: the shadow of a record is a record of its dtype, not {dx}.")
        return True
    if not isinstance(dx, types.Array):
        raise IradError(f"{where}: the shadow of an array is an array of its dtype and shape, not {dx}.")
    if dx.dtype != x.dtype:
        raise IradError(f"{where}: the shadow has dtype {dx.dtype}, and the array has {x.dtype}. Make it with np.zeros_like(x).")
    if dx.ndim != x.ndim:
        raise IradError(f"{where}: the shadow has {dx.ndim} dimensions, and the array has {x.ndim}. Make it with np.zeros_like(x).")
    if not dx.mutable and not forward:
        raise IradError(f"{where}: the shadow is read-only, and the gradient is added into it. Pass an array that can be written.")
    return True


def _element(ty):
    return ty.dtype if isinstance(ty, types.Array) else ty


def _memory(ty):
    return f"an array of {ty.dtype}" if isinstance(ty, types.Array) else f"a {ty}"


def _a(ty):
    names = (types.Boolean, "a bool"), (types.Integer, "an int"), (types.Complex, "a complex number")
    return next((name for kind, name in names if isinstance(ty, kind)), "a float")


def check_result(f, restype, mode):
    """What the primal may return."""
    forward = mode.direction == "Forward"
    if isinstance(restype, types.Float) or restype is types.none or (forward and has_tangent(restype)):
        return
    if isinstance(restype, types.Integer | types.Boolean):
        raise IradError(f"{site(f)} returns {_a(restype)}, which has no derivative. Return a float.")
    if isinstance(restype, types.Optional):
        raise IradError(f"{site(f)} returns {restype}: on some path a float and on another None. Return a float on every path.")
    if forward:
        raise IradError(f"{site(f)} returns {restype}, which has no tangent yet. Return floats or tuples of floats, "
                        "or write into a Duplicated array.")
    if isinstance(restype, types.Complex):
        raise IradError(f"{site(f)} returns {restype}; reverse mode starts from a single float. Return its real part, imaginary part or "
                        "absolute value; vjp, which takes the seed of any result, is not there yet.")
    if isinstance(restype, types.Array | types.BaseTuple | types.Record):
        raise IradError(f"{site(f)} returns {restype}; reverse mode starts from a single float. "
                        "Return a float or write into a Duplicated array; vjp, which takes the seed of any result, is not there yet.")
    raise IradError(f"{site(f)} returns {restype}, which cannot be differentiated. Return a float.")


def check_shadows_written(f, derived, kinds, leaves, shadows):
    """In forward mode a shadow that is only read may be read-only. `shadows`: the type of each leaf's shadow, None where it has none."""
    for k, (leaf, dx) in enumerate(zip(leaves, shadows, strict=True)):
        if k in derived.written and kinds[leaf.argument] is Duplicated and isinstance(dx, types.Array) and not dx.mutable:
            name = argument_names(f, leaf.argument + 1)[-1]
            raise IradError(f"argument `{name}` of {site(f)}: the shadow is read-only, and the function writes the array. "
                            "Pass an array that can be written.")


def check_effect(f, derived, kinds, leaves):
    """A function without a result has a derivative only by what it writes."""
    if derived.restype is not types.none or derived.always_raises:
        return
    if not any(k in derived.written and leaf.holds_floats and kinds[leaf.argument] is Duplicated for k, leaf in enumerate(leaves)):
        raise IradError(f"{site(f)} returns nothing and writes no Duplicated array, so there is nothing to differentiate. "
                        "Return a float, or pass what it writes as Duplicated(x, dx), with the seed in dx.")
