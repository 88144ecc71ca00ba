"""A Numba target of irad's own: it lowers like the CPU's, links, and neither optimises nor loads anything.

    PLAIN, LINES        two such targets; the second lowers with line directives, for messages only
    PLAIN.twin(f)       the dispatcher that lowers f, and all that f calls, for this target

`Dispatcher.inspect_llvm()` will not do: it shows a module after code generation, with callees linked in that state. Here every callee is
lowered anew. Whatever is registered for the CPU holds, for the target inherits from it; jitclasses and `@vectorize` functions, which
register with the CPU's contexts alone, are taken over one by one.

Options: a function's fastmath and error_model are its own, else its caller's within the same lowering, as in Numba; never those of the
function that Numba happens to be compiling when irad is called. `debug` is dropped. A function with `parallel=True` is refused; without it
prange is range.
"""
import functools
import weakref

from numba import njit, types
from numba.core import cpu, dispatcher, registry, typing
from numba.core import target_extension as te
from numba.core.codegen import JITCodeLibrary, JITCPUCodegen
from numba.core.descriptors import TargetDescriptor
from numba.core.runtime import rtsys
from numba.core.targetconfig import ConfigStack
from numba.experimental.jitclass.base import ClassBuilder
from numba.np import npyimpl
from numba.np.ufunc import dufunc

from irad.errors import Refusal
from irad.frontend import reshaped, ufuncs
from irad.frontend.lines import definition


class LinkOnlyLibrary(JITCodeLibrary):
    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self):
        pass

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True


class LinkOnlyCodegen(JITCPUCodegen):
    _library_class = LinkOnlyLibrary


class Options(cpu.CPUTargetOptions):
    """Flags of every function lowered here. Wrappers for Python and C are not wanted: nothing here is ever called."""

    def finalize(self, flags, options):
        super().finalize(flags, options)
        flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        flags.auto_parallel = cpu.ParallelOptions(False)
        flags.debuginfo = flags.dbg_extend_lifetimes = flags.dbg_directives_only = False


class LineOptions(Options):
    """The same code with line directives: after `finalize`, or bounds checks and longer lifetimes would come along."""

    def finalize(self, flags, options):
        super().finalize(flags, options)
        flags.debuginfo = flags.dbg_directives_only = True


class Context(cpu.CPUContext):
    """Lowering. `descriptor` is the target that this context belongs to."""
    descriptor = None

    def init(self):
        # The runtime's own library is compiled by whichever context comes first, and ours compiles nothing.
        rtsys.initialize(registry.cpu_target.target_context)
        super().init()
        self._internal_codegen = LinkOnlyCodegen(self.descriptor.name)

    def get_executable(self, library, fndesc, env):
        # Numba keys implementations by the entry point. Asking the engine for an address would crash, for nothing is loaded;
        # one constant for all would make functions collide.
        return (self.descriptor.name, fndesc.llvm_func_name)

    def refresh(self):
        super().refresh()
        reshaped.mark(self._defns, self._getattrs)
        ufuncs.replace(self._defns)

    def get_ufunc_info(self, ufunc_key):
        return ufuncs.loops(ufunc_key)

    def get_function(self, fn, sig, _firstcall=True):
        if isinstance(fn, types.Dispatcher) and not isinstance(fn.dispatcher, Twin):        # a jitclass's method
            twin = self.descriptor.twin(fn.dispatcher, inherit=True)
            twin.compile(sig.args)
            fn = types.Dispatcher(twin)
        return super().get_function(fn, sig, _firstcall)


class Typing(typing.Context):
    """Type inference, in which every dispatcher met is replaced by its twin."""

    def __init__(self, descriptor):
        self.descriptor, self.ufuncs = descriptor, set()
        super().__init__()

    def resolve_value_type(self, value):
        if isinstance(value, dispatcher.ObjModeLiftedWith):
            place = value.func_ir.loc
            raise Refusal("objmode", (place.filename, place.line), "its block runs in Python", "take it out of the function")
        if isinstance(value, registry.CPUDispatcher) and not isinstance(value, Twin):
            value = self.descriptor.twin(value, inherit=True)
        return super().resolve_value_type(value)

    def _get_global_type(self, value):
        found = super()._get_global_type(value) or registry.cpu_target.typing_context._get_global_type(value)
        if isinstance(value, dufunc.DUFunc) and value not in self.ufuncs:
            self.ufuncs.add(value)
            lowerer = UfuncLowerer(value, self.descriptor)
            self.descriptor.target_context.insert_func_defn([(lowerer, value, (types.VarArg(types.Any),))])
        return found


class UfuncLowerer(dufunc.UfuncLowererBase):
    """Lowers calls of a `@vectorize` function as Numba does, with a kernel that is lowered for this target."""

    def __init__(self, ufunc, descriptor):
        scalar = njit(ufunc._dispatcher.py_func)

        class Kernel(npyimpl._Kernel):
            def __init__(self, context, builder, outer_sig):
                super().__init__(context, builder, outer_sig)
                self.inner_sig, _ = ufunc.find_ewise_function(outer_sig.args)
                self.result = descriptor.twin(scalar, inherit=True).lowered(self.inner_sig.args)

            def generate(self, *args):
                inner, outer = self.inner_sig, self.outer_sig
                cast = [self.cast(v, have, want) for v, have, want in zip(args, outer.args, inner.args, strict=True)]
                value = self.context.call_internal(self.builder, self.result.fndesc, inner, cast)
                self.context.active_code_library.add_linking_library(self.result.library)
                return self.cast(value, inner.return_type, outer.return_type)

        super().__init__(ufunc, lambda _: Kernel, npyimpl.numpy_ufunc_kernel)


class Twin(registry.CPUDispatcher):
    """A dispatcher that lowers a user's function for one of irad's targets, and cannot be called."""

    def __init__(self, *args, **kws):
        self.by_entry = {}
        super().__init__(*args, **kws)

    def __deepcopy__(self, memo):
        return self                                     # literal_unroll copies the loop's body, with the functions in it

    def add_overload(self, cres):
        # Not super()'s, which hands the entry point to C code as an address.
        self.overloads[tuple(cres.signature.args)] = self.by_entry[cres.entry_point] = cres
        cres.library.irad_types = tuple(cres.fndesc.argtypes), cres.fndesc.restype
        self.targetdescr.libraries[cres.fndesc.llvm_func_name] = cres.library

    def lowered(self, argtypes):
        """The compile result. Found by its entry, for Numba may file it under other types than were asked for."""
        return self.by_entry[self.compile(tuple(argtypes))]


class Descriptor(TargetDescriptor):
    """One of the two targets; its contexts are made at first use."""

    def __init__(self, name, options):
        super().__init__(name)
        self.name, self.options = name, options
        self.libraries = weakref.WeakValueDictionary()  # by the name of their function; `irad_types`: of its arguments and result
        self.twin_class = type(f"Twin_{name}", (Twin,), {"targetdescr": self})
        target = type(f"Target_{name}", (te.CPU,), {})
        te.target_registry[name] = target
        te.dispatcher_registry[target] = self.twin_class
        te.jit_registry[target] = self.jit

    @functools.cached_property
    def typing_context(self):
        return Typing(self)

    @functools.cached_property
    def target_context(self):
        context = type("Context", (Context,), {"descriptor": self})(self.typing_context, self.name)
        context.install_registry(ClassBuilder.class_impl_registry)
        return context

    def refresh(self):
        """Take in what has been registered since."""
        self.typing_context.refresh()
        self.target_context.refresh()

    def twin(self, dispatcher, inherit=False):
        """The twin of a dispatcher; with `inherit`, options that it leaves open are those of the function being lowered."""
        options = dict(dispatcher.targetoptions)
        if options.get("parallel"):
            raise Refusal("a function compiled with parallel=True", definition(dispatcher.py_func),
                          "its loops and array expressions run in several threads, whose adjoints would add into the same memory",
                          "leave parallel=True out, and call the gradient from inside a prange loop")
        above = ConfigStack.top_or_none() if inherit else None
        options.setdefault("fastmath", above.fastmath if above else False)
        options.setdefault("error_model", above.error_model if above else "python")
        key = self.name, tuple(sorted(cpu.FastMathOptions(options["fastmath"]).flags)), options["error_model"]
        # Kept on the dispatcher, not in a table: a function that dies takes its twins with it.
        twins = dispatcher.__dict__.setdefault("_irad_twins", {})
        found = twins.get(key)
        if found is None:
            found = twins.setdefault(key, self.twin_class(dispatcher.py_func, locals=dispatcher.locals, targetoptions=options))
        return found

    def jit(self, *args, **options):
        """What `@overload` and its kin compile their implementations with. These inherit every option, as in Numba."""
        options.pop("target", None)
        options.pop("nopython", None)
        made = njit(*args, **options)
        if isinstance(made, registry.CPUDispatcher):
            return self._library(made)
        return lambda f: self._library(made(f))

    def _library(self, made):
        return self.twin_class(made.py_func, locals=made.locals, targetoptions=made.targetoptions)


PLAIN = Descriptor("irad", Options)
LINES = Descriptor("irad_lines", LineOptions)
