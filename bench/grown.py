"""Families of functions that grow with n: what a derivation's time and a gradient's size are measured on.

    family.make(n)      a fresh @njit function, written out as Python text and compiled from it
    family.argtypes(n)  the types that it is derived for

All compute something smooth that LLVM cannot fold; the tests count on that the size of the function is proportional to n.
"""
from dataclasses import dataclass

from numba import njit, types

ARRAY, FLOAT, INT = types.Array(types.float64, 1, "C"), types.float64, types.int64


@dataclass(frozen=True)
class Family:
    """`text(n)` gives the lines of a function `f`; `argtypes(n)` its arguments' types; `sizes`: what the table shows."""
    name: str
    unit: str
    text: object
    argtypes: object
    sizes: tuple

    def make(self, n):
        space = {"njit": njit}
        exec(compile("\n".join(self.text(n)), f"<{self.name}, {n}>", "exec"), space)   # the whole point is text that grows
        return space["f"]


def straight(n):
    """A chain of n dependent statements."""
    yield from ("import math", "@njit", "def f(a, b):")
    for k in range(n // 2):
        yield f"    a = a * b + {0.1 + k / 7:.3f}" if k % 4 else f"    a = math.sin(a) + {0.1 + k / 7:.3f}"
        yield f"    b = b - a * {0.3 + k / 9:.3f}"
    yield "    return a + b"


def wide(n):
    """n statements that read and write elements of an array."""
    yield from ("@njit", "def f(x):")
    for k in range(n):
        yield f"    x[{k % 50}] = x[{(k * 7 + 1) % 50}] * x[{(k * 3 + 2) % 50}] + {k}.5"
    yield "    return x[0]"


def nest(n):
    """n loops inside each other, with work at every level."""
    yield from ("@njit", "def f(x, m):", "    s = x[0]")
    for k in range(n):
        pad = "    " * (k + 1)
        yield f"{pad}for i{k} in range(m):"
        yield f"{pad}    s = s * x[i{k}] + {k}.5"
    for k in reversed(range(n)):
        yield "    " * (k + 2) + f"s = s * s + x[i{k}]"
    yield "    return s"


def arms(n):
    """An if with n arms."""
    yield from ("import math", "@njit", "def f(x):", "    s = x[0]")
    for k in range(n):
        yield f"    {'elif' if k else 'if'} s > {n - k}.5:"
        yield f"        t = math.sin(s * x[{k % 9}] + {k}.25)"
    yield from ("    else:", "        t = x[1]", "    return s * t")


def branches(n):
    """A loop body with n branches."""
    yield from ("import math", "@njit", "def f(x, y):", "    s = 0.0", "    for i in range(x.size):", "        t = x[i]")
    for k in range(n):
        yield f"        if y[i] > {k}.5:"
        yield f"            t = math.sin(t * y[i]) + {k}.25"
    yield from ("        s += t * t", "    return s * s")


def chain_in_branches(n):
    """A loop body whose n branches all use one long chain of values."""
    yield from ("import math", "@njit", "def f(x, y):", "    s = 0.0", "    for i in range(x.size):", "        u = t = x[i]")
    for k in range(n):
        yield f"        u = u * (u + {k}.5)"
        yield f"        if y[i] > {k}.5:"
        yield "            t = t * math.sin(u)"
    yield from ("        s += t", "    return s * s")


def loops(n):
    """n loops one after another."""
    yield from ("@njit", "def f(x):", "    s = 0.0")
    for k in range(n):
        yield "    for i in range(x.size):"
        yield f"        s = s * x[i] + {k}.5"
    yield "    return s"


def arguments(n):
    """n array arguments, all read and every third written."""
    names = [f"x{k}" for k in range(n)]
    yield from ("@njit", f"def f({', '.join(names)}):", "    s = 0.0")
    for k in range(n):
        yield f"    s = s * x{k}[0] + x{max(k - 1, 0)}[1]"
        if k % 3 == 0:
            yield f"    x{k}[1] = s"
    yield "    return s"


def locals_(n):
    """n local arrays."""
    yield from ("import numpy as np", "@njit", "def f(x):", "    s = 0.0")
    for k in range(n):
        yield f"    y{k} = np.empty(x.size)"
        yield "    for i in range(x.size):"
        yield f"        y{k}[i] = x[i] * {f'y{k - 1}[i]' if k else 'x[0]'}"
    yield f"    return y{n - 1}.sum()"


def calls(n):
    """n calls of one function of 50 lines; all are inlined."""
    yield from ("import math", "@njit", "def g(a, b):")
    for k in range(25):
        yield f"    a = a * b + {0.1 + k / 7:.3f}" if k % 4 else f"    a = math.sin(a) + {0.1 + k / 7:.3f}"
        yield f"    b = b - a * {0.3 + k / 9:.3f}"
    yield from ("    return a + b", "@njit", "def f(a, b):")
    for _ in range(n):
        yield "    a = g(a, b)"
    yield "    return a"


def _of(*argtypes):
    return lambda n: argtypes


FAMILIES = (
    Family("straight line", "statements", straight, _of(FLOAT, FLOAT), (1000, 2000, 4000, 8000)),
    Family("straight line over an array", "statements", wide, _of(ARRAY), (250, 500, 1000, 2000)),
    Family("nest of loops", "deep", nest, _of(ARRAY, INT), (2, 4, 7, 10)),
    Family("if ... elif", "arms", arms, _of(ARRAY), (100, 200, 350, 500)),
    Family("branches in a loop", "branches", branches, _of(ARRAY, ARRAY), (50, 100, 200, 400)),
    Family("a chain used in branches", "branches", chain_in_branches, _of(ARRAY, ARRAY), (50, 100, 200, 400)),
    Family("loops in sequence", "loops", loops, _of(ARRAY), (50, 100, 200, 400)),
    Family("array arguments", "arrays", arguments, lambda n: (ARRAY,) * n, (25, 50, 100, 200)),
    Family("local arrays", "arrays", locals_, _of(ARRAY), (25, 50, 100, 200)),
    Family("calls of one function", "calls", calls, _of(FLOAT, FLOAT), (60, 125, 250, 500)),
)
