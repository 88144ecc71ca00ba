"""Instances of jitclasses as arguments: their floats, their arrays, and instances in them. The shadow is another instance.

The twins take the fields as a tuple, a float as an array of one element (tests/support/memory.py).
"""
import math

import numpy as np
from numba import float64, int64, njit, types
from numba.experimental import jitclass

from tests.support.memory import argument_class
from tests.support.program import program


@argument_class
@jitclass([("k", float64), ("n", int64), ("v", float64[:]), ("order", int64[:]), ("pair", types.UniTuple(float64, 2))])
class Chain:
    def __init__(self, k, n, v, order, pair):
        self.k = k
        self.n = n
        self.v = v
        self.order = order
        self.pair = pair

    def pull(self, d):
        self.v[0] += d * self.k
        self.k = self.k * self.v[1]
        self.n += 1
        return self.v[0]


@argument_class
@jitclass([("chain", Chain.class_type.instance_type), ("w", float64[:, ::1]), ("s", float64), ("z", types.complex128[::1])])
class Frame:
    def __init__(self, chain, w, s, z):
        self.chain = chain
        self.w = w
        self.s = s
        self.z = z

    def run(self, d):
        for i in range(3):
            self.s += self.chain.pull(d) * self.w[i, i]
        return self.s


def chain(rng):
    return Chain(rng.uniform(0.5, 1.5), 2, rng.uniform(0.5, 1.5, 4), np.array([1, 0, 3, 2]), (0.7, 1.1))


def frame(rng):
    return Frame(chain(rng), rng.uniform(0.5, 1.5, (3, 3)), 0.8, rng.normal(size=2) + 1j * rng.normal(size=2))


def _pull(c, d):
    """The method over a tuple of fields, its counter left out."""
    k, _, v, _, _ = c
    v[0] += d * k[0]
    k[0] = k[0] * v[1]
    return v[0]


def _methods(c):
    s = 0.0
    for i in range(4):
        s += _pull(c, 0.3) * c[2][c[3][i]] * c[4][1][0]
    return s * (c[1] + 4)


@program(85, args=lambda rng: (chain(rng),), twin=_methods)
def methods_of_an_argument(c):
    s = 0.0
    for i in range(4):
        s += c.pull(0.3) * c.v[c.order[i]] * c.pair[1]
    return s * c.n


def _read(c, a):
    return sum(c[2][j] ** 2 for j in c[3]) * c[0][0] * a + c[4][0][0]


@program(85, args=lambda rng: (chain(rng), 1.3), twin=_read)
def instance_read(c, a):
    s = 0.0
    for j in c.order:
        s += c.v[j] ** 2
    return s * c.k * a + c.pair[0]


def _filled(c, x):
    k, _, v, _, (p, q) = c
    for i in range(4):
        v[i] = x[i] * k[0] + v[i]
    p[0], q[0] = v[2] * q[0], p[0]
    k[0] = 0.0


@program(85, 1, args=lambda rng: (chain(rng), rng.normal(size=4)), twin=_filled)
def instance_written(c, x):
    for i in range(4):
        c.v[i] = x[i] * c.k + c.v[i]
    c.pair = (c.v[2] * c.pair[1], c.pair[0])
    c.k = 0.0
    c.n = 7


def _run(f):
    c, w, s, _ = f
    for i in range(3):
        s[0] += _pull(c, 0.4) * w[i, i]
    return s[0]


def _inner(f):
    _run(f)
    while f[2][0] < 20.0:
        f[2][0] = f[2][0] * _pull(f[0], 0.2) + 1.0
    z = f[3]
    return f[2][0] * f[0][4][0][0] + z[0][0] * z[1][1]


@program(85, 16, args=lambda rng: (frame(rng),), twin=_inner)
def instance_in_an_instance(f):
    f.run(0.4)
    while f.s < 20.0:
        f.s = f.s * f.chain.pull(0.2) + 1.0
    return f.s * f.chain.pair[0] + f.z[0].real * f.z[1].imag


def _chosen(p, q):
    r = p if p[0][0] > q[0][0] else q
    x = p[2]
    for _ in range(2):
        x = [math.sin(v) * q[0][0] for v in x]
    s = sum(a * b for a, b in zip(x, q[2], strict=True))
    return _pull(r, 0.4) * r[0][0] * p[0][0] * q[2][2] + s


@program(85, 47, args=lambda rng: (chain(rng), chain(rng)), twin=_chosen)
def chosen_instances(p, q):
    r = p if p.k > q.k else q
    x = p.v
    for _ in range(2):
        x = np.sin(x) * q.k
    s = (x * q.v).sum()
    return r.pull(0.4) * r.k * p.k * q.v[2] + s


def _shared(c):
    k, v = 2 * c[0][0], c[2]
    v[3] = v[2] * v[2]
    v[0] += 0.7 * k
    v[1] = v[0] * v[3]
    k *= v[1]
    return v[0] * k * v[1]


@program(85, 53, args=lambda rng: (chain(rng),), twin=_shared)
def array_shared_with_an_instance_made_inside(c):
    own = Chain(2 * c.k, 0, c.v, c.order, c.pair)
    both = [c.v, c.v[2:]]
    both[0][3] = both[1][0] * both[0][2]
    own.pull(0.7)
    rest = c.v[1:]
    own.k /= rest[0]
    rest[0] = c.v[0] * rest[2]
    own.k *= c.v[1]
    return c.v[0] * own.k * rest[0]


@njit
def _moved(c, d):
    c.k += d
    return c


def _in_tuple(t):
    c, x = t
    c[0][0] += x[1]
    return c[0][0] ** 2 * c[2][0] * x[2]


@program(85, args=lambda rng: ((chain(rng), rng.normal(size=3)),), activities=("duplicated",), twin=_in_tuple)
def instance_in_a_tuple(t):
    c = _moved(t[0], t[1][1])
    return c.k ** 2 * t[0].v[0] * t[1][2]


@program(85, args=lambda rng: (chain(rng), [rng.normal(size=2), rng.normal(size=3)]), activities=("duplicated", "duplicated"),
         raises=ValueError)
def raises_with_an_instance_and_a_list(c, values):
    own = [v * c.k for v in values]
    c.pull(own[1][2])
    if c.v[1] > 0.0:
        raise ValueError("too far")
    return c.v[0] * own[0][0]
