"""The call of the core: what it takes in either mode, and what it gives."""
from dataclasses import dataclass

from llvmlite import ir
from numba.core import cgutils, types

from ..frontend.abi import elements
from .refusal import COUNT
from .structure import implode


@dataclass(frozen=True)
class Answer:
    """`numbers`: in reverse mode the primal's value, if it is asked for, and the adjoints; `refusal`: the numbers of a
    refusal at run time. `value`, `tangent`: in forward mode those of the result, None where there is none."""
    status: object
    numbers: tuple = ()
    refusal: tuple = ()
    value: object = None
    tangent: object = None


def call_core(context, builder, resolved, primal, tangents, shadows, overlap):
    """`primal`: the values of all leaves; `tangents`, `shadows`: by the index of a leaf; `overlap`: a bit, or None."""
    derived, leaves = resolved.derived, iter(primal)
    given = [(ty, implode(context, builder, ty, leaves)) for ty in derived.argtypes]
    given += [(resolved.leaves[k].type, tangents[k]) for k in derived.tangents]
    given += [(types.voidptr, shadows[k]) for k in derived.shadows]
    last = [] if overlap is None else [(types.int8, builder.zext(overlap, ir.IntType(8)))]
    return (_forward if resolved.call.mode.direction == "Forward" else _reverse)(context, builder, derived, given, last)


def _reverse(context, builder, derived, given, last):
    restype = types.Tuple(derived.result + (types.int64,) * COUNT)
    status, result = _call(context, builder, derived.name, restype, given + last)
    parts = tuple(builder.extract_value(result, k) for k in range(len(restype)))
    return Answer(status, parts[:-COUNT], parts[-COUNT:])


def _forward(context, builder, derived, given, last):
    if not derived.result:
        status, _ = _call(context, builder, derived.name, types.none, given + last)
        return Answer(status)
    restype, = derived.result
    place = _zeroed(context, builder, restype)
    given.append((types.voidptr, builder.bitcast(place, cgutils.voidptr_t)))
    status, value = _call(context, builder, derived.name, restype, given + last)
    tangent = context.get_returned_value(builder, restype, builder.load(place))
    return Answer(status, value=value, tangent=_completed(context, builder, restype, tangent, value))


def _completed(context, builder, ty, tangent, value):
    """Of an array's tangent the core gives owner and data; it has the extents and strides of the array."""
    inner = elements(ty)
    if inner is not None:
        parts = [[builder.extract_value(x, k) for k in range(len(inner))] for x in (tangent, value)]
        return context.make_tuple(builder, ty, [_completed(context, builder, *part) for part in zip(inner, *parts, strict=True)])
    if not isinstance(ty, types.Array):
        return tangent
    given, array = (context.make_array(ty)(context, builder, x) for x in (tangent, value))
    array.meminfo, array.data = given.meminfo, given.data
    array.parent = cgutils.get_null_value(array.parent.type)
    return array._getvalue()


def _zeroed(context, builder, ty):
    """Memory for a result, as the calling convention lays it out."""
    return cgutils.alloca_once(builder, context.data_model_manager[ty].get_return_type(), zfill=True)


def _call(context, builder, name, restype, given):
    argtypes, values = zip(*given, strict=True) if given else ((), ())
    fn = cgutils.get_or_insert_function(builder.module, context.call_conv.get_function_type(restype, argtypes), name)
    context.call_conv.decorate_function(fn, [f"a{k}" for k in range(len(argtypes))], argtypes)
    return context.call_conv.call_function(builder, fn, restype, argtypes, values)
