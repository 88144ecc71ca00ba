"""Random statements. A name is used only where it is surely defined; names made in a block end with it."""
from dataclasses import dataclass

from tests.fuzz import grammar as g
from tests.fuzz.expressions import Expressions
from tests.fuzz.names import Kind

EXITS = {"break": g.Break(), "continue": g.Continue()}
ON_ARRAYS = ("store", "view", "whole", "part", "swap", "flood", "foreach", "sweep", "prefix", "choose")


@dataclass(frozen=True)
class Callee:
    """A function that may be called. `needs`: the Kind of each array parameter, the range of each int."""

    function: g.Function
    needs: dict


class Writer(Expressions):
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
        body = self.block(self.rng.randint(1, 4))
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
        if kind in ("for", "while", "foreach", "sweep", "prefix") and self.loops >= self.depth:
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

    def make_store(self):
        name = self.rng.choice(sorted(self.names.arrays))
        index = self.subscript(self.names.arrays[name].shape)
        return [g.Store(name, index, self.rng.choice(("=", "=", "+=", "-=", "*=")), self.bounded())]

    # ---- loops ----
    def bounds(self):
        """start, stop, step and the range of the loop variable."""
        rng = self.rng
        outer = [(name, r) for name, r in sorted(self.names.ranges.items()) if r[1] <= 5]
        arrays = sorted(self.names.arrays)
        kind = rng.choice(("plain", "plain", "length", "length", "inner", "triangular", "rest", "down", "stride", "float"))
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
        condition = self.condition() if self.chance(0.7) else None
        body = self.inside({counter: (1, limit)}, loop=True)
        return [g.While(counter, limit, condition, body, self.else_of(body))]

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

    # ---- arrays ----
    def bind(self, name, shape, dtype="float64", layout="C"):
        self.names.arrays[name] = Kind(shape, dtype, layout)

    def dtype(self):
        return "float32" if "single" in self.features and self.chance(0.5) else "float64"

    def make_new(self):
        rng, name = self.rng, self.fresh("w")
        if self.names.arrays and self.chance(0.6):
            like = rng.choice(sorted(self.names.arrays))
            kind = self.names.arrays[like]
            how = rng.choice(("copy", "copy", "zeros_like"))
            self.names.arrays[name] = kind.but(layout=kind.layout if kind.layout == "C" else f"?{name}")
            return [g.New(name, how, like=like)]
        shape, dtype = (rng.randint(1, 5),) if self.chance(0.8) else (rng.randint(1, 3), rng.randint(1, 3)), self.dtype()
        self.bind(name, shape, dtype)
        return [g.New(name, rng.choice(("zeros", "ones", "full")), shape, dtype=dtype)]

    def make_scratch(self):
        """An empty array written by a loop: all of it, or its first part, which alone is read."""
        name, var, n, dtype = self.fresh("w"), self.fresh("i"), self.rng.randint(1, 5), self.dtype()
        value = self.within({var: (0, n - 1)}, self.bounded)
        store = g.For(var, g.Int(0), g.Int(n), 1, (g.Store(name, (g.IntVar(var),), "=", value),))
        if self.chance(0.6):
            self.bind(name, (n,), dtype)
            return [g.New(name, "empty", (n,), dtype=dtype), store]
        part = self.fresh("u")
        self.bind(part, (n,), dtype)
        return [g.New(name, "empty", (n + self.rng.randint(1, 3),), dtype=dtype), store, g.View(part, name, (g.Span(None, n),))]

    def make_view(self):
        base, name, rng = self.rng.choice(sorted(self.names.arrays)), self.fresh("u"), self.rng
        kind = self.names.arrays[base]
        if len(kind.shape) == 2:
            return self.view_of_matrix(name, base, kind)
        n = kind.shape[0]
        if self.chance(0.25):
            part, length, layout = rng.choice(((g.Span(None, None, -1), n, f"?{name}"), (g.Span(None, None, 2), (n + 1) // 2, f"?{name}")))
        elif self.chance(0.2) and n > 1:
            part, length, layout = g.Span(-rng.randint(1, n - 1)), None, kind.layout
            length = -part.start
        else:
            first = rng.randrange(n)
            last = rng.randint(first + 1, n)
            part, length, layout = g.Span(first, last), last - first, kind.layout
        self.names.arrays[name] = kind.but(shape=(length,), layout=layout)
        return [g.View(name, base, (part,))]

    def view_of_matrix(self, name, base, kind):
        rows, columns = kind.shape
        match self.rng.choice(("row", "row", "column", "transposed", "block", "flat")):
            case "column":
                parts, shape = (g.Span(), self.int_within(0, columns - 1)), (rows,)
            case "transposed":
                parts, shape = (), (columns, rows)
            case "block":
                parts, shape = (g.Span(None, None, -1), g.Span(0, max(1, columns - 1))), (rows, max(1, columns - 1))
            case "flat" if kind.layout == "C":
                self.names.arrays[name] = kind.but(shape=(rows * columns,))
                return [g.Reshape(name, base, (rows * columns,))]
            case _:
                self.names.arrays[name] = kind.but(shape=(columns,), layout="C" if kind.layout == "C" else f"?{name}")
                return [g.View(name, base, (self.int_within(0, rows - 1),))]
        self.names.arrays[name] = kind.but(shape=shape, layout=f"?{name}")
        return [g.View(name, base, parts)]

    def make_choose(self):
        """One of two arrays of one type."""
        left = self.rng.choice(sorted(self.names.arrays))
        same = self.alike(left)
        if not same:
            return None
        name = self.fresh("u")
        self.names.arrays[name] = self.names.arrays[left]
        return [g.ChooseArray(name, self.condition(), left, self.rng.choice(same))]

    def alike(self, name):
        """Other arrays of the same type and shape."""
        return [other for other, kind in sorted(self.names.arrays.items()) if other != name and kind == self.names.arrays[name]]

    def make_swap(self):
        """Only plain names can be bound anew, and not parts of tuples."""
        left = self.rng.choice(sorted(self.names.arrays))
        same = [name for name in self.alike(left) if name.isalnum()]
        return [g.Swap(left, self.rng.choice(same))] if same and left.isalnum() else self.make_store()

    def make_flood(self):
        """A constant through a whole array."""
        return [g.Fill(self.rng.choice(sorted(self.names.arrays)), self.leaf())]

    def make_whole(self):
        rng = self.rng
        names = [name for name, kind in sorted(self.names.arrays.items()) if kind.double]
        if not names:
            return None
        model = self.names.arrays[rng.choice(names)].shape
        same = [name for name in names if self.names.arrays[name].shape == model]
        value = g.Unary(rng.choice(("sin", "tanh", "cos")), self.whole_expression(same))
        if self.chance(0.15):                           # Numba takes a second to compile one
            return [g.Whole(rng.choice(same), value, rng.choice(("=", "+=", "*=")))]
        name = self.fresh("w")
        fortran = all(self.names.arrays[n.name].layout != "C" for n in g.nodes(value) if isinstance(n, g.Array))
        self.bind(name, model, layout=f"?{name}" if fortran else "C")
        return [g.Whole(name, value)]

    def whole_expression(self, same):
        rng = self.rng
        x, y = g.Array(rng.choice(same)), g.Array(rng.choice(same))
        match rng.choice(("*", "+", "-", "max", "min", "scalar", "unary", "power", "where")):
            case "scalar":
                return g.Binary(rng.choice(("+", "*")), x, g.Var(rng.choice(self.names.floats)))
            case "unary":
                return g.Unary(rng.choice(("exp", "sin", "atan")), g.Unary("tanh", x))
            case "power":
                return g.Power(x, 2)
            case "where":
                return g.Choose(g.Compare("<", x, y), g.Binary("*", x, y), g.Unary("sin", g.Array(rng.choice(same))))
            case op:
                return g.Binary(op, x, y)

    def vectors(self):
        return [name for name, kind in sorted(self.names.arrays.items()) if len(kind.shape) == 1]

    def make_part(self):
        vectors = [name for name in self.vectors() if self.names.arrays[name].double]
        if not vectors:
            return None
        target, source = self.rng.choice(vectors), self.rng.choice(vectors)
        m, n = self.names.arrays[target].shape[0], self.names.arrays[source].shape[0]
        count = self.rng.randint(1, min(m, n))
        return [g.CopyPart(target, self.rng.randint(0, m - count), source, self.rng.randint(0, n - count), count)]

    def make_prefix(self):
        """Each element from the one before, in place."""
        vectors = [name for name in self.vectors() if self.names.arrays[name].shape[0] > 1]
        if not vectors:
            return None
        name, var = self.rng.choice(vectors), self.fresh("i")
        n, i = self.names.arrays[name].shape[0], g.IntVar(var)
        before = g.Item(name, (g.IntOp("-", i, g.Int(1)),))
        value = self.within({var: (1, n - 1)}, lambda: g.Unary("sin", g.Binary(self.rng.choice("*+"), before, self.leaf())))
        return [g.For(var, g.Int(1), g.Length(name), 1, (g.Store(name, (i,), self.rng.choice(("=", "+=", "*=")), value),))]

    def make_sweep(self):
        """Steps in time: a stencil from one buffer into another, and the two are swapped."""
        vectors = [name for name in self.vectors() if self.names.arrays[name] == Kind(self.names.arrays[name].shape) and name.isalnum()]
        if not vectors:
            return None
        now, then, step, var = self.rng.choice(vectors), self.fresh("w"), self.fresh("t"), self.fresh("i")
        n, i = self.names.arrays[now].shape[0], g.IntVar(var)
        inner = n > 2 and self.chance(0.7)
        value = g.Item(now, (i,))
        if inner:
            near = g.Binary("*", g.Item(now, (g.IntOp("-", i, g.Int(1)),)), g.Item(now, (g.IntOp("+", i, g.Int(1)),)))
            value = g.Binary(self.rng.choice("+-"), g.Unary("sin", near), value)
        value = self.within({var: (0, n - 1)}, lambda: g.Unary("tanh", g.Binary("*", value, self.leaf())))
        stop = g.IntOp("-", g.Length(now), g.Int(1)) if inner else g.Length(now)
        loop = g.For(var, g.Int(int(inner)), stop, 1, (g.Store(then, (i,), "=", value),))
        self.names.arrays[then] = self.names.arrays[now]
        return [g.New(then, "copy", like=now), g.For(step, g.Int(0), g.Int(self.rng.randint(1, 3)), 1, (loop, g.Swap(now, then)))]

    # ---- tuples and calls ----
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
