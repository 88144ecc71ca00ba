"""Random statements on arrays: elements, new arrays, views, whole arrays, names that change places."""
from tests.fuzz import grammar as g
from tests.fuzz.expressions import Expressions
from tests.fuzz.names import Kind


class Arrays(Expressions):
    def make_store(self):
        name = self.rng.choice(sorted(self.names.arrays))
        index = self.subscript(self.names.arrays[name].shape)
        return [g.Store(name, index, self.rng.choice(("=", "=", "+=", "-=", "*=")), self.bounded())]

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

    def make_view(self):
        base, name, rng = self.rng.choice(sorted(self.names.arrays)), self.fresh("u"), self.rng
        kind = self.names.arrays[base]
        if len(kind.shape) == 2:
            return self.view_of_matrix(name, base, kind)
        if len(kind.shape) == 3:
            self.names.arrays[name] = kind.but(shape=kind.shape[1:], layout="C" if kind.layout == "C" else f"?{name}")
            return [g.View(name, base, (self.int_within(0, kind.shape[0] - 1),))]
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
        left, made = self.rng.choice(sorted(self.names.arrays)), []
        if not self.alike(left) and self.names.arrays[left].layout == "C":
            other = self.fresh("w")
            self.names.arrays[other] = self.names.arrays[left]
            made = [g.New(other, "copy", like=left)]
        same = self.alike(left)
        if not same:
            return None
        name, condition = self.fresh("u"), self.condition()
        self.names.arrays[name] = self.names.arrays[left]
        return [*made, g.ChooseArray(name, condition, left, self.rng.choice(same))]

    def alike(self, name):
        """Other arrays of the same type and shape."""
        return [other for other, kind in sorted(self.names.arrays.items()) if other != name and kind == self.names.arrays[name]]

    def make_swap(self):
        """Only plain names can be bound anew, and not parts of tuples."""
        pairs = [(left, right) for left in sorted(self.names.arrays) for right in self.alike(left) if (left + right).isalnum()]
        return [g.Swap(*self.rng.choice(pairs))] if pairs else self.make_store()

    def make_rebind(self):
        """A name that is there gets another array of its type."""
        names = [n for n, kind in sorted(self.names.arrays.items()) if n.isalnum() and kind.double and kind.layout == "C"]
        if not names:
            return None
        name = self.rng.choice(names)
        same = [n for n, kind in sorted(self.names.arrays.items()) if kind == self.names.arrays[name]]
        if self.chance(0.5):
            return [g.New(name, self.rng.choice(("copy", "copy", "zeros_like")), like=self.rng.choice(same))]
        return [g.Whole(name, g.Unary("sin", self.whole_expression(same)))]

    def make_exchange(self):
        """Two elements change places."""
        name = self.rng.choice(sorted(self.names.arrays))
        shape = self.names.arrays[name].shape
        return [g.Exchange(name, self.subscript(shape), self.subscript(shape))]

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
