"""vectorize_math(f): f itself, its calls of libm free to become the vector library's.

f is lowered and prepared as for a derivative, so that all that it calls is in one module and no loop has been vectorised yet; the calls get
their attributes where the text is linked (backend/vector.py). The dispatcher is built as a derivative's is: from text, without a stub.
"""
from dataclasses import dataclass

from numba.core import cgutils
from numba.core.compiler_lock import global_compiler_lock

from ..backend.link import core_library
from ..modes import Reverse
from ..request import Derived, Request
from .checks import as_dispatcher
from .dispatcher import DerivedDispatcher, known, make
from .entry import EntryCompiler
from .parameters import parameters, site, star, wrong
from .tables import tables


@dataclass(frozen=True)
class Whole:
    """A function as it stands: what `Resolved` is for a derivative."""
    derived: Derived

    @property
    def name(self):
        return self.derived.name

    @property
    def argtypes(self):
        return self.derived.argtypes

    @property
    def restype(self):
        return self.derived.restype

    def call(self, context, builder, values):
        """`(status, result)`; the caller owns the result."""
        context.active_code_library.add_linking_library(core_library(self.derived, context.codegen()))
        fnty = context.call_conv.get_function_type(self.restype, self.argtypes)
        fn = cgutils.get_or_insert_function(builder.module, fnty, self.name)
        context.call_conv.decorate_function(fn, [f"a{k}" for k in range(len(values))], self.argtypes)
        return context.call_conv.call_function(builder, fn, self.restype, self.argtypes, values)


class VectorizedCompiler(EntryCompiler):
    def _answer(self, args):
        f, = self._request
        return Whole(_derived(f, tuple(self._given(args))))


class VectorizedDispatcher(DerivedDispatcher):
    """`vector_math`: a derivative of it has vector math too."""
    compiler = VectorizedCompiler
    vector_math = True


@global_compiler_lock
def _derived(f, argtypes):
    home = tables(f).whole
    if argtypes not in home:
        from ..pipeline import whole
        home.setdefault(argtypes, whole(Request(f, Reverse.with_options(vector_math=True), (), argtypes)))
    return home[argtypes]


def vectorize_math(f):
    f = as_dispatcher(f)
    if isinstance(f, VectorizedDispatcher):
        return f
    wanted = parameters(f)
    if star(f):
        raise wrong(f, f"vectorize_math cannot make a function of {f.py_func.__qualname__}, which has the parameter `*{star(f)}`",
                    "the function that it returns names its arguments", "write a function with one parameter for each argument")
    if f.targetoptions.get("parallel"):
        raise wrong(f, f"vectorize_math cannot compile {f.py_func.__qualname__}, which is compiled with parallel=True",
                    "its loops are handed to several threads before they are vectorised",
                    "leave parallel=True out, and call the result from a prange loop")
    recipe = vectorize_math, (f,)
    body = [f"return irad_f({', '.join(p.name for p in wanted)})"]
    doc = f"{site(f)} with vector math."
    return known(f, recipe) or make("vectorize_math", wanted, body, {"irad_f": f}, (f,), recipe, doc, VectorizedDispatcher)
