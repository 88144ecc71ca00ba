"""The machine code of a derivative's dispatcher, built directly from the derived text.

No bytecode and no type inference, and one run of LLVM's pipeline: half the time of a stub compiled by Numba. Nor does it leak: a stub,
like any njit function, drops no references when its callee raises; here the wrapper owns what it allocates, and the
arguments belong to Python.
"""
from llvmlite import ir
from numba import typeof
from numba.core import cgutils, compiler, errors, funcdesc, types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import _FunctionCompiler
from numba.core.environment import Environment
from numba.core.runtime import rtsys
from numba.core.targetconfig import ConfigStack
from numba.core.typing.templates import signature

from ..backend.link import LoadedLibrary
from ..modes import MEMBERS
from .resolve import Call, resolve
from .wrapper import Wrapped


class EntryCompiler(_FunctionCompiler):
    """Compiles one dispatcher: `request` is `(f, mode, kinds, output)`; its parameters are the raw values of the annotations, in order."""

    def __init__(self, dispatcher, request):
        super().__init__(dispatcher.py_func, dispatcher.targetdescr, dispatcher.targetoptions, dispatcher.locals, compiler.Compiler)
        self._request = request

    @global_compiler_lock
    def _compile_core(self, args, return_type):
        target = self.targetdescr.target_context
        target.refresh()
        context = target.subtarget(enable_nrt=True)                 # or array results reach Python as NULL
        args = tuple(a.type if isinstance(a, types.Optional) else types.unliteral(a) for a in args)
        if types.pyobject in args:
            raise errors.TypingError("cannot determine the Numba type of an argument")
        resolved = self._answer(args)
        fndesc = self._descriptor(resolved, args)
        env = Environment.from_fndesc(fndesc)
        library = LoadedLibrary(context.codegen(), fndesc.mangled_name)
        library.enable_object_caching()                             # before it is finalised, or it cannot be cached
        library.add_ir_module(_forward(context, library, fndesc, resolved))
        library.add_linking_library(rtsys.library)
        with ConfigStack().enter(self._flags()), context.push_code_library(library):       # unboxing a set compiles code
            context.create_cpython_wrapper(library, fndesc, env, call_helper=None, release_gil=bool(self.targetoptions.get("nogil")))
        context.create_cfunc_wrapper(library, fndesc, env, call_helper=None)        # makes it a first-class function
        library.finalize()
        entry = context.get_executable(library, fndesc, env)
        context.insert_user_function(entry, fndesc, [library])      # njit callers find it by its entry point
        return compiler.compile_result(
            typing_context=self.targetdescr.typing_context, target_context=context, entry_point=entry, typing_error=None,
            type_annotation=None, library=library, call_helper=None, signature=signature(resolved.restype, *args), objectmode=False,
            lifted=(), fndesc=fndesc, environment=env, metadata=None, reload_init=list(library._reload_init))

    def _flags(self):
        flags = compiler.Flags()
        self.targetdescr.options.parse_as_flags(flags, self.targetoptions)
        return flags

    def _answer(self, args):
        """What to call: its `restype`, its `argtypes`, a `name` by content, and `call(context, builder, values)`."""
        f, mode, kinds, output = self._request
        given = self._given(args)
        resolved = resolve(Call(f, mode, kinds, tuple(tuple(next(given) for _ in MEMBERS[kind]) for kind in kinds), output))
        return Wrapped(resolved)

    def _given(self, args):
        """The types of the values: a default has its value's."""
        return iter(types.unliteral(typeof(a.value)) if isinstance(a, types.Omitted) else a for a in args)

    def _descriptor(self, resolved, args):
        fn = self.py_func
        return funcdesc.PythonFunctionDescriptor(
            True, fn.__module__, fn.__qualname__, fn.__qualname__, fn.__doc__, {}, resolved.restype, {}, list(self.pysig.parameters), {},
            argtypes=args, global_dict=fn.__globals__, abi_tags=(resolved.name[-24:],))


def _forward(context, library, fndesc, resolved):
    """The function under Numba's own name for it: defaults become constants, the wrapper does the rest."""
    module = context.create_module(fndesc.unique_name)
    context = context.subtarget(fndesc=fndesc, environment=None)
    fn = context.declare_function(module, fndesc)
    pointer = ir.GlobalVariable(module, cgutils.voidptr_t, fndesc.env_name)         # get_executable stores the environment here
    pointer.linkage, pointer.initializer = "common", ir.Constant(cgutils.voidptr_t, None)
    builder = ir.IRBuilder(fn.append_basic_block("entry"))
    given = context.get_arg_packer(fndesc.argtypes).from_arguments(builder, context.call_conv.get_arguments(fn))
    raw = [context.get_constant_generic(builder, want, have.value) if isinstance(have, types.Omitted) else value
           for have, want, value in zip(fndesc.argtypes, resolved.argtypes, given, strict=True)]
    with context.push_code_library(library):
        status, result = resolved.call(context, builder, raw)
    with builder.if_then(status.is_error, likely=False):
        builder.store(status.excinfoptr, fn.args[1])
        builder.ret(status.code)
    context.call_conv.return_value(builder, context.get_return_value(builder, fndesc.restype, result))
    return module
