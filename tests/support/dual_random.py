"""`np.random` and `random` for dual numbers: the draws are Numba's own, in the same order, so that a seed gives the program's stream.

A distribution with a location or a scale is drawn in its standard form and moved, as Numba does: the derivative of the sample by its
parameters, with the stream held still.
"""
import random
from types import SimpleNamespace

import numpy as np
from numba import njit

from tests.support import dual_math
from tests.support.dual import Dual, lift
from tests.support.dual_array import Array, _objects, cells_of

_DRAWS = {name: njit(f) for name, f in {
    "seed": lambda n: np.random.seed(n), "random": lambda: np.random.random(), "gauss": lambda: np.random.normal(0.0, 1.0),
    "exponential": lambda: np.random.exponential(1.0), "randint": lambda a, b: np.random.randint(a, b),
    "poisson": lambda x: np.random.poisson(x), "permutation": lambda n: np.random.permutation(n),
    "py_seed": lambda n: random.seed(n), "py_random": lambda: random.random(), "py_gauss": lambda: random.gauss(0.0, 1.0),
    "py_randrange": lambda n: random.randrange(n)}.items()}


def _draw(name, *args):
    return _DRAWS[name](*args)


def _many(one):
    """`size` as the last argument gives an array."""
    def call(*args, size=None):
        if size is None:
            return one(*args)
        shape = size if isinstance(size, tuple) else (size,)
        return Array(_objects([one(*args) for _ in range(int(np.prod(shape)))]).reshape(shape))
    return call


def _moved(draw):
    return lambda location=0.0, scale=1.0: location + scale * Dual(_draw(draw))


def _uniform(draw):
    return lambda low=0.0, high=1.0: low + (high - low) * Dual(_draw(draw))


def _shuffle(x):
    """Fisher and Yates, as Numba: from the end."""
    for i in range(len(x) - 1, 0, -1):
        j = _draw("randint", 0, i + 1)
        cells = cells_of(x) if isinstance(x, Array) else x
        cells[i], cells[j] = cells[j], cells[i]


_random, _normal, _exponential = _many(lambda: Dual(_draw("random"))), _many(_moved("gauss")), _many(
    lambda scale=1.0: scale * Dual(_draw("exponential")))

NUMPY_RANDOM = SimpleNamespace(
    seed=lambda n: _draw("seed", n), random=lambda size=None: _random(size=size),
    normal=lambda a=0.0, b=1.0, size=None: _normal(a, b, size=size),
    rand=lambda *shape: _random(size=shape or None), randn=lambda *shape: _normal(size=shape or None),
    standard_normal=lambda size=None: _normal(size=size), uniform=_many(_uniform("random")),
    exponential=lambda scale=1.0, size=None: _exponential(scale, size=size),
    lognormal=lambda a=0.0, b=1.0: dual_math.unary("exp")(_moved("gauss")(a, b)),
    randint=lambda a, b: _draw("randint", a, b), poisson=lambda x: _draw("poisson", lift(x).v),
    permutation=lambda n: _draw("permutation", n), shuffle=_shuffle)
PYTHON_RANDOM = SimpleNamespace(
    seed=lambda n: _draw("py_seed", n), random=lambda: Dual(_draw("py_random")), gauss=_moved("py_gauss"), uniform=_uniform("py_random"),
    randrange=lambda n: _draw("py_randrange", n))
