"""What a live call may be. Anything else is refused by name: an unknown call might read, write or keep memory behind irad's back."""
from ..errors import Refusal
from ..rules import registry
from .activity import IGNORED_CALLS
from .objects import ALLOCATORS, CONTAINERS, PAYLOADS
from .values import callee, is_constant, is_copy, is_inst, is_memset, is_pointer

REFCOUNTS = ("NRT_incref", "NRT_decref")
RELEASES = ("NRT_Free",)

# Prefix of a runtime symbol -> (what the user wrote, what to do)
KNOWN = (
    ("numba_xx", "a BLAS call (`@`, np.dot, np.vdot)", "write the product as loops"),
    ("numba_ez_", "a LAPACK call (np.linalg)", "differentiate a function without it, or write the algorithm as loops"),
    ("numba_x", "a LAPACK call (np.linalg)", "write the algorithm as loops"),
    ("numba_get_np_random_state", "np.random inside the function", "draw the numbers outside and pass them in"),
    ("numba_get_py_random_state", "random inside the function", "draw the numbers outside and pass them in"),
    ("numba_rnd", "np.random inside the function", "draw the numbers outside and pass them in"),
    ("numba_gil_ensure", "a call back into Python (print, objmode, a format)", "take it out of the function"),
    ("PyGILState", "a call back into Python (objmode)", "take it out of the function"),
    ("Py", "a call back into Python (objmode, print)", "take it out of the function"),
    ("numba_do_raise", "an exception raised through Python", "raise it without run-time arguments"),
    ("printf", "print", "take it out of the function"),
    ("puts", "print", "take it out of the function"),
    ("numba_list", "a list", "use an array"),
    ("numba_dict", "a typed dict", "use arrays"),
    ("numba_hash", "hashing (a set or a dict)", "use arrays"),
    ("NRT_MemInfo_alloc_dtor", "a container with a destructor (typed list, set, class instance)", "use arrays"),
    ("numba_attempt_nocopy_reshape", "a reshape", "pass the array in its final shape"),
    ("numba_unicode", "strings", "take them out of the function"),
    ("get_num_threads", "a parallel loop (prange)", "call the gradient from inside a prange loop instead"),
    ("numba_parallel_for", "a parallel loop (prange)", "call the gradient from inside a prange loop instead"),
    ("do_scheduling", "a parallel loop (prange)", "call the gradient from inside a prange loop instead"),
    ("get_parallel_chunksize", "a parallel loop (prange)", "call the gradient from inside a prange loop instead"),
    ("numba_test_", "a foreign function", ""),
)


def check(flow):
    """Refuse calls, and pointers put into memory, that the analyses do not understand."""
    for i in flow.instructions():
        if i.opname in ("call", "invoke"):
            _check_call(i)
        elif i.opname == "store" and is_pointer(i.operands[0]) and not is_constant(i.operands[0]):
            raise Refusal("a pointer stored in memory", i, "arrays inside lists, records, class instances or results are not differentiated yet",
                          "keep arrays in variables and tuples")
        elif i.opname in ("indirectbr", "callbr", "landingpad", "resume", "va_arg"):
            raise Refusal(f"the instruction `{i.opname}`", i)


def is_runtime(name):
    return name.startswith((*ALLOCATORS, *CONTAINERS, *PAYLOADS, *REFCOUNTS, *RELEASES)) and not name.startswith(("NRT_MemInfo_alloc_dtor", "NRT_Allocate_External"))


def _check_call(i):
    name = callee(i)
    if not name:
        raise Refusal("a call through an address", i, "irad cannot see the code of a function value",
                      "call an @njit function by name, or pass it as an argument of the differentiated function")
    if is_memset(i) or is_copy(i) or name.startswith(IGNORED_CALLS) or is_runtime(name) or registry.is_pure_call(name):
        return
    if registry.rule_of(i) is not None:
        return
    for prefix, what, do in KNOWN:
        if name.startswith(prefix):
            raise Refusal(what, i, f"it calls {name}, for which there is no rule", do)
    if is_defined(i):
        raise Refusal("a recursive call", i, f"{name.split('::')[-1][:80]} calls itself", "write the recursion as a loop")
    raise Refusal(f"a call of {name[:80]}", i, "there is no derivative rule for it")


def is_defined(i):
    return is_inst(i) and bool(i.operands[0].blocks)
