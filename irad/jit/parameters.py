"""The parameters of a function, and the names of the arguments of one call, for messages."""
import inspect
from pathlib import PurePath

from ..errors import IradError


def site(f):
    """f's name and definition, for messages: `loss (model.py:12)`."""
    code = f.py_func.__code__
    return f"{f.py_func.__name__} ({PurePath(code.co_filename).name}:{code.co_firstlineno})"


def parameters(f):
    """The named parameters of the Python function behind a dispatcher. `*args` is none of them: see `star`."""
    out = list(inspect.signature(f.py_func).parameters.values())
    for p in out:
        if p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD):
            raise IradError(f"{site(f)} has the parameter `{p}`, which takes no argument by position. Give it a position.")
    return [p for p in out if p.kind is not p.VAR_POSITIONAL]


def star(f):
    """The name behind `*` in f's parameters, or None."""
    found = inspect.signature(f.py_func).parameters.values()
    return next((p.name for p in found if p.kind is p.VAR_POSITIONAL), None)


def argument_names(f, count):
    """A name for each of `count` arguments: `a`, `b`, `rest[0]`, `rest[1]`."""
    named = [p.name for p in parameters(f)]
    return [*named[:count], *(f"{star(f)}[{k}]" for k in range(count - len(named)))]
