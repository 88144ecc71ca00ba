"""LLVM's passes after differentiation.

The gradient is cleaned once when it is derived, without vectorisation, and vectorised once, in the library that is loaded: a text
that has been vectorised before it is linked is no longer inlined, and pays for the passes again. SLP stays off: it ruins stencil
adjoints. The last passes know the host, by Numba's target machine.
"""
import llvmlite.binding as llvm
from numba.core.registry import cpu_target


def machine():
    """The machine that Numba compiles for."""
    return cpu_target.target_context.codegen()._tm


def clean(module):
    """What every caller of a derived text would do again: inlining, simplification, pruning of reference counts. Loops stay as they are."""
    _run(module, vectorise=False)


def finish(module):
    """The passes of a library that is loaded: all of the above, and loops are vectorised and unrolled."""
    _run(module, vectorise=True)


def _run(module, vectorise):
    options = llvm.create_pipeline_tuning_options(speed_level=3 if vectorise else 2)
    options.loop_vectorization = options.loop_interleaving = options.loop_unrolling = vectorise
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine(), options)
    passes = builder.getModulePassManager()
    passes.add_refprune_pass()
    passes.run(module, builder)
