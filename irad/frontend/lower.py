"""A Numba function to one linked, unoptimised LLVM module, callees included.

    lower(dispatcher, argtypes) -> Primal
    why_not_lowered(dispatcher, argtypes, failure)      # raises Numba's own error, unchanged, for what Numba cannot compile

Lowering is re-entrant: it may run while Numba infers the types of a caller, in any thread.
"""
import re
from dataclasses import dataclass, field
from inspect import Parameter

import llvmlite.binding as llvm
from numba import types
from numba.core import target_extension as te
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher
from numba.core.environment import Environment, lookup_environment
from numba.core.errors import NumbaError
from numba.core.registry import CPUDispatcher

from irad.errors import Refusal
from irad.frontend.abi import Signature, has_tangent
from irad.frontend.lines import quick_first_lines
from irad.frontend.target import LINES, PLAIN

# In the message of a failure to lower -> what, why, what to do
SIGNS = (
    (f"type({PLAIN.twin_class.__name__}(", "a function chosen at run time",
     "it becomes the address of compiled code, and irad needs the code itself", "choose with `if` between calls of @njit functions"),
    ("_GUFunc ", "a @guvectorize function", "Numba calls it through an address", "write its loop in an @njit function"),
)
UNRESOLVED = re.compile(r'^@"?\.numba\.unresolved\$([\w$.]+)"? = external', re.M).findall
DEFINED = re.compile(r'^define [^\n]*?@"?([-\w$.]+)"?\(', re.M).findall
ENVIRONMENT = re.compile(r'^@"?(_ZN08NumbaEnv[^\s"]*)"? = ', re.M).findall


@dataclass(frozen=True)
class Primal:
    """The function to differentiate, as Numba lowers it."""
    text: str = field(repr=False)           # LLVM: linked, not optimised
    entry: str                              # the function's name in the text
    argtypes: tuple[types.Type, ...]
    restype: types.Type
    dispatcher: Dispatcher
    environments: dict[str, Environment] = field(repr=False)        # by the name of their global; kept alive here, Numba finds them weakly

    signatures: dict[str, Signature] = field(default_factory=dict, repr=False)      # of the functions in the text, by name

    def suits(self, mode):
        """May the reverse sweep start from the result, and has it a tangent in forward mode? Where there is none, from what is written."""
        if self.restype is types.none:
            return True
        return has_tangent(self.restype) if mode.direction == "Forward" else isinstance(self.restype, types.Float)


def lower(dispatcher, argtypes, lines=False):
    """Lower the dispatcher for these argument types, one for each argument of the call; with `lines`, instructions say where they come from
    (lines.py)."""
    target = LINES if lines else PLAIN
    with global_compiler_lock, te.target_override(target.name), quick_first_lines():
        target.refresh()
        passed = _passed(dispatcher, tuple(map(types.unliteral, argtypes)))
        result = target.twin(dispatcher).lowered(passed)
        result.library._ensure_finalized()      # needs the lock: libraries are finalised lazily
        text = _with_other_halves(str(result.library._final_module), target)
        known = {name: target.libraries.get(name) for name in DEFINED(text)}
    signatures = {name: Signature(*library.irad_types) for name, library in known.items() if library is not None}
    environments = {name: lookup_environment(name) for name in ENVIRONMENT(text)}
    return Primal(text, result.fndesc.llvm_func_name, _given(dispatcher, result.signature.args), result.signature.return_type, dispatcher,
                  {name: e for name, e in environments.items() if e is not None}, signatures)


def _with_other_halves(text, target):
    """A function that calls itself with other types than it was called with is in a module of its own, which Numba's loader finds."""
    done = set()
    while missing := [name for name in UNRESOLVED(text) if name not in done and not _defines(text, name)]:
        done.update(missing)
        for other in filter(None, map(target.libraries.get, missing)):
            other._ensure_finalized()
            module = llvm.parse_assembly(text)
            module.link_in(llvm.parse_assembly(str(other._final_module)))
            text = str(module)
    return text


def _defines(text, name):
    return re.search(rf'^define [^\n]*@"?{re.escape(name)}"?\(', text, re.M) is not None


def _passed(dispatcher, argtypes):
    """The types of the parameters: `*args` is one tuple."""
    count = _named(dispatcher)
    return argtypes if count is None else (*argtypes[:count], types.StarArgTuple(argtypes[count:]))


def _given(dispatcher, parameters):
    """The types of the arguments: the inverse of `_passed`."""
    return tuple(parameters) if _named(dispatcher) is None else (*parameters[:-1], *parameters[-1])


def _named(dispatcher):
    """How many parameters stand in front of `*args`; None if there is none."""
    kinds = [p.kind for p in dispatcher._compiler.pysig.parameters.values()]
    return kinds.index(Parameter.VAR_POSITIONAL) if Parameter.VAR_POSITIONAL in kinds else None


def why_not_lowered(dispatcher, argtypes, failure):
    """The Refusal for a function that Numba compiles and irad's target does not, or None if `failure` has no known reason."""
    own = CPUDispatcher(dispatcher.py_func, locals=dispatcher.locals, targetoptions=dispatcher.targetoptions)
    with te.target_override("cpu"):
        try:
            own.compile(_passed(dispatcher, argtypes))
        except Exception as error:
            raise error from None
    place = getattr(failure, "loc", None)
    for sign, what, why, do in SIGNS if isinstance(failure, NumbaError | NotImplementedError) else ():
        if sign in str(failure):
            return Refusal(what, place and (place.filename, place.line), why, do)
    return None
