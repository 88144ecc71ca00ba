"""Functions of Numba's whose lowered code hides their derivative. irad's targets have implementations of their own, with the same bits.

* `np.sign(x)` gives x itself where x is neither positive nor negative (a zero or a NaN), which reads as a slope of one at zero. Here that
  value is `trunc(x)`: the same number, and piecewise constant.
* A complex power is a product where the exponent is 2, which reads as a slope of zero by the exponent. Here it is one if the exponent
  is the constant 2; else `numba_cpow` (rules/cpow.py) takes care of it.
"""
import functools

import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.core.imputils import impl_ret_untracked
from numba.cpython import numbers
from numba.np import npyfuncs, ufunc_db


def sign(context, builder, sig, args):
    """1.0, -1.0, or x where it is zero or NaN."""
    x, = args
    one, minus, zero = (context.get_constant(sig.return_type, v) for v in (1.0, -1.0, 0.0))
    flat = builder.call(builder.module.declare_intrinsic("llvm.trunc", [x.type]), [x])
    value = builder.select(builder.fcmp_ordered("<", x, zero), minus, flat)
    return impl_ret_untracked(context, builder, sig.return_type, builder.select(builder.fcmp_ordered(">", x, zero), one, value))


def power(context, builder, sig, args):
    """A complex power. LLVM decides whether the exponent is a constant; compared bit by bit, for an equality of floats stays hidden from
    it (equalities.py)."""
    ty = sig.args[0]
    a, b = (context.make_helper(builder, ty, value=v) for v in args)
    out = context.make_helper(builder, ty)
    width, two = (64, 0x4000000000000000) if isinstance(b.real.type, ir.DoubleType) else (32, 0x40000000)
    test = builder.module.declare_intrinsic("llvm.is.constant", [b.real.type], ir.FunctionType(ir.IntType(1), [b.real.type]))
    known = [builder.call(test, [v]) for v in (b.real, b.imag)]
    same = builder.icmp_unsigned("==", builder.bitcast(b.real, ir.IntType(width)), ir.Constant(ir.IntType(width), two))
    flat = builder.fcmp_ordered("==", b.imag, ir.Constant(b.imag.type, 0.0))
    with builder.if_else(functools.reduce(builder.and_, [*known, same, flat])) as (then, otherwise):
        with then:
            square = context.make_helper(builder, ty, value=numbers.complex_mul_impl(context, builder, sig, (args[0], args[0])))
            out.real, out.imag = square.real, square.imag
        with otherwise:
            pointers = [part._getpointer() for part in (a, b, out)]
            function = ir.FunctionType(ir.VoidType(), [p.type for p in pointers])
            name = "numba_cpow" if width == 64 else "numba_cpowf"
            builder.call(cgutils.get_or_insert_function(builder.module, function, name), pointers)
    return impl_ret_untracked(context, builder, sig.return_type, out._getvalue())


PLACES = {numbers.complex_power_impl: power, npyfuncs.np_complex_power_impl: power}


@functools.cache
def loops(ufunc):
    """Numba's table of implementations for a NumPy ufunc, with irad's own in their places."""
    table = ufunc_db.get_ufunc_info(ufunc)
    own = {key: PLACES.get(implementation, implementation) for key, implementation in table.items()}
    return {**own, "f->f": sign, "d->d": sign} if ufunc is np.sign else own


def replace(definitions):
    """Put irad's own implementations of operators into a target's tables."""
    for selector in definitions.values():
        for k, (signature, implementation) in enumerate(selector.versions):
            if implementation in PLACES:
                selector.versions[k] = signature, PLACES[implementation]


