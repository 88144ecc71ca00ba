"""Modes and annotations: how a function is differentiated, and how each argument takes part."""
from .errors import IradError

_known = {}             # (direction, primal, strong_zero, vector_math, tape_budget) -> Mode


class Mode:
    """A way to differentiate: `Reverse` or `ReverseWithPrimal`, refined by `with_options`.

    Equal modes are one object, so that a mode is compared, hashed and pickled by identity.

    >>> Reverse.with_options(strong_zero=True)
    Reverse.with_options(strong_zero=True)
    >>> Reverse.with_options(strong_zero=True) is Reverse.with_options(strong_zero=True)
    True
    """
    __slots__ = ("__weakref__", "direction", "primal", "strong_zero", "tape_budget", "vector_math")

    def __new__(cls, direction, primal=False, strong_zero=False, vector_math=None, tape_budget=None):
        key = direction, primal, strong_zero, vector_math, tape_budget
        if key not in _known:
            self = object.__new__(cls)
            self.direction, self.primal, self.strong_zero, self.vector_math, self.tape_budget = key
            _known.setdefault(key, self)                                # of two threads the first one wins
        return _known[key]

    def with_options(self, *, strong_zero=None, vector_math=None, tape_budget=None):
        """The same mode with other options; None leaves one as it is.

        `strong_zero`: an adjoint that is exactly zero stays zero, even times infinity or NaN.
        `vector_math`: calls of `exp`, `sin`, `pow` and the like, in loops that LLVM vectorises, may become calls of the system's vector
        library, which is within 4 ulp. At first those may to which the function's fastmath gives the flag `afn`; True: all may; False:
        none. Where the machine has no such library nothing changes.
        `tape_budget`: bytes of tape. An outermost loop that may need more, as far as can be told before it runs, is checkpointed as if it
        called `irad.checkpoint()`: its tape grows with the square root of the number of iterations, for one more run of the primal. What
        a tape may take at most is another number, `irad.set_tape_limit`. Raises IradError for what is not a whole number, or below 0.
        """
        chosen = [old if new is None else bool(new) for old, new in ((self.strong_zero, strong_zero), (self.vector_math, vector_math))]
        return Mode(self.direction, self.primal, *chosen, self.tape_budget if tape_budget is None else _bytes(tape_budget))

    def with_primal(self):
        """The same mode, which also returns the value of the function."""
        return Mode(self.direction, True, *self._options())

    def _options(self):
        return self.strong_zero, self.vector_math, self.tape_budget

    def __reduce__(self):
        return Mode, (self.direction, self.primal, *self._options())

    def __repr__(self):
        names, usual = ("strong_zero", "vector_math", "tape_budget"), (False, None, None)
        given = [f"{name}={value}" for name, value, at_first in zip(names, self._options(), usual, strict=True) if value is not at_first]
        return self.direction + ("WithPrimal" if self.primal else "") + (f".with_options({', '.join(given)})" if given else "")


def _bytes(given):
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise IradError(f"with_options: tape_budget is a number of bytes, a whole number, not {given!r}.")
    return given


Reverse, ReverseWithPrimal = Mode("Reverse"), Mode("Reverse", True)
Forward, ForwardWithPrimal = Mode("Forward"), Mode("Forward", True)


class Annotation:
    """An argument together with the way it takes part in a derivative. Slots only: a loop in Python makes many."""
    __slots__ = ()

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self._members()))})"

    def __reduce__(self):
        return type(self), self._members()

    def _members(self):
        return tuple(getattr(self, name) for name in MEMBERS[type(self)])


class Active(Annotation):
    """`Active(x)`: differentiated; the gradient is returned. `x`: a float or complex number, an array or record that holds such, or a
    (named) tuple of these, nested at will.

    The gradient of an array is a new writable array of its shape and dtype, F-ordered for an F-contiguous array, else C-ordered; that of
    a record is an array without dimensions. That of a complex number is the derivative by its real part plus i times that by its
    imaginary part, as in PyTorch. Inside a tuple or record, ints and bools keep their place, with zeros. An int or a bool by itself is
    an error: write `Const(n)`, or a float.

    >>> Active(2.0)
    Active(2.0)
    """
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class Const(Annotation):
    """`Const(x)`: not differentiated; its place in the result is None. `x` may be anything that Numba takes as an argument.

    >>> Const(3)
    Const(3)
    """
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class Duplicated(Annotation):
    """`Duplicated(x, dx)`: differentiated; the gradient is added into `dx`, of the structure, dtype and shape of `x`; strides may differ.
    In an array of records it is added to the fields that are floats or complex; the others are not touched. The shadow of a jitclass
    instance is another instance of its class.

    Where the function overwrites `x`, `dx` is the seed on entry and the gradient on exit.

    >>> Duplicated([1.0], [0.0])
    Duplicated([1.0], [0.0])
    """
    __slots__ = ("dx", "x")

    def __init__(self, x, dx):
        self.x, self.dx = x, dx


MEMBERS = {Active: ("x",), Const: ("x",), Duplicated: ("x", "dx")}       # in the order of their constructors


def annotation_needed(where, given):
    """The error for an argument without an annotation."""
    return IradError(f"{where} has no annotation ({given}). Write Active(x) for what is differentiated, Const(x) for what is not, "
                     "or Duplicated(x, dx) to add the gradient into dx.")
