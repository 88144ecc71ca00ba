"""jvp(f, args, tangents): forward mode with the spelling of JAX. From Python and inside njit code."""
from numbers import Integral

import numpy as np
from numba.core import types

from ..errors import IradError
from ..frontend.abi import elements
from ..modes import Annotation, Const, Duplicated, ForwardWithPrimal
from .call import Form, dispatcher_of
from .checks import as_dispatcher, site
from .front import FORMS, make_entry
from .resolve import Call
from .structure import Output
from .types import AnnotationType


class JvpForm(Form):
    """An argument whose tangent is None, an int and a bool are constants; every other one is Duplicated."""

    def __init__(self):
        super().__init__("jvp", bare=False, value="first")

    def mode(self, mode):
        return mode, Output(self.value)

    def body(self, kinds, raw):
        def tuple_of(parts):
            return f"({''.join(f'{p}, ' for p in parts)})"
        return f"call(f, {tuple_of(mine[0] for mine in raw)}, {tuple_of(mine[1] if len(mine) > 1 else 'None' for mine in raw)})"

    # -- inside njit code
    def call(self, args):
        f, *given = [types.unliteral(t) for t in args]
        f = dispatcher_of(f)
        pairs = self.pairs(f, *[None if elements(t) is None else tuple(map(types.unliteral, t)) for t in self.two(given)])
        kinds = tuple(_kind(x, dx, types.Integer | types.Boolean, types.none, AnnotationType) for x, dx in pairs)
        raw = tuple((x, dx) if kind is Duplicated else (x,) for kind, (x, dx) in zip(kinds, pairs, strict=True))
        return Call(f, ForwardWithPrimal, kinds, raw, Output(self.value))

    def values(self, context, builder, sig, args, call):
        parts = []
        for have, value in zip(sig.args[1:], args[1:], strict=True):
            plain = types.unliteral(have)
            value = context.cast(builder, value, have, plain)
            parts.append([builder.extract_value(value, k) for k in range(len(plain))])
        return [v for kind, x, dx in zip(call.kinds, *parts, strict=True) for v in ((x, dx) if kind is Duplicated else (x,))]

    # -- both
    def two(self, given):
        if len(given) != 2:
            raise IradError("jvp takes a function, a tuple of its arguments and a tuple of their tangents: write jvp(f, (x,), (dx,)).")
        return given

    def pairs(self, f, args, tangents):
        """The arguments with their tangents; `args`, `tangents` are sequences, or None for what is no tuple."""
        if args is None or tangents is None:
            raise IradError(f"jvp of {site(f)}: arguments and tangents are tuples: write jvp(f, (x,), (dx,)).")
        if len(args) != len(tangents):
            raise IradError(f"jvp of {site(f)}: {len(args)} argument{'s' * (len(args) != 1)} and {len(tangents)} "
                            f"tangent{'s' * (len(tangents) != 1)}: every argument has one; None stands for a constant.")
        return list(zip(args, tangents, strict=True))


def _kind(x, dx, discrete, none, annotation):
    if isinstance(x, annotation) or isinstance(dx, annotation):
        raise IradError("jvp takes plain values: write jvp(f, (x, n), (dx, None)), where None stands for the tangent of a constant.")
    return Const if isinstance(x, discrete) or dx is none else Duplicated


JVP = JvpForm()
FORMS[JVP.name] = JVP


def jvp(f, args, tangents):
    """From Python."""
    f = as_dispatcher(f)
    pairs = JVP.pairs(f, *(x if isinstance(x, tuple | list) else None for x in (args, tangents)))
    kinds = tuple(_kind(x, dx, Integral | np.bool_, None, Annotation) for x, dx in pairs)
    entry = make_entry(f, JVP.name, ForwardWithPrimal, kinds)
    return entry(*(v for kind, (x, dx) in zip(kinds, pairs, strict=True) for v in ((x, dx) if kind is Duplicated else (x,))))
