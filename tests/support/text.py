"""Functions written as LLVM text, in Numba's calling convention, for what Numba cannot be made to emit.

    facts(BODY, a=float64, x=float64[::1])          analysed: a Derivation
    call(BODY, 2.0, array)                          derived, compiled, run: the Answer of its core

The body sees `%ret`, `%exc`, numbers by their names, and of an array `x`: `%x` (data), `%x.d0`, `%x.d1` (shape), `%x.s0` (strides).
Declarations stand in front of the body, closed by a line `---`. Loops are written as preparation leaves them.
"""
import llvmlite.binding as llvm
import numpy as np
from numba import typeof, types

from irad.frontend.floats import floats
from irad.options import Options
from tests.support.core import Core, from_text, text_derivation

LLVM = {"float64": "double", "float32": "float", "int64": "i64", "int32": "i32", "int8": "i8", "bool": "i8"}


def signature(parameters):
    out = ["ptr %ret", "ptr %exc"]
    for name, ty in parameters.items():
        if not isinstance(ty, types.Array):
            out.append(f"{LLVM[str(ty)]} %{name}")
            continue
        out += [f"ptr %{name}.meminfo", f"ptr %{name}.parent", f"i64 %{name}.n", f"i64 %{name}.size", f"ptr %{name}"]
        out += [f"i64 %{name}.{part}{k}" for part in "ds" for k in range(ty.ndim)]
    return ", ".join(out)


def module(body, parameters):
    """The whole text; LLVM has checked it."""
    declarations, _, body = body.rpartition("---\n")
    text = f"{declarations}\ndefine i32 @f({signature(parameters)}) {{\n{body}\n}}\n"
    llvm.parse_assembly(text, llvm.create_context()).verify()
    return text


def default_kind(ty):
    held = floats(ty.dtype if isinstance(ty, types.Array) else ty)
    return "const" if not held else "duplicated" if isinstance(ty, types.Array) else "active"


def facts(body, const=(), **parameters):
    """A Derivation with all facts, before the plan. Arguments named in `const` are Const."""
    kinds = ["const" if name in const else default_kind(ty) for name, ty in parameters.items()]
    d = text_derivation(module(body, parameters), parameters.values(), kinds, options=Options())
    d.analyse()
    return d


def value(d, name):
    """The instruction of this name."""
    return next(i for b in d.flow.function.blocks for i in b.instructions if i.name == name)


def derived(body, *args, names="abcd", const=(), **options):
    """The core of a function of numbers and arrays: numbers are called a, b, ..., arrays x, y, ..., in order."""
    numbers, arrays, parameters = iter("abcdefg"), iter("xyzuvw"), {}
    for a in args:
        parameters[next(arrays) if isinstance(a, np.ndarray) else next(numbers)] = typeof(a)
    kinds = ["const" if name in const else default_kind(ty) for name, ty in parameters.items()]
    return Core(from_text(module(body, parameters), parameters.values(), kinds, **options))


def call(body, *args, **more):
    """Value and gradients: `.numbers` is the value and the adjoints of the numbers, `.shadows` those of the arrays."""
    answer = derived(body, *args, **more)(*args)
    assert answer.status == 0
    return answer
