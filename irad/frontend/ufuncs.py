"""Functions of Numba's whose lowered code hides that their derivative is zero.

`np.sign(x)` gives x itself where x is neither positive nor negative (a zero or a NaN), which reads as a slope of one at zero. For irad's
targets that value is `trunc(x)`: the same bits, and piecewise constant.
"""
import functools

import numpy as np
from numba.core.imputils import impl_ret_untracked
from numba.np import ufunc_db


def sign(context, builder, sig, args):
    """1.0, -1.0, or x where it is zero or NaN."""
    x, = args
    one, minus, zero = (context.get_constant(sig.return_type, v) for v in (1.0, -1.0, 0.0))
    flat = builder.call(builder.module.declare_intrinsic("llvm.trunc", [x.type]), [x])
    value = builder.select(builder.fcmp_ordered("<", x, zero), minus, flat)
    return impl_ret_untracked(context, builder, sig.return_type, builder.select(builder.fcmp_ordered(">", x, zero), one, value))


@functools.cache
def loops(ufunc):
    """Numba's table of implementations for a NumPy ufunc, with irad's own in their places."""
    table = ufunc_db.get_ufunc_info(ufunc)
    return {**table, "f->f": sign, "d->d": sign} if ufunc is np.sign else table


