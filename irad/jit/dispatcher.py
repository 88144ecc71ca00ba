"""Derivatives as Numba dispatchers: what grad(f) returns, and what autodiff calls from Python.

The py_func of such a dispatcher gives it a signature, defaults and a name, and f's file and line, so that Numba's cache follows f's source.
Its body is what Numba compiles when this function is itself differentiated; its own machine code comes from entry.py.
"""
import inspect
from importlib.metadata import PackageNotFoundError, version

from numba.core.caching import FunctionCache
from numba.core.registry import CPUDispatcher

from .entry import EntryCompiler
from .tables import tables

_OPTIONS = "nogil", "error_model", "fastmath", "boundscheck"
try:
    _VERSION = version("irad")
except PackageNotFoundError:
    _VERSION = "source"


class DerivedDispatcher(CPUDispatcher):
    """A dispatcher whose code comes from a derived text. It pickles as the call that made it, so any process can make it again."""
    compiler = EntryCompiler

    def __init__(self, py_func, request, recipe):
        f = request[0]
        options = {k: v for k, v in f.targetoptions.items() if k in _OPTIONS}
        super().__init__(py_func, targetoptions={"nopython": True, **options})
        self._recipe = recipe
        self._compiler = self.compiler(self, request)
        if isinstance(f._cache, FunctionCache):                     # cache=True is inherited
            self._cache = EntryCache(py_func, f.py_func, repr(request[1:]))

    def __reduce__(self):
        return self._recipe

    def __reduce_ex__(self, protocol):
        return self._recipe


class EntryCache(FunctionCache):
    """Numba keys an entry by its own bytecode and closure; here the primal's go in as well, the request, and irad's version."""

    def __init__(self, py_func, primal, request):
        super().__init__(py_func)
        self._primal, self._request = primal, request

    def _index_key(self, sig, codegen):
        primal = FunctionCache(self._primal)._index_key(sig, codegen)[2]
        return (*super()._index_key(sig, codegen), primal, self._request, _VERSION)


def make(name, parameters, body, names, request, recipe, doc=None, kind=DerivedDispatcher):
    """A dispatcher of `parameters` (inspect.Parameter) for `request`. `body` is the text of its Python equivalent, in terms of `names`."""
    f = request[0]
    code = f.py_func.__code__
    bare = [p.replace(default=p.empty, annotation=p.empty) for p in parameters]
    source = f"def {name}({', '.join(map(str, bare))}):\n" + "".join(f"    {line}\n" for line in body)
    namespace = {"__name__": f.py_func.__module__ or "__main__", **names}
    exec(compile("\n" * (code.co_firstlineno - 1) + source, code.co_filename, "exec"), namespace)
    py_func = namespace[name]
    py_func.__defaults__ = tuple(p.default for p in parameters if p.default is not p.empty) or None
    py_func.__qualname__ = f"{f.py_func.__qualname__}.{name}"
    py_func.__doc__ = doc
    known = tables(f).entries
    return known.setdefault(recipe_key(recipe), kind(py_func, request, recipe))      # of two threads the first one wins


def recipe_key(recipe):
    function, arguments = recipe
    return function, arguments[1:]


def known(f, recipe):
    """The dispatcher that this recipe made before, or None."""
    return tables(f).entries.get(recipe_key(recipe))


def parameter(name):
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
