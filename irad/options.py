"""Internal options of a derivation. Every measure can be switched off, and the results must agree; the tests do that.

    with options(plan="save"):
        ...
"""
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Options:
    plan: str = "cut"                                   # or "save", "recompute"
    elementwise: bool = True                            # refine intact memory element by element
    fuse: bool = True                                   # reverse an iteration right after its forward, where legal
    rerun: str = "needed"                               # run iterations again in the reverse sweep; or "always" where legal, "never"
    checkpoint: str = "marked"                          # loops that are split into strips which run again: or "always" where legal, "never"
    long: tuple = ()                                    # names of other loops that are
    unsplit: tuple = ()                                 # names of those for which it was in vain
    blocks: bool | tuple = True                         # fused loops run in strips that are reversed by a loop of their own, where it pays
    strip: int = 64                                     # iterations of such a strip
    heavy: int = 20                                     # cycles of an iteration from which it pays
    unfuse: bool = True                                 # light loops are not fused where their reverse takes no tape
    gather: bool = True                                 # gather form for stencil loops
    twins: bool = True                                  # calls in partials that the primal has made are values of the primal
    scopes: bool = True                                 # alias scopes on every access
    vector: str = "afn"                                 # calls that may become the vector library's (backend/vector.py): or "all", "none"
    defer: bool = True                                  # raise behind a loop, where that lets vector math in (analysis/deferred.py)
    stack: bool = True                                  # arrays of small constant size, and their shadows, on the stack
    keep: bool = True                                   # large blocks of memory stay for the next call
    optimise: bool = True                               # LLVM's pipeline on the derived text
    outline: int = 60_000                               # lines of LLVM that inlining a function may add before it stays a call; 0: none
    count_tape: bool = False                            # count the bytes written to the tape (testing)
    verify: bool = False                                # compare what the reverse gets with what the forward had (testing)


_current = ContextVar("irad_options", default=Options())     # noqa: B039 (Options is frozen)


def current():
    return _current.get()


@contextmanager
def options(**changes):
    """Derive with other options inside the block."""
    token = _current.set(replace(_current.get(), **changes))
    try:
        yield
    finally:
        _current.reset(token)
