"""Modules with a core in them -> `Derived`: the runtime's functions added, optimised, named by content.

Where overlapping arguments matter there are two cores, one that takes array arguments to be apart and one that does not; the entry chooses
by a flag that the caller, who has compared the byte ranges, passes last.
"""
import re

import llvmlite.binding as llvm
from numba import types

from ..request import Derived
from ..rules.support import support_text, with_support
from ..transform import runtime
from ..transform.core import NAME
from . import link, optimise

DEFINED = re.compile(r'^(?:define|declare)\b[^@]*@"?([^"(\s]+)"?\(', re.M)
MERGED = NAME + ".merged"


def package(derivation, primal, request, text, merged=None, inner=()):
    """Everything that a caller of the derivative needs. `merged`: the derivation for overlapping arguments, its core named MERGED; `inner`:
    those of functions that are called inside. `text`: the prepared primal, for calls of it that are left."""
    prepared, text, entry = text, module_text(derivation), NAME
    if merged is not None:
        text, entry = _with_choice(text, module_text(merged), derivation), NAME + ".entry"
    if derivation.flow.sites:
        text = with_inner(text, [*map(module_text, inner), prepared])
    passes = optimise.clean if derivation.options.optimise else _nothing
    name, text, environments = link.package(text, entry, request.dispatcher.py_func.__globals__, passes, derivation.options.vector)
    result = tuple(map(types.unliteral, derivation.result_types))
    return Derived(name, text, tuple(primal.argtypes), result, tuple(derivation.shadow_leaves), tangents=tuple(derivation.tangent_leaves),
                   scratch=derivation.scratch, written=derivation.written, restype=primal.restype, environments=environments,
                   distinct=derivation.assumes_distinct, takes_overlap=merged is not None,
                   always_raises=derivation.flow.always_raises, vector=derivation.options.vector)


def package_primal(primal, text, request, chosen):
    """The prepared primal by itself, as what a caller of it needs. `chosen`: the calls that may become the vector library's."""
    name, text, environments = link.package(with_support(text), primal.entry, request.dispatcher.py_func.__globals__, chosen=chosen)
    return Derived(name, text, tuple(primal.argtypes), (), (), restype=primal.restype, environments=environments, vector=chosen)


def module_text(derivation):
    """The module without the primal, with the runtime and the support functions that it calls."""
    module, entry = derivation.module, derivation.primal.entry
    support = support_text([f.name for f in module.functions])
    linked = runtime.text(derivation.options.keep)
    given = set(DEFINED.findall(linked)) | set(DEFINED.findall(support))
    kept = {key: g for key, g in module.globals.items() if g.name != entry and g.name not in given}
    names = {g.name for g in kept.values()}
    before, module.globals = module.globals, kept
    try:
        text = str(module)
    finally:
        module.globals = before
    functions = "\n".join(line for line in linked.splitlines() if not (line.startswith("declare") and DEFINED.findall(line)[0] in names))
    return text + functions + support + _declared(derivation)


def _declared(derivation):
    """The primal is not in the module, for the derivation has put its own values into it; a call may be left, in it or in another."""
    f = derivation.function
    parameters = ", ".join(str(a.type) for a in f.args)
    return f'\ndeclare {f.ftype.return_type} @"{f.name}"({parameters})\n'


def _with_choice(distinct, merged, derivation):
    """Both modules linked, and an entry `(the core's arguments, i8 overlap)` that calls one core or the other."""
    module = llvm.parse_assembly(distinct)
    other = llvm.parse_assembly(merged)
    for m in (module, other):
        for f in m.functions:
            if not f.is_declaration and f.name not in (NAME, MERGED) and f.linkage == llvm.Linkage.external:
                f.linkage = "linkonce_odr"                           # the runtime's functions stand in both
    other.get_function(MERGED).add_function_attribute("noinline")    # rare: it must not grow every caller
    module.link_in(other)
    arguments = [a.type for a in derivation.core.args]
    names = ", ".join(f"{t} %a{k}" for k, t in enumerate(arguments))
    plain = ", ".join(map(str, arguments))
    chooser = f"""
declare i32 @{NAME}({plain})
declare i32 @{MERGED}({plain})
define i32 @{NAME}.entry({names}, i8 %overlap) {{
  %apart = icmp eq i8 %overlap, 0
  br i1 %apart, label %distinct, label %merged, !prof !0
distinct:
  %x = tail call i32 @{NAME}({names})
  ret i32 %x
merged:
  %y = tail call i32 @{MERGED}({names})
  ret i32 %y
}}
!0 = !{{!"branch_weights", i32 2000, i32 1}}
"""
    module.link_in(llvm.parse_assembly(chooser))
    return str(module)


def with_inner(text, others):
    """All modules linked; what stands in several is the same in each."""
    module = llvm.parse_assembly(text)
    for text in others:
        other = llvm.parse_assembly(text)
        for m in (module, other):
            for f in m.functions:
                if not f.is_declaration and not f.name.startswith(NAME) and f.linkage == llvm.Linkage.external:
                    f.linkage = "linkonce_odr"
        module.link_in(other)
    return str(module)


def _nothing(module):
    module.verify()
