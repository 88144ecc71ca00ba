"""Raising TapeLimitError from machine code, with numbers that are known at run time.

Numba's own way to raise with run-time values needs an environment, which the wrapper of a core has not. The record that it leaves behind is
made here by hand: one block with the pickled class and constant arguments, a function that makes a tuple of the numbers behind the record,
and the numbers. As with every such exception, Numba forgets to drop two small objects, some half a kilobyte for each that is raised.
"""
from llvmlite import ir
from numba.core import cgutils
from numba.core.callconv import excinfo_ptr_t, excinfo_t

from ..errors import TapeLimitError

COUNT = 3                                               # the numbers of a refusal: bytes, place, share
_I64, _I32 = ir.IntType(64), ir.IntType(32)
_RECORD = ir.LiteralStructType([excinfo_t, *[_I64] * COUNT])
_UNPACK = "irad.numbers"


def set_tape_limit_error(context, builder, block, constants, numbers):
    """Store TapeLimitError(*constants, *numbers) as the exception of this function, in `block`, which NRT allocated and Numba frees."""
    pyapi = context.get_python_api(builder)
    given = builder.load(pyapi.serialize_object((TapeLimitError, (*constants, *[context.get_dummy_value()] * COUNT), None)))
    record = builder.bitcast(block, _RECORD.as_pointer())
    values = cgutils.gep_inbounds(builder, record, 0, 1)
    unpack = _unpack(context, builder.module)
    fields = [builder.extract_value(given, 0), builder.extract_value(given, 1), builder.bitcast(values, cgutils.voidptr_t),
              builder.bitcast(unpack, cgutils.voidptr_t), _I32(COUNT)]
    for k, field in enumerate(fields):
        builder.store(field, cgutils.gep_inbounds(builder, record, 0, 0, k))
    for k, n in enumerate(numbers):
        builder.store(n, cgutils.gep_inbounds(builder, record, 0, 1 + k))
    store = builder.store(builder.bitcast(record, excinfo_ptr_t), builder.function.args[1])
    store.set_metadata("numba_exception_output", builder.module.add_metadata([ir.IntType(1)(1)]))


def size(context):
    """Bytes of the block."""
    return context.get_abi_sizeof(_RECORD)


def _unpack(context, module):
    """The function from the numbers to a tuple; Numba calls it where it holds the GIL."""
    if _UNPACK in module.globals:
        return module.globals[_UNPACK]
    fn = ir.Function(module, ir.FunctionType(cgutils.voidptr_t, [cgutils.voidptr_t]), _UNPACK)
    fn.linkage = "linkonce_odr"
    fn.attributes.add("noinline")
    builder = ir.IRBuilder(fn.append_basic_block("entry"))
    pyapi = context.get_python_api(builder)
    numbers = builder.bitcast(fn.args[0], _I64.as_pointer())
    made = [pyapi.long_from_longlong(builder.load(builder.gep(numbers, [_I64(k)]))) for k in range(COUNT)]
    builder.ret(pyapi.tuple_pack(made))
    return fn
