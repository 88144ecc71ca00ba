"""The parameters of a function, the names of the arguments of one call, and what is said of them."""
import inspect
from dataclasses import dataclass
from pathlib import PurePath

from ..errors import IradError
from ..explain import message
from ..frontend.lines import definition


def site(f):
    """f's name and definition, for messages: `loss (model.py:12)`."""
    code = f.py_func.__code__
    return f"{f.py_func.__name__} ({PurePath(code.co_filename).name}:{code.co_firstlineno})"


def wrong(f, what, why, do):
    """The IradError for a use of f that the types show to be wrong: what, f's definition, why, and what to do."""
    return IradError(message(what, definition(f.py_func), why, do))


@dataclass(frozen=True)
class Argument:
    """One argument of a call of f."""
    f: object
    name: str

    def wrong(self, what, why, do):
        return wrong(self.f, f"argument `{self.name}` of {self.f.py_func.__qualname__}: {what}", why, do)


def parameters(f):
    """The named parameters of the Python function behind a dispatcher. `*args` is none of them: see `star`."""
    out = list(inspect.signature(f.py_func).parameters.values())
    for p in out:
        if p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD):
            raise wrong(f, f"irad cannot differentiate {f.py_func.__qualname__}, which has the parameter `{p}`",
                        "every argument is passed by position, with an annotation of its own", "give it a position")
    return [p for p in out if p.kind is not p.VAR_POSITIONAL]


def star(f):
    """The name behind `*` in f's parameters, or None."""
    found = inspect.signature(f.py_func).parameters.values()
    return next((p.name for p in found if p.kind is p.VAR_POSITIONAL), None)


def argument_names(f, count):
    """A name for each of `count` arguments: `a`, `b`, `rest[0]`, `rest[1]`."""
    named = [p.name for p in parameters(f)]
    return [*named[:count], *(f"{star(f)}[{k}]" for k in range(count - len(named)))]
