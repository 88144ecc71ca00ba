"""A stand-in for the compiler: adjoints written by hand, compiled by Numba into text with the core's calling convention.

`adjoint(f, Active, Const)` registers the core of `f` for these annotations. It is called with the primal's arguments and one pointer
for each shadow, and returns a tuple of numbers, as `request.Derived` says. `programs` are functions that most tests use.
"""
from types import SimpleNamespace

import numpy as np
import pytest
from numba import carray, njit, types
from numba.core.runtime import _nrt_python, rtsys
from numba.core.target_extension import target_override
from numba.extending import overload
from numba.np.numpy_support import as_dtype

from irad import Active, Const, Duplicated
from irad.backend import link
from irad.jit import resolve
from irad.request import Derived

CORES = {}


def adjoint(f, *kinds, shadows=(), scratch=(), written=(), primal=False, distinct=False):
    def keep(function):
        compiled = function if hasattr(function, "py_func") else njit(function)
        CORES[f.py_func, kinds, primal] = compiled, tuple(shadows), frozenset(scratch), frozenset(written), distinct
        return compiled
    return keep


def derive(request):
    f, argtypes = request.dispatcher, request.argtypes
    with target_override("cpu"):                        # a derivative may be asked for while the front end lowers for its own target
        primal = njit(f.py_func)
        primal.compile(argtypes)                        # Numba's own errors come first
        core, shadows, scratch, written, distinct = CORES[f.py_func, request.kinds, request.mode.primal]
        types_of_core = argtypes + (types.voidptr,) * len(shadows)
        core.compile(types_of_core)
    restype = primal.overloads[argtypes].signature.return_type
    compiled = core.overloads[types_of_core]
    module = str(compiled.library._get_module_for_linking())
    name, text, environments = link.package(module, compiled.fndesc.llvm_func_name, f.py_func.__globals__)
    result = compiled.signature.return_type
    result = () if result is types.none else tuple(result)
    return Derived(name, text, argtypes, result, shadows, scratch, written, restype, environments, distinct=distinct)


def define():
    """Functions with their cores."""
    @njit
    def square(x):
        return x * x

    adjoint(square, Active)(lambda x: (2 * x,))
    adjoint(square, Active, primal=True)(lambda x: (x * x, 2 * x))

    @njit
    def power(x, n=2):
        return x ** n

    adjoint(power, Active, Const)(lambda x, n: (n * x ** (n - 1),))
    adjoint(power, Active, Const, primal=True)(lambda x, n: (x ** n, n * x ** (n - 1)))

    @njit
    def product(x, y):
        return x * y

    adjoint(product, Active, Active)(lambda x, y: (y, x))
    adjoint(product, Active, Active, primal=True)(lambda x, y: (x * y, y, x))
    adjoint(product, Active, Const)(lambda x, y: (y,))
    adjoint(product, Const, Active)(lambda x, y: (x,))

    @njit
    def squares(x):
        s = 0.0
        for v in x.flat:
            s += v * v
        return s

    @njit
    def d_squares(x, shadow):
        dx = strided(shadow, x)
        for at in np.ndindex(x.shape):
            dx[at] += 2 * x[at]

    @njit
    def value_and_d_squares(x, shadow):
        d_squares(x, shadow)
        return (squares(x),)

    for kind in Active, Duplicated:
        adjoint(squares, kind, shadows=(0,))(d_squares)
    adjoint(squares, Active, shadows=(0,), primal=True)(value_and_d_squares)

    @njit
    def dot(x, y):
        return (x * y).sum()

    @njit
    def d_dot(x, y, sx, sy):
        dx, dy = strided(sx, x), strided(sy, y)
        for at in np.ndindex(x.shape):
            dx[at] += y[at]
            dy[at] += x[at]

    for kinds in ((a, b) for a in (Active, Duplicated) for b in (Active, Duplicated)):
        adjoint(dot, *kinds, shadows=(0, 1))(d_dot)

    @njit
    def triple(x):                                      # in place
        for at in np.ndindex(x.shape):
            x[at] *= 3

    @njit
    def d_triple(x, shadow):
        dx = strided(shadow, x)
        for at in np.ndindex(x.shape):
            x[at] *= 3
            dx[at] *= 3

    adjoint(triple, Duplicated, shadows=(0,), written=(0,))(d_triple)

    @njit
    def triple_sum(x):                                  # in place, and a result
        triple(x)
        return x.sum()

    @njit
    def d_triple_sum(x, shadow):
        triple(x)
        dx = strided(shadow, x)
        for at in np.ndindex(x.shape):
            dx[at] = 3 * (dx[at] + 1)

    for kind in Active, Duplicated:
        adjoint(triple_sum, kind, shadows=(0,), written=(0,))(d_triple_sum)

    @njit
    def copy_into(out, x):
        for at in np.ndindex(x.shape):
            out[at] = x[at]

    @njit
    def d_copy_into(out, x, so, sx):
        copy_into(out, x)
        do, dx = strided(so, out), strided(sx, x)
        for at in np.ndindex(x.shape):
            d, do[at] = do[at], 0
            dx[at] += d

    for kinds in (Duplicated, Duplicated), (Duplicated, Active):
        adjoint(copy_into, *kinds, shadows=(0, 1), written=(0,))(d_copy_into)

    @njit
    def through(x, work):                               # keeps an active value in a Const array
        for at in np.ndindex(x.shape):
            work[at] = 2 * x[at]
        return work.sum()

    @njit
    def d_through(x, work, sx, sw):
        through(x, work)
        dx, dw = strided(sx, x), strided(sw, work)
        for at in np.ndindex(x.shape):
            dw[at] += 1                                 # starts at zero
            dx[at] += 2 * dw[at]
            dw[at] = 0

    adjoint(through, Active, Const, shadows=(0, 1), scratch=(1,), written=(1,))(d_through)

    @njit
    def risky(x, n):
        if n == 1:
            raise ValueError("bad", 3)
        if n == 2:
            raise ValueError("dynamic", n)
        return x.sum() / n

    @njit
    def d_risky(x, n, shadow):                          # raises by itself: a caller of risky would leak its own frame
        if n == 1:
            raise ValueError("bad", 3)
        if n == 2:
            raise ValueError("dynamic", n)
        dx = carray(shadow, x.shape, np.float64)
        for at in np.ndindex(x.shape):
            dx[at] += 1 / n

    for kind in Active, Duplicated:
        adjoint(risky, kind, Const, shadows=(0,))(d_risky)
    return SimpleNamespace(**{name: f for name, f in locals().items() if hasattr(f, "py_func")})


def strided(pointer, like):
    """The shadow at this address, with the extents and strides of the primal. For njit code."""
    raise NotImplementedError


@overload(strided)
def _strided_in_njit(pointer, like):
    dtype = as_dtype(like.dtype)
    return lambda pointer, like: np.lib.stride_tricks.as_strided(carray(pointer, (1,), dtype), like.shape, like.strides)


@pytest.fixture(scope="session")
def programs():
    return define()


@pytest.fixture(autouse=True)
def fake_core(monkeypatch):
    monkeypatch.setattr(resolve, "derive", derive)


@pytest.fixture(name="adjoint")
def _adjoint():
    return adjoint


@pytest.fixture
def no_leak():
    """Runs a function many times and checks that all that it allocates is released."""
    _nrt_python.memsys_enable_stats()

    def check(function, times=20):
        function()
        before = rtsys.get_allocation_stats()
        for _ in range(times):
            function()
        after = rtsys.get_allocation_stats()
        assert after.alloc - before.alloc == after.free - before.free
        assert after.mi_alloc - before.mi_alloc == after.mi_free - before.mi_free
        return after.alloc - before.alloc

    yield check
    _nrt_python.memsys_disable_stats()
