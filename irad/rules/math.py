"""The rules of mathematical functions, keyed by what arrives from LLVM: intrinsics, libm, Numba's helpers.

Conventions (API.md, "Singular points"): functions whose partial can be infinite at a finite operand give 0 for a zero adjoint
(`0.0 if d == 0 else`); ties go to the operand selected, and where both are equal to the first; a kink without a branch gives 0.
Formulas in the result are preferred: an `exp` costs 40 adds. Forms that overflow on the way (x*x at 1e200) are avoided where the
partial itself would not underflow there.

pow: `r/x` stands for x**(y - 1), which would be a second `pow`; at x == 0 the quotient is replaced by the limit from the right.
"""
from irad.rules.rule import call

_POWER = (
    "0.0 if d == 0 else 0.0 if {y} == 0 else d*{f}*(r/x) if x != 0 else d if {y} == 1 else 0.0 if {y} > 1"
    " else d*{f}*(r/x) if {y} < 0 else d*{f}/abs(x)"
)

# One quadrant stands for all, since powers are analytic; of moderate size, so that nothing overflows.
_BASE = "0.0 if d == 0 else 0.0 if abs(z) + abs(w) == 0 else d*({})"
_EXPONENT = "0.0 if hypot(x, y) == 0 else d*({})"
_PLANE = "-50 .. -0.01; 0.01 .. 50; -4 .. -0.01; 0.01 .. 4"

# fmt: off
EXPONENTIAL = (
    #     name     arrives as           primal        partials                                    cycles  domain
    call("exp",   "llvm.exp exp",      "exp(x)",     ["d*r"],                                         18, "-700 .. 700"),
    call("exp2",  "llvm.exp2 exp2",    "exp2(x)",    ["d*r*0.6931471805599453"],                      18, "-1000 .. 1000"),
    call("exp10", "llvm.exp10 exp10",  "exp10(x)",   ["d*r*2.302585092994046"],                       18, "-300 .. 300"),
    call("expm1", "expm1",             "expm1(x)",   ["d*(r + 1)"],                                   18, "-80 .. 700"),
    call("log",   "llvm.log log",      "log(x)",     ["0.0 if d == 0 else d/x"],                      18, "positive",
         "x=0: inf; x=0, d=0: 0"),
    call("log2",  "llvm.log2 log2",    "log2(x)",    ["0.0 if d == 0 else d/x*1.4426950408889634"],   18, "positive",
         "x=0: inf; x=0, d=0: 0"),
    call("log10", "llvm.log10 log10",  "log10(x)",   ["0.0 if d == 0 else d/x*0.4342944819032518"],   18, "positive",
         "x=0: inf; x=0, d=0: 0"),
    call("log1p", "log1p",             "log1p(x)",   ["0.0 if d == 0 else d/(1 + x)"],                18, "-0.999 .. 1e300",
         "x=-1: inf; x=-1, d=0: 0"),
)

POWER = (
    call("sqrt",  "llvm.sqrt sqrt",    "sqrt(x)",    ["0.0 if d == 0 else 0.5*d*(1/r)"],               5, "positive",
         "x=0: inf; x=0, d=0: 0"),
    call("cbrt",  "cbrt",              "cbrt(x)",    ["0.0 if d == 0 else d/(3*r*r)"],                20, "real",
         "x=0: inf; x=0, d=0: 0"),
    call("hypot", "hypot",             "hypot(x, y)", ["0.0 if r == 0 else d*(x/r)",
                                                      "0.0 if r == 0 else d*(y/r)"],                  15, "real; real",
         "x=0, y=0: 0, 0; x=0, y=2: 0, 1; x=1e30, y=0: 1, 0"),
    call("pow",   "llvm.pow pow",      "pow(x, y)",  [_POWER.format(y="y", f="y"),
                                                      "0.0 if d == 0 else 0.0 if x <= 0 else d*r*log(x)"], 45, "positive; -30 .. 30",
         "x=0, y=0: 0, 0; x=0, y=1: 1, 0; x=0, y=2: 0, 0; x=0, y=0.5: inf, 0; x=0, y=-1: -inf, 0; x=0, y=0.5, d=0: 0, 0;"
         "x=1, y=0: 0, 0; x=-2, y=3: 12, 0; x=-2, y=-1: -0.25, 0; x=-2, y=0: 0, 0; x=-2, y=1: 1, 0"),
    call("powi",  "llvm.powi",         "pow(x, y)",  [_POWER.format(y="y", f="real(y)"), None],       10, "real; int -9 .. 9",
         "x=0, y=0: 0, 0; x=0, y=1: 1, 0; x=0, y=2: 0, 0; x=0, y=-1: -inf, 0; x=0, y=-1, d=0: 0, 0"),
)

# (x + iy)**(z + iw), its real and its imaginary part: with a = x + iy and b = z + iw the derivatives are b*a**(b - 1) and a**b * log(a).
COMPLEX = (
    call("cpow_re", "irad.cpow.re", "cpow_re(x, y, z, w)",
         [_BASE.format("z*cpow_re(x, y, z - 1, w) - w*cpow_im(x, y, z - 1, w)"),
          _BASE.format("-(z*cpow_im(x, y, z - 1, w) + w*cpow_re(x, y, z - 1, w))"),
          _EXPONENT.format("r*log(hypot(x, y)) - cpow_im(x, y, z, w)*atan2(y, x)"),
          _EXPONENT.format("-(r*atan2(y, x) + cpow_im(x, y, z, w)*log(hypot(x, y)))")], 150, _PLANE,
         "x=0, y=0, z=2, w=0: 0, 0, 0, 0; x=0, y=0, z=1, w=0: 1, 0, 0, 0;"
         "x=0, y=0, z=0, w=0: 0, 0, 0, 0; x=0, y=0, z=0.5, w=0, d=0: 0, 0, 0, 0;"
         "x=3, y=4, z=2, w=0: 6, -8, -33.52115062, -32.13544337; x=1, y=0, z=0, w=0: 0, 0, 0, 0"),
    call("cpow_im", "irad.cpow.im", "cpow_im(x, y, z, w)",
         [_BASE.format("z*cpow_im(x, y, z - 1, w) + w*cpow_re(x, y, z - 1, w)"),
          _BASE.format("z*cpow_re(x, y, z - 1, w) - w*cpow_im(x, y, z - 1, w)"),
          _EXPONENT.format("cpow_re(x, y, z, w)*atan2(y, x) + r*log(hypot(x, y))"),
          _EXPONENT.format("cpow_re(x, y, z, w)*log(hypot(x, y)) - r*atan2(y, x)")], 150, _PLANE,
         "x=0, y=0, z=2, w=0: 0, 0, 0, 0; x=0, y=0, z=1, w=0: 0, 1, 0, 0;"
         "x=0, y=0, z=0, w=0: 0, 0, 0, 0; x=0, y=0, z=0.5, w=0, d=0: 0, 0, 0, 0;"
         "x=3, y=4, z=2, w=0: 8, 6, 32.13544337, -33.52115062; x=2, y=0, z=0, w=0: 0, 0, 0, 0.6931471806"),
)

CIRCULAR = (
    call("sin",   "llvm.sin sin",      "sin(x)",     ["d*cos(x)"],                                    20, "-1e6 .. 1e6"),
    call("cos",   "llvm.cos cos",      "cos(x)",     ["-d*sin(x)"],                                   20, "-1e6 .. 1e6"),
    call("tan",   "llvm.tan tan",      "tan(x)",     ["d*(1 + r*r)"],                                 35, "-1e6 .. 1e6"),
    call("asin",  "llvm.asin asin",    "asin(x)",    ["0.0 if d == 0 else d/sqrt((1 - x)*(1 + x))"],  20, "-0.999 .. 0.999",
         "x=1: inf; x=-1: inf; x=1, d=0: 0"),
    call("acos",  "llvm.acos acos",    "acos(x)",    ["0.0 if d == 0 else -d/sqrt((1 - x)*(1 + x))"], 20, "-0.999 .. 0.999",
         "x=1: -inf; x=-1: -inf; x=1, d=0: 0"),
    call("atan",  "llvm.atan atan",    "atan(x)",    ["d/(1 + x*x)"],                                 20, "-1e150 .. 1e150",
         "x=1e30: 0; x=inf: 0"),
    call("atan2", "llvm.atan2 atan2",  "atan2(x, y)", ["0.0 if hypot(x, y) == 0 else d/hypot(x, y)*(y/hypot(x, y))",
                                                      "0.0 if hypot(x, y) == 0 else -d/hypot(x, y)*(x/hypot(x, y))"], 30, "real; real",
         "x=0, y=0: 0, 0; x=0, y=-2: -0.5, 0; x=4, y=0: 0, -0.25; x=1e30, y=0: 0, -1e-30"),
)

HYPERBOLIC = (
    call("sinh",  "llvm.sinh sinh",    "sinh(x)",    ["d*cosh(x)"],                                   40, "-700 .. 700"),
    call("cosh",  "llvm.cosh cosh",    "cosh(x)",    ["d*sinh(x)"],                                   40, "-700 .. 700"),
    call("tanh",  "llvm.tanh tanh",    "tanh(x)",    ["d*((1 - r)*(1 + r))"],                         40, "-50 .. 50",
         "x=400: 0; x=-400: 0; x=inf: 0"),
    call("asinh", "asinh",             "asinh(x)",   ["d/hypot(x, 1)"],                               30, "real",
         "x=1e30: 1e-30"),
    call("acosh", "acosh",             "acosh(x)",   ["0.0 if d == 0 else d/(sqrt(x - 1)*sqrt(x + 1))"], 30, "1.001 .. 1e300",
         "x=1: inf; x=1, d=0: 0"),
    call("atanh", "atanh",             "atanh(x)",   ["0.0 if d == 0 else d/((1 - x)*(1 + x))"],      30, "-0.999 .. 0.999",
         "x=1: inf; x=-1: inf; x=1, d=0: 0"),
)

SPECIAL = (
    call("erf",    "erf",              "erf(x)",     ["d*1.1283791670955126*exp(-x*x)"],              35, "-11 .. 11"),
    call("erfc",   "erfc",             "erfc(x)",    ["-d*1.1283791670955126*exp(-x*x)"],             35, "-11 .. 11"),
    call("gamma",  "numba_gamma tgamma", "gamma(x)", ["0.0 if d == 0 else d*r*digamma(x)"],           80, "-20 .. 170",
         "x=0, d=0: 0"),
    call("lgamma", "lgamma",           "lgamma(x)",  ["0.0 if d == 0 else d*digamma(x)"],             60, "-20 .. 1e300",
         "x=0, d=0: 0; x=-1, d=0: 0"),
)

SELECTING = (
    #     name        arrives as                           primal        partials: the operand that is the result, at a tie the first
    call("fmin",     "llvm.minnum llvm.minimumnum fmin",  "fmin(x, y)", ["d if x <= y else d if y != y else 0.0",
                                                                         "0.0 if x <= y else 0.0 if y != y else d"], 0.6, "real; real",
         "x=2, y=2: 1, 0; x=nan, y=2: 0, 1; x=2, y=nan: 1, 0"),
    call("fmax",     "llvm.maxnum llvm.maximumnum fmax",  "fmax(x, y)", ["d if x >= y else d if y != y else 0.0",
                                                                         "0.0 if x >= y else 0.0 if y != y else d"], 0.6, "real; real",
         "x=2, y=2: 1, 0; x=nan, y=2: 0, 1; x=2, y=nan: 1, 0"),
    call("minimum",  "llvm.minimum fminimum",             "fmin(x, y)", ["d if x <= y else d if x != x else 0.0",
                                                                         "0.0 if x <= y else 0.0 if x != x else d"], 0.6, "real; real",
         "x=2, y=2: 1, 0; x=nan, y=2: 1, 0; x=2, y=nan: 0, 1"),
    call("maximum",  "llvm.maximum fmaximum",             "fmax(x, y)", ["d if x >= y else d if x != x else 0.0",
                                                                         "0.0 if x >= y else 0.0 if x != x else d"], 0.6, "real; real",
         "x=2, y=2: 1, 0; x=nan, y=2: 1, 0; x=2, y=nan: 0, 1"),
    call("fdim",     "fdim",                              "fdim(x, y)", ["d if x > y else 0.0",
                                                                         "-d if x > y else 0.0"],                     1, "real; real",
         "x=2, y=2: 0, 0"),
)

PIECEWISE = (
    call("fabs",      "llvm.fabs fabs",          "abs(x)",          ["d if x > 0 else -d if x < 0 else 0.0"],  0.5, "real",
         "x=0: 0"),
    call("copysign",  "llvm.copysign copysign",  "copysign(x, y)",  ["0.0 if x == 0 else d*copysign(1, x)*copysign(1, y)", None],
                                                                                                               0.5, "real; real",
         "x=0, y=1: 0, 0; x=-3, y=-0.0: 1, 0"),
    call("fmod",      "fmod",                    "fmod(x, y)",      ["d", "-d*rint((x - r)/y)"],                20, "real; real",
         "x=6, y=2: 1, -3; x=-6, y=2: 1, 3"),
    call("remainder", "remainder",               "remainder(x, y)", ["d", "-d*rint((x - r)/y)"],                20, "real; real",
         "x=5, y=2: 1, -2; x=7, y=2: 1, -4"),
    call("nextafter", "nextafter numba_nextafter", "x",             ["d", None],                                 5, "real; real"),
    call("frexp",     "irad.mantissa",           "mantissa(x)",     ["0.0 if x == 0 else d*(r/x)"],             10, "real",
         "x=0: 0"),
)

COMPOSED = (
    call("fma",       "llvm.fma llvm.fmuladd fma",                  "x*y + z",     ["d*y", "d*x", "d"],        0.5, "real; real; real"),
    call("ldexp",     "llvm.ldexp ldexp numba_ldexp",               "ldexp(x, y)", ["ldexp(d, y)", None],        5, "real; int -40 .. 40"),
    call("identity",  "llvm.canonicalize llvm.arithmetic.fence",    "x",           ["d"],                      0.5, "real"),
)
# fmt: on

RULES = EXPONENTIAL + POWER + COMPLEX + CIRCULAR + HYPERBOLIC + SPECIAL + SELECTING + PIECEWISE + COMPOSED
