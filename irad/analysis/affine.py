"""Addresses as polynomials in loop counters and invariants, and whether two of them can ever meet.

A value is a polynomial whose atoms are loop counters k and values that irad does not look into. `offset` undoes Numba's address arithmetic
(`base + i * row_bytes + 8 * j`), `subscripts` splits it into one linear subscript per dimension. Comparing dimensions separately relies on
in-bounds indexing: for an array argument that is Numba's contract; for other memory it has to be proved (intact.py).

`feasible` is Fourier-Motzkin elimination over the integers (tightened by the gcd); it may say "feasible" wrongly, never "infeasible".
"""
from dataclasses import dataclass
from itertools import permutations
from math import gcd

from .values import callee, int_value, is_inst, stride_of

CAP = 400                                               # constraints; beyond, give up (feasible)
SMALL = 1 << 16                                         # factors of counters and extents, which are far below 2 ** 47
PASSED = 24                                             # facts of branches that are looked at


@dataclass(frozen=True)
class Array:
    """An array argument: LLVM arguments of its data pointer, number of elements, shape, strides and size of an element, which is
    `itemsize`; `order` lists dimensions innermost first, None for any strides."""
    data: object
    items: object
    shape: tuple
    strides: tuple
    size: object
    itemsize: int
    order: tuple | None


class Poly(dict):
    """Monomial (sorted tuple of atom numbers) -> integer coefficient, never 0."""

    def __add__(self, other):
        out = Poly(self)
        for m, c in other.items():
            c += out.get(m, 0)
            if c:
                out[m] = c
            else:
                del out[m]
        return out

    def scale(self, k):
        return Poly({m: c * k for m, c in self.items()}) if k else Poly()

    def __sub__(self, other):
        return self + other.scale(-1)

    def __mul__(self, other):
        out = Poly()
        for m, c in self.items():
            for n, d in other.items():
                out = out + Poly({tuple(sorted(m + n)): c * d})
        return out

    @property
    def is_linear(self):
        return all(len(m) <= 1 for m in self)


def _product(v):
    """The factors of a product that is tested for overflow, else None."""
    products = ("llvm.smul.with.overflow.", "llvm.umul.with.overflow.")
    if is_inst(v, "extractvalue") and v.info == [0] and callee(v.operands[0]).startswith(products):
        return v.operands[0].operands[1:]
    return None


def _extents(v):
    """The factors of an overflow-tested product."""
    if int_value(v) is not None:
        return []
    if factors := _product(v):
        return [e for o in factors for e in _extents(o)]
    if is_inst(v) and v.opname in ("shl", "mul") and int_value(v.operands[1]) is not None:
        return _extents(v.operands[0])
    return [v]


def _is_wide(v):
    """Is it an index? Arithmetic on narrower integers may wrap around."""
    return str(v.type) == "i64"


def constant(k):
    return Poly({(): k}) if k else Poly()


class Affine:
    """Polynomials of one function. Atoms are numbered from 1 in order of appearance; -a is the primed copy of an atom a that varies in a
    loop."""

    def __init__(self, flow, counters, arrays=()):
        """`arrays`: the array arguments (Array), whose strides are known by their layout."""
        self.flow, self.counters = flow, counters
        self._numbers, self._memo, self._exact, self.atoms = {}, {}, {}, {}
        arrays = tuple(arrays)
        self._extents = [self.number(e) for array in arrays for e in array.shape]
        self.loop_of_counter = {c.k: loop for loop, c in counters.items()}
        self.layouts = {array.data: self._layout(array) for array in arrays}

    def _layout(self, array):
        """The stride monomials of an array argument. In a contiguous array a stride argument is the product of the extents inside it."""
        self._memo[array.size], items = constant(array.itemsize), constant(1)
        for extent in array.shape:
            items = items * self.atom(extent)
        self._memo[array.items] = items
        if array.order is None:
            return [(self.number(s),) for s in array.strides]
        inner, out = constant(array.itemsize), []
        for d in array.order:
            self._memo[array.strides[d]] = inner
            (monomial, _), = inner.items()
            out.append(monomial)
            inner = inner * self.atom(array.shape[d])
        return out

    def allocated(self, size):
        """Possible strides of an array from the bytes that were asked for: Numba multiplies its extents with a test for overflow, which
        tells `np.zeros((n, m))` from `np.zeros(n * m)`. LLVM may have swapped the factors."""
        extents = _extents(size)
        if len(extents) < 2 or len(extents) > 4:
            return []
        out = []
        for order in permutations(extents):
            inner, strides = constant(1), [()]
            for extent in reversed(order[1:]):
                inner = inner * self.poly(extent)
                strides.append(max(inner, key=lambda m: (len(m), m)) if inner else ())
            if len(set(strides)) == len(strides) and strides not in out:
                out.append(strides)
        return out

    def asked(self, size):
        """The bytes of an allocation as a polynomial; a product in it did not overflow."""
        if factors := _product(size):
            return self.asked(factors[0]) * self.asked(factors[1])
        if is_inst(size, "shl") and int_value(size.operands[1]) is not None:
            return self.asked(size.operands[0]).scale(1 << int_value(size.operands[1]))
        return self.asked(size.operands[0]) * self.asked(size.operands[1]) if is_inst(size, "mul") else self.poly(size)

    def number(self, v):
        if v not in self._numbers:
            self._numbers[v] = len(self._numbers) + 1
            self.atoms[self._numbers[v]] = v
        return self._numbers[v]

    def atom(self, v):
        return Poly({(self.number(v),): 1})

    def is_counter(self, a):
        return self.atoms[abs(a)] in self.loop_of_counter

    def varies(self, a):
        """May the atom have another value in another iteration of a loop? So it is with counters, and with an index read from an array."""
        v = self.atoms[abs(a)]
        return is_inst(v) and self.flow.loop(v) is not None

    def is_invariant(self, loop, *polys):
        """Is nothing in these polynomials computed in the loop?"""
        return not any(self.flow.inside(self.atoms[abs(a)], loop) for p in polys for m in p for a in m)

    def poly(self, v):
        """The value as a polynomial; an atom where irad does not look further."""
        if int_value(v) is not None:
            return constant(int_value(v))
        if v not in self._memo:
            self._memo[v] = None                        # a phi that feeds itself stays an atom
            found = self._expand(v) if is_inst(v) else None
            self._memo[v] = self.atom(v) if found is None else found
        return self._memo[v] if self._memo[v] is not None else self.atom(v)

    def _expand(self, v):
        o = v.operands
        match v.opname:
            case "phi":
                return self._phi(v)
            case "add":
                return self.poly(o[0]) + self.poly(o[1])
            case "sub":
                return self.poly(o[0]) - self.poly(o[1])
            case "or" if "disjoint" in v.flags:
                return self.poly(o[0]) + self.poly(o[1])
            case "mul":
                return self.poly(o[0]) * self.poly(o[1])
            case "shl" if int_value(o[1]) is not None:
                return self.poly(o[0]).scale(1 << int_value(o[1]))
            case "xor" if int_value(o[1]) == -1 and _is_wide(v):
                return self.poly(o[0]).scale(-1) - constant(1)
            case "select":
                found = self._wraparound(v)
                return self._decided(v) if found is None else found
        return None

    def _phi(self, v):
        loop = self.flow.loop(v)
        if loop is None or loop not in self.counters or self.flow.block_of[v] is not loop.header:
            return self._single(v)
        iv = self.counters[loop].ivs.get(v)
        if iv is None or str(v.type) == "ptr":
            return None
        return self.poly(iv.start) + self.atom(self.counters[loop].k).scale(iv.step)

    def _single(self, v):
        """A phi of one value is that value, where no loop is left by it."""
        first = v.operands[0]
        if any(o is not first for o in v.operands) or (is_inst(first) and self.flow.loop(first) is not self.flow.loop(v)):
            return None
        return self.poly(first)

    def _wraparound(self, v):
        """Numba's `select(i < 0, i + n, i)` where i is never negative; LLVM writes `select(j < 2, n, 0)` for i = j - 2, or turns it
        around."""
        test = v.operands[0]
        if not is_inst(test, "icmp") or not self._are_exact(test):
            return None
        distance = self.poly(test.operands[0]) - self.poly(test.operands[1])
        if test.info == "slt" and self.never_negative(distance):
            return self.poly(v.operands[2])
        if test.info == "sgt" and self.never_negative(distance - constant(1)):
            return self.poly(v.operands[1])
        return None

    def _decided(self, v):
        """A choice that the ranges of the counters decide: `select(n - 1 < 0, 0, n - 1)`, a count, in a loop that runs n times itself."""
        test = v.operands[0]
        if not is_inst(test, "icmp") or not _is_wide(v) or not self._are_exact(test):
            return None
        x, y = map(self.poly, test.operands)
        less, known = _as_less(test.info, x, y)
        if less is None or not less.is_linear or not x.is_linear:
            return None
        around = [*self.bounds(v), *self._passed(self.flow.block_of[v])]
        least = x if test.info in ("ult", "uge") else y
        if test.info[0] == "u" and feasible([], [*around, constant(-1) - least]):
            return None                                 # as unsigned numbers, negative ones are large
        if not feasible([], [*around, less]):
            return self.poly(v.operands[1 if known else 2])
        if test.info[0] != "u" and not feasible([], [*around, constant(-1) - less]):
            return self.poly(v.operands[2 if known else 1])
        return None

    # -- order
    def _are_exact(self, test):
        return _is_wide(test.operands[0]) and all(map(self.is_exact, test.operands))

    def is_exact(self, v):
        """Is the value its polynomial as an integer? Up to multiples of 2 ** 64 it always is, which will do for addresses; but what may
        have wrapped around (unsigned, or shifted up by LLVM) has no order. Signed arithmetic says `nsw`: it may not."""
        if not is_inst(v):
            return True
        if v not in self._exact:
            self._exact[v] = True                       # a phi that feeds itself
            self._exact[v] = self.poly(v) == self.atom(v) or (_is_wide(v) and (self._is_small(self.poly(v)) or self._keeps_order(v)))
        return self._exact[v]

    def _keeps_order(self, v):
        if v.opname == "phi":
            iv = self.counters[self.flow.loop(v)].ivs.get(v) if self.flow.is_header_phi(v) else None
            return all(map(self.is_exact, v.operands)) if iv is None else abs(iv.step) < SMALL and self.is_exact(iv.start)
        if v.opname in ("add", "sub", "mul", "shl") and "nsw" not in v.flags:
            return False
        return all(map(self.is_exact, v.operands[1:] if v.opname == "select" else v.operands))

    def _is_small(self, p):
        """A few counters and extents: far from 2 ** 63."""
        return p.is_linear and all(abs(c) < SMALL for c in p.values()) and all(
            self.is_counter(a) or a in self._extents for m in p for a in m)

    def _passed(self, block):
        """What holds in a block, of the branches that lead to it: linear, >= 0. The extents of an array argument are never negative."""
        out, graph = [Poly({(a,): 1}) for a in self._extents], self.flow.graph
        while block is not graph.entry and len(out) < PASSED:
            before = graph.idom[block]
            last = before.instructions[-1]
            if graph.predecessors[block] == [before] and len(last.blocks) == 2 and is_inst(last.operands[0], "icmp"):
                out += [p for p in self._of_branch(last, last.blocks[0] is block) if p.is_linear]
            block = before
        return out

    def _of_branch(self, branch, holds):
        test = branch.operands[0]
        if not self._are_exact(test) or branch.blocks[0] is branch.blocks[1] or test.info[0] == "u":
            return []
        x, y = map(self.poly, test.operands)
        if test.info in ("eq", "ne"):
            distance = x - y
            if holds == (test.info == "eq"):
                return [distance, distance.scale(-1)]
            never = all(c >= 0 and all(a in self._extents for a in m) for m, c in distance.items())
            return [distance - constant(1)] if never else []
        less, known = _as_less(test.info, x, y)
        return [constant(-1) - less if holds == known else less]

    def bounds(self, i):
        """0 <= k <= n for the loops around an instruction, where n is linear."""
        out = []
        for loop in self.flow.loops_around(i):
            if loop not in self.counters:
                continue
            k, n = self.atom(self.counters[loop].k), self.counters[loop].n
            out.append(k)
            if n is not None and (p := self._without_maxima(self.poly(n), i)).is_linear and self.is_exact(n):
                out.append(p - k)
        return out

    def _without_maxima(self, p, i):
        """A polynomial in which `max(x, y)` is what the branches that lead to i say it is: a count where its loop is entered."""
        for a in {a for m in p for a in m}:
            v = self.atoms[a]
            if not (is_inst(v) and callee(v).startswith("llvm.smax.") and all(map(self.is_exact, v.operands[1:3]))):
                continue
            x, y = map(self.poly, v.operands[1:3])
            for larger, smaller in ((x, y), (y, x)):
                distance = larger - smaller
                if distance.is_linear and not feasible([], [*self._passed(self.flow.block_of[i]), constant(-1) - distance]):
                    p = _with(p, a, larger)
                    break
        return p

    def never_negative(self, p):
        return all(c >= 0 and all(self.is_counter(a) for a in m) for m, c in p.items())

    def offset(self, pointer):
        """(base pointer, byte offset as a polynomial), or None."""
        found = self.path(pointer)
        return None if found is None or is_inst(found[0], "phi") or is_inst(found[0], "select") else found

    def path(self, pointer):
        """The same, where the base may be a phi or a select as well."""
        offset = Poly()
        while is_inst(pointer):
            if pointer.opname == "getelementptr":
                size = stride_of(pointer.info)
                if len(pointer.operands) != 2 or size is None:
                    return None
                offset = offset + self.poly(pointer.operands[1]).scale(size)
                pointer = pointer.operands[0]
                continue
            iv = self._pointer_induction(pointer)
            if iv is None:
                break
            offset = offset + self.atom(self.counters[self.flow.loop(pointer)].k).scale(iv.step)
            pointer = iv.start
        return pointer, offset

    def _pointer_induction(self, pointer):
        loop = self.flow.loop(pointer)
        if pointer.opname != "phi" or loop not in self.counters or self.flow.block_of[pointer] is not loop.header:
            return None
        return self.counters[loop].ivs.get(pointer)

    def strides_in(self, offset):
        """Symbols that multiply a counter: the stride of a dimension of a local array."""
        return {tuple(a for a in m if not self.is_counter(a)) for m in offset if any(map(self.is_counter, m))}

    def subscripts(self, offset, strides):
        """{stride: linear subscript} for the given strides (monomials; () is the innermost dimension), or None if the offset does not have
        that form."""
        dims = {}
        for m, c in offset.items():
            stride, rest = _divide(m, strides)
            if len(rest) > 1:
                return None
            dims[stride] = dims.get(stride, Poly()) + Poly({rest: c})
        return {stride: d for stride, d in dims.items() if d}


def _with(p, a, value):
    """The polynomial with a value in the place of an atom."""
    out = Poly()
    for m, c in p.items():
        rest, power = tuple(b for b in m if b != a), m.count(a)
        term = Poly({rest: c})
        for _ in range(power):
            term = term * value
        out = out + term
    return out


def _divide(monomial, strides):
    """The longest stride that divides a monomial, and what is left."""
    for stride in sorted(strides, key=lambda s: (-len(s), s)):
        rest = list(monomial)
        try:
            for a in stride:
                rest.remove(a)
        except ValueError:
            continue
        return stride, tuple(rest)
    return (), monomial


def _as_less(predicate, x, y):
    """(p, known): the comparison of x and y has the outcome `known` where p < 0, and the other where p >= 0."""
    below, above = x - y, y - x
    return {"slt": (below, True), "ult": (below, True), "sgt": (above, True), "ugt": (above, True), "sge": (below, False),
            "uge": (below, False), "sle": (above, False), "ule": (above, False)}.get(predicate, (None, None))


def primed(affine, p):
    """The same polynomial for another execution: counters, and all else that is computed in a loop, renamed."""
    return Poly({tuple(sorted(-a if affine.varies(a) else a for a in m)): c for m, c in p.items()})


def feasible(equalities, inequalities):
    """Is there an integer point with all equalities == 0 and inequalities >= 0? All linear."""
    equalities, inequalities = list(equalities), list(inequalities)
    while equalities:
        e = equalities.pop()
        unit = next((m for m, c in e.items() if m and abs(c) == 1), None)
        if unit is None:
            variables = [c for m, c in e.items() if m]
            if not variables:
                if e.get((), 0):
                    return False
                continue
            if e.get((), 0) % gcd(*variables):
                return False
            inequalities += [e, e.scale(-1)]
            continue
        rest = Poly({m: c for m, c in e.items() if m != unit}).scale(-e[unit])
        equalities = [_substitute(p, unit, rest) for p in equalities]
        inequalities = [_substitute(p, unit, rest) for p in inequalities]
    return _eliminate(inequalities)


def _substitute(p, m, value):
    if m not in p:
        return p
    return Poly({n: c for n, c in p.items() if n != m}) + value.scale(p[m])


def _eliminate(inequalities):
    while True:
        tightened = {}
        for p in inequalities:
            variables = [c for m, c in p.items() if m]
            if not variables:
                if p.get((), 0) < 0:
                    return False
                continue
            g = gcd(*variables)
            key = tuple(sorted((m, c // g) for m, c in p.items() if m))
            bound = p.get((), 0) // g
            tightened[key] = min(bound, tightened.get(key, bound))
        inequalities = [Poly(key) + constant(bound) for key, bound in tightened.items()]
        if not inequalities or len(inequalities) > CAP:
            return True
        variables = sorted({m for p in inequalities for m in p if m})
        best = min(variables, key=lambda v: sum(p.get(v, 0) > 0 for p in inequalities) * sum(p.get(v, 0) < 0 for p in inequalities))
        low = [p for p in inequalities if p.get(best, 0) > 0]
        high = [p for p in inequalities if p.get(best, 0) < 0]
        inequalities = [p for p in inequalities if best not in p] + [a.scale(-b[best]) + b.scale(a[best]) for a in low for b in high]
