"""The language of the random programs: expressions, statements, a program. Frozen dataclasses, nothing else.

`generate.py` writes programs in it, `to_python.py` prints them for Numba, `interpret.py` runs them on dual numbers, `shrink.py` cuts
them down.
Three kinds of names: floats (`a0`, `v3`), ints (`n0`, `i2`), arrays of floats (`x0`, `w1`).
"""
from dataclasses import dataclass


# ---- ints: loop variables, bounds, subscripts ----
@dataclass(frozen=True, slots=True)
class Int:
    value: int


@dataclass(frozen=True, slots=True)
class IntVar:
    name: str


@dataclass(frozen=True, slots=True)
class IntOp:
    """`op` is + - * or %."""

    op: str
    left: object
    right: object


@dataclass(frozen=True, slots=True)
class Length:
    """`name.shape[axis]`."""

    array: str
    axis: int = 0


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
    """`op` is neg, abs, sin, cos, tanh, exp, log, sqrt, atan or floor."""

    op: str
    x: object


@dataclass(frozen=True, slots=True)
class Binary:
    """`op` is + - * / min max hypot or atan2."""

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
class For:
    var: str
    start: object
    stop: object
    step: int
    body: tuple


@dataclass(frozen=True, slots=True)
class While:
    """`counter = 0; while counter < limit and condition: counter += 1; body`; without a condition, `while True` and a break."""

    counter: str
    limit: int
    condition: object
    body: tuple


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
    value: object


@dataclass(frozen=True, slots=True)
class Raise:
    """`raise ValueError("out of range")`."""


@dataclass(frozen=True, slots=True)
class New:
    """A local array: `how` is zeros, ones, full or empty of a shape, or copy or empty_like of the array `like`."""

    name: str
    how: str
    shape: tuple = ()
    like: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """`name = base[first:last]`, or row `first` of a matrix where `last` is None."""

    name: str
    base: str
    first: object
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """`name = expression` on whole arrays of one shape: scalars and `Array` leaves. `into`: `name[:] op expression`, in place."""

    name: str
    value: object
    into: str = ""


@dataclass(frozen=True, slots=True)
class Array:
    """A whole array in the expression of a `Whole`."""

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
class Swap:
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Argument:
    """`kind` is float, int or array; `value` is a number, or a nested tuple of numbers."""

    name: str
    kind: str
    value: object


@dataclass(frozen=True, slots=True)
class Program:
    seed: int
    mood: str
    arguments: tuple
    body: tuple


LOOPS = (For, While)


def statements(body):
    """Every statement, with the number of loops around it."""
    for statement in body:
        yield statement, 0
        deeper = isinstance(statement, LOOPS)
        for field in ("body", "orelse"):
            for inner, depth in statements(getattr(statement, field, ())):
                yield inner, depth + deeper
