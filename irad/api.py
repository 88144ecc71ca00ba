"""The functions that users call. Each works from Python and, with the same spelling, inside @njit code.

From Python a call goes through a table of generated functions (jit/front.py) to a Numba dispatcher; njit code is typed and lowered
in jit/call.py.
"""
from .jit import call as _call
from .jit import checkpoint as _checkpoint
from .jit import front as _front
from .jit import jvp as _jvp
from .jit import vectorized as _vectorized

_AUTODIFF = _call.AUTODIFF
_absent = object()


def autodiff(mode, f, a=_absent, b=_absent, /, *more, **keywords):
    """Differentiate one call of `f`, with an annotation for each argument.

    mode        `Reverse` or `Forward`; `ReverseWithPrimal` or `ForwardWithPrimal` for the value as well
    f           an @njit function, or a plain Python function that Numba can compile
    arguments   `Active(x)`: the gradient is returned; `Const(x)`: not differentiated; `Duplicated(x, dx)`: the gradient is added into
                `dx`, or in forward mode `dx` is the tangent of `x`

    Reverse mode returns one entry for each argument: the gradient of an Active one, in its structure, dtype and shape, and None for the
    others; with `ReverseWithPrimal` `(gradients, value)`. Forward mode returns the derivative of the result in the direction of the
    tangents, in its structure, with `ForwardWithPrimal` `(derivative, value)`; where `f` writes `x`, `dx` becomes the tangent of that.

    In reverse mode `f` returns a float, whose seed is 1, or returns nothing and writes into Duplicated arrays, whose shadows are the seed.
    In forward mode it returns numbers, new arrays, tuples of such, or nothing. Arguments of `f` that have defaults may be left out. Raises
    IradError for what irad does not differentiate and for wrong use, and what `f` raises.

    >>> from numba import njit
    >>> from irad import Active, Const, Reverse, ReverseWithPrimal, autodiff
    >>> @njit
    ... def power(x, n):
    ...     return x ** n
    >>> autodiff(Reverse, power, Active(2.0), Const(3))
    (12.0, None)
    >>> autodiff(ReverseWithPrimal, power, Active(2.0), Const(3))
    ((12.0, None), 8.0)
    >>> from irad import Duplicated, Forward
    >>> autodiff(Forward, power, Duplicated(2.0, 1.0), Const(3))
    12.0
    """
    if keywords:
        raise _call.no_keywords(_call.AUTODIFF, keywords)
    try:
        table = f._irad.calls                           # named parameters and one look-up: this is the hot path
        if table.f is not f:
            raise AttributeError
    except AttributeError:
        return _slow(mode, f, a, b, more)
    if more:
        return table[_AUTODIFF, mode, type(a), type(b), *map(type, more)](a, b, *more)
    if b is not _absent:
        return table[_AUTODIFF, mode, type(a), type(b)](a, b)
    if a is not _absent:
        return table[_AUTODIFF, mode, type(a)](a)
    return table[_AUTODIFF, mode]()


def _slow(mode, f, a, b, more):
    return _front.call(_call.AUTODIFF, (mode, f, *(x for x in (a, b) if x is not _absent), *more))


def gradient(*arguments, **keywords):
    """`gradient(f, *args)`: the gradients of a function at a point, a tuple with one entry for each argument.

    A bare argument counts as Active; `Const(x)` gives None, and so does `Duplicated(x, dx)`, where the gradient is added into `dx`.
    `gradient(Reverse, f, *args)` is the same call. Types, shapes and errors as in `autodiff`.

    >>> from numba import njit
    >>> from irad import gradient
    >>> @njit
    ... def product(x, y):
    ...     return x * y
    >>> gradient(product, 2.0, 5.0)
    (5.0, 2.0)
    """
    if keywords:
        raise _call.no_keywords(_call.GRADIENT, keywords)
    return _front.call(_call.GRADIENT, arguments)


def value_and_gradient(*arguments, **keywords):
    """`value_and_gradient(f, *args)`: as `gradient`, and the value of the function before it.

    >>> from numba import njit
    >>> from irad import Const, value_and_gradient
    >>> @njit
    ... def power(x, n):
    ...     return x ** n
    >>> value_and_gradient(power, 2.0, Const(3))
    (8.0, (12.0, None))
    """
    if keywords:
        raise _call.no_keywords(_call.VALUE_AND_GRADIENT, keywords)
    return _front.call(_call.VALUE_AND_GRADIENT, arguments)


def grad(f, argnums=0):
    """The gradient of `f` as a function: a Numba dispatcher with the parameters, defaults and keywords of `f`.

    `argnums`: the argument to differentiate, counted from 0, or from the end if negative; the function returns its gradient, in its
    structure, dtype and shape. A tuple of such gives a tuple of gradients in the same order. All other arguments are constants.

    The result can be called from Python and from @njit code, in prange loops, passed as a first-class function, pickled and cached
    (`cache=True` is taken over from `f`). The same `f` and `argnums` give the same object. Errors as in `autodiff`; an IradError for
    argnums that `f` does not have.

    >>> from numba import njit
    >>> from irad import grad
    >>> @njit
    ... def cube(x):
    ...     return x * x * x
    >>> grad(cube)(2.0)
    12.0
    """
    return _front.derivative("grad", f, argnums)


def value_and_grad(f, argnums=0):
    """As `grad`; the function returns `(value, gradient)`. So `scipy.optimize.minimize(value_and_grad(f), x0, jac=True)` works.

    >>> from numba import njit
    >>> from irad import value_and_grad
    >>> @njit
    ... def cube(x):
    ...     return x * x * x
    >>> value_and_grad(cube)(2.0)
    (8.0, 12.0)
    """
    return _front.derivative("value_and_grad", f, argnums)


def jvp(f, args, tangents):
    """The value of `f` at `args`, a tuple, and its derivative in the direction of `tangents`, by forward mode: `(value, tangent)`.

    `tangents`: one for each argument, in its structure, dtype and shape; None for a constant. Ints and bools are constants, whatever stands
    there. Arguments of `f` that have defaults may be left out. `f` returns a number, a new array or a tuple of such, whose tangent has the
    same structure, with zeros for ints; or nothing, and what it writes is in `args`, its tangents in `tangents`. Errors as in `autodiff`.

    >>> from numba import njit
    >>> from irad import jvp
    >>> @njit
    ... def power(x, n):
    ...     return x ** n
    >>> jvp(power, (2.0, 3), (1.0, None))
    (8.0, 12.0)
    """
    return _jvp.jvp(f, args, tangents)


def vectorize_math(f):
    """`f` with vector math: a Numba dispatcher with its parameters, defaults and keywords, and the same results but for rounding.

    Where LLVM vectorises a loop, calls of `exp`, `exp2`, `expm1`, `log`, `log2`, `log10`, `log1p`, `sin`, `cos`, `tan` and their inverses,
    their hyperbolic kin, `cbrt`, `erf`, `erfc`, `pow`, `arctan2` and `hypot` become calls of the system's vector library, glibc's libmvec,
    for several elements at once: within 4 ulp, and the same at zeros, infinities and NaN. So the last bits of an element may depend on its
    place in the array. A sum in a loop is vectorised only with fastmath. Without glibc's library, AVX2 or AVX-512, `f` is compiled without
    it. Derivatives of the result have vector math too; where `f` has fastmath, its derivatives have it anyway.

    `f`: an @njit function, or a plain Python function that Numba can compile. The result can be called from Python and from @njit code,
    pickled and cached. Arguments, results and exceptions are those of `f`. Raises IradError where `f` cannot be lowered by itself:
    `parallel=True`, `objmode`, a parameter `*args`.

    >>> import numpy as np
    >>> from numba import njit
    >>> from irad import vectorize_math
    >>> @njit
    ... def decay(t, out):
    ...     for i in range(t.size):
    ...         out[i] = np.exp(-t[i])
    >>> t, out = np.linspace(0, 5, 1000), np.empty(1000)
    >>> vectorize_math(decay)(t, out)
    >>> bool(np.allclose(out, np.exp(-t), rtol=1e-15))
    True
    """
    return _vectorized.vectorize_math(f)


def checkpoint():
    """Called in the body of a loop: reverse mode keeps little of the loop, and computes most of it a second time.

    For loops of very many iterations, as those over time steps, whose tape would not fit into memory. Of T iterations reverse mode keeps
    the state of which a step begins, numbers and arrays, some sqrt(2 T) times, and the tape of sqrt(2 T) iterations, and runs each
    iteration once more. T need not be known before: `while` loops, and those that are left in the middle, are checkpointed as well.
    `Reverse.with_options(tape_budget=...)` chooses the loops by itself.

    A loop of which an iteration cannot run again is differentiated as if the call were not there (docs/limitations.md says which), so it
    may still meet the limit of the tape (`set_tape_limit`). While strips run again, they write where the primal wrote, and put back what
    it left there: other threads must not use that memory meanwhile. The call means nothing in Python, in a function that is not
    differentiated, and in forward mode.

    >>> from numba import njit
    >>> from irad import checkpoint, grad
    >>> @njit
    ... def logistic(x, steps):
    ...     for _ in range(steps):
    ...         checkpoint()
    ...         x = 0.9 * x * (1.0 - x) + 0.5
    ...     return x
    >>> round(grad(logistic)(0.2, 3), 6)
    0.051985
    """


_front.FUNCTIONS.update({fn.__name__: fn for fn in (autodiff, gradient, value_and_gradient, grad, value_and_grad, jvp)})
_checkpoint.register(checkpoint)
_call.register(autodiff, _call.AUTODIFF)
_call.register(gradient, _call.GRADIENT)
_call.register(value_and_gradient, _call.VALUE_AND_GRADIENT)
_call.register(jvp, _jvp.JVP)

