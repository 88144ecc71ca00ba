"""Calls that run once, in the forward sweep, and carry no derivative: random numbers, `print`, strings.

Such a call takes numbers and opaque memory, and gives a number, whose derivative is zero, or a pointer to opaque memory. Opaque memory
(the state of a generator, a Python object, a string) may be changed by any such call, so nothing is read from it a second time: what the
reverse sweep needs of it is saved. The state of a generator is never rewound: the stream is drawn once.
"""
from llvmlite import ir

from .values import callee, is_inst, is_pointer

STATES = ("numba_get_np_random_state", "numba_get_py_random_state")     # each gives the same memory whenever a thread calls it
RANDOM = (*STATES, "numba_rnd_shuffle", "numba_rnd_init", "numba_poisson_ptrs")
# What print is made of: it boxes its arguments and hands them to Python.
PRINT = frozenset("""
    numba_gil_ensure numba_gil_release numba_unpickle Py_IncRef Py_DecRef PyObject_Hash PyObject_Str PySys_FormatStdout
    PyErr_WriteUnraisable
    PyFloat_FromDouble PyComplex_FromDoubles PyBool_FromLong PyLong_FromLong PyLong_FromLongLong PyLong_FromUnsignedLongLong
    PyLong_FromSsize_t PyTuple_New PyTuple_SetItem PyTuple_Pack PyUnicode_AsUTF8 PyUnicode_FromString PyUnicode_FromStringAndSize
    PyUnicode_FromKindAndData PyList_GetItem Py_None _Py_NoneStruct numba_unicode_from_kind_and_data
""".split())
STRINGS = "_ZN5numba7cpython7unicode"                   # what Numba does with strings; a module of the users may be called unicode too


def is_effect(i, flow):
    """Is it such a call?"""
    name = callee(i)
    if not name:
        return _draws(i, flow)
    return name.startswith((*RANDOM, STRINGS)) or name in PRINT


def is_state(i):
    """Does the call give the state of the generator behind np.random or random?"""
    return callee(i).startswith(STATES)


def _draws(i, flow):
    """A NumPy Generator that is an argument holds the addresses of its functions, as integers."""
    if i.opname != "call" or not flow.generators:
        return False
    seen, todo = set(), [i.operands[0]]
    while todo:
        v = todo.pop()
        if v in seen:
            continue
        seen.add(v)
        if is_inst(v, "phi"):
            todo += v.operands
        elif not is_inst(v, "inttoptr") or v.operands[0] not in flow.generators:
            return False
    return True


def pointers(i):
    """What an effect is given to read and write."""
    return [o for o in i.operands[1:] if is_pointer(o) and not isinstance(o, ir.Function)]
