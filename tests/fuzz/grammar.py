"""The language of the random programs: statements, functions, a program; expressions in terms.py. Frozen dataclasses, nothing else.

`generate.py` writes programs in it, `to_python.py` prints them for Numba, `interpret.py` runs them on dual numbers, `shrink.py` cuts
them down, `twins.py` gives them another form with the same meaning.

Names: floats (`a0`, `v3`), single precision floats (`s1`), ints (`n0`, `i2`), arrays of floats (`x0`, `w1`). A part of a tuple is
a name too: `t0[1]`, `t0.p[0]`. The precision of a name never changes; where another is wanted, a `Cast` stands.
"""
from dataclasses import dataclass, fields, is_dataclass

from tests.fuzz.terms import *  # noqa: F403


# ---- statements ----
@dataclass(frozen=True, slots=True)
class Assign:
    """`name op value`; `op` is = += -= *=."""

    name: str
    op: str
    value: object


@dataclass(frozen=True, slots=True)
class Store:
    """`array[index] op value`."""

    array: str
    index: tuple
    op: str
    value: object


@dataclass(frozen=True, slots=True)
class SetInt:
    name: str
    value: object


@dataclass(frozen=True, slots=True)
class SetFlag:
    name: str
    condition: object


@dataclass(frozen=True, slots=True)
class Exchange:
    """`array[left], array[right] = array[right], array[left]`."""

    array: str
    left: tuple
    right: tuple


@dataclass(frozen=True, slots=True)
class For:
    var: str
    start: object
    stop: object
    step: int
    body: tuple
    orelse: tuple = ()


@dataclass(frozen=True, slots=True)
class ForEach:
    """`for var in array`; with several `items`, pairs of a name and an array, `zip`; with an `index`, `enumerate`."""

    index: str
    items: tuple
    body: tuple


@dataclass(frozen=True, slots=True)
class While:
    """`counter = 0; while counter < limit and condition: counter += 1; body`; without a condition, `while True` and a break."""

    counter: str
    limit: int
    condition: object
    body: tuple
    orelse: tuple = ()


@dataclass(frozen=True, slots=True)
class Forever:
    """`counter = 0; while True: counter += 1; body`, which must break."""

    counter: str
    body: tuple


@dataclass(frozen=True, slots=True)
class Try:
    """`try: body; except Exception: orelse`."""

    body: tuple
    orelse: tuple


@dataclass(frozen=True, slots=True)
class If:
    condition: object
    body: tuple
    orelse: tuple = ()


@dataclass(frozen=True, slots=True)
class Break:
    pass


@dataclass(frozen=True, slots=True)
class Continue:
    pass


@dataclass(frozen=True, slots=True)
class Return:
    """`value` is a float expression, an `Array`, `Several`, or None: nothing is returned."""

    value: object


@dataclass(frozen=True, slots=True)
class Several:
    """A tuple of floats, as a result."""

    parts: tuple


ERRORS = {"value": (ValueError, ("out of range",)), "index": (IndexError, ("no such place", 3)), "runtime": (RuntimeError, ())}


@dataclass(frozen=True, slots=True)
class Raise:
    """`error` is a key of ERRORS."""

    error: str = "value"


@dataclass(frozen=True, slots=True)
class Assert:
    condition: object


@dataclass(frozen=True, slots=True)
class New:
    """A local array: `how` is zeros, ones, full or empty of a shape, or copy, zeros_like or empty_like of the array `like`. An extent is an
    int or an int expression."""

    name: str
    how: str
    shape: tuple = ()
    like: str = ""
    dtype: str = "float64"


@dataclass(frozen=True, slots=True)
class Span:
    """`start:stop:step`; each an int or None; the first two may be int expressions."""

    start: object = None
    stop: object = None
    step: int | None = None


@dataclass(frozen=True, slots=True)
class View:
    """`name = base[parts]`; a part is a `Span` or an int expression. `base.T` where there are no parts."""

    name: str
    base: str
    parts: tuple = ()


@dataclass(frozen=True, slots=True)
class Reshape:
    name: str
    base: str
    shape: tuple


@dataclass(frozen=True, slots=True)
class ChooseArray:
    """`name = left if condition else right`."""

    name: str
    condition: object
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Whole:
    """`name = expression` on whole arrays of one shape: scalars and `Array` leaves. `into`: `name[:] op expression`, in place."""

    name: str
    value: object
    into: str = ""


@dataclass(frozen=True, slots=True)
class Array:
    """A whole array: in the expression of a `Whole`, as an argument, as a result."""

    name: str


@dataclass(frozen=True, slots=True)
class CopyPart:
    """`target[a:a+count] = source[b:b+count]`; the two may be one array, and overlap."""

    target: str
    a: int
    source: str
    b: int
    count: int


@dataclass(frozen=True, slots=True)
class Fill:
    """`array[:] = value`."""

    array: str
    value: object


@dataclass(frozen=True, slots=True)
class Swap:
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class MakeTuple:
    """`name = (parts)`: float expressions and `Array` leaves. `kind`: the class of a namedtuple, "list" for a list of arrays, or empty."""

    name: str
    parts: tuple
    kind: str = ""


@dataclass(frozen=True, slots=True)
class MakeArray:
    """`name = np.array([parts])`: floats, or tuples of floats for a matrix."""

    name: str
    parts: tuple


@dataclass(frozen=True, slots=True)
class MakeList:
    """`name = [parts]`; with `each`, `(var, array)`: `[value for var in array]`, the value being the only part."""

    name: str
    parts: tuple
    each: tuple = ()


@dataclass(frozen=True, slots=True)
class Append:
    name: str
    value: object


@dataclass(frozen=True, slots=True)
class MakeComplex:
    """`name = complex(re, im)`. Its parts are floats by name: `z1.real`."""

    name: str
    re: object
    im: object


@dataclass(frozen=True, slots=True)
class ComplexOp:
    """`name = left op right` of complex numbers; `op` is + - or *."""

    name: str
    op: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Unpack:
    """`a, b = call` for a function that returns several floats."""

    names: tuple
    call: object


@dataclass(frozen=True, slots=True)
class Bind:
    """`name = call` for a function that returns an array."""

    name: str
    call: object


@dataclass(frozen=True, slots=True)
class Do:
    """A call of a function that returns nothing."""

    call: object


# ---- functions and programs ----
@dataclass(frozen=True, slots=True)
class Argument:
    """`kind` is float, int, array, ints (an array of ints, of `dtype`) or tuple; `value` a number, a nested tuple of numbers, or the parts
    of a tuple.

    `layout` of an array: C, F, strided or reversed. `alias`: `(base, start)`, this array is a piece of another argument. `fields`: the
    names of the parts of a namedtuple, whose class is called after the argument.
    """

    name: str
    kind: str
    value: object
    dtype: str = "float64"
    layout: str = "C"
    alias: tuple = ()
    fields: tuple = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function of its own, compiled by njit. `returns` is float, several, array or none; `inline` is empty or "never"."""

    name: str
    parameters: tuple
    body: tuple
    returns: str = "float"
    inline: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """`kinds`: const, active or duplicated for each argument. `options`: pairs, options of the derivation."""

    seed: int
    mood: str
    arguments: tuple
    body: tuple
    functions: tuple = ()
    kinds: tuple = ()
    options: tuple = ()


LOOPS = (For, ForEach, While, Forever)
MEMBERS = "pqrs"                                        # of namedtuples


def statements(body):
    """Every statement, with the number of loops around it."""
    for statement in body:
        yield statement, 0
        deeper = isinstance(statement, LOOPS)
        for field in ("body", "orelse"):
            for inner, depth in statements(getattr(statement, field, ())):
                yield inner, depth + deeper


def nodes(x):
    """Everything that `x` consists of, itself first."""
    if is_dataclass(x):
        yield x
        for field in fields(x):
            yield from nodes(getattr(x, field.name))
    elif isinstance(x, tuple):
        for part in x:
            yield from nodes(part)


def leaves(arguments):
    """The arguments, with the parts of tuples in their place."""
    for a in arguments:
        if a.kind == "tuple":
            yield from leaves(a.value)
        else:
            yield a


def shape_of(value):
    return (len(value), *shape_of(value[0])) if isinstance(value, tuple) else ()
