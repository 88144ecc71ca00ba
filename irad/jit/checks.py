"""What a call may look like: every wrong use that the types show is refused here, in words that say what to write instead."""
import inspect

import numba
from numba import njit, types
from numba.core.registry import CPUDispatcher

from ..errors import IradError
from ..frontend.abi import elements, has_tangent
from ..frontend.floats import floats
from ..frontend.structures import holds_floats, is_supported, unsupported
from ..modes import Active, Const, Duplicated, annotation_needed
from .parameters import Argument, argument_names, parameters, site, star, wrong
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
    forward = mode.direction == "Forward"
    for name, kind, members in zip(argument_names(f, len(kinds)), kinds, raw, strict=True):
        argument = Argument(f, name)
        for ty in members:
            if isinstance(ty, AnnotationType):
                raise argument.wrong(f"{ty} is annotated twice", "an annotation holds a plain value", "write one annotation")
        if kind is Active and forward:
            raise argument.wrong("in forward mode nothing is Active", "the tangent of the result is returned",
                                 "write Duplicated(x, dx), where dx is the tangent of x")
        if kind is Active:
            _active(argument, members[0], inside=False)
        elif kind is Duplicated:
            if not _duplicated(argument, *members, forward):
                needs = "a float or an array of floats" if forward else "an array of floats"
                raise argument.wrong(f"Duplicated needs {needs}", f"{members[0]} has none", "write Const(x)")
        elif kind is not Const:
            raise annotation_needed(f"argument `{name}` of {site(f)}", kind.__name__)


def _check_count(f, given):
    wanted = parameters(f)
    needed, most, rest = sum(p.default is p.empty for p in wanted), len(wanted), star(f)
    if needed <= given and (rest or given <= most):
        return
    takes = f"at least {needed}" if rest else str(most) if needed == most else f"{needed} to {most}"
    names = ", ".join([p.name for p in wanted] + [f"*{rest}"] * bool(rest))
    raise wrong(f, f"{f.py_func.__qualname__} takes {takes} argument{'s' * (takes.split()[-1] != '1')} ({names}), and {given} "
                f"{'is' if given == 1 else 'are'} given", "every argument gets one annotation", "pass as many as the function takes")


def _active(argument, ty, inside):
    inner = elements(ty)
    if inner is not None:
        for t in inner:
            _active(argument, t, inside=True)
        return
    if isinstance(ty, NUMBERS) or (ty is types.none and inside):
        return
    if isinstance(ty, types.Integer | types.Boolean):
        if not inside:
            example = "3.0" if isinstance(ty, types.Integer) else "1.0"
            raise argument.wrong(f"{_a(ty)} cannot be Active", f"{_a(ty)} has no derivative",
                                 f"write Const(x), or a float such as {example}")
        return
    if isinstance(ty, types.Array | types.Record):
        if not inside and not floats(_element(ty)):
            raise argument.wrong(f"{_memory(ty)} cannot be Active", "it has no derivative", "write Const(x), or make it an array of floats")
        return
    do = "write Const(x) for what is not differentiated"
    if isinstance(ty, types.ClassInstanceType) and holds_floats(ty):
        do = f"write Duplicated(x, dx), where dx is another {_class(ty)}"
    raise argument.wrong(f"{_name(ty)} cannot be Active", "a gradient is returned for floats and complex numbers, arrays and records of "
                         "these, and tuples", do)


def _duplicated(argument, x, dx, forward):
    """Checks a Duplicated pair; says whether it holds memory with floats, or in forward mode a number."""
    inner = elements(x)
    if inner is not None:
        outer = elements(dx)
        if outer is None or len(outer) != len(inner) or getattr(x, "instance_class", None) is not getattr(dx, "instance_class", None):
            raise argument.wrong("the shadow has another structure than the value", f"it is {dx}, for {x}",
                                 "give it the same tuples, with an array for each array")
        return not inner or any([_duplicated(argument, a, b, forward) for a, b in zip(inner, outer, strict=True)])
    if isinstance(x, NUMBERS) and forward:
        if not isinstance(dx, types.Number if isinstance(x, types.Complex) else types.Float | types.Integer):
            raise argument.wrong(f"the tangent of {_a(x)} is {_a(x)}", f"{dx} is given", "pass a number")
        return True
    if isinstance(x, NUMBERS):
        raise argument.wrong(f"a gradient cannot be added into {_a(x)}", "it has no place of its own",
                             "write Active(x); its gradient is returned")
    if isinstance(x, types.Integer | types.Boolean) or x is types.none:
        return False
    if isinstance(x, types.ClassInstanceType):
        if dx != x:
            raise argument.wrong("the shadow of an instance is an instance of its class", f"{_name(dx)} is given",
                                 f"make another {_class(x)}")
        if part := unsupported(x):
            raise argument.wrong(f"the field {part.path} of an instance of {_class(x)} cannot be Duplicated", f"it is {part.type}",
                                 "write Const(x), or make it a float or an array")
        return holds_floats(x)
    if isinstance(x, types.List):
        if not isinstance(dx, types.List) or dx.dtype != x.dtype:
            raise argument.wrong("the shadow of a list is a list with items of the same type", f"{dx} is given, for {x}",
                                 "make it with an item for each item")
        if isinstance(x.dtype, types.Array) and not x.dtype.mutable:
            raise argument.wrong("the shadow is read-only", "gradients are added into its arrays", "pass arrays that can be written")
        if not is_supported(x.dtype):
            raise argument.wrong(f"a list of {x.dtype} cannot be Duplicated", "its items are not numbers, tuples of numbers or contiguous "
                                 "arrays of such", "write Const(x), or pass them in a tuple")
        return holds_floats(x)
    if not isinstance(x, types.Array | types.Record):
        raise argument.wrong(f"{_name(x)} cannot be Duplicated", "a shadow is an array, a record, a class instance or a list, or a tuple "
                             "of such", "write Const(x)")
    if not floats(_element(x)):
        return False
    _check_memory(argument, x, dx, forward)
    return True


def _check_memory(argument, x, dx, forward):
    """The shadow of an array or a record."""
    alike = "make it with np.zeros_like(x)"
    if isinstance(x, types.Record):
        if dx != x:
            raise argument.wrong("the shadow of a record is a record of its dtype", f"{dx} is given", "make it with np.zeros(1, dtype)[0]")
        return
    if not isinstance(dx, types.Array):
        raise argument.wrong("the shadow of an array is an array of its dtype and shape", f"{dx} is given", alike)
    if dx.dtype != x.dtype:
        raise argument.wrong("the shadow has another dtype than the array", f"it has dtype {dx.dtype}, and the array has {x.dtype}", alike)
    if dx.ndim != x.ndim:
        raise argument.wrong("the shadow has another number of dimensions than the array", f"it has {dx.ndim}, and the array has {x.ndim}",
                             alike)
    if not dx.mutable and not forward:
        raise argument.wrong("the shadow is read-only", "the gradient is added into it", "pass an array that can be written")


def _name(ty):
    return f"an instance of {_class(ty)}" if isinstance(ty, types.ClassInstanceType) else str(ty)


def _class(ty):
    return ty.class_type.class_name


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
    what = f"irad cannot differentiate {f.py_func.__qualname__}, which returns {types.unliteral(restype)}"
    later = "vjp, which takes the seed of any result, is not there yet"
    if isinstance(restype, types.Integer | types.Boolean):
        raise wrong(f, what, f"{_a(restype)} has no derivative", "return a float")
    if isinstance(restype, types.Optional):
        raise wrong(f, what, "on some path it is a float and on another None", "return a float on every path")
    if forward:
        raise wrong(f, what, "it has no tangent", "return numbers, arrays without gaps (a copy of a view) or tuples of such, "
                    "or write into a Duplicated array")
    if isinstance(restype, types.Complex):
        raise wrong(f, what, "reverse mode starts from a single float", f"return its real part, imaginary part or absolute value; {later}")
    if isinstance(restype, types.Array | types.BaseTuple | types.Record):
        raise wrong(f, what, "reverse mode starts from a single float", f"return a float or write into a Duplicated array; {later}")
    raise wrong(f, what, "it cannot be differentiated", "return a float")


def check_shadows_written(f, derived, kinds, leaves, shadows):
    """In forward mode a shadow that is only read may be read-only. `shadows`: the type of each leaf's shadow, None where it has none."""
    for k, (leaf, dx) in enumerate(zip(leaves, shadows, strict=True)):
        if k in derived.written and kinds[leaf.argument] is Duplicated and isinstance(dx, types.Array) and not dx.mutable:
            argument = Argument(f, argument_names(f, leaf.argument + 1)[-1])
            raise argument.wrong("the shadow is read-only", "the function writes the array", "pass an array that can be written")


def check_effect(f, derived, kinds, leaves):
    """A function without a result has a derivative only by what it writes."""
    if derived.restype is not types.none or derived.always_raises:
        return
    if not any(k in derived.written and leaf.holds_floats and kinds[leaf.argument] is Duplicated for k, leaf in enumerate(leaves)):
        raise wrong(f, f"irad cannot differentiate {f.py_func.__qualname__}, which returns nothing and writes no Duplicated array",
                    "there is nothing to differentiate",
                    "return a float, or pass what it writes as Duplicated(x, dx), with the seed in dx")
