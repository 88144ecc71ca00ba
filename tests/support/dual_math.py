"""Mathematical functions of dual numbers: for each its value and its partials, `rule(x, ..., result)`.

The values come from Python's and NumPy's libraries, the partials are written down here once more, apart from the compiler's table.
"""
import math

import numpy as np
from scipy.special import psi

from tests.support.dual import Dual, chain, is_single, lift, quotient, value

TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)


def _safe(f, fallback):
    """`f` of the math module, with infinities and NaN where it would raise."""
    def call(*xs):
        try:
            return float(f(*xs))
        except (ValueError, OverflowError):
            with np.errstate(all="ignore"):
                return float(fallback(*map(np.float64, xs)))
    return call


def _gamma_pole(x):
    return np.copysign(np.inf, x) if x == 0 else np.inf if x > 0 else np.nan


def _no_partial(*_):
    return 0.0


def _flat(n):
    return (_no_partial,) * n


def _sign(x):
    return float(np.sign(x))


def _over(a, b):
    return quotient(a, b)


def _sinc(x):
    return float(np.sinc(x))


def _sinc_partial(x, r):
    if abs(x) < 1e-3:
        t = math.pi * x
        return math.pi * (-t / 3 + t**3 / 30 - t**5 / 840)
    return (math.cos(math.pi * x) - r) / x


def _weight(x, y):
    """d logaddexp / dx."""
    if x == y:
        return 0.5
    return _over(1.0, 1.0 + math.exp(min(700.0, y - x)))


def _atan2_x(y, x, r):
    h = math.hypot(x, y)
    return 0.0 if h == 0 else -(y / h) / h


def _atan2_y(y, x, r):
    h = math.hypot(x, y)
    return 0.0 if h == 0 else (x / h) / h


def _root(x):
    return math.sqrt(x) if x >= 0 else math.nan


def _chosen(f, first):
    """One of two operands: the first, if `first` says so."""
    return (lambda x, y: float(f(x, y)), lambda x, y, r: float(first(x, y)), lambda x, y, r: float(not first(x, y)))


def _signs(x, y, r):
    return math.copysign(1.0, x) * math.copysign(1.0, y) if x else 0.0


def _sinh(x):
    with np.errstate(all="ignore"):
        return float(np.sinh(x))


def _cosh(x):
    with np.errstate(all="ignore"):
        return float(np.cosh(x))


# name: (value, partials as functions of the operands and the result)
UNARY = {
    "sqrt": (_safe(math.sqrt, np.sqrt), lambda x, r: _over(0.5, r)),
    "cbrt": (lambda x: float(np.cbrt(x)), lambda x, r: _over(r, 3 * x) if x else math.inf),
    "exp": (_safe(math.exp, np.exp), lambda x, r: r),
    "exp2": (_safe(math.exp2, np.exp2), lambda x, r: r * math.log(2)),
    "expm1": (_safe(math.expm1, np.expm1), lambda x, r: r + 1.0),
    "log": (_safe(math.log, np.log), lambda x, r: _over(1.0, x)),
    "log2": (_safe(math.log2, np.log2), lambda x, r: _over(1.0, x * math.log(2))),
    "log10": (_safe(math.log10, np.log10), lambda x, r: _over(1.0, x * math.log(10))),
    "log1p": (_safe(math.log1p, np.log1p), lambda x, r: _over(1.0, 1.0 + x)),
    "sin": (_safe(math.sin, np.sin), lambda x, r: _safe(math.cos, np.cos)(x)),
    "cos": (_safe(math.cos, np.cos), lambda x, r: -_safe(math.sin, np.sin)(x)),
    "tan": (_safe(math.tan, np.tan), lambda x, r: 1.0 + r * r),
    "asin": (_safe(math.asin, np.arcsin), lambda x, r: _over(1.0, _root((1 - x) * (1 + x)))),
    "acos": (_safe(math.acos, np.arccos), lambda x, r: -_over(1.0, _root((1 - x) * (1 + x)))),
    "atan": (math.atan, lambda x, r: 1.0 / (1.0 + x * x)),
    "sinh": (_sinh, lambda x, r: _cosh(x)),
    "cosh": (_cosh, lambda x, r: _sinh(x)),
    "tanh": (math.tanh, lambda x, r: (1.0 - r) * (1.0 + r)),
    "asinh": (math.asinh, lambda x, r: 1.0 / math.hypot(1.0, x)),
    "acosh": (_safe(math.acosh, np.arccosh), lambda x, r: _over(1.0, _root(x - 1.0) * _root(x + 1.0))),
    "atanh": (_safe(math.atanh, np.arctanh), lambda x, r: _over(1.0, (1.0 - x) * (1.0 + x))),
    "erf": (math.erf, lambda x, r: TWO_OVER_SQRT_PI * math.exp(-x * x)),
    "erfc": (math.erfc, lambda x, r: -TWO_OVER_SQRT_PI * math.exp(-x * x)),
    "gamma": (_safe(math.gamma, _gamma_pole), lambda x, r: r * float(psi(x))),
    "lgamma": (_safe(math.lgamma, lambda x: np.inf), lambda x, r: float(psi(x))),
    "fabs": (abs, lambda x, r: _sign(x)),
    "square": (lambda x: x * x, lambda x, r: 2.0 * x),
    "reciprocal": (lambda x: _over(1.0, x), lambda x, r: -r * r),
    "degrees": (math.degrees, lambda x, r: 180.0 / math.pi),
    "radians": (math.radians, lambda x, r: math.pi / 180.0),
    "sinc": (_sinc, _sinc_partial),
    "floor": (lambda x: float(np.floor(x)), _no_partial),
    "ceil": (lambda x: float(np.ceil(x)), _no_partial),
    "trunc": (lambda x: float(np.trunc(x)), _no_partial),
    "rint": (lambda x: float(np.rint(x)), _no_partial),
    "sign": (_sign, _no_partial),
    "spacing": (lambda x: float(np.spacing(x)), _no_partial),
    "negative": (lambda x: -x, lambda x, r: -1.0),
    "positive": (lambda x: x, lambda x, r: 1.0),
}

BINARY = {
    "hypot": (math.hypot, lambda x, y, r: x / r if r else 0.0, lambda x, y, r: y / r if r else 0.0),
    "atan2": (math.atan2, _atan2_y, _atan2_x),
    "copysign": (math.copysign, _signs, _no_partial),
    "fmod": (_safe(math.fmod, np.fmod), lambda x, y, r: 1.0, lambda x, y, r: -float(np.trunc(_over(x, y)))),
    "logaddexp": (lambda x, y: float(np.logaddexp(x, y)), lambda x, y, r: _weight(x, y), lambda x, y, r: _weight(y, x)),
    "logaddexp2": (lambda x, y: float(np.logaddexp2(x, y)),
                   lambda x, y, r: _weight(x * math.log(2), y * math.log(2)), lambda x, y, r: _weight(y * math.log(2), x * math.log(2))),
    "maximum": _chosen(np.maximum, lambda x, y: x >= y or x != x),
    "minimum": _chosen(np.minimum, lambda x, y: x <= y or x != x),
    "fmax": _chosen(np.fmax, lambda x, y: x >= y or y != y),
    "fmin": _chosen(np.fmin, lambda x, y: x <= y or y != y),
    "nextafter": (lambda x, y: float(np.nextafter(x, y)), lambda x, y, r: 1.0, _no_partial),
    "heaviside": (lambda x, y: float(np.heaviside(x, y)), _no_partial, lambda x, y, r: float(x == 0)),
}


def unary(name):
    """The function of one dual number with this name."""
    f, partial = UNARY[name]

    def call(x):
        single, x = is_single(x), lift(x)
        r = f(x.v)
        return Dual(r, None, single) if x.d is None else chain(r, single, (partial(x.v, r), x))
    return call


def binary(name):
    """The function of two dual numbers with this name."""
    f, px, py = BINARY[name]

    def call(x, y):
        single, x, y = is_single(x, y), lift(x), lift(y)
        r = f(x.v, y.v)
        terms = [(p(x.v, y.v, r), z) for p, z in ((px, x), (py, y)) if z.d is not None]
        return chain(r, single, *terms)
    return call


def frexp(x):
    """Mantissa and exponent."""
    x = lift(x)
    m, e = math.frexp(x.v)
    return chain(m, x.single, (2.0 ** -e if x.v else 0.0, x)), e


def ldexp(x, n):
    """x * 2**n."""
    x = lift(x)
    return chain(math.ldexp(x.v, n), x.single, (2.0 ** n, x))


def test(f):
    """A predicate on values: no derivative."""
    return lambda x: bool(f(value(x)))
