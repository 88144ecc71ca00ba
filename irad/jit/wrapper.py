"""The code around the core, as one LLVM function in Numba's calling convention: from the raw values of the annotations to the result.

It is linked into callers together with the core and inlined there; the Python entry calls it too. For numbers nothing is left of it.

    refuse     what is wrong with shapes and overlap, before anything is changed            overlap.py
    prepare    new gradients, copies, temporary shadows                                     operand.py
    call       the core
    deliver    what temporaries gathered goes to the caller
    pack       numbers and arrays into the structure of the arguments                       structure.py
"""
import hashlib
from dataclasses import dataclass

from llvmlite import ir
from numba.core import cgutils, serialize, types

from ..backend.link import LinkedLibrary, core_library
from ..modes import Active, Duplicated
from .apart import constant_lists, structured_operands
from .core_call import call_core
from .frame import Frame
from .operand import operands
from .overlap import any_overlap, refuse_at_run_time
from .parameters import site
from .resolve import Resolved
from .structure import explode, explode_like, gradient_type, implode, leaf_types
from .tables import tables


@dataclass(frozen=True)
class Wrapped:
    """What a Python entry calls."""
    resolved: Resolved

    @property
    def name(self):
        return wrapper_name(self.resolved)

    @property
    def argtypes(self):
        return self.resolved.argtypes

    @property
    def restype(self):
        return self.resolved.restype

    def call(self, context, builder, values):
        return call_wrapper(context, builder, self.resolved, values)


def call_wrapper(context, builder, resolved, values):
    """Emit a call of the wrapper with these raw values: `(status, result)`. The caller of this owns the result."""
    name = wrapper_name(resolved)
    context.active_code_library.add_linking_library(_library(context, resolved))
    fnty = context.call_conv.get_function_type(resolved.restype, resolved.argtypes)
    fn = cgutils.get_or_insert_function(builder.module, fnty, name)
    context.call_conv.decorate_function(fn, [f"a{k}" for k in range(len(values))], resolved.argtypes)
    return context.call_conv.call_function(builder, fn, resolved.restype, resolved.argtypes, values)


def wrapper_name(resolved):
    """By content: the core, the types around it, and the text of its messages."""
    call = resolved.call
    content = (resolved.derived.name, [k.__name__ for k in resolved.kinds], str(resolved.argtypes), str(resolved.restype),
               call.output, repr(call.mode), call.dispatcher.py_func.__code__.co_filename, site(call.dispatcher),
               serialize.dumps(resolved.defaults))
    return "irad.call." + hashlib.sha256(repr(content).encode()).hexdigest()[:24]


def _library(context, resolved):
    """The wrapper with its core, for the codegen of this context. Called under the compiler lock."""
    known, key = tables(resolved.call.dispatcher).wrappers, (resolved.call, context.codegen())
    if key not in known:
        name = wrapper_name(resolved)
        library = LinkedLibrary(context.codegen(), name)
        library.add_linking_library(core_library(resolved.derived, context.codegen()))
        inner = context.subtarget(enable_nrt=True)
        module = inner.create_module(name)
        with inner.push_code_library(library):
            _emit(inner, module, name, resolved)
        library.add_ir_module(module)
        library.finalize()
        known[key] = library
    return known[key]


def _emit(context, module, name, resolved):
    conv, call = context.call_conv, resolved.call
    fn = ir.Function(module, conv.get_function_type(resolved.restype, resolved.argtypes), name)
    conv.decorate_function(fn, [f"a{k}" for k in range(len(resolved.argtypes))], resolved.argtypes)
    builder = ir.IRBuilder(fn.append_basic_block("entry"))
    raw = iter(context.get_arg_packer(resolved.argtypes).from_arguments(builder, conv.get_arguments(fn)))
    primal, tangents, shadow = _leaves(context, builder, resolved, raw)
    arrays = operands(context, builder, resolved, primal, shadow)
    structures = structured_operands(context, builder, resolved, primal, shadow)
    if not arrays and not structures:
        fn.attributes.add("alwaysinline")

    earlier = []
    for o in arrays:
        o.decide(earlier)
        if o.kind is Duplicated and o.needed:
            earlier.append(o)
    refuse_at_run_time(context, builder, resolved, arrays, structures, constant_lists(context, builder, resolved, primal, shadow))

    frame = Frame(context, builder)
    for o in arrays:
        o.prepare(frame, gradient_type(o.leaf.type))
        primal[o.index] = o.argument
    overlap = any_overlap(builder, arrays) if resolved.derived.takes_overlap else None
    answer = call_core(context, builder, resolved, primal, tangents, {o.index: o.shadow for o in [*arrays, *structures]}, overlap)
    for o in arrays:
        o.restore()
    frame.propagate(answer.status, answer.refusal, (site(call.dispatcher), resolved.derived.name))
    for o in arrays:
        o.deliver()
    for s in structures:
        s.finish()
    if call.mode.direction == "Forward":
        result = _pack_tangent(context, builder, resolved, answer)
    else:
        result = _pack(context, builder, resolved, answer.numbers, {o.index: o.gradient for o in arrays})
    frame.finish()
    conv.return_value(builder, context.get_return_value(builder, resolved.restype, result))


def _leaves(context, builder, resolved, raw):
    """The leaves of all arguments, defaults included; by the index of a leaf, tangents of numbers, and the shadows."""
    primal, tangents, shadow = [], {}, {}
    for kind, members in zip(resolved.call.kinds, resolved.call.raw, strict=True):
        x, first = members[0], len(primal)
        primal += explode(builder, x, next(raw))
        if kind is Duplicated:
            given = zip(leaf_types(members[1], x), explode_like(builder, members[1], next(raw), x), strict=True)
            for k, (ty, value) in enumerate(given, first):
                leaf = resolved.leaves[k]
                if leaf.holds_floats:
                    shadow[k] = ty, value
                elif leaf.is_number:
                    tangents[k] = context.cast(builder, value, ty, leaf.type)
    for ty, value in zip(resolved.derived.argtypes[len(resolved.call.kinds):], resolved.defaults, strict=True):
        primal += explode(builder, ty, context.get_constant_generic(builder, ty, value))
    return primal, tangents, shadow


def _pack(context, builder, resolved, numbers, gradients):
    """The result: gradients in the structure of their arguments, None for the others, and the value where it is asked for."""
    call, numbers = resolved.call, list(numbers)
    value = context.get_dummy_value()
    if call.mode.primal and resolved.derived.restype is not types.none:
        value = numbers.pop(0)
    adjoints = iter(numbers)

    def of(leaf, index):
        if leaf.is_number:
            return next(adjoints)
        return gradients[index].value if leaf.is_memory else context.get_constant_null(leaf.type)

    packed = []
    for argument, kind in enumerate(call.kinds):
        if kind is not Active:
            packed.append((types.none, context.get_dummy_value()))
            continue
        parts = [of(leaf, k) for k, leaf in enumerate(resolved.leaves) if leaf.argument == argument]
        ty = resolved.gradients[argument]
        packed.append((ty, implode(context, builder, ty, iter(parts))))
    assert next(adjoints, None) is None, "the core returns more numbers than there are active leaves"

    value = resolved.derived.restype if call.mode.primal else types.none, value
    return call.output.arrange(packed, value, _packer(context, builder))[1]


def _pack_tangent(context, builder, resolved, answer):
    """The result: the tangent of the primal's, None where it has none, and the value where it is asked for."""
    restype = resolved.derived.restype
    if restype is types.none:
        tangent = value = types.none, context.get_dummy_value()
    else:
        tangent, value = (restype, answer.tangent), (restype, answer.value)
        if not resolved.call.mode.primal:
            context.nrt.decref(builder, restype, answer.value)
    return resolved.call.output.place(tangent, value, _packer(context, builder))[1]


def _packer(context, builder):
    def pack(pairs):
        ty = types.Tuple([t for t, _ in pairs])
        return ty, context.make_tuple(builder, ty, [v for _, v in pairs])
    return pack
