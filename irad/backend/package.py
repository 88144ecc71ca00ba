"""A module with the core in it -> `Derived`: the runtime's functions added, optimised, named by content."""
import re

import llvmlite.binding as llvm
from numba import types

from ..frontend.abi import leaves
from ..request import Derived
from ..rules.support import support_text
from ..transform.core import NAME
from ..transform.runtime import TEXT
from . import link, optimise

DEFINED = re.compile(r'^(?:define|declare)\b[^@]*@"?([^"(\s]+)"?\(', re.M)


def package(derivation, primal, request):
    """Everything that a caller of the derivative needs."""
    text = module_text(derivation.module, primal.entry)
    passes = optimise.clean if derivation.options.optimise else _nothing
    name, text, environments = link.package(text, NAME, request.dispatcher.py_func.__globals__, passes)
    ls = leaves(primal.argtypes)
    result = [primal.restype] if derivation.value_type is not None else []
    result += [ls[k].type for k in derivation._active_leaves if ls[k].is_float]
    return Derived(name, text, tuple(primal.argtypes), tuple(map(types.unliteral, result)), tuple(derivation.shadow_leaves),
                   scratch=derivation.scratch, written=derivation.written, restype=primal.restype, environments=environments)


def module_text(module, entry):
    """The module without the primal, with the runtime and the support functions that it calls."""
    support = support_text([f.name for f in module.functions])
    given = set(DEFINED.findall(TEXT)) | set(DEFINED.findall(support))
    dropped = [key for key, g in module.globals.items() if g.name == entry or g.name in given]
    kept = {key: g for key, g in module.globals.items() if key not in dropped}
    before, module.globals = module.globals, kept
    try:
        text = str(module)
    finally:
        module.globals = before
    declared = "\n".join(line for line in TEXT.splitlines() if not _already(line, kept))
    return text + declared + support


def _already(line, kept):
    found = re.match(r'declare [^@]*@"?([^"(]+)"?\(', line)
    return bool(found) and any(g.name == found[1] for g in kept.values())


def _nothing(module):
    llvm.parse_assembly(str(module)).verify()
