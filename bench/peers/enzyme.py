"""Real Enzyme (`pip install enzyme-ad`) on the module that irad differentiates, called from the same timing loop.

    gradient(kernel, fast) -> an njit function like irad's: `(*args, *shadows)` -> value, gradients added into the shadows

Enzyme's wheel compiles LLVM text for JAX. It is given the prepared text of the primal, with malloc and free in place of Numba's memory, for
this machine's processor, and one function more, which calls `__enzyme_autodiff` on it and leaves the value behind a pointer. The address of
that function is all that is asked for: JAX runs nothing in the loop.

Enzyme makes its adjoints `fast` unless its option `enzyme-fast-math` is off; `fast` says which. With `fast`, the primal is compiled with
fastmath too.

Raises what Enzyme raises. Where Enzyme crashes, so does the process: see apart.py.
"""
import ctypes
import functools
import re
import subprocess

import llvmlite.binding as llvm
import numpy as np
from numba import njit, typeof, types

from bench.peers.memory import RUNTIME
from irad import Const, Duplicated, ReverseWithPrimal
from irad.options import current
from irad.pipeline import Clock, prepared
from irad.request import Request

DEFINITION = r'^define [^\n]*@{name}\(.*?^}}\n'
DECLARATION = r'^declare [^\n]*@{name}\([^\n]*\n'
# What the wheel's LLVM cannot parse.
NEWER = re.compile(r"\b(nocreateundeforpoison|captures\([^()]*\)) ?")
SCOPES = re.compile(r", !(alias\.scope|noalias) !\d+")       # of result and exception, after inlining; there, domains are written otherwise


def gradient(kernel, fast=False):
    args = kernel.problem().args
    primal = njit(fastmath=fast)(kernel.primal.py_func)
    text = module(primal, tuple(map(typeof, args)), kernel.inputs)
    address = compiled(text, fast)
    return caller(address, args, kernel.inputs)


# ---- the module
def module(primal, argtypes, inputs):
    """LLVM text with three functions: the primal, `@derived` with plain arguments, `@hand_out`, which tells its address."""
    kinds = tuple(Duplicated if k < inputs else Const for k in range(len(argtypes)))
    p, text = prepared(Request(primal, ReverseWithPrimal, kinds, argtypes), current(), Clock())
    return for_this_machine(optimised(with_memory(text, p.entry) + glue(p.entry, argtypes, inputs)))


def with_memory(text, entry):
    """Numba's memory with its counts, on malloc and free; the entry is internal."""
    for name in re.findall(r"define .*@(\w+)\(", RUNTIME):
        text = re.sub(DEFINITION.format(name=name), "", text, flags=re.M | re.S)
        text = re.sub(DECLARATION.format(name=name), "", text, flags=re.M)
    return text + RUNTIME


def glue(entry, argtypes, inputs):
    passed, given, outer, marks, body = [], [], [], [], []
    for k, ty in enumerate(argtypes):
        if isinstance(ty, types.Array):
            shape = [f"i64 %n{k}_{d}" for d in range(ty.ndim)]
            outer += [f"ptr %a{k}", *shape]
            passed += [f"ptr %a{k}", *shape]
            items = step = None
            strides = [None] * ty.ndim
            order = range(ty.ndim) if ty.layout == "F" else reversed(range(ty.ndim))
            size = ty.dtype.bitwidth // 8
            for d in order:
                strides[d] = f"i64 {size}" if step is None else f"i64 {step}"
                last = size if step is None else step
                step = f"%s{k}_{d}"
                body.append(f"  {step} = mul i64 {last}, %n{k}_{d}")
            items = f"%i{k}"
            body.append(f"  {items} = sdiv exact i64 {step or size}, {size}")
            given += ["ptr null", "ptr null", f"i64 {items}", f"i64 {size}", f"ptr %a{k}", *shape, *strides]
            if k < inputs:
                outer.append(f"ptr %d{k}")
                marks.append(f'metadata !"enzyme_dup", ptr %a{k}, ptr %d{k}')
            else:
                marks.append(f'metadata !"enzyme_const", ptr %a{k}')
            marks += [f'metadata !"enzyme_const", {n}' for n in shape]
        else:
            value = f"{ {types.float64: 'double', types.int64: 'i64'}[ty] } %a{k}"
            outer.append(value)
            passed.append(value)
            given.append(value)
            marks.append(f'metadata !"enzyme_const", {value}')
    lines = "\n".join(body)
    return f"""
define internal void @primal(ptr noalias %out, {', '.join(passed)}) {{
  %result = alloca double
  %excinfo = alloca ptr
{lines}
  %status = call i32 @{_quoted(entry)}(ptr %result, ptr %excinfo, {', '.join(given)})
  %value = load double, ptr %result
  store double %value, ptr %out
  ret void
}}
declare void @__enzyme_autodiff(...)
define double @derived({', '.join(outer)}) {{
  %value = alloca double
  %seed = alloca double
  store double 0.0, ptr %value
  store double 1.0, ptr %seed
  call void (...) @__enzyme_autodiff(ptr @primal, metadata !"enzyme_dup", ptr %value, ptr %seed, {', '.join(marks)})
  %result = load double, ptr %value
  ret double %result
}}
define void @hand_out(ptr %a, ptr %b, ptr %c, ptr %buffer, ptr %d, ptr %e) {{
  %out = load ptr, ptr %buffer
  store ptr @derived, ptr %out
  ret void
}}
"""


def _quoted(name):
    return name if re.fullmatch(r"[-\w$.]+", name) else f'"{name}"'


def optimised(text):
    """Inlined and cleaned, as clang hands a function to Enzyme; loops stay as they are."""
    parsed = llvm.parse_assembly(text)
    for f in parsed.functions:
        if not f.is_declaration and f.name not in ("derived", "hand_out", "primal"):
            f.linkage = "internal"
    machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
    tuning = llvm.create_pipeline_tuning_options(2)
    tuning.loop_vectorization = tuning.slp_vectorization = tuning.loop_unrolling = tuning.loop_interleaving = False
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(parsed, builder)
    return str(parsed)


def for_this_machine(text):
    """Every function is compiled for this processor; without it Enzyme's wheel knows 128-bit vectors only."""
    features = ",".join(f"+{name}" for name, has in sorted(llvm.get_host_cpu_features().items()) if has)
    text = SCOPES.sub("", NEWER.sub("", text))
    attributes = f'"target-cpu"="{llvm.get_host_cpu_name()}" "target-features"="{features}"'
    return re.sub(r"^(define [^\n]*\))([^\n]*) \{$", rf"\1\2 {attributes} {{", text, flags=re.M)


# ---- Enzyme
def compiled(text, fast):
    """The address of `@derived`."""
    from enzyme_ad.jax import enzyme_call

    ctypes.CDLL("libm.so.6", mode=ctypes.RTLD_GLOBAL)
    set_option(enzyme_call.__file__, f"-enzyme-fast-math={int(fast)}")
    key, _ = enzyme_call.create_enzyme_kernel(text, "hand_out", [("double", [1])], [("double", [1])], (), enzyme_call.ABI.Primal,
                                              enzyme_call.Language.LLVM, False, "", "cpu")
    out, x, ident = np.zeros(1, np.int64), np.zeros(1), np.array([key], np.int64)
    run = _call(enzyme_call)
    run(out.ctypes.data, ctypes.cast((ctypes.c_void_p * 2)(ident.ctypes.data, x.ctypes.data), ctypes.c_void_p), None, 0, None)
    return int(out[0])


@functools.cache
def _call(enzyme_call):
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    signature = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
    return signature(pointer(enzyme_call.get_callback(), b"xla._CUSTOM_CALL_TARGET"))


def set_option(library, option):
    """LLVM's options are set as on a command line, and the wheel has none: its parser of command lines is called by its address."""
    parse = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_int, ctypes.POINTER(ctypes.c_char_p), ctypes.c_char_p, ctypes.c_size_t,
                             ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(_parser(library))
    words = (ctypes.c_char_p * 2)(b"enzyme", option.encode())
    if not parse(2, words, b"", 0, None, None, None):
        raise RuntimeError(f"Enzyme does not know {option}")


@functools.cache
def _parser(library):
    symbols = subprocess.run(["nm", "-C", library], capture_output=True, text=True, check=True).stdout
    offset = re.search(r"^([0-9a-f]+) \w llvm::cl::ParseCommandLineOptions\(", symbols, re.M)[1]
    with open("/proc/self/maps") as maps:
        base = min(int(line.split("-")[0], 16) for line in maps if library in line)
    return base + int(offset, 16)


# ---- the call
def caller(address, args, inputs):
    """An njit function that calls what stands at the address."""
    parameters, passed, argtypes = [], [], []
    for k, a in enumerate(args):
        parameters.append(f"a{k}")
        if not isinstance(a, np.ndarray):
            passed.append(f"a{k}")
            argtypes.append(ctypes.c_double if isinstance(a, float) else ctypes.c_int64)
            continue
        passed += [f"a{k}.ctypes.data", *(f"a{k}.shape[{d}]" for d in range(a.ndim))]
        argtypes += [ctypes.c_void_p, *[ctypes.c_int64] * a.ndim]
        if k < inputs:
            passed.append(f"d{k}.ctypes.data")
            argtypes.append(ctypes.c_void_p)
    shadows = [f"d{k}" for k in range(inputs)]
    space = {"derived": ctypes.CFUNCTYPE(ctypes.c_double, *argtypes)(address)}
    exec(f"def enzyme({', '.join(parameters + shadows)}):\n    return derived({', '.join(passed)})", space)
    return njit(space["enzyme"])
