"""Proof of the rule table: mpmath differentiates each primal formula numerically and compares the partials.

Nothing here knows a derivative: the truth is a central difference of the primal formula, with so many digits that its error is not seen.
"""
from functools import cache
from math import copysign, inf, log10

import mpmath
from mpmath import mp, mpf

MAGNITUDES = (1e-300, 3e-170, 1e-30, 2e-12, 1e-5, 0.013, 0.1, 0.37, 0.5, 0.71, 0.93, 1.0, 1.3, 1.5, 2.7, 3.6, 5.3, 7.9, 10.1, 19.4,
              47.3, 123.7, 691.2, 1.03e4, 9.7e5, 1.1e9, 3e15, 1e30, 4e100, 1e200, 1e299)  # fmt: skip
LEAST = 30  # points per row

DIFFERENCE = 40  # decimal digits of the step, relative to the smallest operand
AGREE = 1e-25


def _whole(x, toward):
    """The whole number n of x = n*y + r."""
    return mp.floor(x) if toward == "zero" and x >= 0 else mp.ceil(x) if toward == "zero" else mp.nint(x)


def _cpow(x, y, z, w):
    return mp.mpc(x, y) ** mp.mpc(z, w) if x or y else mpf(int(z == w == 0))


# What the formulas call, over mpmath's numbers.
FUNCTIONS = {
    "abs": abs, "acos": mp.acos, "acosh": mp.acosh, "asin": mp.asin, "asinh": mp.asinh,
    "atan": mp.atan, "atan2": mp.atan2, "atanh": mp.atanh, "cast": lambda x: x, "cbrt": lambda x: mp.cbrt(x) if x >= 0 else -mp.cbrt(-x),
    "copysign": lambda x, y: abs(x) if copysign(1, y) > 0 else -abs(x),
    "cpow_im": lambda x, y, z, w: mp.im(_cpow(x, y, z, w)), "cpow_re": lambda x, y, z, w: mp.re(_cpow(x, y, z, w)),
    "cos": mp.cos, "cosh": mp.cosh, "digamma": mp.digamma, "erf": mp.erf, "erfc": mp.erfc,
    "exp": mp.exp, "exp2": lambda x: mpf(2) ** x, "exp10": lambda x: mpf(10) ** x, "expm1": mp.expm1,
    "fdim": lambda x, y: max(x - y, mpf(0)), "fmax": max, "fmin": min, "fmod": lambda x, y: x - _whole(x / y, "zero") * y,
    "gamma": mp.gamma, "hypot": lambda x, y: mp.sqrt(x * x + y * y), "ldexp": lambda x, n: x * mpf(2) ** int(n),
    "lgamma": lambda x: mp.re(mp.loggamma(x)) if x > 0 else mp.log(abs(mp.gamma(x))),
    "log": mp.log, "log10": mp.log10, "log1p": lambda x: mp.log(1 + x), "log2": lambda x: mp.log(x, 2),
    "mantissa": lambda x: mp.frexp(x)[0],
    "pow": lambda x, y: x ** (int(y) if y == int(y) else y), "real": mpf, "remainder": lambda x, y: x - _whole(x / y, "nearest") * y,
    "rint": mp.nint, "sin": mp.sin, "sinh": mp.sinh, "sqrt": mp.sqrt, "tan": mp.tan, "tanh": mp.tanh,
}  # fmt: skip


def points(rule, largest=inf, smallest=0.0):
    """Points of the rule's domain, as tuples of Python floats; with bounds for their magnitudes."""
    columns = [_column(text, largest, smallest) for text in rule.domain]
    if len(columns) == 1:
        return [(x,) for x in columns[0]]
    rows = []
    for k in range(72):  # strides without common factors: all scales meet
        rows.append(tuple(column[(k * stride + stride) % len(column)] for column, stride in zip(columns, (5, 7, 11, 13), strict=False)))
    return rows


def is_real(domain):
    """Does the operand take real values: is it no integer?"""
    return not domain.startswith("int")


def _column(domain, largest, smallest):
    low, high = (float(part) for part in domain.removeprefix("int ").split(".."))
    if domain.startswith("int "):
        return [float(n) for n in range(int(low), int(high) + 1)]
    low, high = max(low, -largest), min(high, largest)
    left, right = max(low, -100.0), min(high, 100.0)
    even = [left + (right - left) * (k + 0.618) / 20 for k in range(20)]
    signed = [sign * x for x in MAGNITUDES for sign in (1.0, -1.0)]
    return [x for x in signed + even if low <= x <= high and abs(x) >= smallest]


@cache
def _truth(primal, domain, point):
    """(digits, result, one partial per operand): None for a partial where the primal has a kink or a jump. None if there is no value."""
    size = sum(abs(log10(abs(x))) for x in point if x)
    finer = 2 * size if len(point) > 1 else 0  # kinks may lie as near as the square of the smallest operand
    digits = 160 + int(2 * finer + 3 * size)
    with mpmath.workdps(digits):
        xs = [mpf(x) for x in point]
        step = min([mpf(1), *(abs(x) for x in xs if x)]) * mpf(10) ** -(DIFFERENCE + int(finer))
        try:
            result = _primal(primal, xs)
            partials = [_slope(primal, xs, k, step, result) if is_real(d) else None for k, d in enumerate(domain)]
        except (ZeroDivisionError, ValueError):
            return None
        return digits, result, partials


def _primal(primal, xs):
    return primal.evaluate(dict(zip("xyzw", xs, strict=False)), FUNCTIONS)


def _slope(primal, xs, k, step, result):
    above, below = (_primal(primal, [*xs[:k], xs[k] + s, *xs[k + 1:]]) for s in (step, -step))
    right, left = (above - result) / step, (result - below) / step
    if abs(right - left) > 1e-15 * (abs(right) + abs(left)):
        return None
    return (right + left) / 2


def true_values(rule, point):
    """The primal's value and the partials (None: no derivative there), as mpmath's numbers; None if the primal has no value."""
    return _truth(rule.primal, rule.domain, point)


def faults(rule):
    """What is wrong with the partials of a rule: a list of sentences, empty if the rule is proven."""
    found, compared = [], [0] * len(rule.partials)
    for point in points(rule):
        truth = true_values(rule, point)
        if truth is None:
            continue
        digits, result, expected = truth
        with mpmath.workdps(digits):
            env = {**dict(zip("xyzw", map(mpf, point), strict=False)), "r": result, "d": mpf(1)}
            for k, (partial, want) in enumerate(zip(rule.partials, expected, strict=True)):
                if want is None:
                    continue
                compared[k] += 1
                try:
                    got = [partial.evaluate({**env, "d": mpf(d)}, FUNCTIONS) if partial else mpf(0) for d in (1, -3, 0)]
                except ZeroDivisionError:
                    got = [mpf("nan")] * 3
                if not abs(got[0] - want) <= _tolerance(rule, partial) * abs(want):
                    found.append(f"{rule.name}: partial {k} at {point}: {mpmath.nstr(got[0], 20)}, not {mpmath.nstr(want, 20)}")
                elif not abs(got[1] + 3 * got[0]) <= AGREE * abs(got[0]) or got[2] != 0:
                    found.append(f"{rule.name}: partial {k} at {point} is not linear in d")
    for k, n in enumerate(compared):
        if n < LEAST and is_real(rule.domain[k]):
            found.append(f"{rule.name}: partial {k} was compared at {n} points only")
    return found


def _tolerance(rule, partial):
    """Constants in a formula are doubles: a formula with one that is no short binary fraction is exact to a rounding only."""
    return 2e-16 if partial and any(n[0] == "number" and n[1] * 1024 % 1 for n in _nodes(partial.tree)) else AGREE


def _nodes(tree):
    yield tree
    for part in tree:
        if isinstance(part, tuple):
            yield from _nodes(part)
