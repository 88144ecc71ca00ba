"""From a typed call to what is needed to compile it, once for each function and signature.

`Call` is the question: a function, a mode, annotations with their types, an arrangement of the result. `Resolved` is the answer:
the derived core and the type of the result. Both Python and njit code come through here.
"""
from dataclasses import dataclass

from numba import typeof
from numba.core import types
from numba.core.compiler_lock import global_compiler_lock

from ..frontend import abi
from ..modes import Active, Const, Mode
from ..request import Derived, Request
from .checks import check_arguments, check_effect, check_result, check_shadows_written
from .parameters import parameters
from .story import remember
from .structure import Output, gradient_type, leaf_types
from .tables import tables


@dataclass(frozen=True)
class Call:
    dispatcher: object
    mode: Mode
    kinds: tuple[type, ...]
    raw: tuple[tuple[types.Type, ...], ...]         # the types of each annotation's values
    output: Output


@dataclass(frozen=True)
class Resolved:
    call: Call
    kinds: tuple[type, ...]                         # one for each argument of the primal: a default is Const
    defaults: tuple                                 # values of the trailing arguments that the call leaves out
    leaves: tuple[abi.Leaf, ...]
    derived: Derived
    gradients: tuple[types.Type, ...]               # one for each annotation; none in forward mode
    restype: types.Type

    @property
    def argtypes(self):
        """The types of the raw values, in order."""
        return tuple(t for members in self.call.raw for t in members)


def derive(request):
    """The compiler. Imported at the first use: it is large, and annotations alone do not need it."""
    from .. import pipeline
    return pipeline.derive(request)


@global_compiler_lock
def resolve(call):
    """Check a call, derive its core, and type its result."""
    known = tables(call.dispatcher).resolved
    if call not in known:
        known.setdefault(call, _resolve(call))
    return known[call]


def _resolve(call):
    f = call.dispatcher
    check_arguments(f, call.kinds, call.raw, call.mode)
    defaults = tuple(p.default for p in parameters(f)[len(call.kinds):])
    kinds = call.kinds + (Const,) * len(defaults)
    argtypes = tuple(members[0] for members in call.raw) + tuple(types.unliteral(typeof(value)) for value in defaults)
    derived = _derived(f, Request(f, call.mode, kinds, argtypes))
    leaves = abi.leaves(argtypes)
    check_result(f, derived.restype, call.mode)
    check_effect(f, derived, kinds, leaves)
    value = derived.restype if call.mode.primal else types.none
    if call.mode.direction == "Forward":
        check_shadows_written(f, derived, kinds, leaves, _shadow_types(call, leaves))
        restype = call.output.place(derived.restype, value, types.Tuple)
        return Resolved(call, kinds, defaults, leaves, derived, (), restype)
    annotated = zip(call.kinds, call.raw, strict=True)
    gradients = tuple(gradient_type(members[0]) if kind is Active else types.none for kind, members in annotated)
    return Resolved(call, kinds, defaults, leaves, derived, gradients, call.output.arrange(gradients, value, types.Tuple))


def _shadow_types(call, leaves):
    """The type of the shadow of each leaf, None for leaves of constants."""
    given = [leaf_types(members[-1], members[0]) if len(members) > 1 else None for members in call.raw]
    each = {k: iter(shadow) for k, shadow in enumerate(given) if shadow is not None}
    return [next(each[leaf.argument]) if leaf.argument in each else None for leaf in leaves]


def _derived(f, request):
    """One core for each request, whatever the shadows' layouts and the arrangement of the result."""
    known = tables(f).derived
    if request not in known:
        remember(request, known.setdefault(request, derive(request)))
    return known[request]
