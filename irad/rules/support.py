"""irad's own functions that derived code may call: their definitions, as LLVM IR.

They are internal to the module that uses them, so two derived texts, or two versions of irad, never share a symbol.
"""
import re

from irad.rules.digamma import DEFINITIONS as DIGAMMA

DEFINITIONS = {**DIGAMMA}
_DECLARED = re.compile(r'^declare [^\n]*@"?(irad\.[\w.]+)"?\([^\n]*\n', re.M)


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
    if not names:
        return text
    return _DECLARED.sub(lambda m: "" if m[1] in names else m[0], text) + "\n" + support_text(names)
