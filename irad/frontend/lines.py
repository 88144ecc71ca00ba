"""From an instruction to the user's line, for messages only.

    frames(inst, module) -> [(file, line), ...]     the lines of the user's own code that the instruction stands in, innermost first
    location(inst, module) -> (file, line) | None   the outermost of them: the line of the differentiated function itself
    definition(function) -> (file, line)            of the function's `def`
    library(inst, module) -> name | None            the function of Numba's that the innermost of these lines calls

The module must come from `lower(..., lines=True)`. An instruction points at a `DILocation`; its `scope` leads to the file, its
`inlinedAt` to the call that it was inlined through. Files of Numba and NumPy are left out: what a user can change is a line of his own.
Lowering with lines takes a third longer, so it is done only when something is refused.
"""
import contextlib
import linecache
import os
import re

import numba
import numpy
from numba.core import lowering

FIELD = re.compile(r'(\w+): ("(?:[^"\\]|\\.)*"|!?[\w.+-]+)').findall
GENERATED = "__numba_array_expr"
LIBRARIES = tuple(os.path.dirname(os.path.abspath(package.__file__)) + os.sep for package in (numba, numpy))


def definition(function):
    """(file, line) of a function: of its `def`, not of its decorators."""
    code = function.__code__
    path, first = code.co_filename, code.co_firstlineno
    for line in range(first, first + 50 * (code.co_name != "<lambda>")):
        if linecache.getline(path, line).lstrip().startswith(("def ", "async def ")):
            return path, line
    return path, first


@contextlib.contextmanager
def quick_first_lines():
    """While this holds, Numba takes the line after `def` for the first line of a function that it lowers with line directives.

    Numba's own search parses the whole file anew for each function, which takes twice the time of all the rest, and warns about lambdas;
    and nothing here asks for the first line. Numba lowers under its compiler lock, and so must the caller of this."""
    original = lowering.get_func_body_first_lineno
    lowering.get_func_body_first_lineno = lambda function: function.__code__.co_firstlineno + 1
    try:
        yield
    finally:
        lowering.get_func_body_first_lineno = original


def location(inst, module):
    """(file, line) of the outermost line of the user's code, or None.

    LLVM drops the line of an instruction that it moves; the nearest instruction of the block that has one answers then."""
    block = getattr(inst, "parent", None)
    if block is None or not hasattr(inst, "metadata"):
        return None
    at = block.instructions.index(inst)
    for _, near in sorted(enumerate(block.instructions), key=lambda pair: abs(pair[0] - at)):
        found = frames(near, module)
        if found:
            return found[-1]
    return None


def frames(inst, module):
    """(file, line) of each line of the user's code that the instruction stands in, innermost first."""
    return [(path, line) for path, line, scope in _places(inst, module) if _is_users(path, line, scope, module)]


def library(inst, module):
    """The name of the function of Numba's or NumPy's that the user's innermost line calls to get to the instruction, or None."""
    name = None
    for path, line, scope in _places(inst, module):
        if _is_users(path, line, scope, module):
            return name
        name = _unquote(_fields(scope, module).get("name", '""')).split(".<locals>")[0] or name
    return None


def _places(inst, module):
    """(file, line, scope) of each line that the instruction stands in, innermost first."""
    at = getattr(inst, "metadata", {}).get("dbg")
    at = at.text if at is not None else None
    while at is not None:
        place = _fields(at, module)
        yield file(place.get("scope"), module), int(place.get("line", 0)), place.get("scope")
        at = place.get("inlinedAt")


def _is_users(path, line, scope, module):
    return path is not None and line > 0 and not path.startswith(LIBRARIES) and not _generated(scope, module)


def file(scope, module):
    """The path of the file that a debug scope (`!12`) belongs to, or None."""
    seen = set()
    while scope is not None and scope not in seen:
        seen.add(scope)
        fields = _fields(scope, module)
        if "filename" in fields:
            name = _unquote(fields["filename"])
            return os.path.abspath(os.path.join(_unquote(fields.get("directory", '""')), name))
        scope = fields.get("file") or fields.get("scope")
    return None


def _generated(scope, module):
    """Is it a function that Numba has made, of an array expression for one? It claims to stand in the user's first line."""
    return GENERATED in module.nodes.get(scope, "")


def _fields(number, module):
    return dict(FIELD(module.nodes.get(number, "")))


def _unquote(text):
    return re.sub(r"\\([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), text[1:-1])
