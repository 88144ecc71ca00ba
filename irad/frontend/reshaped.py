"""Mark where an array is seen in another shape, or as elements of another size.

Two elements of an array are told apart subscript by subscript (analysis/intact.py), which relies on each subscript staying within its
extent. That is Numba's contract for the array that was made or passed, and not for its memory seen through a reshape: `x.ravel()[i*m + j]`
may have any j, as may `x.flat[i*m + j]` and the rows of `as_strided`. So the data pointer of such an array goes through a call that LLVM
cannot see through, which becomes a `freeze` in the prepared text: the identity, at which the search for the array's shape ends.

Where elements are seen whose size is no whole number of the floats behind them, `x.view(np.int8)[k:].view(np.float64)`, a float of the
view may begin inside of a float of the array. There, and in `as_strided`, whose strides are any bytes, the `freeze` carries the mark
`!irad.resized`: behind it, analysis/layout.py takes nothing for a whole float that is not known to be one.
"""
import functools
import re

from llvmlite import ir
from numba.core import types
from numba.np import arrayobj

from irad.frontend.floats import floats, itemsize

RESHAPED, RESIZED = "irad.reshaped", "irad.resized"
# Numba's implementations; `reshape_unchecked` is behind as_strided and sliding_window_view
RESHAPES, STRIDED, VIEWS = ("array.reshape",), (arrayobj.reshape_unchecked,), ("array.view", arrayobj.np_frombuffer)
CALL = re.compile(r"^(  %\S+ = )(?:tail |notail )?call [^\n(]*@irad\.(reshaped|resized)"
                  r"\(ptr (?:[a-z]+(?:\(\d+\))? )*(%\S+|@\S+|null)\)(?: #\d+)?([^\n]*)", re.M)
DECLARED = re.compile(r"^declare [^\n]*@irad\.(?:reshaped|resized)\([^\n]*\n", re.M)
NODE = re.compile(r"^!(\d+) = ", re.M)


def mark(definitions, attributes):
    """Wrap the implementations of reshapes, of views and of `x.flat` in a target's tables, once."""
    for keys, name in ((RESHAPES, lambda _: RESHAPED), (STRIDED, lambda _: RESIZED), (VIEWS, _name_of_view)):
        for key in keys:
            _wrap(definitions.get(key), functools.partial(_marking_result, name))
    _wrap(attributes.get("flat"), _marking_argument)


def _name_of_view(sig):
    """RESIZED, where floats of one side may begin inside of floats of the other; None where there is nothing to mark."""
    seen, made = sig.args[0].dtype, sig.return_type.dtype
    sizes = itemsize(seen), itemsize(made)
    if None in sizes:
        return RESIZED
    whole = all(size % run.width == 0 for size, ty in zip(sizes, (made, seen), strict=True) for run in floats(ty))
    return None if whole else RESIZED


def _wrap(selector, marking):
    for k, (signature, implementation) in enumerate(selector.versions if selector else ()):
        if not hasattr(implementation, "irad_marks"):
            selector.versions[k] = signature, marking(implementation)
            selector.versions[k][1].irad_marks = True


def _marking_result(name_of, implementation):
    @functools.wraps(implementation)
    def marking(context, builder, sig, args, *more):
        out = implementation(context, builder, sig, args, *more)
        name = name_of(sig) if isinstance(sig.return_type, types.Array) else None
        return _marked(context, builder, sig.return_type, out, name) if name else out
    return marking


def _marking_argument(implementation):
    @functools.wraps(implementation)
    def marking(context, builder, ty, value, *more):
        return implementation(context, builder, ty, _marked(context, builder, ty, value, RESHAPED), *more)
    return marking


def _marked(context, builder, ty, value, name):
    array = arrayobj.make_array(ty)(context, builder, value)
    pointer = array.data
    function = builder.module.globals.get(name) or _declare(builder.module, name)
    generic = builder.bitcast(pointer, ir.PointerType(ir.IntType(8)))
    array.data = builder.bitcast(builder.call(function, [generic]), pointer.type)
    return array._getvalue()


def _declare(module, name):
    pointer = ir.PointerType(ir.IntType(8))
    return ir.Function(module, ir.FunctionType(pointer, [pointer]), name)


def hide(text):
    """Say what LLVM may do with the calls: everything but look inside."""
    return re.sub(r"^declare [^\n]*@\"?(irad\.reshaped|irad\.resized)\"?\([^\n]*$",
                  r"declare ptr @\1(ptr) nocallback nofree nosync nounwind speculatable willreturn memory(none)", text, flags=re.M)


def show(text):
    """The calls as `freeze`."""
    node = 1 + max(map(int, NODE.findall(text)), default=-1)
    mark = {"reshaped": "", "resized": f", !{RESIZED} !{node}"}
    shown = CALL.sub(lambda m: f"{m[1]}freeze ptr {m[3]}{mark[m[2]]}{m[4]}", text)
    return DECLARED.sub("", shown) + (f"!{node} = !{{}}\n" if f"!{RESIZED} " in shown else "")
