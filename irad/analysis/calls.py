"""What a live call may be. Anything else is refused by name: an unknown call might read, write or keep memory behind irad's back."""
import re

from ..errors import Refusal
from ..rules import registry
from . import effects
from .activity import IGNORED_CALLS
from .objects import ALLOCATORS, CONTAINERS, PAYLOADS
from .values import callee, is_constant, is_copy, is_inst, is_memset

EXCINFO = 1                                             # the argument through which an exception leaves
REFCOUNTS = ("NRT_incref", "NRT_decref")
RELEASES = ("NRT_Free",)

# Prefix of a runtime symbol -> (what the user wrote, what to do)
KNOWN = (
    ("numba_xxgetr", "a LAPACK call (np.linalg)", "write the algorithm as loops"),
    ("numba_xxpotr", "a LAPACK call (np.linalg)", "write the algorithm as loops"),
    ("numba_xxnrm2", "a BLAS call (np.linalg.norm)", "write the sum as a loop"),
    ("numba_xx", "a BLAS call (`@`, np.dot, np.vdot)", "write the product as loops"),
    ("numba_ez_", "a LAPACK call (np.linalg)", "differentiate a function without it, or write the algorithm as loops"),
    ("numba_x", "a LAPACK call (np.linalg)", "write the algorithm as loops"),
    ("PyGILState", "a call back into Python (objmode)", "take it out of the function"),
    ("NRT_adapt_ndarray_to_python", "a print of an array", "print its elements, or take it out of the function"),
    ("PyErr_SetString", "a print of an array, or of what else Numba turns into a Python object", "print numbers and strings"),
    ("Py", "a call back into Python", "take it out of the function"),
    ("numba_do_raise", "an exception raised through Python", "raise it without run-time arguments"),
    ("printf", "print", "take it out of the function"),
    ("puts", "print", "take it out of the function"),
    ("numba_list", "a list", "use an array"),
    ("numba_dict", "a typed dict", "use arrays"),
    ("numba_hash", "a set or a dict (hashing)", "use arrays"),
    ("numba_get_internal_random_state", "a set or a dict (hashing)", "use arrays"),
    ("numba_attempt_nocopy_reshape", "a reshape", "pass the array in its final shape"),
    ("numba_unicode", "strings", "take them out of the function"),
    ("numba_test_", "a foreign function", ""),
    ("irad.", "a derivative taken inside the function, with a tape", "write the inner derivative by hand"),
    ("malloc", "a derivative taken inside the function, with a tape", "write the inner derivative by hand"),
    ("calloc", "a derivative taken inside the function, with memory of its own", "write the inner derivative by hand"),
)


def check(flow):
    """Refuse calls, and pointers put into memory, that the analyses do not understand."""
    for i in flow.instructions():                       # first, for Numba surrounds such a call with calls into Python
        if i.opname == "call" and not callee(i) and not effects.is_effect(i, flow):
            raise named(i)
    _check_exceptions(flow)
    for i in flow.instructions():
        if i.opname in ("call", "invoke"):
            _check_call(i, flow)
        elif i.opname in ("indirectbr", "callbr", "landingpad", "resume", "va_arg"):
            raise Refusal(f"the instruction `{i.opname}`", i)


def _check_exceptions(flow):
    """An exception that is caught is a constant, or none. One with arguments known at run time is a block that nobody releases."""
    slot = flow.function.args[EXCINFO]
    for i in flow.instructions():
        if i.opname != "store":
            continue
        value, pointer = i.operands
        if _is_unwrapper(value) or (pointer is slot and not _is_constant(value, slot, flow)):
            raise Refusal("an exception with run-time arguments that is caught", i, "its arguments lie in memory that nobody releases",
                          "raise it with constant arguments, or test the condition with `if`")


def _is_unwrapper(v):
    """The function that makes Python objects of an exception's run-time arguments."""
    return is_constant(v) and getattr(v, "name", "").startswith("__excinfo_unwrap_args")


def _is_constant(exception, slot, flow):
    slots, seen, todo = {slot, *(site.call.operands[2] for site in flow.sites.values())}, set(), [exception]
    while todo:
        v = todo.pop()
        if v in seen or is_constant(v) or v in slots:
            continue
        seen.add(v)
        if is_inst(v, "load"):                          # what a call that stays a call has raised, or one of several
            todo.append(v.operands[0])
            continue
        if not is_inst(v, "phi") and not is_inst(v, "select"):
            return False
        todo += [o for o, _ in flow.live_incoming(v)] if v.opname == "phi" else v.operands[1:]
    return True


def is_runtime(name):
    if name.startswith("NRT_Allocate_External"):
        return False
    return name.startswith((*ALLOCATORS, *CONTAINERS, *PAYLOADS, *REFCOUNTS, *RELEASES))


def _check_call(i, flow):
    name = callee(i)
    if is_memset(i) or is_copy(i) or name.startswith(IGNORED_CALLS) or is_runtime(name) or registry.is_pure_call(name):
        return
    if effects.is_effect(i, flow):
        return
    if i in flow.sites:
        _check_site(flow.sites[i])
        return
    if registry.rule_of(i) is not None:
        return
    raise named(i) or Refusal(f"a call of {name[:80]}", i, "there is no derivative rule for it")


def _check_site(site):
    """What a recursive call may take and give."""
    name, signature = readable(site.callee.name), site.callee.signature
    if signature.returns_pointers:
        raise Refusal(f"a recursive function that returns {signature.restype}", site.call,
                      f"{name} calls itself, and its result holds pointers",
                      "return numbers or tuples of numbers, and write into an array that is passed")
    if site.opaque() and any(is_inst(p) for p in site.opaque()):
        raise _structure_given(site)


def _structure_given(site):
    return Refusal("a list or class instance passed to a recursive function", site.call, f"{readable(site.callee.name)} calls itself",
                   "pass an array")


def check_given(flow, objects):
    """Refuse to pass on a differentiated instance of the caller's."""
    for site in flow.sites.values():
        if any(o.given for p in site.opaque() for o in objects.list(objects.of(p))):
            raise _structure_given(site)


def named(i):
    """The Refusal for a call of something that users know by a name, or None."""
    name = callee(i)
    if not name:
        return Refusal("a call through an address", i, "irad cannot see the code of a function value",
                       "call an @njit function by name, or pass it as an argument of the differentiated function")
    for prefix, what, do in KNOWN:
        if name.startswith(prefix):
            return Refusal(what, i, f"it calls {name}, for which there is no rule", do)
    if name.startswith(effects.STRINGS):
        return Refusal("a string made or compared at run time", i, f"it calls {readable(name)}", "take it out of the function")
    if i.operands[0].blocks:             # all else has been inlined
        return Refusal("a recursive call", i, f"{readable(name)} calls itself, and irad does not know its types",
                       "write the recursion as a loop")
    return None


def readable(symbol):
    """`package.module.function` from Numba's mangled name `_ZN7package6module8functionB2v1...`."""
    parts, at = [], 3 * symbol.startswith("_ZN")
    while at and (length := re.match(r"\d+", symbol[at:])):
        end = at + len(length[0]) + int(length[0])
        parts.append(symbol[at + len(length[0]):end])
        at = end
    plain = [re.sub(r"_([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), p) if "_3c" in p else p for p in parts]
    return ".".join(p for p in plain if p != "<locals>") or symbol[:80]
