"""checkpoint() inside njit code: nothing, but for irad's own lowering, which leaves a mark in the loop (analysis/strips.py)."""
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from ..frontend.target import Context
from ..rules.support import CHECKPOINT


@intrinsic
def _mark(typing):
    def lower(context, builder, signature, args):
        if isinstance(context, Context):
            void = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, void, CHECKPOINT), [])
        return context.get_dummy_value()
    return types.none(), lower


def register(function):
    @overload(function)
    def implementation():
        return lambda: _mark()
