"""The corpus: small njit programs, each with its arguments, its activities and the traps that it stands for.

    @program(1, 27, args=lambda rng: (rng.normal(size=5),))
    def square_in_place(x):
        for i in range(len(x)):
            x[i] = x[i] * x[i]

defines and registers one; the name then is the njit function. Numbers are those of the table in docs/traps.md.
"""
import importlib
import pkgutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numba.core.dispatcher import Dispatcher

from tests.support import memory
from tests.support.parts import parts

PROGRAMS = {}


@dataclass(frozen=True)
class Program:
    """`tolerance` is relative to the largest number of the gradient. `smooth` says that finite differences apply at the arguments.
    `refused`: a regular expression that the text of an IradError must match, where one is accepted instead of a gradient.
    `raises`: the exception of the primal with these arguments. `oracle` says that dual numbers can run it. `shadows`: they "mirror"
    the overlap of the arguments, or each has its "own". `twin`: the same over floats, where dual numbers know no better (parts.py)."""
    name: str
    f: Dispatcher
    make_args: Callable
    traps: tuple[int, ...] = ()
    activities: tuple[str, ...] | None = None
    tolerance: float = 1e-10
    closed_form: Callable | None = None
    refused: str | None = None
    raises: type | None = None
    smooth: bool = True
    oracle: bool = True
    shadows: str = "mirror"
    twin: Callable | None = None
    note: str = ""
    area: str = ""
    options: dict = field(default_factory=dict, compare=False)

    def args(self, seed=0):
        """Arguments, the same for the same seed."""
        return self.make_args(np.random.default_rng([zlib.crc32(self.name.encode()), seed]))

    def kinds(self, args):
        """One of "const", "active", "duplicated" for each argument."""
        return self.activities or tuple(map(default_activity, args))

    def __repr__(self):
        return self.name


def program(*traps, args, activities=None, tolerance=1e-10, closed_form=None, refused=None, raises=None, smooth=True, oracle=True,
            shadows="mirror", twin=None, note="", **options):
    """Register a function (compiled with njit and `options`, unless it is a dispatcher already) as a program of the corpus."""
    def register(f):
        dispatcher = f if isinstance(f, Dispatcher) else njit(**options)(f) if options else njit(f)
        python = dispatcher.py_func
        name = python.__name__
        if name in PROGRAMS:
            raise ValueError(f"two programs are called {name}")
        PROGRAMS[name] = Program(name, dispatcher, args, traps, activities, tolerance, closed_form, refused, raises, smooth,
                                 oracle and twin is None, shadows, twin, note, python.__module__.rpartition(".")[2], options)
        return dispatcher
    return register


def corpus():
    """All programs, by name."""
    import tests.programs
    for module in pkgutil.iter_modules(tests.programs.__path__):
        importlib.import_module(f"tests.programs.{module.name}")
    return PROGRAMS


def default_activity(a):
    """Floats, complex numbers and tuples with these are Active, arrays that hold them Duplicated, the rest Const."""
    if isinstance(a, float | np.floating | complex | np.complexfloating):
        return "active"
    if isinstance(a, np.ndarray):
        return "duplicated" if any(p.dtype.kind == "f" for p in parts(a)) else "const"
    if isinstance(a, tuple):
        inner = {default_activity(x) for x in a}
        return "active" if "active" in inner else "duplicated" if "duplicated" in inner else "const"
    if memory.is_instance(a):
        return "duplicated"
    return "const"


def shadows_of(args, kinds, seed=None, own=False):
    """Shadows for the Duplicated arguments, None for the others: zeros, or random numbers from a generator.
    They overlap as their primals do, unless each is to have its `own`."""
    picked = [a for a, kind in zip(args, kinds, strict=True) if kind == "duplicated"]
    arrays = list(memory.arrays_in(picked))
    new = [np.empty(a.shape, a.dtype) for a in arrays] if own else memory.mirror(arrays, writable=True)
    for b in new:
        for p in parts(b):
            p[...] = seed.normal(size=p.shape) if seed is not None and p.dtype.kind == "f" else 0
    made = iter(memory.rebuild(tuple(picked), new))
    return [next(made) if kind == "duplicated" else None for kind in kinds]


def numbers(x):
    """All float numbers of a gradient in nested tuples, as one vector; integers and None count for nothing."""
    if x is None or isinstance(x, int | np.integer | Dispatcher):
        return np.zeros(0)
    if memory.is_structure(x):
        x = memory.fields_of(x)
    if isinstance(x, tuple | list):
        return np.concatenate([numbers(y) for y in x]) if x else np.zeros(0)
    if isinstance(x, np.ndarray):
        return np.concatenate([np.zeros(0), *(p.astype(np.float64).ravel() for p in parts(x) if p.dtype.kind == "f")])
    return np.array([x.real, x.imag] if isinstance(x, complex | np.complexfloating) else [float(x)])
