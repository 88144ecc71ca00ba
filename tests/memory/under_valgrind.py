"""What runs inside valgrind: each core of a batch, once. Prints a line with its name and how many errors valgrind has counted meanwhile.

Blocks that are lost are counted as errors too: as many blocks are live behind the call as before it.
"""
import ctypes
import importlib.machinery
import importlib.util
import pickle
import sys

import llvmlite.binding as llvm

ERRORS = """
; valgrind's client request for the number of errors so far; outside valgrind it does nothing and gives 0.
define i64 @errors() {
  %request = alloca [6 x i64]
  store i64 4609, ptr %request
  %r = call i64 asm sideeffect "rolq $$3, %rdi; rolq $$13, %rdi; rolq $$61, %rdi; rolq $$51, %rdi; xchgq %rbx, %rbx", \
"={dx},{ax},0,~{cc},~{memory}"(ptr %request, i64 0)
  ret i64 %r
}
"""


def library(name, path, prefix):
    """A library in C of Numba's, without Numba: its functions by name, given to LLVM."""
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, path, loader=loader))
    loader.exec_module(module)
    for function, address in module.c_helpers.items():
        llvm.add_symbol(function if function.startswith("_") else prefix + function, address)
    return module


def compiled(text):
    module = llvm.parse_assembly(text, llvm.create_context())
    engine = llvm.create_mcjit_compiler(module, llvm.Target.from_default_triple().create_target_machine(opt=0))
    engine.finalize_object()
    return engine


def main(path):
    nrt_path, helpers_path, specs = pickle.loads(open(path, "rb").read())
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()
    library("_helperlib", helpers_path, "numba_")
    nrt = library("_nrt_python", nrt_path, "NRT_")
    nrt.memsys_enable_stats()
    limit = ctypes.c_int64(2**40)
    llvm.add_symbol("irad.tape.limit", ctypes.addressof(limit))
    counter = compiled(ERRORS)
    errors = ctypes.CFUNCTYPE(ctypes.c_int64)(counter.get_function_address("errors"))
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
    for spec in specs:
        print(spec["name"], one(spec, errors, libc, nrt), sep="\t", flush=True)


def one(spec, errors, libc, nrt):
    engine = compiled(spec["text"])
    blocks, starts = [], []
    for data, skew in spec["blocks"]:
        blocks.append(libc.malloc(skew + len(data)))
        starts.append(blocks[-1] + skew)
        ctypes.memmove(starts[-1], data, len(data))
    kinds, values = [ctypes.c_void_p, ctypes.c_void_p], []
    for what, *where in spec["arguments"]:
        kinds.append(ctypes.c_void_p if what == "block" else getattr(ctypes, what))
        values.append(starts[where[0]] + where[1] if what == "block" else where[0])
    result, excinfo = (ctypes.c_int64 * 256)(), ctypes.c_void_p()
    core = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(engine.get_function_address("irad.core"))
    live = nrt.memsys_get_stats_alloc() - nrt.memsys_get_stats_free()
    print(f"## {spec['name']}", file=sys.stderr, flush=True)
    before = errors()
    status = core(ctypes.addressof(result), ctypes.addressof(excinfo), *values)
    after = errors()
    print("## ", file=sys.stderr, flush=True)
    for block in blocks:
        libc.free(block)
    lost = nrt.memsys_get_stats_alloc() - nrt.memsys_get_stats_free() - live
    return f"status {status}" if status else after - before + abs(lost)


main(sys.argv[1])
