"""Instances of jitclasses made inside the function: numbers and arrays as fields, methods that write them, instances kept in lists."""
import numpy as np
from numba import float64, int64
from numba.experimental import jitclass

from tests.support.program import program


@jitclass([("k", float64), ("v", float64[:])])
class Spring:
    def __init__(self, k, n):
        self.k = k
        self.v = np.zeros(n)

    def pull(self, a):
        self.v[0] += a * self.k
        return self.v[0]


@jitclass([("x", float64), ("y", float64), ("n", int64)])
class Walker:
    def __init__(self, x, y):
        self.x = x
        self.y = y
        self.n = 0

    def move(self, d):
        self.x += d * self.y
        self.n += 1


@program(85, args=lambda rng: (1.3,), oracle=False, closed_form=lambda a: (2 * a,))
def instance_with_an_array(a):
    s = Spring(a, 3)
    return s.pull(a)


@program(85, args=lambda rng: (1.3, 4), oracle=False)
def instance_in_each_iteration(a, n):
    t = 0.0
    for i in range(n):
        s = Spring(a * i, 3)
        s.v[1] = s.pull(a)
        s.k *= s.v[1]
        t += s.pull(a) * s.v[1]
    return t


@program(85, args=lambda rng: (1.3, 0.4), oracle=False)
def instance_with_methods(a, b):
    p = Walker(a, b)
    for _ in range(5):
        p.move(a * b)
        p.y = np.sin(p.x)
    return p.x * p.y + p.n


@program(85, args=lambda rng: (rng.uniform(0.5, 2.0, 4),), oracle=False)
def list_of_instances(x):
    walkers = [Walker(v, v * v) for v in x]
    for p in walkers:
        p.move(x[0])
    s = 0.0
    for p in walkers:
        s += p.x * p.y
    return s
