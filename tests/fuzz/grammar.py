"""The language of the random programs: expressions, statements, functions, a program. Frozen dataclasses, nothing else.

`generate.py` writes programs in it, `to_python.py` prints them for Numba, `interpret.py` runs them on dual numbers, `shrink.py` cuts
them down, `twins.py` gives them another form with the same meaning.

Names: floats (`a0`, `v3`), single precision floats (`s1`), ints (`n0`, `i2`), arrays of floats (`x0`, `w1`). A part of a tuple is
a name too: `t0[1]`, `t0.p[0]`. The precision of a name never changes; where another is wanted, a `Cast` stands.
"""
from dataclasses import dataclass, fields, is_dataclass


# ---- ints: loop variables, bounds, subscripts ----
@dataclass(frozen=True, slots=True)
class Int:
    value: int


@dataclass(frozen=True, slots=True)
class IntVar:
    name: str


@dataclass(frozen=True, slots=True)
class IntOp:
    """`op` is + - * % or //."""

    op: str
    left: object
    right: object


@dataclass(frozen=True, slots=True)
class Length:
    """`name.shape[axis]`."""

    array: str
    axis: int = 0


@dataclass(frozen=True, slots=True)
class IntItem:
    """An element of an array of ints."""

    array: str
    index: object


@dataclass(frozen=True, slots=True)
class Trunc:
    """`int(x)` of a float."""

    x: object


# ---- floats ----
@dataclass(frozen=True, slots=True)
class Const:
    value: float


@dataclass(frozen=True, slots=True)
class Var:
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """`array[index]`, an int expression for each axis."""

    array: str
    index: tuple


@dataclass(frozen=True, slots=True)
class FromInt:
    value: object


@dataclass(frozen=True, slots=True)
class Unary:
    """`op` is neg, abs, sin, cos, tanh, exp, log, log1p, expm1, asinh, sqrt, atan or floor."""

    op: str
    x: object


@dataclass(frozen=True, slots=True)
class Binary:
    """`op` is + - * / % ** min max hypot or atan2."""

    op: str
    left: object
    right: object


@dataclass(frozen=True, slots=True)
class Power:
    x: object
    exponent: int


@dataclass(frozen=True, slots=True)
class Choose:
    """`left if condition else right`."""

    condition: object
    left: object
    right: object


@dataclass(frozen=True, slots=True)
class Reduce:
    """`op` is sum, mean, max or min of a whole array."""

    op: str
    array: str


@dataclass(frozen=True, slots=True)
class Cast:
    """`np.float32(x)`; `dtype` is float32 or float64."""

    dtype: str
    x: object


@dataclass(frozen=True, slots=True)
class Pick:
    """`tuple[index]` of a tuple of floats, the index known only when it runs."""

    tuple: str
    index: object
    length: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of the program; an argument is a float or int expression, or an `Array`."""

    function: str
    arguments: tuple


# ---- conditions ----
@dataclass(frozen=True, slots=True)
class Compare:
    """Of two floats; `op` is < <= > >=."""

    op: str
    left: object
    right: object


@dataclass(frozen=True, slots=True)
class CompareInts:
    op: str
    left: object
    right: object


@dataclass(frozen=True, slots=True)
class Flag:
    """A bool that was bound to a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Logic:
    """`op` is and, or; `not` has no right side."""

    op: str
    left: object
    right: object = None


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
    """A local array: `how` is zeros, ones, full or empty of a shape, or copy, zeros_like or empty_like of the array `like`."""

    name: str
    how: str
    shape: tuple = ()
    like: str = ""
    dtype: str = "float64"


@dataclass(frozen=True, slots=True)
class Span:
    """`start:stop:step`; each an int or None."""

    start: int | None = None
    stop: int | None = None
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
    """`name = (parts)`: float expressions and `Array` leaves. The class of a namedtuple in `kind`, else empty."""

    name: str
    parts: tuple
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Unpack:
    """`a, b = call` for a function that returns several floats."""

    names: tuple
    call: Call


@dataclass(frozen=True, slots=True)
class Bind:
    """`name = call` for a function that returns an array."""

    name: str
    call: Call


@dataclass(frozen=True, slots=True)
class Do:
    """A call of a function that returns nothing."""

    call: Call


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


LOOPS = (For, ForEach, While)
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
