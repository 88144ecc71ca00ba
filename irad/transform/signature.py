"""The new function's arguments: those of the primal, then what the derivative takes besides."""
from llvmlite import ir

from ..analysis.flow import I32, PTR
from ..ir.extras import Attributes, CodePointer


def declare(d, name, more):
    """The new function, and what its arguments stand for: {value of the analysed function: argument}.

    `more`: (type, name, the value that it stands for or None) for each further argument."""
    old = d.flow.function
    function = ir.Function(d.flow.module, ir.FunctionType(I32, [a.type for a in old.args] + [ty for ty, _, _ in more]), name)
    function.type, function.attributes = CodePointer(function.ftype), Attributes()
    function.return_value.attributes = Attributes()
    d.flow.module.globals[name] = function
    mapped = {}
    for a, (label, given) in zip(function.args, [(a.name, a) for a in old.args] + [m[1:] for m in more], strict=True):
        a.attributes = Attributes()
        a._name = label
        if given is not None:
            mapped[given] = a
    return function, mapped


def shadows(d):
    """A pointer for each leaf with a shadow."""
    return [(PTR, f"shadow.{k}", d.shadows.arguments.get(leaf)) for k, leaf in enumerate(d.shadow_leaves)]
