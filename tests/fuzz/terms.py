"""The expressions of the random programs. `Array`, a whole array, stands among the statements, which bind arrays to names."""
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
class Modulus:
    """`abs(name)` of a complex number."""

    name: str


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
