"""Compile a module's function that has Numba's calling convention, and call it from Python with ctypes.

    Native(text, entry, argtypes, restype)(*arguments) -> (status, result)

Arguments are passed as Numba does: an array is its meminfo, parent, count, item size, data, shape, strides; tuples are flat.
"""
import ctypes

import llvmlite.binding as llvm
import numpy as np
from numba import types
from numba.core.registry import cpu_target
from numba.core.runtime import rtsys
from numba.np.numpy_support import as_dtype

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
POINTER, INT = ctypes.c_void_p, ctypes.c_int64


class Native:
    def __init__(self, text, entry, argtypes, restype):
        rtsys.initialize(cpu_target.target_context)             # the runtime's symbols
        module = llvm.parse_assembly(text, llvm.create_context())
        module.verify()
        # One machine for one engine: the engine takes it over.
        machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
        self.engine = llvm.create_mcjit_compiler(module, machine)
        self.engine.finalize_object()
        self.address, self.argtypes, self.restype = self.engine.get_function_address(entry), argtypes, restype

    def __call__(self, *arguments):
        kinds, raw = [POINTER, POINTER], []
        for ty, value in zip(self.argtypes, arguments, strict=True):
            for kind, part in flat(ty, value):
                kinds.append(kind)
                raw.append(part)
        result, excinfo = layout(self.restype)(), POINTER()
        status = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(self.address)(ctypes.addressof(result), ctypes.addressof(excinfo), *raw)
        return status, (value_of(self.restype, result) if status in (0, -2) else None)


def scalar(ty):
    return ctypes.c_uint8 if isinstance(ty, types.Boolean) else np.ctypeslib.as_ctypes_type(as_dtype(ty))


def flat(ty, value):
    """(ctype, value) of each LLVM argument."""
    if isinstance(ty, types.BaseTuple):
        for inner, v in zip(ty, value, strict=True):
            yield from flat(inner, v)
    elif isinstance(ty, types.Array):
        yield from [(POINTER, None), (POINTER, None), (INT, value.size), (INT, value.itemsize), (POINTER, value.ctypes.data)]
        yield from [(INT, n) for n in (*value.shape, *value.strides)]
    elif isinstance(ty, types.Complex):
        kind = scalar(ty.underlying_float)
        yield from [(kind, value.real), (kind, value.imag)]
    else:
        yield scalar(ty), value if isinstance(value, bool | int) else value.item() if hasattr(value, "item") else value


def layout(ty):
    """The ctype of a result in memory."""
    if isinstance(ty, types.NoneType):
        return POINTER
    if isinstance(ty, types.BaseTuple):
        return type("Tuple", (ctypes.Structure,), {"_fields_": [(f"f{k}", layout(t)) for k, t in enumerate(ty)]})
    if isinstance(ty, types.Array):
        sizes = INT * ty.ndim
        kinds = {"meminfo": POINTER, "parent": POINTER, "count": INT, "size": INT, "data": POINTER, "shape": sizes, "strides": sizes}
        return type("Array", (ctypes.Structure,), {"_fields_": list(kinds.items())})
    if isinstance(ty, types.Complex):
        return scalar(ty.underlying_float) * 2
    return scalar(ty)


def value_of(ty, raw):
    if isinstance(ty, types.NoneType):
        return None
    if isinstance(ty, types.BaseTuple):
        return tuple(value_of(t, getattr(raw, name)) for t, (name, _) in zip(ty, raw._fields_, strict=True))
    if isinstance(ty, types.Array):
        # Results of the cases are small and contiguous; their memory is left to the process.
        dtype = as_dtype(ty.dtype)
        flat_values = np.frombuffer(ctypes.string_at(raw.data, raw.count * dtype.itemsize), dtype)
        return flat_values.reshape(tuple(raw.shape)).copy()
    if isinstance(ty, types.Complex):
        return complex(raw[0], raw[1])
    return raw.value if hasattr(raw, "value") else raw
