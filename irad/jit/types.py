"""Modes and annotations as Numba types, so that njit code can make them, pass them on and keep them in variables and tuples.

A mode is a compile-time value: its type carries the object. An annotation is a struct of its raw values; it owns a reference to them,
since `Active(np.ones(3))` is all that keeps the array alive. After inlining neither costs anything.
"""
from numba.core import cgutils, imputils, types
from numba.core.datamodel import models
from numba.core.imputils import lower_constant
from numba.extending import NativeValue, lower_builtin, register_model, type_callable, typeof_impl, unbox

from ..modes import MEMBERS, Annotation, Mode


class ModeType(types.Opaque):
    def __init__(self, mode):
        self.mode = mode
        super().__init__(f"irad.Mode({mode!r})")


register_model(ModeType)(models.OpaqueModel)


@typeof_impl.register(Mode)
def _typeof_mode(mode, c):
    return ModeType(mode)


@lower_constant(ModeType)
def _constant_mode(context, builder, ty, value):
    return context.get_dummy_value()


@unbox(ModeType)
def _unbox_mode(ty, obj, c):
    return NativeValue(c.context.get_dummy_value())


class AnnotationType(types.Type):
    """Active(float64), Duplicated(array, array), ...: `kind` is the Python class, `members` the types of its values."""

    def __init__(self, kind, members):
        self.kind, self.members = kind, members
        super().__init__(f"{kind.__name__}({', '.join(map(str, members))})")

    @property
    def key(self):
        return self.kind, self.members


@register_model(AnnotationType)
class _AnnotationModel(models.StructModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, list(zip(MEMBERS[ty.kind], ty.members, strict=True)))


@typeof_impl.register(Annotation)
def _typeof_annotation(annotation, c):
    members = tuple(typeof_impl(getattr(annotation, name), c) for name in MEMBERS[type(annotation)])
    return None if None in members else AnnotationType(type(annotation), members)


@unbox(AnnotationType)
def _unbox_annotation(ty, obj, c):
    out = cgutils.create_struct_proxy(ty)(c.context, c.builder)
    failed = cgutils.false_bit
    for name, member in zip(MEMBERS[ty.kind], ty.members, strict=True):
        attribute = c.pyapi.object_getattr_string(obj, name)
        native = c.unbox(member, attribute)
        c.pyapi.decref(attribute)
        setattr(out, name, native.value)
        failed = c.builder.or_(failed, native.is_error)
    return NativeValue(out._getvalue(), is_error=failed)


def members(context, builder, ty, value):
    """The raw values of an annotation."""
    struct = cgutils.create_struct_proxy(ty)(context, builder, value=value)
    return [getattr(struct, name) for name in MEMBERS[ty.kind]]


def _constructor(kind):
    arity = len(MEMBERS[kind])

    @type_callable(kind)
    def _type(context):
        def of(*given):
            return AnnotationType(kind, tuple(map(types.unliteral, given)))
        return (lambda x: of(x)) if arity == 1 else (lambda x, dx: of(x, dx))

    @lower_builtin(kind, *[types.Any] * arity)
    def _lower(context, builder, sig, args):
        out = cgutils.create_struct_proxy(sig.return_type)(context, builder)
        for name, have, want, value in zip(MEMBERS[kind], sig.args, sig.return_type.members, args, strict=True):
            setattr(out, name, context.cast(builder, value, have, want))
        return imputils.impl_ret_borrowed(context, builder, sig.return_type, out._getvalue())


for _kind in MEMBERS:
    _constructor(_kind)
