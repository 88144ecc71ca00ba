"""A stand-in for the compiler: adjoints written by hand, compiled by Numba into text with the core's calling convention.

`@adjoint(f, Active, Const)` registers the core of `f` for these annotations. It is called with the primal's arguments and one pointer
for each shadow, and returns a tuple of numbers, as `request.Derived` says.
"""
import pytest
from numba import njit, types

from irad.backend import link
from irad.jit import resolve
from irad.request import Derived

_CORES = {}


def adjoint(f, *kinds, shadows=(), scratch=(), written=(), primal=False, distinct=False):
    def keep(function):
        _CORES[f, kinds, primal] = njit(function), tuple(shadows), frozenset(scratch), frozenset(written), distinct
        return function
    return keep


def fake_derive(request):
    f = request.dispatcher
    f.compile(request.argtypes)
    restype = f.overloads[request.argtypes].signature.return_type
    core, shadows, scratch, written, distinct = _CORES[f, request.kinds, request.mode.primal]
    argtypes = request.argtypes + (types.voidptr,) * len(shadows)
    core.compile(argtypes)
    compiled = core.overloads[argtypes]
    module = str(compiled.library._get_module_for_linking())
    name, text, environments = link.package(module, compiled.fndesc.llvm_func_name, f.py_func.__globals__)
    result = compiled.signature.return_type
    result = () if result is types.none else tuple(result)
    return Derived(name, text, request.argtypes, result, shadows, scratch, written, restype, environments, distinct=distinct)


@pytest.fixture(autouse=True)
def fake_core(monkeypatch):
    monkeypatch.setattr(resolve, "derive", fake_derive)
