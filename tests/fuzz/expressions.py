"""Random expressions: subscripts that lie in their arrays, floats that stay small, conditions."""
from tests.fuzz import grammar as g
from tests.fuzz.names import Names

KINDS = (*"++-**/", *["unary"] * 3, "exp", "log", "sqrt", "power", "pick", "rare", "rare", "call")


class Expressions:
    """`features` are those of the mood: single, structures, calls, errors."""

    def __init__(self, rng, features, functions=()):
        self.rng, self.features, self.functions = rng, features, functions
        self.names, self.count = Names(), 0

    def fresh(self, letter):
        self.count += 1
        return f"{letter}{self.count}"

    def chance(self, p):
        return self.rng.random() < p

    # ---- ints ----
    def int_within(self, low, high):
        """An int expression whose value surely lies in low..high."""
        rng, extent = self.rng, high - low + 1
        if not self.names.ranges or self.chance(0.25):
            return g.Int(rng.randint(low, high))
        if self.names.indices and self.chance(0.3):
            return self.looked_up(low, high)
        name = self.some_int()
        var, span = g.IntVar(name), self.names.ranges[name]
        forms = [(var, span)] * 5 + list(self.affine_forms(var, span))
        fit = [(e, a, b) for e, (a, b) in forms if b - a < extent]
        if fit:
            return self.shifted(*rng.choice(fit), low, high)
        stretched = g.IntOp("+", g.IntOp("*", var, g.Int(rng.choice((1, 2, 3)))), g.Int(rng.randint(0, 3)))
        return self.folded(stretched, low, extent)

    def some_int(self):
        """Most often the variable of a loop."""
        names = sorted(self.names.ranges)
        return self.rng.choice([n for n in names if n[0] in "ik"] * 3 + names)

    def affine_forms(self, var, span):
        """What else may be a subscript, and its range: combinations of two ints, multiples, halves."""
        (a, b), other = span, self.some_int()
        c, d = self.names.ranges[other]
        yield g.IntOp("-", g.Int(b), var), (0, b - a)
        yield g.IntOp("*", var, g.Int(2)), (2 * a, 2 * b)
        yield g.IntOp("+", var, g.IntVar(other)), (a + c, b + d)
        yield g.IntOp("-", var, g.IntVar(other)), (a - d, b - c)
        yield g.IntOp("//", var, g.Int(2)), (a // 2, b // 2)

    def shifted(self, e, a, b, low, high):
        """Into the range, and sometimes further than that asks for."""
        shift = self.rng.randint(low - a, high - b) if self.chance(0.3) or not (low <= a and b <= high) else 0
        return g.IntOp("+", e, g.Int(shift)) if shift else e

    def folded(self, e, low, extent):
        reduced = g.IntOp("%", e, g.Int(extent))
        return g.IntOp("+", reduced, g.Int(low)) if low else reduced

    def looked_up(self, low, high):
        """Through an array of ints."""
        name = self.rng.choice(sorted(self.names.indices))
        length, greatest = self.names.indices[name]
        indices, self.names.indices = self.names.indices, {}
        found = g.IntItem(name, self.int_within(0, length - 1))
        self.names.indices = indices
        return found if low == 0 and greatest <= high else self.folded(found, low, high - low + 1)

    def subscript(self, shape):
        return tuple(self.int_within(-n, -1) if self.chance(0.1) else self.int_within(0, n - 1) for n in shape)

    def truncated(self, extent):
        """`int(c * abs(x)) % extent`: an int that hangs on floats."""
        scaled = g.Binary("*", g.Const(self.rng.choice((1.5, 3.0, 5.0))), g.Unary("abs", self.expression(1)))
        return g.IntOp("%", g.Trunc(scaled), g.Int(extent))

    # ---- floats in double precision ----
    def leaf(self):
        rng, roll, names = self.rng, self.rng.random(), self.names
        if roll < 0.12:
            return g.Const(round(rng.uniform(-2, 2), 2))
        if roll < 0.18 and names.ranges:
            return g.Binary("*", g.Const(0.25), g.FromInt(g.IntVar(rng.choice(sorted(names.ranges)))))
        if roll < 0.22 and names.arrays:
            return self.reduction()
        if roll < 0.26 and names.tuples:
            name = rng.choice(sorted(names.tuples))
            return g.Pick(name, self.int_within(0, names.tuples[name] - 1), names.tuples[name])
        if roll < 0.32 and names.lists:
            name = rng.choice(sorted(names.lists))
            return g.Item(name, (self.int_within(0, names.lists[name] - 1),))
        if roll < 0.34 and names.complexes:
            return g.Modulus(rng.choice(names.complexes))
        if roll < 0.62 and names.arrays:
            return self.item()
        if roll < 0.66 and names.singles:
            return g.Cast("float64", g.Var(rng.choice(names.singles)))
        return g.Var(rng.choice(names.floats))

    def reduction(self):
        name = self.rng.choice(sorted(self.names.arrays))
        kind = self.names.arrays[name]
        ops = ("sum", "sum", "mean", "max", "min") if kind.double else ("sum", "max")
        e = g.Reduce(self.rng.choice(ops if kind.summed_in_order else ("max",)), name)
        return e if kind.double else g.Cast("float64", e)

    def item(self):
        """In double precision. A single that is mixed with a double becomes one, with and without a cast."""
        name = self.rng.choice(sorted(self.names.arrays))
        kind = self.names.arrays[name]
        e = g.Item(name, self.subscript(kind.shape))
        if kind.double:
            return e
        return g.Cast("float64", e) if self.chance(0.4) else g.Binary(self.rng.choice("+*"), e, g.Const(round(self.rng.uniform(-2, 2), 2)))

    def expression(self, depth=2):
        if depth == 0 or self.chance(0.2):
            return self.leaf()
        if "single" in self.features and self.chance(0.2):
            return g.Cast("float64", self.single(depth))
        x, rng = self.expression(depth - 1), self.rng
        kind = rng.choice(KINDS)
        match kind:
            case "+" | "-" | "*":
                return g.Binary(kind, x, self.expression(depth - 1))
            case "unary":
                return g.Unary(rng.choice(("sin", "cos", "tanh", "atan", "neg")), x)
            case "exp":
                return g.Unary("exp", g.Unary(rng.choice(("tanh", "sin")), x))
            case "log":
                return g.Unary("log", g.Binary("+", g.Const(1.5), g.Unary("sin", x)))
            case "sqrt":
                return g.Unary("sqrt", self.above_one(x))
            case "/":
                return g.Binary("/", x, self.divisor(depth))
            case "power":
                return g.Power(g.Unary("sin", x) if self.chance(0.5) else x, rng.choice((2, 2, 3)))
            case "pick":
                return g.Choose(self.condition(), x, self.expression(depth - 1))
            case "call":
                return self.call_of("float") or x
        return self.rare(x, depth)

    def divisor(self, depth):
        if "errors" in self.features and self.names.ranges and self.chance(0.3):
            return g.FromInt(g.IntOp("-", g.IntVar(self.rng.choice(sorted(self.names.ranges))), g.Int(self.rng.randint(0, 4))))
        return self.above_one(self.expression(depth - 1))

    def above_one(self, x):
        return g.Binary("+", g.Const(1.0), g.Power(x, 2))

    def rare(self, x, depth):
        y = self.expression(depth - 1)
        match self.rng.choice(("min", "max", "hypot", "atan2", "abs", "floor", "%", "**", "log1p", "expm1", "asinh")):
            case "%":
                return g.Binary("%", x, self.above_one(y))
            case "**":
                return g.Binary("**", self.above_one(x), g.Unary("tanh", y))
            case "log1p":
                return g.Unary("log1p", g.Power(x, 2))
            case "expm1" | "asinh" as op:
                return g.Unary(op, g.Unary("tanh", x))
            case "hypot":
                return g.Binary("hypot", x, self.above_one(y))
            case "atan2":
                return g.Binary("atan2", x, self.above_one(y))
            case "abs":
                return g.Unary("abs", x)
            case "floor":
                return g.Binary("*", g.Unary("floor", x), y)
            case op:
                return g.Binary(op, x, y)

    def bounded(self):
        x = self.expression(self.rng.choice((1, 1, 2, 2, 3)))
        return g.Unary(self.rng.choice(("sin", "tanh", "cos")), x) if self.chance(0.5) else x

    # ---- floats in single precision ----
    def single(self, depth=1):
        arrays = [name for name, kind in sorted(self.names.arrays.items()) if not kind.double]
        leaves = [g.Var(name) for name in self.names.singles]
        leaves += [g.Item(name, self.subscript(self.names.arrays[name].shape)) for name in arrays]
        if not leaves or self.chance(0.2):
            return g.Cast("float32", self.expression(max(0, depth - 1)))
        x = self.rng.choice(leaves)
        if depth <= 0:
            return x
        x = self.single(depth - 1) if self.chance(0.4) else x
        match self.rng.choice(("+", "-", "*", "unary", "unary", "power", "max", "pick")):
            case "unary":
                return g.Unary(self.rng.choice(("sin", "cos", "tanh", "atan", "neg", "abs")), x)
            case "power":
                return g.Power(x, 2)
            case "pick":
                return g.Choose(self.condition(), x, self.rng.choice(leaves))
            case op:
                return g.Binary(op, x, self.rng.choice(leaves))

    # ---- conditions ----
    def condition(self):
        rng = self.rng
        if self.names.flags and self.chance(0.25):
            return g.Flag(rng.choice(self.names.flags))
        if self.names.ranges and self.chance(0.3):
            names = sorted(self.names.ranges)
            right = g.IntVar(rng.choice(names)) if self.chance(0.3) else g.Int(rng.randint(0, 3))
            return g.CompareInts(rng.choice(("<", ">", "==", "<=")), g.IntVar(rng.choice(names)), right)
        simple = g.Compare(rng.choice(("<", "<=", ">", ">=")), self.expression(1), self.leaf())
        if self.chance(0.75):
            return simple
        op = rng.choice(("and", "or", "not"))
        return g.Logic(op, simple) if op == "not" else g.Logic(op, simple, self.condition())

    # ---- calls ----
    def call_of(self, returns):
        """A call of some function that returns this, or None. A part of its arguments is constant."""
        fit = [f for f in self.functions if f.function.returns == returns and self.can_call(f)]
        if not fit:
            return None
        callee = self.rng.choice(fit)
        given = [self.given(p, callee.needs.get(p.name)) for p in callee.function.parameters]
        return g.Call(callee.function.name, tuple(given))

    def can_call(self, callee):
        return all(self.matching(need) for need in callee.needs.values() if not isinstance(need, range))

    def matching(self, need):
        """Arrays of a shape and dtype."""
        return [n for n, kind in sorted(self.names.arrays.items()) if (kind.shape, kind.dtype) == (need.shape, need.dtype)]

    def given(self, parameter, need):
        match parameter.kind:
            case "array":
                return g.Array(self.rng.choice(self.matching(need)))
            case "int":
                return self.int_within(need.start, need.stop - 1)
        return g.Const(round(self.rng.uniform(-1, 1), 2)) if self.chance(0.15) else self.expression(1)
