"""The opened reshape gives what Numba's C function gives: the same strides, and a copy for the same shapes."""
import ctypes
import itertools

import llvmlite.binding as llvm
import numpy as np
from numba.core.registry import cpu_target

from irad.frontend.reshape import open_reshapes

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
CONTEXT = cpu_target.target_context             # its making tells LLVM where Numba's C functions are


def opened(old, new):
    """The opened function of these dimensions, compiled: (extents, strides, wanted) -> new strides, or None for a copy."""
    name = "i32 @numba_attempt_nocopy_reshape"
    text = (f"declare {name}(i64, ptr, ptr, i64, ptr, ptr, i64, i32)\ndefine i32 @go(ptr %d, ptr %s, ptr %w, ptr %r) {{\n"
            f"  %a = call {name}(i64 {old}, ptr %d, ptr %s, i64 {new}, ptr %w, ptr %r, i64 8, i32 0)\n  ret i32 %a\n}}\n")
    changed = open_reshapes(text)
    assert changed != text
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(changed, llvm.create_context()),
                                        llvm.Target.from_default_triple().create_target_machine())
    engine.finalize_object()
    go = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 4)(engine.get_function_address("go"))

    def run(extents, strides, wanted):
        arrays = [np.array(v, np.int64) for v in (extents, strides, wanted, np.zeros(new))]
        return tuple(arrays[3]) if go(*(a.ctypes.data for a in arrays)) else None
    run.engine = engine
    return run


def theirs(extents, strides, wanted):
    go = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p] * 2, ctypes.c_int64, ctypes.c_int32)(
        llvm.address_of_symbol("numba_attempt_nocopy_reshape"))
    d, s, w, r = (np.array(v, np.int64) for v in (extents, strides, wanted, np.zeros(len(wanted))))
    done = go(len(d), d.ctypes.data, s.ctypes.data, len(w), w.ctypes.data, r.ctypes.data, 8, 0)
    return tuple(r) if done else None


def test_opened_reshape_agrees_with_numbas():
    rng = np.random.default_rng(3)
    outcomes = set()
    for old, new in itertools.product((1, 2, 3, 4), repeat=2):
        run = opened(old, new)
        for _ in range(150):
            extents = rng.choice([0, 1, 1, 2, 2, 3, 4, 6], old, p=[0.02, 0.14, 0.14, 0.2, 0.2, 0.1, 0.1, 0.1])
            whole = np.zeros([2 * e + 1 for e in extents])
            part = whole[tuple(slice(0, e * step, step) for e, step in zip(extents, rng.choice([1, 1, 1, 2], old), strict=True))]
            strides = part.strides if rng.choice([0, 1, 1]) else np.zeros(tuple(extents)).strides
            wanted = factors(rng, int(np.prod(extents)), new)
            ours = run(extents, strides, wanted)
            assert ours == theirs(extents, strides, wanted), (extents, strides, wanted)
            outcomes.add(ours is None)
    assert outcomes == {True, False}


def factors(rng, n, count):
    """A random shape of n elements; now and then of another number."""
    out = np.ones(count, np.int64)
    for p in (2, 2, 2, 2, 2, 2, 3, 3, 3, 3):
        if n and n % p == 0:
            n //= p
            out[rng.integers(count)] *= p
    out[rng.integers(count)] *= n if rng.random() > 0.05 else n + 1
    return out
