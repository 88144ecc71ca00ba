"""Addresses as polynomials of loop counters, and whether a system of them has an integer point."""
import itertools
import random

import pytest
from numba import float64, int64

from irad.analysis.affine import Poly, constant, feasible
from tests.support.text import facts, value

NEST = """
entry:
  br label %h
h:
  %i = phi i64 [ 0, %entry ], [ %i1, %latch ]
  br label %g
g:
  %j = phi i64 [ 2, %h ], [ %j1, %g ]
  %wrapped = add i64 %i, %x.d0
  %negative = icmp slt i64 %i, 0
  %first = select i1 %negative, i64 %wrapped, i64 %i
  %row = mul i64 %first, %x.d1
  %index = add i64 %row, %j
  %p = getelementptr double, ptr %x, i64 %index
  %bytes = shl i64 %j, 3
  %q = getelementptr i8, ptr %y, i64 %bytes
  %q1 = getelementptr double, ptr %q, i64 -1
  %v = load double, ptr %p
  %w = load double, ptr %q1
  %j1 = add i64 %j, 3
  %c = icmp slt i64 %j1, %n
  br i1 %c, label %g, label %latch
latch:
  %i1 = add i64 %i, 1
  %d = icmp ne i64 %i1, %x.d0
  br i1 %d, label %h, label %out
out:
  store double 0.0, ptr %ret
  ret i32 0
"""


@pytest.fixture(scope="module")
def nest():
    return facts(NEST, x=float64[:, ::1], y=float64[::1], n=int64)


def text(d, p):
    """{names of the atoms of a monomial: coefficient}; counters by the name of their loop's header."""
    loops = d.affine.loop_of_counter

    def name(a):
        v = d.affine.atoms[a]
        return f"k({loops[v].header.name})" if v in loops else v.name
    return {" ".join(sorted(map(name, m))): c for m, c in p.items()}


def test_offsets(nest):
    """Counters for induction variables; the wraparound of an index that is never negative is gone."""
    base, offset = nest.affine.offset(value(nest, "p"))
    assert base.name == "x"
    assert text(nest, offset) == {"k(h) x.d1": 8, "k(g)": 24, "": 16}
    base, offset = nest.affine.offset(value(nest, "q1"))
    assert base.name == "y" and text(nest, offset) == {"k(g)": 24, "": 8}


def test_subscripts(nest):
    """One linear subscript per dimension, in units of the array's own strides."""
    affine = nest.affine
    base, offset = affine.offset(value(nest, "p"))
    subscripts = affine.subscripts(offset, affine.layouts[base])
    found = {" ".join(affine.atoms[a].name for a in stride): text(nest, p) for stride, p in subscripts.items()}
    assert found == {"x.d1": {"k(h)": 8}, "": {"k(g)": 24, "": 16}}


CHOICES = """
entry:
  %empty = icmp eq i64 %x.d0, 0
  br i1 %empty, label %out, label %before
before:
  %last = sub i64 %x.d0, 1
  %none = icmp slt i64 %last, 0
  %count = select i1 %none, i64 0, i64 %last
  %unknown = icmp slt i64 %n, 0
  %doubt = select i1 %unknown, i64 0, i64 %n
  br label %h
h:
  %i = phi i64 [ 0, %before ], [ %i1, %h ]
  %mirrored = xor i64 %i, -1
  %back = add i64 %mirrored, %x.d0
  %negative = icmp slt i64 %back, 0
  %around = add i64 %back, %x.d0
  %folded = select i1 %negative, i64 %around, i64 %back
  %past = sub i64 %i, 1
  %below = icmp ult i64 %past, %x.d0
  %kept = select i1 %below, i64 %past, i64 7
  %p = getelementptr double, ptr %x, i64 %folded
  %v = load double, ptr %p
  %i1 = add i64 %i, 1
  %d = icmp ne i64 %i1, %x.d0
  br i1 %d, label %h, label %out
out:
  store double 0.0, ptr %ret
  ret i32 0
"""


def test_choices_that_ranges_decide():
    """`x[n - 1 - i]` never wraps around for i < n, and a count is not negative behind a test for no elements. As an unsigned number i - 1
    may be large, and of n nothing is known."""
    d = facts(CHOICES, x=float64[::1], n=int64)
    assert text(d, d.affine.poly(value(d, "count"))) == {"x.d0": 1, "": -1}
    assert text(d, d.affine.poly(value(d, "folded"))) == {"x.d0": 1, "k(h)": -1, "": -1}
    assert text(d, d.affine.poly(value(d, "kept"))) == {"kept": 1}
    assert text(d, d.affine.poly(value(d, "doubt"))) == {"doubt": 1}


def random_system(rng):
    """Linear constraints in up to three variables with small coefficients."""
    def poly():
        p = constant(rng.randint(-6, 6))
        for a in range(1, variables + 1):
            p = p + Poly({(a,): c} if (c := rng.randint(-3, 3)) else {})
        return p
    variables = rng.randint(1, 3)
    box = [Poly({(a,): s}) + constant(3) for a in range(1, variables + 1) for s in (1, -1)]
    return variables, [poly() for _ in range(rng.randint(0, 2))], [poly() for _ in range(rng.randint(0, 3))] + box


def value_at(p, point):
    return sum(c * (point[m[0] - 1] if m else 1) for m, c in p.items())


def test_never_infeasible_where_a_point_exists():
    """Against all points of a box. It may say feasible wrongly, but not often."""
    rng, wrong, empty = random.Random(7), 0, 0
    for _ in range(1500):
        n, equalities, inequalities = random_system(rng)
        exists = any(all(value_at(e, x) == 0 for e in equalities) and all(value_at(i, x) >= 0 for i in inequalities)
                     for x in itertools.product(range(-3, 4), repeat=n))
        said = feasible(equalities, inequalities)
        assert said or not exists, (equalities, inequalities)
        empty += not exists
        wrong += said and not exists
    assert empty > 400 and wrong < empty / 5
