"""Loops as people write them, which chance alone would seldom put together: sums, scans, ring buffers, stencils, triangles, products of
matrices, buffers of changing length."""
from tests.fuzz import grammar as g
from tests.fuzz.expressions import Expressions
from tests.fuzz.names import Kind


class Patterns(Expressions):
    def make_total(self):
        """A sum over a loop, some of its terms perhaps left out. It may start from an int, as people write it."""
        if self.chance(0.3):
            return self.nested_total()
        name = self.fresh("v")
        start = g.Const(self.rng.choice((0, 0.0, 0.5)))
        start_of_loop, stop, step, span = self.bounds()
        var = self.fresh("i")
        add = g.Assign(name, self.rng.choice(("+=", "+=", "-=")), self.within({var: span}, self.bounded))
        condition = self.within({var: span}, self.condition) if self.chance(0.3) else None
        body = (g.If(condition, (add,)),) if condition else (add,)
        self.names.floats += (name,)
        return [g.Assign(name, "=", start), g.For(var, start_of_loop, stop, step, body)]

    def nested_total(self):
        """Over two loops, with what the inner one computed last as a term of the outer one."""
        name, last, i, j = self.fresh("v"), self.fresh("v"), self.fresh("i"), self.fresh("i")
        *outer, span = self.bounds()
        *inner, its = self.within({i: span}, self.bounds)
        first = self.within({i: span}, self.bounded)
        each = self.within({i: span, j: its}, self.bounded)
        term = g.Unary(self.rng.choice(("sin", "cos")), g.Var(last)) if self.chance(0.5) else g.Var(last)
        term = g.Binary(self.rng.choice("+*"), term, self.within({i: span, j: its}, self.leaf))
        add = g.Assign(name, self.rng.choice(("+=", "-=")), term)
        behind = g.Assign(name, "+=", g.Binary("*", g.Var(last), self.within({i: span}, self.leaf)))
        body = (g.Assign(last, "=", first), g.For(j, *inner, (g.Assign(last, "=", each), add)), behind)
        self.names.floats += (name,)
        return [g.Assign(name, "=", g.Const(0.0)), g.For(i, *outer, body)]

    def make_prefix(self):
        """Each element from one beside it, from the one that lies across or from a certain one; upwards or downwards, in place or into
        another array."""
        vectors = [name for name in self.vectors() if self.names.arrays[name].shape[0] > 1]
        if not vectors:
            return None
        rng, name, var = self.rng, self.rng.choice(vectors), self.fresh("i")
        n, i = self.names.arrays[name].shape[0], g.IntVar(var)
        same = [v for v in vectors if self.names.arrays[v].shape == (n,)]
        target = rng.choice(same) if self.chance(0.2) else name
        # Numbers as bounds; loops over few would vanish in preparation.
        length = g.Int(n) if n > 16 and self.chance(0.6) else g.Length(name)
        end = g.IntOp("-", g.Length(name), g.Int(1))
        across, one_before, one_after = g.IntOp("-", end, i), g.IntOp("-", i, g.Int(1)), g.IntOp("+", i, g.Int(1))
        fixed = g.Int(rng.randrange(n))
        at, first, last = rng.choice((*[(one_before, 1, 0), (one_after, 0, 1), (fixed, 0, 0)] * 2, (across, 0, 0), (end, 0, 0)))
        to = across if at in (fixed, end) and self.chance(0.4) else i
        leaf = self.within({var: (first, n - 1 - last)}, self.leaf)
        value = g.Unary("sin", g.Binary(rng.choice("*+"), g.Item(name, (at,)), leaf))
        store = g.Store(target, (to,), rng.choice(("=", "+=", "*=")), value)
        if self.chance(0.3):
            return [g.For(var, g.IntOp("-", length, g.Int(1 + last)), g.Int(first - 1), -1, (store,))]
        return [g.For(var, g.Int(first), g.IntOp("-", length, g.Int(1)) if last else length, 1, (store,))]

    def make_ring(self):
        """A buffer that goes round: an element is written, another one read."""
        vectors = [name for name in self.vectors() if self.names.arrays[name].shape[0] > 1]
        if not vectors:
            return None
        name, var, made = self.rng.choice(vectors), self.fresh("i"), []
        local = [v for v in self.names.floats if v[0] == "v"]
        carried = self.rng.choice(local) if local else self.fresh("v")
        if not local:
            made = [g.Assign(carried, "=", self.bounded())]
            self.names.floats += (carried,)
        start, stop, step, span = self.bounds()
        n = self.names.arrays[name].shape[0]
        length = g.Length(name) if self.chance(0.5) else g.Int(n)
        place, other = (g.IntOp("%", g.IntOp("+", g.IntVar(var), g.Int(self.rng.randrange(n))), length) for _ in range(2))
        leaf = self.within({var: span}, self.leaf)
        write = g.Store(name, (place,), self.rng.choice(("=", "=", "+=")), g.Unary("sin", g.Binary("+", g.Var(carried), leaf)))
        read = g.Assign(carried, self.rng.choice(("=", "+=")), g.Unary("cos", g.Binary("*", g.Item(name, (other,)), g.Var(carried))))
        if self.names.arrays[name].double:
            return [*made, g.For(var, start, stop, step, (write, read) if self.chance(0.7) else (read, write))]
        return None

    def make_lengths(self):
        """A new array in each iteration, longer or shorter than the last one."""
        vectors = [name for name in self.vectors() if self.names.arrays[name].double]
        if not vectors:
            return None
        rng, base, total = self.rng, self.rng.choice(vectors), self.fresh("v")
        var, inner, name = self.fresh("i"), self.fresh("i"), self.fresh("w")
        n, i, grows = self.names.arrays[base].shape[0], g.IntVar(var), self.chance(0.4)
        length = g.IntOp("+", i, g.Int(1)) if grows else g.IntOp("-", g.Length(base), i)
        if self.chance(0.5):
            part = self.fresh("u")
            span = g.Span(None, length) if grows else g.Span(i, None)
            made = (g.View(part, base, (span,)), g.New(name, "copy", like=part))
        else:
            value = self.within({inner: (0, n - 1)}, lambda: g.Unary("sin", g.Binary("*", g.Item(base, (g.IntVar(inner),)), self.leaf())))
            how, op = rng.choice((("empty", "="), ("zeros", "+="), ("ones", "*=")))
            made = (g.New(name, how, (length,)),
                    g.For(inner, g.Int(0), g.Length(name), 1, (g.Store(name, (g.IntVar(inner),), op, value),)))
        end = g.IntOp("-", g.Length(name), g.Int(1))
        ends = g.Binary("*", g.Item(name, (g.Int(0),)), g.Item(name, (end,)))
        change = (g.Store(name, (rng.choice((g.Int(0), end)),), rng.choice(("=", "*=")), g.Unary("sin", ends)),) * self.chance(0.5)
        add = g.Assign(total, "+=", rng.choice((g.Reduce("sum", name), ends, g.Unary("sin", g.Item(name, (end,))))))
        self.names.floats += (total,)
        return [g.Assign(total, "=", g.Const(0.0)), g.For(var, g.Int(0), g.Length(base), 1, (*made, *change, add))]

    def make_rewritten(self):
        """Scratch that each iteration fills and reads, and a carried number that goes through it. Filled whole, but for an end, or only
        sometimes; from either side; made in the iteration or before the loop."""
        vectors = [name for name in self.vectors() if self.names.arrays[name].double and self.names.arrays[name].shape[0] > 1]
        if not vectors:
            return None
        rng, base, name, carried = self.rng, self.rng.choice(vectors), self.fresh("w"), self.fresh("v")
        i, fill, use = self.fresh("i"), self.fresh("i"), self.fresh("i")
        n, length, one = self.names.arrays[base].shape[0], g.Length(base), g.Int(1)
        last = g.IntOp("-", length, one)
        first, stop = rng.choice(((g.Int(0), length),) * 3 + ((one, length), (g.Int(0), last)))
        whole = (first, stop) == (g.Int(0), length)
        place = g.IntOp("-", last, g.IntVar(fill)) if self.chance(0.3) else g.IntVar(fill)
        spans = {i: (0, n - 1), fill: (0, n - 1)}
        source = g.Item(base, (g.IntVar(rng.choice((i, fill))),))
        value = self.within(spans, lambda: g.Unary("sin", g.Binary(rng.choice("+*"), source, self.leaf())))
        if self.chance(0.6):
            value = g.Unary(rng.choice(("sin", "tanh")), g.Binary("+", value, g.Var(carried)))
        filling = g.For(fill, first, stop, 1, (g.Store(name, (place,), "=", value),))
        condition = None if self.chance(0.8) else self.within({i: (0, n - 1)}, self.condition)
        if condition:
            filling = g.If(condition, (filling,))
        low, high = (g.Int(0), length) if self.chance(0.5) else (one, last)
        other = rng.choice((g.IntVar(use), g.IntOp("-", last, g.IntVar(use)), g.Int(rng.randrange(n))))
        product = g.Binary("*", g.Item(name, (g.IntVar(use),)), g.Item(name, (other,)))
        term = g.Unary("tanh", g.Binary("+", g.Binary("*", g.Var(carried), g.Const(0.5)), product))
        reading = g.For(use, low, high, 1, (g.Assign(carried, "=", term),))
        behind = (g.Store(name, (rng.choice((g.Int(0), last)),), rng.choice(("=", "*=")), g.Var(carried)),) * self.chance(0.3)
        made = g.New(name, "empty" if whole and not condition and self.chance(0.6) else rng.choice(("zeros", "ones")), (length,))
        inside = self.chance(0.4)
        loop = g.For(i, g.Int(0), length, 1, (*(made,) * inside, filling, reading, *behind))
        self.names.floats += (carried,)
        if not inside:
            self.bind(name, (n,))
        return [g.Assign(carried, "=", g.Const(rng.choice((0.25, -0.5)))), *(made,) * (not inside), loop]

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
        first, last, by, _ = self.bounds() if self.chance(0.6) else (g.Int(0), g.Int(self.rng.randint(1, 3)), 1, None)
        return [g.New(then, "copy", like=now), g.For(step, first, last, by, (loop, g.Swap(now, then)))]

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
