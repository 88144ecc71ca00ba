"""Random programs without undefined behaviour, by construction.

Every subscript lies in its array: the range of each int is known, and where it does not fit, the subscript is taken modulo the extent.
Every divisor is positive, every logarithm's argument too. A name is used only where it is surely defined. Magnitudes are kept in check
by bounded functions; what grows all the same is found by running the program on dual numbers, and another is drawn.
"""
import random
from dataclasses import dataclass, field

from tests.fuzz import grammar as g
from tests.fuzz.interpret import Unsuitable, interpret
from tests.fuzz.moods import BASE, MOODS

EXITS = {"break": g.Break(), "continue": g.Continue(), "raise": g.Raise()}


def generate(seed):
    """The program of a seed: the first draw that is fit for comparison."""
    for attempt in range(1000):
        program = draw(seed, random.Random(f"{seed}.{attempt}"))
        try:
            outcome = interpret(program)
        except Unsuitable:
            continue
        if outcome.value is None or any(part is not None and part_is_nonzero(part) for part in outcome.gradient):
            return program
    raise RuntimeError(f"no program for seed {seed}")


def part_is_nonzero(part):
    return bool((part != 0).any()) if hasattr(part, "any") else part != 0


def draw(seed, rng):
    mood = rng.choice(sorted(MOODS))
    size, depth, differs = MOODS[mood]
    arguments = draw_arguments(rng)
    writer = Writer(rng, {**BASE, **differs}, depth, size + rng.randrange(size))
    for a in arguments:
        writer.declare(a)
    body = writer.block()
    return g.Program(seed, mood, arguments, (*body, g.Return(writer.result())))


def draw_arguments(rng):
    def number():
        return round(rng.uniform(-1.5, 1.5), 3)

    arguments = [g.Argument(f"a{k}", "float", number()) for k in range(rng.randint(1, 3))]
    for k in range(rng.choice((0, 1, 1, 2))):
        arguments.append(g.Argument(f"x{k}", "array", tuple(number() for _ in range(rng.randint(2, 5)))))
    if rng.random() < 0.3:
        columns = rng.randint(2, 3)
        arguments.append(g.Argument("m0", "array", tuple(tuple(number() for _ in range(columns)) for _ in range(rng.randint(2, 3)))))
    if rng.random() < 0.5:
        arguments.append(g.Argument("n0", "int", rng.randint(0, 4)))
    return tuple(arguments)


def shape_of(value):
    return (len(value), *shape_of(value[0])) if isinstance(value, tuple) else ()


@dataclass
class Names:
    """What is surely defined at a place: floats, the shape of each array, the range of each int."""

    floats: tuple = ()
    shapes: dict = field(default_factory=dict)
    ranges: dict = field(default_factory=dict)

    def copy(self):
        return Names(self.floats, dict(self.shapes), dict(self.ranges))


class Writer:
    def __init__(self, rng, weights, depth, budget):
        self.rng, self.weights, self.depth, self.budget = rng, weights, depth, budget
        self.names, self.count, self.loops = Names(), 0, 0

    def declare(self, a):
        match a.kind:
            case "float":
                self.names.floats += (a.name,)
            case "array":
                self.names.shapes[a.name] = shape_of(a.value)
            case "int":
                self.names.ranges[a.name] = (a.value, a.value)

    def fresh(self, letter):
        self.count += 1
        return f"{letter}{self.count}"

    def chance(self, p):
        return self.rng.random() < p

    # ---- ints ----
    def int_within(self, low, high):
        """An int expression whose value surely lies in low..high."""
        rng, extent = self.rng, high - low + 1
        if not self.names.ranges or self.chance(0.15):
            return g.Int(rng.randint(low, high))
        name = rng.choice(sorted(self.names.ranges))
        a, b = self.names.ranges[name]
        var = g.IntVar(name)
        if self.chance(0.15) and high - b >= low and high - a <= high:
            return g.IntOp("-", g.Int(high), var)
        if b - a < extent:
            shift = rng.randint(low - a, high - b) if self.chance(0.4) or not (low <= a and b <= high) else 0
            return g.IntOp("+", var, g.Int(shift)) if shift else var
        stretched = g.IntOp("+", g.IntOp("*", var, g.Int(rng.choice((1, 2, 3)))), g.Int(rng.randint(0, 3)))
        return g.IntOp("+", g.IntOp("%", stretched, g.Int(extent)), g.Int(low)) if low else g.IntOp("%", stretched, g.Int(extent))

    def subscript(self, shape):
        return tuple(self.int_within(-n, -1) if self.chance(0.07) else self.int_within(0, n - 1) for n in shape)

    def bounds(self):
        """start, stop, step and the range of the loop variable."""
        rng = self.rng
        outer = [(name, r) for name, r in sorted(self.names.ranges.items()) if r[1] <= 5]
        arrays = sorted(self.names.shapes)
        kind = rng.choice(("plain", "plain", "length", "length", "inner", "triangular", "rest", "down", "stride"))
        if kind == "triangular" and outer:
            name, (_, b) = rng.choice(outer)
            extra = rng.randint(0, 1)
            return g.Int(0), g.IntOp("+", g.IntVar(name), g.Int(1)) if extra else g.IntVar(name), 1, (0, max(b - 1 + extra, 0))
        if kind == "rest" and outer:
            name, (a, _) = rng.choice(outer)
            stop = rng.randint(2, 5)
            return g.IntOp("+", g.IntVar(name), g.Int(1)), g.Int(stop), 1, (a + 1, max(stop - 1, a + 1))
        if kind in ("length", "inner") and arrays:
            name = rng.choice(arrays)
            axis = rng.randrange(len(self.names.shapes[name]))
            n, skip = self.names.shapes[name][axis], kind == "inner"
            return g.Int(int(skip)), g.IntOp("-", g.Length(name, axis), g.Int(1)) if skip else g.Length(name, axis), 1, (int(skip), n - 1)
        stop = rng.choice((0, 1, 2, 3, 3, 4, 5))
        if kind == "down":
            return g.Int(stop), g.Int(-1), -1, (0, stop)
        if kind == "stride":
            return g.Int(rng.randint(0, 1)), g.Int(stop), 2, (0, max(stop - 1, 1))
        return g.Int(0), g.Int(stop), 1, (0, max(stop - 1, 0))

    # ---- floats ----
    def leaf(self):
        rng, roll = self.rng, self.rng.random()
        if roll < 0.12:
            return g.Const(round(rng.uniform(-2, 2), 2))
        if roll < 0.2 and self.names.ranges:
            return g.Binary("*", g.Const(0.25), g.FromInt(g.IntVar(rng.choice(sorted(self.names.ranges)))))
        if roll < 0.25 and self.names.shapes:
            return g.Reduce(rng.choice(("sum", "sum", "mean", "max", "min")), rng.choice(sorted(self.names.shapes)))
        if roll < 0.62 and self.names.shapes:
            return self.item()
        return g.Var(rng.choice(self.names.floats))

    def item(self):
        name = self.rng.choice(sorted(self.names.shapes))
        return g.Item(name, self.subscript(self.names.shapes[name]))

    def expression(self, depth=2):
        if depth == 0 or self.chance(0.2):
            return self.leaf()
        x, rng = self.expression(depth - 1), self.rng
        kind = rng.choice(("+", "+", "-", "*", "*", "unary", "unary", "unary", "exp", "log", "sqrt", "/", "power", "pick", "rare"))
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
                return g.Binary("/", x, self.above_one(self.expression(depth - 1)))
            case "power":
                return g.Power(g.Unary("sin", x) if self.chance(0.5) else x, rng.choice((2, 2, 3)))
            case "pick":
                return g.Choose(self.condition(), x, self.expression(depth - 1))
        return self.rare(x, depth)

    def above_one(self, x):
        return g.Binary("+", g.Const(1.0), g.Power(x, 2))

    def rare(self, x, depth):
        y = self.expression(depth - 1)
        match self.rng.choice(("min", "max", "hypot", "atan2", "abs", "floor")):
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
        x = self.expression(self.rng.choice((1, 2, 2, 3)))
        return g.Unary(self.rng.choice(("sin", "tanh", "cos")), x) if self.chance(0.5) else x

    def condition(self):
        rng = self.rng
        if self.names.ranges and self.chance(0.3):
            names = sorted(self.names.ranges)
            right = g.IntVar(rng.choice(names)) if self.chance(0.3) else g.Int(rng.randint(0, 3))
            return g.CompareInts(rng.choice(("<", ">", "==", "<=")), g.IntVar(rng.choice(names)), right)
        simple = g.Compare(rng.choice(("<", "<=", ">", ">=")), self.expression(1), self.leaf())
        if self.chance(0.8):
            return simple
        op = rng.choice(("and", "or", "not"))
        return g.Logic(op, simple) if op == "not" else g.Logic(op, simple, self.condition())

    # ---- statements ----
    def block(self, wanted=None):
        """So many statements, or as many as the budget allows."""
        body = []
        while self.budget > 0 and (wanted is None or len(body) < wanted):
            self.budget -= 1
            body.extend(self.statement())
        return tuple(body) or (self.assign(),)

    def inside(self):
        """A block whose names end with it."""
        outer, self.names = self.names, self.names.copy()
        body = self.block(self.rng.randint(1, 4))
        self.names = outer
        return body

    def statement(self):
        kinds = sorted(self.weights)
        kind = self.rng.choices(kinds, [self.weights[k] for k in kinds])[0]
        if kind in ("break", "continue") and not self.loops:
            kind = "assign"
        if kind in ("for", "while") and self.loops >= self.depth:
            kind = "store"
        if kind in ("store", "view", "whole", "part", "swap") and not self.names.shapes:
            kind = "assign"
        return getattr(self, f"make_{kind}")()

    def assign(self):
        rng = self.rng
        local = [name for name in self.names.floats if name[0] == "v"]
        if not local or self.chance(0.3):
            value = self.bounded()
            name = self.fresh("v")
            self.names.floats += (name,)
            return g.Assign(name, "=", value)
        name = rng.choice(self.names.floats if self.chance(0.2) else local)
        return g.Assign(name, rng.choice(("=", "+=", "+=", "-=", "*=")), self.bounded())

    def make_assign(self):
        return [self.assign()]

    def make_store(self):
        name = self.rng.choice(sorted(self.names.shapes))
        index = self.subscript(self.names.shapes[name])
        return [g.Store(name, index, self.rng.choice(("=", "=", "+=", "-=", "*=")), self.bounded())]

    def make_for(self):
        start, stop, step, span = self.bounds()
        var = self.fresh("i")
        outer = self.names
        self.names = outer.copy()
        self.names.ranges[var] = span
        body = self.in_loop()
        self.names = outer
        return [g.For(var, start, stop, step, body)]

    def make_while(self):
        counter, limit = self.fresh("k"), self.rng.randint(1, 5)
        condition = self.condition() if self.chance(0.7) else None
        outer = self.names
        self.names = outer.copy()
        self.names.ranges[counter] = (1, limit)
        body = self.in_loop()
        self.names = outer
        return [g.While(counter, limit, condition, body)]

    def in_loop(self):
        self.loops += 1
        body = self.inside()
        self.loops -= 1
        return body

    def make_if(self):
        condition = self.condition()
        body = self.inside()
        return [g.If(condition, body, self.inside() if self.chance(0.5) else ())]

    def make_break(self):
        return self.leave("break")

    def make_continue(self):
        return self.leave("continue")

    def make_raise(self):
        return self.leave("raise")

    def leave(self, kind):
        condition = self.condition()
        before = self.inside() if self.chance(0.3) else ()
        return [g.If(condition, (*before, EXITS[kind]))]

    def make_return(self):
        return [g.If(self.condition(), (g.Return(self.bounded()),))]

    def make_new(self):
        rng, name = self.rng, self.fresh("w")
        if self.names.shapes and self.chance(0.6):
            like = rng.choice(sorted(self.names.shapes))
            self.names.shapes[name] = self.names.shapes[like]
            return [g.New(name, "copy", like=like)]
        shape = (rng.randint(1, 5),) if self.chance(0.8) else (rng.randint(1, 3), rng.randint(1, 3))
        self.names.shapes[name] = shape
        return [g.New(name, rng.choice(("zeros", "ones", "full")), shape)]

    def make_fill(self):
        """An empty array, every element written by a loop."""
        name, var, n = self.fresh("w"), self.fresh("i"), self.rng.randint(1, 5)
        outer = self.names
        self.names = outer.copy()
        self.names.ranges[var] = (0, n - 1)
        body = (g.Store(name, (g.IntVar(var),), "=", self.bounded()),)
        self.names = outer
        self.names.shapes[name] = (n,)
        return [g.New(name, "empty", (n,)), g.For(var, g.Int(0), g.Length(name), 1, body)]

    def make_view(self):
        base, name = self.rng.choice(sorted(self.names.shapes)), self.fresh("u")
        shape = self.names.shapes[base]
        if len(shape) == 2:
            self.names.shapes[name] = shape[1:]
            return [g.View(name, base, self.int_within(0, shape[0] - 1))]
        first = self.rng.randrange(shape[0])
        last = self.rng.randint(first + 1, shape[0])
        self.names.shapes[name] = (last - first,)
        return [g.View(name, base, g.Int(first), last)]

    def make_whole(self):
        rng, names = self.rng, sorted(self.names.shapes)
        model = rng.choice(names)
        same = [name for name in names if self.names.shapes[name] == self.names.shapes[model]]
        value = g.Unary(rng.choice(("sin", "tanh", "cos")), self.whole_expression(same))
        if self.chance(0.5):
            return [g.Whole(rng.choice(same), value, rng.choice(("=", "+=", "*=")))]
        name = self.fresh("w")
        self.names.shapes[name] = self.names.shapes[model]
        return [g.Whole(name, value)]

    def whole_expression(self, same):
        rng = self.rng
        x = g.Array(rng.choice(same))
        match rng.choice(("*", "+", "-", "scalar", "unary", "power")):
            case "scalar":
                return g.Binary(rng.choice(("+", "*")), x, self.leaf())
            case "unary":
                return g.Unary(rng.choice(("exp", "sin", "atan")), g.Unary("tanh", x))
            case "power":
                return g.Power(x, 2)
            case op:
                return g.Binary(op, x, g.Array(rng.choice(same)))

    def make_part(self):
        vectors = [name for name, shape in sorted(self.names.shapes.items()) if len(shape) == 1]
        if not vectors:
            return self.make_assign()
        target, source = self.rng.choice(vectors), self.rng.choice(vectors)
        m, n = self.names.shapes[target][0], self.names.shapes[source][0]
        count = self.rng.randint(1, min(m, n))
        return [g.CopyPart(target, self.rng.randint(0, m - count), source, self.rng.randint(0, n - count), count)]

    def make_swap(self):
        left = self.rng.choice(sorted(self.names.shapes))
        same = [name for name in sorted(self.names.shapes) if name != left and self.names.shapes[name] == self.names.shapes[left]]
        return [g.Swap(left, self.rng.choice(same))] if same else self.make_store()

    def result(self):
        """Depends on every array and every float that is left."""
        total = self.expression(2)
        for name in self.names.floats:
            total = g.Binary("+", total, g.Unary(self.rng.choice(("sin", "tanh")), g.Var(name)))
        for name in sorted(self.names.shapes):
            term = g.Reduce("sum", name) if self.chance(0.5) else g.Item(name, self.subscript(self.names.shapes[name]))
            total = g.Binary("+", total, g.Binary("*", g.Const(round(self.rng.uniform(0.5, 2), 2)), term))
        return total
