"""Random statements. A name is used only where it is surely defined; names made in a block end with it."""
from dataclasses import dataclass

from tests.fuzz import grammar as g
from tests.fuzz.arrays import Arrays
from tests.fuzz.patterns import Patterns

# Of loops. Those over a small constant vanish in preparation, so they are rare.
BOUNDS = (*["argument"] * 4, *["length"] * 3, "plain", "inner", "triangular", "triangular", "rest", "down", "stride", "float", "back")
EXITS = {"break": g.Break(), "continue": g.Continue()}
ON_ARRAYS = set("store view whole part swap flood foreach sweep prefix ring lengths choose rebind exchange nest product".split())
LOOPING = set("for while foreach sweep prefix ring lengths total nest product".split())


@dataclass(frozen=True)
class Callee:
    """A function that may be called. `needs`: the Kind of each array parameter, the range of each int."""

    function: g.Function
    needs: dict


class Writer(Arrays, Patterns):
    """`returns` is what the function returns: float, several, array or none."""

    def __init__(self, rng, mood, budget, functions=(), returns="float"):
        super().__init__(rng, mood.features, functions)
        self.weights, self.depth, self.budget, self.returns = mood.weights, mood.depth, budget, returns
        self.loops = self.nested = 0

    # ---- blocks ----
    def block(self, wanted=None):
        """So many statements, or as many as the budget allows."""
        body = []
        while self.budget > 0 and (wanted is None or len(body) < wanted):
            self.budget -= 1
            body.extend(self.statement())
        return tuple(body) or (self.assign(),)

    def inside(self, ranges=(), floats=(), loop=False):
        """A block whose names end with it; `ranges` and `floats` are defined in it."""
        outer, self.names = self.names, self.names.copy()
        self.names.ranges.update(ranges)
        self.names.floats += tuple(floats)
        self.loops += loop
        self.nested += 1
        leave = self.leave(self.rng.choice(sorted(EXITS))) if loop and self.chance(0.2) else []
        body = (*leave, *self.block(self.rng.randint(1, 4)))
        self.loops -= loop
        self.nested -= 1
        self.names = outer
        return body

    def within(self, ranges, write):
        """`write()`, with more ints defined."""
        outer, self.names = self.names, self.names.copy()
        self.names.ranges.update(ranges)
        made = write()
        self.names = outer
        return made

    def statement(self):
        kinds = sorted(self.weights)
        kind = self.rng.choices(kinds, [self.weights[k] for k in kinds])[0]
        if kind in ("break", "continue") and not self.loops:
            kind = "assign"
        if kind in LOOPING and self.loops >= self.depth:
            kind = "store"
        if kind in ON_ARRAYS and not self.names.arrays:
            kind = "assign"
        return getattr(self, f"make_{kind}")() or [self.assign()]

    # ---- numbers ----
    def assign(self):
        rng = self.rng
        if "single" in self.features and self.chance(0.35):
            return self.assign_single()
        local = [name for name in self.names.floats if name[0] == "v"]
        if not local or self.chance(0.07 if self.nested else 0.3):
            value = self.bounded()
            name = self.fresh("v")
            self.names.floats += (name,)
            return g.Assign(name, "=", value)
        name = rng.choice([n for n in self.names.floats if n.isalnum()] if self.chance(0.2) else local)
        return g.Assign(name, rng.choice(("=", "+=", "+=", "-=", "*=")), self.bounded())

    def assign_single(self):
        value = self.single(2)
        if self.names.singles and self.chance(0.5):
            return g.Assign(self.rng.choice(self.names.singles), "=", value)
        name = self.fresh("s")
        self.names.singles += (name,)
        return g.Assign(name, "=", value)

    def make_assign(self):
        return [self.assign()]

    def make_int(self):
        """An int that hangs on floats, or one that goes round."""
        if self.names.states and self.chance(0.5):
            name = self.rng.choice(sorted(self.names.states))
            modulus = self.names.states[name]
            value = g.IntOp("%", g.IntOp("+", g.IntVar(name), g.Int(self.rng.randint(1, 2))), g.Int(modulus))
            return [g.SetInt(name, value)]
        modulus, name = self.rng.randint(2, 4), self.fresh("q")
        value = self.truncated(modulus) if self.chance(0.6) else g.Int(self.rng.randrange(modulus))
        self.names.ranges[name], self.names.states[name] = (0, modulus - 1), modulus
        return [g.SetInt(name, value)]

    def make_flag(self):
        condition, name = self.condition(), self.fresh("p")
        self.names.flags += (name,)
        return [g.SetFlag(name, condition)]

    # ---- loops ----
    def bounds(self):
        """start, stop, step and the range of the loop variable."""
        rng = self.rng
        outer = [(name, r) for name, r in sorted(self.names.ranges.items()) if r[1] <= 5]
        arrays = sorted(self.names.arrays)
        if self.names.bounds and not self.loops and self.chance(0.5):
            name, value = rng.choice(sorted(self.names.bounds.items()))
            return g.Int(0), g.IntVar(name), 1, (0, value - 1)
        kind = rng.choice(BOUNDS)
        given = [(name, r[1]) for name, r in sorted(self.names.ranges.items()) if name[0] == "n" and r[0] == r[1] <= 5]
        if kind in ("argument", "back") and given:
            name, n = rng.choice(given)
            if kind == "back":
                return g.IntVar(name), g.Int(-1), -1, (0, n)
            return g.Int(0), g.IntVar(name), 1, (0, max(n - 1, 0))
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
            shape, skip = self.names.arrays[name].shape, kind == "inner"
            axis = rng.randrange(len(shape))
            stop = g.IntOp("-", g.Length(name, axis), g.Int(1)) if skip else g.Length(name, axis)
            return g.Int(int(skip)), stop, 1, (int(skip), max(shape[axis] - 1, int(skip)))
        stop = rng.choice((0, 1, 2, 3, 3, 4, 5))
        if kind == "stride" and given:
            name, n = rng.choice(given)
            return g.Int(rng.randint(0, 1)), g.IntVar(name), 2, (0, max(n - 1, 1))
        if kind == "float" and stop > 1:
            return g.Int(0), self.truncated(stop), 1, (0, stop - 1)
        if kind == "down":
            return g.Int(stop), g.Int(-1), -1, (0, stop)
        if kind == "stride":
            return g.Int(rng.randint(0, 1)), g.Int(stop), 2, (0, max(stop - 1, 1))
        return g.Int(0), g.Int(stop), 1, (0, max(stop - 1, 0))

    def make_for(self):
        start, stop, step, span = self.bounds()
        var = self.fresh("i")
        body = self.inside({var: span}, loop=True)
        return [g.For(var, start, stop, step, body, self.else_of(body))]

    def else_of(self, body):
        """Only a loop that may be broken out of has one."""
        broken = any(isinstance(s, g.Break) and not depth for s, depth in g.statements(body))
        return self.inside() if broken and self.chance(0.3) else ()

    def make_foreach(self):
        vectors = [name for name, kind in sorted(self.names.arrays.items()) if len(kind.shape) == 1 and kind.double]
        if not vectors:
            return None
        chosen = [self.rng.choice(vectors) for _ in range(self.rng.choice((1, 1, 2)))]
        items = tuple((self.fresh("e"), name) for name in chosen)
        index = self.fresh("i") if self.chance(0.5) else ""
        least = min(self.names.arrays[name].shape[0] for name in chosen)
        body = self.inside({index: (0, least - 1)} if index else {}, [name for name, _ in items], loop=True)
        return [g.ForEach(index, items, body)]

    def make_while(self):
        counter, limit = self.fresh("k"), self.rng.randint(1, 5)
        if self.chance(0.15):
            return self.left_in_its_middle(counter, limit)
        condition = self.condition() if self.chance(0.7) else None
        body = self.inside({counter: (1, limit)}, loop=True)
        return [g.While(counter, limit, condition, body, self.else_of(body))]

    def left_in_its_middle(self, counter, limit):
        """A loop whose only exit stands behind a condition. Numba cannot type a name that is bound right before that."""
        k, inside = g.IntVar(counter), {counter: (1, limit + 1)}
        leave = g.If(g.CompareInts("<=", g.Int(limit), k), (g.Break(),))
        odd = g.CompareInts("==", g.IntOp("%", k, g.Int(2)), g.Int(1))
        return [g.Forever(counter, (g.If(odd, (*self.inside(inside), leave)), *self.inside(inside, loop=True)))]

    # ---- branches and exits ----
    def make_if(self):
        body = self.inside()
        orelse = self.inside() if self.chance(0.5) else ()
        for _ in range(self.rng.choice((0, 0, 1, 2))):
            orelse = (g.If(self.condition(), self.inside(), orelse),)
        return [g.If(self.condition(), body, orelse)]

    def make_break(self):
        return self.leave("break")

    def make_continue(self):
        return self.leave("continue")

    def leave(self, kind):
        condition = self.condition()
        before = self.inside() if self.chance(0.3) else ()
        return [g.If(condition, (*before, EXITS[kind]))]

    def make_raise(self):
        if self.chance(0.3):
            return [g.Assert(self.condition())]
        return [g.If(self.condition(), (g.Raise(self.rng.choice(sorted(g.ERRORS))),))]

    def make_try(self):
        """Something may be raised inside, after some work; Numba wants no exits there."""
        body, orelse = self.inside(), self.inside()
        if any(isinstance(s, g.Break | g.Continue | g.Return) for s, _ in g.statements((*body, *orelse))):
            return list(body)
        return [g.Try((*body, *self.make_raise(), self.reassign()), orelse)]

    def reassign(self):
        """A float that is there gets another value."""
        local = [name for name in self.names.floats if name[0] == "v"]
        return g.Assign(self.rng.choice(local), self.rng.choice(("=", "+=", "*=")), self.bounded()) if local else self.assign()

    def make_return(self):
        if self.returns == "array":                     # one of the right type may not be at hand
            return self.make_if()
        return [g.If(self.condition(), (self.early_return(),))]

    def early_return(self):
        match self.returns:
            case "float":
                return g.Return(self.bounded())
            case "several":
                return g.Return(g.Several((self.bounded(), self.bounded())))
        return g.Return(None)

    # ---- tuples, lists, complex numbers and calls ----
    def make_tuple(self):
        name = self.fresh("t")
        floats = [self.expression(1) for _ in range(self.rng.randint(2, 3))]
        if self.chance(0.5):
            kind = "PQRS"[: len(floats)] if self.chance(0.5) else ""
            parts = [f"{name}.{m}" if kind else f"{name}[{k}]" for k, m in zip(range(len(floats)), g.MEMBERS, strict=False)]
            self.names.floats += tuple(parts)
            if not kind:
                self.names.tuples[name] = len(floats)
            return [g.MakeTuple(name, tuple(floats), kind)]
        arrays = sorted(self.names.arrays)
        if not arrays:
            return None
        array = self.rng.choice(arrays)
        self.names.floats += (f"{name}[0]",)
        self.names.arrays[f"{name}[1]"] = self.names.arrays[array]
        return [g.MakeTuple(name, (floats[0], g.Array(array)))]

    def make_literal(self):
        """np.array([...])."""
        name, rng = self.fresh("w"), self.rng
        if self.chance(0.4):
            shape = rng.randint(1, 3), rng.randint(1, 3)
            parts = tuple(tuple(self.expression(1) for _ in range(shape[1])) for _ in range(shape[0]))
        else:
            parts = tuple(self.expression(1) for _ in range(rng.randint(1, 4)))
        self.bind(name, g.shape_of(parts))
        return [g.MakeArray(name, parts)]

    def make_list(self):
        """A list of floats, written out, from an array or appended to; or of arrays."""
        rng, names = self.rng, self.names
        if names.lists and self.chance(0.6):
            name = rng.choice(sorted(names.lists))
            if self.chance(0.3):
                return [g.Store(name, (self.int_within(0, names.lists[name] - 1),), rng.choice(("=", "+=", "*=")), self.bounded())]
            value = self.bounded()
            names.lists[name] += 1
            return [g.Append(name, value)]
        vectors = [n for n in self.vectors() if names.arrays[n].double]
        name, array = self.fresh("l"), rng.choice(vectors) if vectors else ""
        roll = rng.random()
        if array and roll < 0.25:
            var = self.fresh("e")
            outer, self.names = names, names.copy()
            self.names.floats += (var,)
            value = self.bounded()
            self.names = outer
            names.lists[name] = names.arrays[array].shape[0]
            return [g.MakeList(name, (value,), (var, array))]
        if array and roll < 0.5:
            parts = [array, *self.alike(array)][: rng.randint(1, 3)]
            for k, part in enumerate(parts):
                names.arrays[f"{name}[{k}]"] = names.arrays[part]
            return [g.MakeTuple(name, tuple(map(g.Array, parts)), "list")]
        parts = tuple(self.expression(1) for _ in range(rng.randint(1, 3)))
        names.lists[name] = len(parts)
        return [g.MakeList(name, parts)]

    def make_complex(self):
        rng, names = self.rng, self.names
        if names.complexes and self.chance(0.6):
            name = rng.choice(names.complexes)
            return [g.ComplexOp(name, rng.choice("+-*"), rng.choice(names.complexes), rng.choice(names.complexes))]
        name, re, im = self.fresh("z"), self.bounded(), self.bounded()
        names.complexes += (name,)
        names.floats += (f"{name}.real", f"{name}.imag")
        return [g.MakeComplex(name, re, im)]

    def make_call(self):
        returns = self.rng.choice(("float", "several", "none", "array"))
        call = self.call_of(returns)
        if call is None:
            return None
        match returns:
            case "none":
                return [g.Do(call)]
            case "several":
                names = self.fresh("v"), self.fresh("v")
                self.names.floats += names
                return [g.Unpack(names, call)]
            case "array":
                name = self.fresh("w")
                callee = next(f for f in self.functions if f.function.name == call.function)
                self.names.arrays[name] = callee.needs["return"].but(layout=f"?{name}")
                return [g.Bind(name, call)]
        name = self.fresh("v")
        self.names.floats += (name,)
        return [g.Assign(name, "=", call)]

    # ---- the end ----
    def result(self):
        """Depends on every array and every float that is left."""
        total = self.expression(2)
        for name in self.names.floats:
            total = g.Binary("+", total, g.Unary("sin", g.Var(name)) if self.chance(0.4) else g.Var(name))
        for name in self.names.singles:
            total = g.Binary("*", g.Unary("sin", total), g.Cast("float64", g.Var(name)))
        for name, kind in sorted(self.names.arrays.items()):
            summed = kind.double and kind.summed_in_order and self.chance(0.4)
            term = g.Reduce("sum", name) if summed else g.Item(name, self.subscript(kind.shape))
            total = g.Binary("+", total, g.Binary("*", g.Const(round(self.rng.uniform(0.5, 2), 2)), term))
        return total
