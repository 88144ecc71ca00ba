"""What is asked of the compiler, and what it answers: the two records that pass between the core and its wrapper.

    Request   one function, one mode, one annotation for each argument, one set of argument types
    Derived   LLVM text of the core, and what a caller must pass to it

The core is called in Numba's calling convention, as a function of `argtypes + (voidptr,) * len(shadows)`
that returns a tuple of the types in `result`, with room for three int64 behind it (transform/core.py). In forward mode it takes `argtypes`,
a number for each of `tangents`, the shadows and, where there is a result, a pointer to zeroed memory for its tangent; it returns the value.
"""
from dataclasses import dataclass, field

from numba.core import types

from .modes import Mode


@dataclass(frozen=True)
class Request:
    dispatcher: object
    mode: Mode
    kinds: tuple[type, ...]                 # Active, Const or Duplicated, one for each argument of the primal
    argtypes: tuple[types.Type, ...]        # no literals; a default has its value's type


@dataclass(frozen=True, eq=False)
class Derived:
    name: str
    text: str
    argtypes: tuple[types.Type, ...]
    result: tuple[types.Type, ...]          # the primal's value if asked for and a float, then an adjoint for each Active number leaf;
                                            # in forward mode the primal's result alone
    shadows: tuple[int, ...]                # indices into abi.leaves(argtypes): whose shadow data pointers follow the primal's arguments
    scratch: frozenset[int] = frozenset()   # those of `shadows` that belong to Const arguments: a zeroed temporary is passed
    written: frozenset[int] = frozenset()   # leaves whose memory the primal writes
    restype: types.Type = types.none        # the primal's
    environments: tuple = ()                # Numba environments that the text refers to; kept alive here, Numba holds them weakly
    report: object = field(default=None, repr=False)
    distinct: bool = False                  # the text assumes that what the primal writes overlaps no other array
    always_raises: bool = False             # so that what the function returns or writes does not matter
    takes_overlap: bool = False             # a last argument, int8, says that shadowed arrays overlap; the core then drops that assumption
    vector: str = "none"                    # which calls may become the vector library's when the text is linked (backend/vector.py)
    tangents: tuple[int, ...] = ()          # in forward mode the indices of float leaves whose tangents follow the primal's arguments
