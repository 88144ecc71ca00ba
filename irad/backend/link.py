"""Derived text as something that Numba can link: names that come from the content, environments, and a library that is never loaded.

A caller inlines the text, or carries a copy of it, so that its object code can be cached and used in another process. Hence names
must not depend on the process: a counter would let two texts meet under one name.
"""
import hashlib
import re
from weakref import WeakKeyDictionary

import llvmlite.binding as llvm
from numba.core.codegen import JITCodeLibrary
from numba.core.environment import Environment, lookup_environment
from numba.core.registry import cpu_target

from . import optimise, vector

_STAMP = "irad0content0hash"                      # stands for the digest until the text is complete
_ENVIRONMENT = "_ZN08NumbaEnv"                    # the prefix by which Numba finds environments in a cached library


class LinkedLibrary(JITCodeLibrary):
    """Linked into callers; neither optimised by itself nor loaded."""

    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self):
        pass

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True


class LoadedLibrary(JITCodeLibrary):
    """Loaded, after one run of our pipeline instead of Numba's three."""

    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self):
        optimise.finish(self._final_module)


def package(text, entry, namespace, passes=optimise.clean, chosen="none"):
    """A linked module, not yet optimised, as `(name, text, environments)` for `Derived`.

    `entry` is the function that stays visible; `namespace` are the globals of the user's function, for exceptions made at run time;
    `chosen` are the calls that `core_library` lets become the vector library's.
    """
    module = llvm.parse_assembly(_resolve_recursion(text))
    for function in module.functions:
        if not function.is_declaration and function.name != entry and not function.name.startswith("NRT_"):
            function.linkage = "internal"                            # NRT_*: the runtime and refprune know them by name
    sources = {}
    for n, value in enumerate([*module.functions, *module.global_variables]):     # before optimising: alias scopes repeat names
        if value.name == entry:
            value.name, value.linkage = f"irad.core.{_STAMP}", "external"         # the linker drops unused linkonce functions
        elif value.name.startswith(_ENVIRONMENT):
            old, value.name = value.name, f"{_ENVIRONMENT}4irad{_STAMP}.{n}"
            sources[value.name] = lookup_environment(old)
        elif not value.is_declaration and value.linkage == llvm.Linkage.internal:
            value.name = f"irad.part.{_STAMP}.{n}"
    module.verify()                                                  # a broken module would bring the passes down, and the process
    passes(module)
    module.name = _STAMP
    text = "\n".join(line for line in str(module).splitlines() if not line.startswith("source_filename"))
    said = re.sub(r"B\d+v\d+B", "", vector.mark(text, chosen))      # counters inside "missing Environment: ..."
    digest = hashlib.sha256(said.encode()).hexdigest()[:24]
    environments = tuple(_environment(name.replace(_STAMP, digest), source, namespace) for name, source in sources.items() if name in text)
    return f"irad.core.{digest}", text.replace(_STAMP, digest), environments


def _resolve_recursion(text):
    """Numba calls the other half of a mutual recursion through a pointer that its loader fills; here the callee is in the module."""
    return re.sub(r'^@"?\.numba\.unresolved\$([\w$.]+)"? = external global ptr$',
                  r'@".numba.unresolved$\1" = internal constant ptr @\1', text, flags=re.M)


def _environment(name, source, namespace):
    """An environment of a name that is the same in every process, with the constants of the one that Numba made."""
    known = lookup_environment(name)
    if known is not None:
        return known
    made = Environment(namespace)
    made.env_name, made.consts[:] = name, (source.consts if source else [])
    Environment._memo[name] = made
    return made


_linked = WeakKeyDictionary()                     # Derived -> {codegen: library}
_homes = WeakKeyDictionary()                      # Derived -> the loaded library of its environments


def core_library(derived, codegen):
    """The derived text as a library of this codegen. Called under the compiler lock. irad's own targets get it as it was derived: where it
    is differentiated once more, that derivation decides on vector math."""
    known = _linked.setdefault(derived, {})
    if codegen not in known:
        library = LinkedLibrary(codegen, derived.name)
        text = vector.mark(derived.text, derived.vector) if codegen is cpu_target.target_context.codegen() else derived.text
        library._final_module.link_in(llvm.parse_assembly(text))
        if (loading := vector.needs(text)) is not None:
            library._reload_init.add(loading)
        library._finalized = True
        if derived.environments and derived not in _homes:
            _homes[derived] = _load_environments(derived)
        known[codegen] = library
    return known[codegen]


def _load_environments(derived):
    """Give each environment pointer its one address in the process: callers' common symbols of the same name resolve to it."""
    codegen = cpu_target.target_context.codegen()
    home = JITCodeLibrary(codegen, derived.name + ".env")
    lines = [f'@"{e.env_name}" = common global ptr null' for e in derived.environments]
    home._final_module.link_in(llvm.parse_assembly("\n".join(lines)))
    codegen._add_module(home._final_module)
    codegen._engine.finalize_object()
    for e in derived.environments:
        codegen.set_env(e.env_name, e)
    return home
