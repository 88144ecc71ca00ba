"""Mark where an array is seen in another shape.

Two elements of an array are told apart subscript by subscript (analysis/intact.py), which relies on each subscript staying within its
extent. That is Numba's contract for the array that was made or passed, and not for its memory seen through a reshape: `x.ravel()[i*m + j]`
may have any j, as may `x.flat[i*m + j]` and the rows of `as_strided`. So the data pointer of such an array goes through a call that LLVM
cannot see through, which becomes a `freeze` in the prepared text: the identity, at which the search for the array's shape ends.
"""
import functools
import re

from llvmlite import ir
from numba.core import types
from numba.np import arrayobj

KEYS, NAME = ("array.reshape", arrayobj.reshape_unchecked), "irad.reshaped"     # the second is behind as_strided and sliding_window_view
CALL = re.compile(r"^(  %\S+ = )(?:tail |notail )?call [^\n(]*@irad\.reshaped"
                  r"\(ptr (?:[a-z]+(?:\(\d+\))? )*(%\S+|@\S+|null)\)(?: #\d+)?", re.M)
DECLARED = re.compile(r"^declare [^\n]*@irad\.reshaped\([^\n]*\n", re.M)


def mark(definitions, attributes):
    """Wrap the implementations of reshapes, of windows and of `x.flat` in a target's tables, once."""
    for key in KEYS:
        _wrap(definitions.get(key), _marking_result)
    _wrap(attributes.get("flat"), _marking_argument)


def _wrap(selector, marking):
    for k, (signature, implementation) in enumerate(selector.versions if selector else ()):
        if not hasattr(implementation, "irad_marks"):
            selector.versions[k] = signature, marking(implementation)
            selector.versions[k][1].irad_marks = True


def _marking_result(implementation):
    @functools.wraps(implementation)
    def marking(context, builder, sig, args, *more):
        out = implementation(context, builder, sig, args, *more)
        return _marked(context, builder, sig.return_type, out) if isinstance(sig.return_type, types.Array) else out
    return marking


def _marking_argument(implementation):
    @functools.wraps(implementation)
    def marking(context, builder, ty, value, *more):
        return implementation(context, builder, ty, _marked(context, builder, ty, value), *more)
    return marking


def _marked(context, builder, ty, value):
    array = arrayobj.make_array(ty)(context, builder, value)
    pointer = array.data
    function = builder.module.globals.get(NAME) or _declare(builder.module)
    generic = builder.bitcast(pointer, ir.PointerType(ir.IntType(8)))
    array.data = builder.bitcast(builder.call(function, [generic]), pointer.type)
    return array._getvalue()


def _declare(module):
    pointer = ir.PointerType(ir.IntType(8))
    return ir.Function(module, ir.FunctionType(pointer, [pointer]), NAME)


def hide(text):
    """Say what LLVM may do with the call: everything but look inside."""
    declared = "declare ptr @irad.reshaped(ptr) nocallback nofree nosync nounwind speculatable willreturn memory(none)"
    return re.sub(r"^declare [^\n]*@\"?irad\.reshaped\"?\([^\n]*$", declared, text, flags=re.M)


def show(text):
    """The calls as `freeze`."""
    return DECLARED.sub("", CALL.sub(r"\1freeze ptr \2", text))
