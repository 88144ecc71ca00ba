"""Runs a program on dual numbers: the value, the whole gradient and the arrays as the program leaves them. Knows neither Numba nor irad.

It also records the distance to the nearest kink: the smallest difference between two sides of a comparison (or operands of min, max, abs,
floor) that depends on the arguments. Near a kink two correct derivatives may differ, so such programs are run but not compared.
Values and derivatives beyond `LIMIT` raise `Unsuitable`: their rounding errors would drown what is to be compared.
"""
import math
from dataclasses import dataclass

import numpy as np

from tests.fuzz import grammar as g

LIMIT = 1e4
STEPS = 20_000


class Unsuitable(Exception):
    """The program is not fit for comparison: too large, too long, or it reads what was never written."""


class Leave(Exception):
    """break, continue or return under way."""

    def __init__(self, statement, value=None):
        self.statement, self.value = statement, value


class Dual:
    """A value and its derivatives for every float argument (or element of one)."""

    __slots__ = ("d", "v")

    def __init__(self, v, d):
        if not (abs(v) <= LIMIT and np.all(np.abs(d) <= LIMIT)):
            raise Unsuitable("a value or a derivative is too large, or not a number")
        self.v, self.d = v, d


class DualArray:
    """Values and derivatives of an array; slices share both."""

    def __init__(self, v, d):
        self.v, self.d = v, d

    def __getitem__(self, where):
        return DualArray(self.v[where], self.d[where])

    def copy(self):
        return DualArray(self.v.copy(), self.d.copy())


UNARY = {
    "neg": (lambda x: -x, lambda x, r: -1.0),
    "sin": (math.sin, lambda x, r: math.cos(x)),
    "cos": (math.cos, lambda x, r: -math.sin(x)),
    "tanh": (math.tanh, lambda x, r: 1 - r * r),
    "exp": (math.exp, lambda x, r: r),
    "log": (math.log, lambda x, r: 1 / x),
    "sqrt": (math.sqrt, lambda x, r: 0.5 / r),
    "atan": (math.atan, lambda x, r: 1 / (1 + x * x)),
    "abs": (abs, lambda x, r: math.copysign(1.0, x)),
    "floor": (lambda x: float(math.floor(x)), lambda x, r: 0.0),
}
BINARY = {
    "+": (lambda a, b: a + b, lambda a, b, r: (1.0, 1.0)),
    "-": (lambda a, b: a - b, lambda a, b, r: (1.0, -1.0)),
    "*": (lambda a, b: a * b, lambda a, b, r: (b, a)),
    "/": (lambda a, b: a / b, lambda a, b, r: (1 / b, -r / b)),
    "min": (lambda a, b: b if b < a else a, lambda a, b, r: (0.0, 1.0) if b < a else (1.0, 0.0)),
    "max": (lambda a, b: b if b > a else a, lambda a, b, r: (0.0, 1.0) if b > a else (1.0, 0.0)),
    "hypot": (math.hypot, lambda a, b, r: (a / r, b / r)),
    "atan2": (math.atan2, lambda a, b, r: (b / (a * a + b * b), -a / (a * a + b * b))),
}
ORDER = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
}
INTS = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "%": lambda a, b: a % b}


@dataclass(frozen=True)
class Outcome:
    """`value` is None where the program raised ValueError."""

    value: float | None
    gradient: tuple
    arrays: tuple
    kink: float


class Interpreter:
    def __init__(self, program):
        self.directions = sum(np.size(a.value) for a in program.arguments if a.kind != "int")
        self.names, self.kink, self.steps = {}, math.inf, 0
        at = 0
        for a in program.arguments:
            if a.kind == "int":
                self.names[a.name] = a.value
                continue
            v = np.array(a.value, float)
            d = np.eye(self.directions)[at : at + v.size].reshape((*v.shape, self.directions))
            self.names[a.name] = DualArray(v, d.copy()) if a.kind == "array" else Dual(a.value, d)
            at += v.size

    # ---- expressions ----
    def constant(self, v):
        return Dual(v, np.zeros(self.directions))

    def switch(self, left, right):
        """A decision hangs on left - right."""
        if np.any(left.d != right.d):
            self.kink = min(self.kink, abs(left.v - right.v))

    def whole(self, e):
        """An int."""
        match e:
            case g.Int(value):
                return value
            case g.IntVar(name):
                return self.names[name]
            case g.IntOp(op, left, right):
                return INTS[op](self.whole(left), self.whole(right))
            case g.Length(array, axis):
                return self.names[array].v.shape[axis]
        raise TypeError(e)

    def real(self, e):
        """A dual number."""
        match e:
            case g.Const(value):
                return self.constant(value)
            case g.Var(name):
                return self.names[name]
            case g.FromInt(value):
                return self.constant(float(self.whole(value)))
            case g.Item(array, index):
                return self.load(self.names[array], tuple(self.whole(i) for i in index))
            case g.Unary(op, x):
                return self.unary(op, self.real(x))
            case g.Binary(op, left, right):
                return self.binary(op, self.real(left), self.real(right))
            case g.Power(x, exponent):
                x = self.real(x)
                return Dual(x.v**exponent, exponent * x.v ** (exponent - 1) * x.d)
            case g.Choose(condition, left, right):
                return self.real(left if self.truth(condition) else right)
            case g.Reduce(op, array):
                return self.reduce(op, self.names[array])
        raise TypeError(e)

    def load(self, array, index):
        return Dual(float(array.v[index]), array.d[index].copy())

    def unary(self, op, x):
        value, slope = UNARY[op]
        if op == "abs":
            self.switch(x, self.constant(0.0))
        if op == "floor" and np.any(x.d):
            self.kink = min(self.kink, abs(x.v - round(x.v)))
        r = value(x.v)
        return Dual(r, slope(x.v, r) * x.d)

    def binary(self, op, left, right):
        value, slopes = BINARY[op]
        if op in ("min", "max"):
            self.switch(left, right)
        r = value(left.v, right.v)
        a, b = slopes(left.v, right.v, r)
        return Dual(r, a * left.d + b * right.d)

    def reduce(self, op, array):
        """In the order of Numba's loops."""
        items = [self.load(array, index) for index in np.ndindex(array.v.shape)]
        if op in ("max", "min"):
            best = items[0]
            for x in items[1:]:
                best = self.binary(op, best, x)
            return best
        total = self.constant(0.0)
        for x in items:
            total = self.binary("+", total, x)
        return total if op == "sum" else self.binary("/", total, self.constant(float(len(items))))

    def truth(self, e):
        match e:
            case g.Compare(op, left, right):
                left, right = self.real(left), self.real(right)
                self.switch(left, right)
                return ORDER[op](left.v, right.v)
            case g.CompareInts(op, left, right):
                return ORDER[op](self.whole(left), self.whole(right))
            case g.Logic("not", left):
                return not self.truth(left)
            case g.Logic("and", left, right):
                return self.truth(left) and self.truth(right)
            case g.Logic("or", left, right):
                return self.truth(left) or self.truth(right)
        raise TypeError(e)

    # ---- statements ----
    def run(self, body):
        for statement in body:
            self.steps += 1
            if self.steps > STEPS:
                raise Unsuitable("too many steps")
            self.execute(statement)

    def execute(self, statement):
        match statement:
            case g.Assign(name, op, value):
                value = self.real(value)
                self.names[name] = value if op == "=" else self.binary(op[0], self.names[name], value)
            case g.SetInt(name, value):
                self.names[name] = self.whole(value)
            case g.Store(array, index, op, value):
                self.store(self.names[array], tuple(self.whole(i) for i in index), op, self.real(value))
            case g.For(var, start, stop, step, body):
                for i in range(self.whole(start), self.whole(stop), step):
                    self.names[var] = i
                    if not self.iteration(body):
                        break
            case g.While(counter, limit, condition, body):
                self.names[counter] = 0
                while self.names[counter] < limit and (condition is None or self.truth(condition)):
                    self.names[counter] += 1
                    if not self.iteration(body):
                        break
            case g.If(condition, body, orelse):
                self.run(body if self.truth(condition) else orelse)
            case g.Break() | g.Continue():
                raise Leave(statement)
            case g.Return(value):
                raise Leave(statement, self.real(value))
            case g.Raise():
                raise Leave(statement)
            case _:
                self.on_arrays(statement)

    def iteration(self, body):
        """Whether the loop goes on."""
        try:
            self.run(body)
        except Leave as leave:
            if isinstance(leave.statement, g.Break):
                return False
            if not isinstance(leave.statement, g.Continue):
                raise
        return True

    def store(self, array, index, op, value):
        if op != "=":
            value = self.binary(op[0], self.load(array, index), value)
        array.v[index], array.d[index] = value.v, value.d

    def on_arrays(self, statement):
        match statement:
            case g.New(name, how, shape, like):
                self.names[name] = self.fresh(how, shape, like)
            case g.View(name, base, first, None):
                self.names[name] = self.names[base][self.whole(first)]
            case g.View(name, base, first, last):
                self.names[name] = self.names[base][self.whole(first) : last]
            case g.Whole(name, value, ""):
                self.names[name] = self.elementwise(value)
            case g.Whole(name, value, into):
                result = self.elementwise(value)
                for index in np.ndindex(result.v.shape):
                    self.store(self.names[name], index, into, self.load(result, index))
            case g.CopyPart(target, a, source, b, count):
                part = self.names[source][b : b + count].copy()
                target = self.names[target][a : a + count]
                target.v[:], target.d[:] = part.v, part.d
            case g.Swap(left, right):
                self.names[left], self.names[right] = self.names[right], self.names[left]
            case _:
                raise TypeError(statement)

    def fresh(self, how, shape, like):
        if how == "copy":
            return self.names[like].copy()
        shape = self.names[like].v.shape if like else shape
        # A read of what was never written meets this NaN, and Dual refuses it.
        value = {"zeros": 0.0, "ones": 1.0, "full": 0.5}.get(how, math.nan)
        return DualArray(np.full(shape, value), np.zeros((*shape, self.directions)))

    def elementwise(self, e):
        """All elements are computed before any is stored."""
        shape = next(self.names[name].v.shape for name in arrays_in(e))
        result = DualArray(np.empty(shape), np.empty((*shape, self.directions)))
        for index in np.ndindex(shape):
            self.store(result, index, "=", self.real(at_index(e, index)))
        return result


def arrays_in(e):
    match e:
        case g.Array(name):
            yield name
        case g.Unary(_, x) | g.Power(x, _):
            yield from arrays_in(x)
        case g.Binary(_, left, right):
            yield from arrays_in(left)
            yield from arrays_in(right)


def at_index(e, index):
    """The expression on whole arrays, for one element."""
    match e:
        case g.Array(name):
            return g.Item(name, tuple(g.Int(i) for i in index))
        case g.Unary(op, x):
            return g.Unary(op, at_index(x, index))
        case g.Power(x, exponent):
            return g.Power(at_index(x, index), exponent)
        case g.Binary(op, left, right):
            return g.Binary(op, at_index(left, index), at_index(right, index))
    return e


def interpret(program):
    """The outcome; `Unsuitable` where there is none to compare with."""
    machine = Interpreter(program)
    originals = [machine.names[a.name] for a in program.arguments if a.kind == "array"]
    try:
        machine.run(program.body)
        raise Unsuitable("no return")
    except Leave as leave:
        if isinstance(leave.statement, g.Break | g.Continue):
            raise Unsuitable("break outside a loop") from None
        result = leave.value
    except (KeyError, IndexError, ZeroDivisionError, OverflowError, ValueError, TypeError, AttributeError) as error:
        # A program that was cut down may use what is no longer there.
        raise Unsuitable(repr(error)) from error
    left = tuple(a.v for a in originals)
    if not all(np.all(np.isfinite(v)) for v in left):
        raise Unsuitable("an argument was filled with what was never written")
    if result is None:
        return Outcome(None, (), left, machine.kink)
    return Outcome(result.v, split(program, result.d), left, machine.kink)


def split(program, parts):
    """The derivatives, argument by argument: None for an int, a number for a float, an array for an array."""
    gradient, at = [], 0
    for a in program.arguments:
        if a.kind == "int":
            gradient.append(None)
            continue
        size = np.size(a.value)
        piece = parts[at : at + size]
        gradient.append(piece.reshape(np.shape(a.value)) if a.kind == "array" else float(piece[0]))
        at += size
    return tuple(gradient)
