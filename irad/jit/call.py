"""autodiff, gradient and value_and_gradient inside njit code.

Each is a Numba type of its own with `get_call_type`, not an overload or a template: those bury a refusal in
"No implementation of function ...", while an IradError raised here reaches the user as it is.
"""
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.typing.templates import infer_global, signature
from numba.extending import lower_builtin, register_model

from ..errors import IradError
from ..modes import Active, Reverse, annotation_needed
from .resolve import Call, resolve
from .structure import Output
from .types import AnnotationType, ModeType, members
from .wrapper import call_wrapper


class Form:
    """One spelling of a derivative call: which parts it takes, and how it arranges what it returns.

    `bare`: an argument without annotation is Active, and the mode may be left out. `value`: where the value of the function stands.
    """

    def __init__(self, name, bare, value):
        self.name, self.bare, self.value = name, bare, value

    def mode(self, mode):
        """`(mode, output)` of a call of this form."""
        if not self.bare:
            return mode, Output("last" if mode.primal else "")
        if mode.direction == "Forward":
            raise IradError(f"{self.name} is reverse mode. For a derivative in one direction write jvp(f, args, tangents), or "
                            f"autodiff({mode!r}, f, Duplicated(x, dx)).")
        if mode.primal:
            raise IradError(f"{self.name} takes Reverse, not {mode!r}. For the value as well write value_and_gradient(f, ...).")
        return (mode.with_primal() if self.value else mode), Output(self.value)

    def split(self, given, is_mode):
        """`(mode or None, f, arguments)`."""
        start = 1 if given and is_mode(given[0]) else 0
        if not start and not self.bare:
            raise IradError(f"{self.name}: the first argument is a mode: write {self.name}(Reverse, f, Active(x), ...).")
        if len(given) == start:
            raise IradError(f"{self.name}: the function is missing: write {self.name}({'' if self.bare else 'Reverse, '}f, ...).")
        return (given[0] if start else None), given[start], given[start + 1:]

    def body(self, kinds, raw):
        """The text of this call with annotations made of `raw`, the names of their values."""
        annotated = [f"{kind.__name__}({', '.join(mine)})" for kind, mine in zip(kinds, raw, strict=True)]
        return f"call({', '.join(['mode', 'f', *annotated])})"

    def call(self, args):
        """What a call in njit code with arguments of these types asks for."""
        mode, f, rest = self.split([types.unliteral(t) for t in args], lambda t: isinstance(t, ModeType))
        mode, output = self.mode(mode.mode if mode else Reverse)
        f = dispatcher_of(f)
        kinds, raw = [], []
        for k, ty in enumerate(rest):
            if not isinstance(ty, AnnotationType) and not self.bare:
                raise annotation_needed(f"{self.name}: argument {k + 1} of {f.py_func.__name__}", ty)
            kinds.append(ty.kind if isinstance(ty, AnnotationType) else Active)
            raw.append(ty.members if isinstance(ty, AnnotationType) else (ty,))
        return Call(f, mode, tuple(kinds), tuple(raw), output)

    def values(self, context, builder, sig, args, call):
        """The raw values of the annotations of such a call."""
        raw, count = [], len(call.kinds)
        for have, value in zip(sig.args[len(sig.args) - count:], args[len(args) - count:], strict=True):
            plain = types.unliteral(have)
            value = context.cast(builder, value, have, plain)
            raw += members(context, builder, plain, value) if isinstance(plain, AnnotationType) else [value]
        return raw


AUTODIFF = Form("autodiff", bare=False, value="")
GRADIENT = Form("gradient", bare=True, value="")
VALUE_AND_GRADIENT = Form("value_and_gradient", bare=True, value="first")


class FormType(types.Callable, types.Opaque):
    """The type of the function itself."""

    def __init__(self, function, form):
        self.function, self.form = function, form
        super().__init__(f"irad.{form.name}")

    def get_call_type(self, context, args, kws):
        if kws:
            raise no_keywords(self.form, kws)
        return signature(resolve(self.form.call(args)).restype, *args)

    def get_impl_key(self, sig):
        return self.function

    def get_call_signatures(self):
        return (), True


register_model(FormType)(models.OpaqueModel)


def no_keywords(form, names):
    return IradError(f"{form.name}: keyword arguments ({', '.join(names)}) cannot be matched with annotations. "
                     "Pass every argument by position.")


def dispatcher_of(ty):
    """The dispatcher behind a function type, if its code can be seen."""
    if isinstance(ty, types.Dispatcher):
        return ty.dispatcher
    if isinstance(ty, types.FunctionType):
        raise IradError(f"the function {ty} is an address, and irad needs its code. Pass the @njit function itself.")
    if isinstance(ty, AnnotationType):
        raise IradError(f"the function is missing: {ty} stands in its place. Write autodiff(Reverse, f, Active(x), ...).")
    raise IradError(f"irad needs an @njit function to differentiate, and {ty} is none. Pass a function that is compiled with @njit.")


def register(function, form):
    """Give njit code the Python function `function` as this form."""
    ty = FormType(function, form)
    infer_global(function, ty)

    @lower_builtin(function, types.VarArg(types.Any))
    def lower(context, builder, sig, args):
        call = form.call(sig.args)
        status, result = call_wrapper(context, builder, resolve(call), form.values(context, builder, sig, args, call))
        with cgutils.if_unlikely(builder, status.is_error):
            _propagate(context, builder, status)
        return result                                                         # a new reference


def _propagate(context, builder, status):
    """As Numba's `return_status_propagate`, which minds try/except around the call, and marked as a raise: so reference counts of the
    annotations are pruned although this path does not release them."""
    inside = context.call_conv.check_try_status(builder).in_try
    store = builder.store(status.excinfoptr, builder.function.args[1])
    store.set_metadata("numba_exception_output", builder.module.add_metadata([ir.IntType(1)(1)]))
    with builder.if_then(builder.not_(inside)):
        builder.ret(status.code)
