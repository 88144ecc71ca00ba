"""Loops as people write them, which chance alone would seldom put together: sums, scans, stencils, triangles, products of matrices."""
from tests.fuzz import grammar as g
from tests.fuzz.expressions import Expressions
from tests.fuzz.names import Kind


class Patterns(Expressions):
    def make_total(self):
        """A sum over a loop, some of its terms perhaps left out. It may start from an int, as people write it."""
        name = self.fresh("v")
        start = g.Const(self.rng.choice((0, 0.0, 0.5)))
        start_of_loop, stop, step, span = self.bounds()
        var = self.fresh("i")
        add = g.Assign(name, self.rng.choice(("+=", "+=", "-=")), self.within({var: span}, self.bounded))
        condition = self.within({var: span}, self.condition) if self.chance(0.3) else None
        body = (g.If(condition, (add,)),) if condition else (add,)
        self.names.floats += (name,)
        return [g.Assign(name, "=", start), g.For(var, start_of_loop, stop, step, body)]

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

    def make_nest(self):
        """Over a matrix, all of it or below its diagonal, each element from its neighbours."""
        matrices = [n for n, kind in sorted(self.names.arrays.items()) if len(kind.shape) == 2]
        if not matrices:
            return None
        name, i, j, rng = self.rng.choice(matrices), self.fresh("i"), self.fresh("i"), self.rng
        rows, columns = self.names.arrays[name].shape
        first = int(rows > 1 and self.chance(0.6))
        lower, after = rows <= columns and self.chance(0.4), int(self.chance(0.4))
        row, column, one = g.IntVar(i), g.IntVar(j), g.Int(1)
        near = [g.Item(name, (row, column))]
        near += [g.Item(name, (g.IntOp("-", row, one), column))] * 2 * first + [g.Item(name, (row, g.IntOp("-", column, one)))] * after
        near += [g.Item(name, (column, row))] * (rows == columns) + [g.Item(name, (row, row))] * (rows <= columns)
        stop = g.IntOp("+", row, one) if lower else g.Length(name, 1)
        spans = {i: (first, rows - 1), j: (0, columns - 1)}
        value = self.within(spans, lambda: g.Unary("sin", g.Binary(rng.choice("*+"), rng.choice(near), self.leaf())))
        store = g.Store(name, (row, column), rng.choice(("=", "=", "+=", "*=")), value)
        return [g.For(i, g.Int(first), g.Length(name), 1, (g.For(j, g.Int(after), stop, 1, (store,)),))]

    def make_product(self):
        """Of two matrices."""
        matrices = [n for n, kind in sorted(self.names.arrays.items()) if len(kind.shape) == 2 and kind.double]
        pairs = [(a, b) for a in matrices for b in matrices if self.names.arrays[a].shape[1] == self.names.arrays[b].shape[0]]
        if not pairs:
            return None
        a, b = self.rng.choice(pairs)
        name, i, j, k = self.fresh("w"), self.fresh("i"), self.fresh("i"), self.fresh("i")
        shape = self.names.arrays[a].shape[0], self.names.arrays[b].shape[1]
        term = g.Binary("*", g.Item(a, (g.IntVar(i), g.IntVar(k))), g.Item(b, (g.IntVar(k), g.IntVar(j))))
        loop = g.For(k, g.Int(0), g.Length(b), 1, (g.Store(name, (g.IntVar(i), g.IntVar(j)), "+=", term),))
        loop = g.For(i, g.Int(0), g.Length(a), 1, (g.For(j, g.Int(0), g.Length(b, 1), 1, (loop,)),))
        self.bind(name, shape)
        return [g.New(name, "zeros", shape), loop]

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
