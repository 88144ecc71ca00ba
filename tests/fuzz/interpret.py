"""Runs a program on dual numbers: the value, all derivatives and the arrays as the program leaves them. Knows neither Numba nor irad.

It also records the distance to the nearest kink: the smallest difference between two sides of a comparison (or operands of min, max, abs,
floor, int) that depends on the arguments. Near a kink two correct derivatives may differ, so such programs are run but not compared.
"""
import math
from dataclasses import dataclass

import numpy as np

from tests.fuzz import grammar as g
from tests.fuzz.dual import INTS, ORDER, Dual, DualArray, DualList, Unsuitable, binary, power, unary

STEPS = 20_000
DEPTH = 20


class Leave(Exception):
    """break, continue or return under way."""

    def __init__(self, statement, value=None):
        self.statement, self.value = statement, value


class Raised(Exception):
    """An exception of the program."""

    def __init__(self, type, args):
        self.type, self.arguments = type, args


@dataclass(frozen=True)
class Outcome:
    """`value` is None where nothing is returned, or where the program raised; `raised` is the type and the arguments of its exception.

    `d`: the derivatives of the value, a vector. `finals`: the array arguments at the end, by name. `places`: the slice of the vector that
    belongs to each leaf of the arguments.
    """

    value: float | None
    raised: tuple | None
    d: np.ndarray
    finals: dict
    places: dict
    kink: float


class Interpreter:
    def __init__(self, program):
        leaves = list(g.leaves(program.arguments))
        own = [a for a in leaves if a.kind in ("float", "array") and not a.alias]
        self.directions = sum(np.size(a.value) for a in own)
        self.functions = {f.name: f for f in program.functions}
        self.names, self.places, self.kink, self.steps, self.depth = {}, {}, math.inf, 0, 0
        at = 0
        for a in leaves:
            if a.kind in ("int", "ints"):
                self.names[a.name] = a.value
            elif a.alias:
                base, start = a.alias
                self.names[a.name] = self.names[base][start : start + len(a.value)]
            else:
                v = np.array(a.value, a.dtype)
                d = np.eye(self.directions)[at : at + v.size].reshape((*v.shape, self.directions))
                self.names[a.name] = DualArray(v, d.copy()) if a.kind == "array" else Dual(a.value, d)
                self.places[a.name] = slice(at, at + v.size)
                at += v.size

    # ---- ints ----
    def whole(self, e):
        match e:
            case g.Int(value):
                return value
            case g.IntVar(name):
                return self.names[name]
            case g.IntOp(op, left, right):
                return INTS[op](self.whole(left), self.whole(right))
            case g.Length(array, axis):
                return self.names[array].v.shape[axis]
            case g.IntItem(array, index):
                return self.names[array][self.whole(index)]
            case g.Trunc(x):
                x = self.real(x)
                self.steps_at_ints(x)
                return int(x.v)
        raise TypeError(e)

    # ---- floats ----
    def constant(self, v):
        return Dual(v, np.zeros(self.directions))

    def switch(self, left, right):
        """A decision hangs on left - right."""
        if np.any(left.d != right.d):
            self.kink = min(self.kink, abs(left.v - right.v))

    def steps_at_ints(self, x):
        if np.any(x.d):
            self.kink = min(self.kink, abs(x.v - round(x.v)))

    def single(self, e):
        """The precision of an expression, as the compiler sees it: without running it."""
        match e:
            case g.Var(name) | g.Item(name, _) | g.Reduce(_, name):
                return self.names[name].single
            case g.Unary(_, x) | g.Power(x, _):
                return self.single(x)
            case g.Binary(_, left, right) | g.Choose(_, left, right):
                return self.single(left) and self.single(right)
            case g.Cast(dtype, _):
                return dtype == "float32"
        return False

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
                return self.names[array].load(tuple(self.whole(i) for i in index))
            case g.Unary(op, x):
                return self.unary(op, self.real(x))
            case g.Binary(op, left, right):
                return self.binary(op, self.real(left), self.real(right))
            case g.Power(g.Const(value), exponent):     # Python does this when it compiles, in another way
                return self.constant(value**exponent)
            case g.Power(x, exponent):
                return power(self.real(x), exponent)
            case g.Choose(condition, left, right):
                x = self.real(left if self.truth(condition) else right)
                return Dual(x.v, x.d, self.single(e))
            case g.Reduce(op, array):
                return self.reduce(op, self.names[array])
            case g.Cast(dtype, x):
                x = self.real(x)
                return Dual(x.v, x.d, dtype == "float32")
            case g.Pick(name, index, _):
                return self.names[f"{name}[{self.whole(index)}]"]
            case g.Modulus(name):
                return self.binary("hypot", self.names[f"{name}.real"], self.names[f"{name}.imag"])
            case g.Call():
                return self.call(e)
        raise TypeError(e)

    def unary(self, op, x):
        if op == "abs":
            self.switch(x, self.constant(0.0))
        if op == "floor":
            self.steps_at_ints(x)
        return unary(op, x)

    def binary(self, op, left, right):
        if op in ("min", "max"):
            self.switch(left, right)
        if op == "%":
            self.steps_at_ints(binary("/", left, right))
        if op == "/" and right.v == 0.0:
            raise Raised(ZeroDivisionError, ("division by zero",))
        return binary(op, left, right)

    def reduce(self, op, array):
        """In the order of Numba's loops."""
        items = [array.load(index) for index in np.ndindex(array.v.shape)]
        if op in ("max", "min"):
            best = items[0]
            for x in items[1:]:
                best = self.binary(op, best, x)
            return best
        total = Dual(0.0, np.zeros(self.directions), array.single)
        for x in items:
            total = binary("+", total, x)
        return total if op == "sum" else binary("/", total, self.constant(float(len(items))))

    def truth(self, e):
        match e:
            case g.Compare(op, left, right):
                left, right = self.real(left), self.real(right)
                self.switch(left, right)
                return ORDER[op](left.v, right.v)
            case g.CompareInts(op, left, right):
                return ORDER[op](self.whole(left), self.whole(right))
            case g.Flag(name):
                return self.names[name]
            case g.Logic("not", left):
                return not self.truth(left)
            case g.Logic("and", left, right):
                return self.truth(left) and self.truth(right)
            case g.Logic("or", left, right):
                return self.truth(left) or self.truth(right)
        raise TypeError(e)

    def call(self, e):
        """What the function returns: a number, a list of numbers, an array or None."""
        function = self.functions[e.function]
        given = {p.name: self.argument(p, x) for p, x in zip(function.parameters, e.arguments, strict=True)}
        outer, self.names = self.names, given
        self.depth += 1
        if self.depth > DEPTH:
            raise Unsuitable("calls too deep")
        try:
            self.run(function.body)
        except Leave as leave:
            result = leave.value
            if getattr(result, "single", False) and isinstance(result, Dual):
                raise Unsuitable("a result in single precision") from None
            return result
        finally:
            self.names = outer
            self.depth -= 1
        if function.returns != "none":
            raise Unsuitable("no return")

    def argument(self, parameter, e):
        if isinstance(e, g.Array):
            return self.names[e.name]
        return self.whole(e) if parameter.kind == "int" else self.real(e)

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
                self.assign(name, op, self.real(value))
            case g.SetInt(name, value):
                self.names[name] = self.whole(value)
            case g.SetFlag(name, condition):
                self.names[name] = self.truth(condition)
            case g.Store(array, index, op, value):
                self.store(self.names[array], tuple(self.whole(i) for i in index), op, value)
            case g.For(var, start, stop, step, body, orelse):
                def advance(i):
                    self.names[var] = i

                self.loop(range(self.whole(start), self.whole(stop), step), advance, body, orelse)
            case g.ForEach():
                self.for_each(statement)
            case g.While(counter, limit, condition, body, orelse):
                self.names[counter] = 0
                self.loop(self.rounds(counter, limit, condition), lambda _: None, body, orelse if condition else ())
            case g.Forever(counter, body):
                self.names[counter] = 0
                self.loop(self.rounds(counter, math.inf, None), lambda _: None, body, ())
            case g.Try(body, orelse):
                try:
                    self.run(body)
                except Raised:
                    self.run(orelse)
            case g.If(condition, body, orelse):
                self.run(body if self.truth(condition) else orelse)
            case g.Break() | g.Continue():
                raise Leave(statement)
            case g.Return(value):
                raise Leave(statement, self.result(value))
            case g.Raise(error):
                raise Raised(*g.ERRORS[error])
            case g.Assert(condition):
                if not self.truth(condition):
                    raise Raised(AssertionError, ())
            case g.Do(call) | g.Unpack(_, call) | g.Bind(_, call):
                self.bind(statement, self.call(call))
            case _:
                self.on_arrays(statement)

    def assign(self, name, op, value):
        value = value if op == "=" else self.binary(op[0], self.names[name], value)
        if value.single != (name[0] == "s"):
            raise Unsuitable(f"{name} changes its precision")
        self.names[name] = value

    def bind(self, statement, result):
        match statement:
            case g.Bind(name, _):
                self.names[name] = result
            case g.Unpack(names, _):
                self.names.update(zip(names, result, strict=True))

    def result(self, value):
        match value:
            case None:
                return None
            case g.Array(name):
                return self.names[name]
            case g.Several(parts):
                return [self.real(e) for e in parts]
        return self.real(value)

    def loop(self, rounds, advance, body, orelse):
        for i in rounds:
            advance(i)
            try:
                self.run(body)
            except Leave as leave:
                if isinstance(leave.statement, g.Break):
                    return
                if not isinstance(leave.statement, g.Continue):
                    raise
        self.run(orelse)

    def for_each(self, statement):
        """Each element is read when its turn comes."""
        arrays = [self.names[array] for _, array in statement.items]

        def advance(i):
            if statement.index:
                self.names[statement.index] = i
            for (var, _), array in zip(statement.items, arrays, strict=True):
                self.names[var] = array.load((i,))

        self.loop(range(min(len(a.v) for a in arrays)), advance, statement.body, ())

    def rounds(self, counter, limit, condition):
        while self.names[counter] < limit and (condition is None or self.truth(condition)):
            self.names[counter] += 1
            yield self.names[counter]

    def store(self, array, index, op, value):
        """As Python does: what is added to is read first."""
        before = None if op == "=" else array.load(index)
        value = self.real(value)
        array.store(index, value if op == "=" else self.binary(op[0], before, value))

    def on_arrays(self, statement):
        match statement:
            case g.New(name, how, shape, like, dtype):
                self.names[name] = self.fresh(how, shape, like, dtype)
            case g.View(name, base, ()):
                self.names[name] = self.names[base].transposed()
            case g.View(name, base, parts):
                self.names[name] = self.names[base][tuple(self.part(p) for p in parts)]
            case g.Reshape(name, base, shape):
                self.names[name] = self.names[base].reshaped(shape)
            case g.ChooseArray(name, condition, left, right):
                self.names[name] = self.names[left if self.truth(condition) else right]
            case g.Whole(name, value, ""):
                self.names[name] = self.elementwise(value)
            case g.Whole(name, value, into):
                result, target = self.elementwise(value), self.names[name]
                for index in np.ndindex(result.v.shape):
                    x = result.load(index)
                    target.store(index, x if into == "=" else self.binary(into[0], target.load(index), x))
            case g.Exchange(array, left, right):
                x, left, right = self.names[array], tuple(map(self.whole, left)), tuple(map(self.whole, right))
                a, b = x.load(right), x.load(left)
                x.store(left, a)
                x.store(right, b)
            case g.CopyPart(target, a, source, b, count):
                part = self.names[source][b : b + count].copy()
                target = self.names[target][a : a + count]
                target.v[:], target.d[:] = part.v, part.d
            case g.Fill(array, value):
                x = self.real(value)
                for index in np.ndindex(self.names[array].v.shape):
                    self.names[array].store(index, x)
            case g.Swap(left, right):
                self.names[left], self.names[right] = self.names[right], self.names[left]
            case g.MakeTuple(name, parts, kind):
                made = [self.names[p.name] if isinstance(p, g.Array) else self.real(p) for p in parts]
                by_index = kind in ("", "list")
                self.names |= {f"{name}[{k}]" if by_index else f"{name}.{g.MEMBERS[k]}": x for k, x in enumerate(made)}
            case _:
                self.on_values(statement)

    def on_values(self, statement):
        match statement:
            case g.MakeArray(name, parts):
                self.names[name] = array = self.fresh("zeros", g.shape_of(parts), "", "float64")
                for index in np.ndindex(array.v.shape):
                    array.store(index, self.real(parts[index[0]] if len(index) == 1 else parts[index[0]][index[1]]))
            case g.MakeList(name, parts, ()):
                self.names[name] = DualList([self.real(e) for e in parts])
            case g.MakeList(name, (value,), (var, array)):
                items = []
                for k in range(len(self.names[array].v)):
                    self.names[var] = self.names[array].load((k,))
                    items.append(self.real(value))
                self.names[name] = DualList(items)
            case g.Append(name, value):
                self.names[name].v.append(self.real(value))
            case g.MakeComplex(name, re, im):
                self.names[f"{name}.real"], self.names[f"{name}.imag"] = self.real(re), self.real(im)
            case g.ComplexOp(name, op, left, right):
                (a, b), (c, d) = ([self.names[f"{z}.{part}"] for part in ("real", "imag")] for z in (left, right))
                if op == "*":
                    made = binary("-", binary("*", a, c), binary("*", b, d)), binary("+", binary("*", a, d), binary("*", b, c))
                else:
                    made = binary(op, a, c), binary(op, b, d)
                self.names[f"{name}.real"], self.names[f"{name}.imag"] = made
            case _:
                raise TypeError(statement)

    def part(self, p):
        return slice(self.number(p.start), self.number(p.stop), p.step) if isinstance(p, g.Span) else self.whole(p)

    def number(self, n):
        return n if n is None or isinstance(n, int) else self.whole(n)

    def fresh(self, how, shape, like, dtype):
        if how == "copy":
            return self.names[like].copy()
        if like:
            shape, dtype = self.names[like].v.shape, self.names[like].v.dtype
        shape = tuple(map(self.number, shape))
        # A read of what was never written meets this NaN, and Dual refuses it.
        value = {"zeros": 0.0, "zeros_like": 0.0, "ones": 1.0, "full": 0.5}.get(how, math.nan)
        return DualArray(np.full(shape, value, dtype), np.zeros((*shape, self.directions)))

    def elementwise(self, e):
        """All elements are computed before any is stored."""
        first = self.names[next(n.name for n in g.nodes(e) if isinstance(n, g.Array))]
        result = DualArray(np.empty(first.v.shape), np.empty(first.d.shape))
        for index in np.ndindex(first.v.shape):
            result.store(index, self.real(at_index(e, tuple(map(g.Int, index)))))
        return result


def at_index(e, index):
    """The expression on whole arrays, for one element."""
    match e:
        case g.Array(name):
            return g.Item(name, index)
        case g.Unary(op, x):
            return g.Unary(op, at_index(x, index))
        case g.Power(x, exponent):
            return g.Power(at_index(x, index), exponent)
        case g.Binary(op, left, right):
            return g.Binary(op, at_index(left, index), at_index(right, index))
        case g.Choose(g.Compare(op, a, b), left, right):
            compare = g.Compare(op, at_index(a, index), at_index(b, index))
            return g.Choose(compare, at_index(left, index), at_index(right, index))
    return e


# A program that was cut down may use what is no longer there.
BROKEN = (KeyError, IndexError, ZeroDivisionError, OverflowError, ValueError, TypeError, AttributeError)


def interpret(program):
    """The outcome; `Unsuitable` where there is none to compare with."""
    machine = Interpreter(program)
    arrays = {a.name: machine.names[a.name] for a in g.leaves(program.arguments) if a.kind == "array"}
    value, raised = None, None
    try:
        machine.run(program.body)
        raise Unsuitable("no return")
    except Leave as leave:
        if isinstance(leave.statement, g.Break | g.Continue):
            raise Unsuitable("break outside a loop") from None
        value = leave.value
    except Raised as error:
        raised = error.type, error.arguments
    except BROKEN as error:
        raise Unsuitable(repr(error)) from error
    if not all(np.all(np.isfinite(x.v)) and np.all(np.abs(x.v) < 1e4) for x in arrays.values()):
        raise Unsuitable("an argument was filled with what was never written")
    if value is not None and (not isinstance(value, Dual) or value.single):
        raise Unsuitable("not a float64")
    d = np.zeros(machine.directions) if value is None else value.d
    return Outcome(None if value is None else value.v, raised, d, arrays, machine.places, machine.kink)
