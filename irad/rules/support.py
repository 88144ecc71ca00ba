"""irad's own functions that derived code may call: their definitions, as LLVM IR.

They are internal to the module that uses them, so two derived texts, or two versions of irad, never share a symbol.
"""
import re

from irad.rules import cpow, digamma, frexp

CHECKPOINT = "irad.checkpoint"                          # the mark of a loop (analysis/strips.py); where it is left, it does nothing
MARKS = {CHECKPOINT: (f"define internal void @{CHECKPOINT}() alwaysinline {{\n  ret void\n}}\n", ())}
DEFINITIONS = {**cpow.DEFINITIONS, **digamma.DEFINITIONS, **frexp.DEFINITIONS, **MARKS}
BODIES = {**cpow.BODIES, **frexp.BODIES}
_DECLARED = re.compile(r'^declare [^\n]*@"?([\w.]+)"?\([^\n]*\n', re.M)
_HEAD = re.compile(r"define internal (.*) \{")


def support_text(names):
    """The definitions of these functions and of what they call; names that are not irad's own are passed over. The intrinsics that they
    call are not declared: LLVM does that."""
    found, todo = {}, sorted(names)
    while todo:
        name = todo.pop()
        if name in DEFINITIONS and name not in found:
            found[name], called = DEFINITIONS[name]
            todo += called
    return "\n".join(found[name] for name in sorted(found))


def with_support(text):
    """A module's text with its declarations of irad's own functions replaced by their definitions."""
    names = {name for name in _DECLARED.findall(text) if name in DEFINITIONS}
    return _replace(text, names, support_text(names))


def with_bodies(text):
    """A module's text in which functions of Numba's runtime that irad must see into are defined (`BODIES`), irad's own being declared
    only: they stay calls, with a rule. For the preparation of the primal, before inlining."""
    names = {name for name in _DECLARED.findall(text) if name in BODIES}
    called = {name for runtime in names for name in BODIES[runtime][1]}
    declared = [f"declare {_HEAD.search(DEFINITIONS[name][0])[1]}\n" for name in sorted(called)]
    return _replace(text, names, "".join([*declared, *(BODIES[name][0] for name in sorted(names))]))


def _replace(text, names, added):
    if not names:
        return text
    return _DECLARED.sub(lambda m: "" if m[1] in names else m[0], text) + "\n" + added
