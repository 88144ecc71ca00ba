"""Numbers: casts, powers, remainders, every mathematical function, and the points where a derivative is a convention."""
import math

import numpy as np

from tests.support.program import program


def scalars(*values):
    """Arguments: these floats."""
    return lambda rng: values


@program(54, args=scalars(3.7, 0.4), smooth=True)
def float_to_int_cuts(a, b):
    k = int(a * 2.0)
    return k * b + a * float(k)


@program(54, args=lambda rng: (rng.normal(size=4) * 5.0,))
def rounding_cuts(x):
    s = 0.0
    for i in range(4):
        s += (x[i] - math.floor(x[i])) * x[i] + np.int64(x[i]) * x[i] + round(x[i]) * x[0]
    return s


@program(55, 54, args=lambda rng: (np.array([1, 2, 3]), 0.7))
def integer_array_argument(k, a):
    s = 0.0
    for i in range(3):
        s += k[i] * a ** k[i]
        k[i] = i
    return s


@program(56, args=scalars(7.3, 2.1))
def float_floor_division(a, b):
    return (a // b) * a + (a % b) * (a % b)


@program(56, args=scalars(-7.3, 2.1))
def float_remainder_of_negative(a, b):
    return (a // b) * a + (a % b) * b + a % -b


@program(56, args=lambda rng: (rng.normal(size=6) * 4.0, -1.7))
def float_remainders_in_loop(x, b):
    s = 0.0
    for i in range(6):
        s += x[i] % b * x[i] + (x[i] // b) * b
        q, r = divmod(x[i], 1.5)
        s += q * x[i] + r * r
    return s


@program(56, args=lambda rng: (rng.normal(size=6), 17, -5))
def integer_floor_division(x, n, m):
    return x[n % 6] * x[n // 4] + x[-n // 6 + 4] * (n // m) + x[n % m + 5] * (n % m)


@program(57, args=lambda rng: (rng.normal(size=5), 0.3))
def abs_max_min(x, a):
    s = 0.0
    for i in range(5):
        s += abs(x[i]) * x[i] + max(x[i], a) * min(x[i], a, 0.5) + max(a, 0.1) * x[i]
    return s


@program(57, args=lambda rng: (rng.normal(size=5) * 2.0, 0.3))
def clip_sign_floor(x, a):
    s = 0.0
    for i in range(5):
        s += min(max(x[i], -1.0), a) * x[i] + np.sign(x[i]) * x[i] * a
        s += math.floor(x[i]) * a + np.ceil(x[i]) * x[i] + math.trunc(x[i]) * a
    return s


@program(57, args=lambda rng: (rng.normal(size=5), rng.normal(size=5)))
def maximum_minimum(x, y):
    s = 0.0
    for i in range(5):
        s += np.maximum(x[i], y[i]) * np.minimum(x[i], y[i] * 2.0) + np.fmax(x[i], 0.1) * np.fmin(y[i], x[0])
    return s


@program(57, args=scalars(0.7, 0.7), smooth=False, closed_form=lambda a, b: (3.0, 0.0), note="ties: the operand that is selected")
def ties_of_max_and_min(a, b):
    return max(a, b) + 2.0 * min(a, b)


@program(57, args=scalars(0.7, 0.7), smooth=False, closed_form=lambda a, b: (15.0, 0.0))
def ties_of_maximum_and_fmax(a, b):
    return np.maximum(a, b) + 2.0 * np.minimum(a, b) + 4.0 * np.fmax(a, b) + 8.0 * np.fmin(a, b)


@program(57, args=scalars(0.0, -0.0), smooth=False, closed_form=lambda a, b: (0.0, 0.0))
def absolute_value_at_zero(a, b):
    return abs(a) + 2.0 * math.fabs(b) + np.abs(a * b)


@program(57, args=lambda rng: (np.array([np.nan, 1.0]), 0.5), smooth=False, closed_form=lambda x, a: (np.array([0.0, 0.0]), 3.0))
def fmax_skips_nan(x, a):
    return np.fmax(x[0], a) + 2.0 * np.fmin(a, x[0])


@program(58, args=scalars(1.7, 2.3))
def powers(a, b):
    return a ** b + a ** 2 + a ** 3 + a ** -1 + a ** 0.5 + 2.0 ** b + a ** -2.5 + math.pow(a, b) + np.power(b, a)


@program(58, args=lambda rng: (1.3, 5))
def integer_power(a, n):
    return a ** n + a ** -n + a ** (n - 5) + (-a) ** n + float(n) ** a


@program(58, args=scalars(-1.3, 0.7))
def power_of_negative_base(a, b):
    return a ** 2 + a ** 3 * b + a ** 4.0 + a ** -1.0 + (a * b) ** 3


@program(58, args=lambda rng: (0.0, 3), smooth=False, closed_form=lambda a, n: (1.0, None))
def integer_power_at_zero(a, n):
    return a ** n + a ** 2 + a ** 1 + a ** 0


@program(58, args=scalars(0.0, 2.0), smooth=False, closed_form=lambda a, b: (0.0, 0.0))
def power_of_zero(a, b):
    return a ** b + a ** 0.0


@program(58, args=lambda rng: (rng.uniform(0.5, 2.0, size=6), np.array([0, 1, 2, 3, 7, -2])))
def powers_by_integer_array(x, k):
    s = 0.0
    for i in range(6):
        s += x[i] ** k[i]
    return s


@program(58, args=scalars(1.2))
def high_constant_powers(a):
    return a ** 4 + a ** 5 + a ** 7 + a ** 10 + a ** 17 + a ** -3


@program(59, args=scalars(0.0, 0.0), smooth=False, closed_form=lambda a, b: (0.0, 0.0))
def hypot_and_atan2_at_origin(a, b):
    return math.hypot(a, b) + math.atan2(a, b) + np.hypot(a, b) + np.arctan2(b, a)


@program(59, args=scalars(0.0, 4.0), smooth=False, closed_form=lambda a, b: (0.0, 0.25), note="an unused branch with an infinite partial")
def guarded_root(a, b):
    r = math.sqrt(a)
    return math.sqrt(b) if b > 1.0 else r


@program(59, args=lambda rng: (np.array([0.0, 1.0, 4.0]),), smooth=False, closed_form=lambda x: (np.array([0.0, 0.5, 0.25]),))
def where_with_root(x):
    s = 0.0
    for i in range(3):
        r = math.sqrt(x[i])
        s += r if x[i] > 0.0 else x[i] * 0.0
    return s


@program(59, args=lambda rng: (np.array([0.0, 2.0]),), smooth=False, closed_form=lambda x: (np.array([0.0, 0.5]),))
def where_with_log(x):
    s = 0.0
    for i in range(2):
        r = np.log(x[i])
        s += r if x[i] > 0.0 else 0.0
    return s


@program(59, args=scalars(0.0), smooth=False, closed_form=lambda a: (math.inf,))
def root_at_zero(a):
    return math.sqrt(a)


@program(59, args=scalars(0.0), smooth=False, closed_form=lambda a: (math.inf,))
def cube_root_at_zero(a):
    return np.cbrt(a)


@program(59, args=scalars(0.0), smooth=False, closed_form=lambda a: (math.inf,))
def log_at_zero(a):
    return math.log(a)


@program(59, args=scalars(1.0, 0.0), smooth=False, closed_form=lambda a, b: (0.0, 0.0),
         note="zero adjoints of functions with infinite partials")
def zero_times_infinite_partials(a, b):
    return 0.0 * math.asin(a) + 0.0 * math.acos(a) + 0.0 * math.sqrt(b) + 0.0 * math.acosh(a) + 0.0 * np.cbrt(b) + 0.0 * b ** 0.5


@program(59, args=lambda rng: (np.zeros(3),), smooth=False, closed_form=lambda x: (np.zeros(3),))
def norm_by_hypot_at_zero(x):
    s = 0.0
    for i in range(3):
        s = math.hypot(s, x[i])
    return s


@program(59, args=scalars(400.0, -400.0, 0.3))
def tanh_far_out(a, b, c):
    return math.tanh(a) + np.tanh(b) + math.tanh(c) * c


@program(59, args=scalars(1.5, 800.0, -3.0))
def logaddexp(a, b, c):
    return np.logaddexp(a, b) + np.logaddexp(a, c) * a + np.logaddexp2(a, c)


@program(59, args=scalars(1e-9, 1e-12))
def expm1_log1p_near_zero(a, b):
    return math.expm1(a) + math.log1p(b) + np.expm1(b * a) + np.log1p(a * a)


@program(59, args=scalars(0.0, 0.3), smooth=False)
def sinc(a, b):
    return np.sinc(a) + np.sinc(b) * b


@program(59, args=scalars(0.3, 2.5, -1.5))
def erf_gamma(a, b, c):
    return math.erf(a) + math.erfc(b) * a + math.gamma(b) + math.lgamma(b) * a + math.lgamma(c) + math.gamma(c)


@program(59, args=scalars(0.0, 2.0), smooth=False, oracle=False, closed_form=lambda a, b: (0.0, 0.5),
         note="lgamma at its pole in an unused branch")
def lgamma_pole_unused(a, b):
    p = math.lgamma(a)
    return math.log(b) if b > 1.0 else p


@program(59, args=scalars(0.3, 1.7))
def trigonometry(a, b):
    s = math.sin(a) * math.cos(b) + math.tan(a * b) + math.asin(a) + math.acos(a * 0.5)
    return s + math.atan(b) + math.atan2(a, b) + math.hypot(a, b)


@program(59, args=scalars(0.3, 1.7))
def hyperbolics(a, b):
    return math.sinh(a) * math.cosh(b) + math.tanh(a * b) + math.asinh(a) + math.acosh(b) + math.atanh(a)


@program(59, args=scalars(0.3, 1.7))
def exponentials(a, b):
    s = math.exp(a) + math.expm1(b) + math.log(b) + math.log1p(a) + math.log2(b)
    return s * math.log10(b) + math.exp2(a) + math.sqrt(a * b) + math.e ** a


@program(59, args=scalars(0.3, 1.7))
def degrees_radians(a, b):
    return math.degrees(a) * a + math.radians(b) * b + np.deg2rad(a) * b + np.rad2deg(b) * a


@program(59, args=scalars(0.3, 1.7))
def scalar_ufuncs(a, b):
    s = np.sin(a) * np.cos(b) + np.tan(a) + np.arcsin(a) + np.arccos(a) + np.arctan(b) + np.arctan2(a, b) + np.hypot(a, b)
    s += np.sinh(a) * np.cosh(b) + np.tanh(a) + np.arcsinh(a) + np.arccosh(b) + np.arctanh(a)
    return s * a


@program(59, args=scalars(0.3, 1.7))
def more_scalar_ufuncs(a, b):
    s = np.exp(a) + np.exp2(b) + np.expm1(a) + np.log(b) + np.log2(b) + np.log10(b) + np.log1p(a) + np.sqrt(a) + np.cbrt(b)
    s += np.square(a) + np.reciprocal(b) + np.fabs(a) + np.absolute(b) + np.negative(a)
    return s * b


@program(59, args=scalars(0.3, 1.7))
def binary_scalar_ufuncs(a, b):
    s = np.add(a, b) * np.subtract(a, b) + np.multiply(a, b) + np.divide(a, b) + np.true_divide(b, a)
    s *= np.power(a, b) + np.float_power(b, a)
    return s + np.mod(b, a) * a + np.fmod(b, a) * b + np.remainder(-b, a) * a + np.floor_divide(b, a) * b


@program(59, 57, args=scalars(0.3, 1.7))
def piecewise_constant_ufuncs(a, b):
    s = np.floor(b) * a + np.ceil(a) * b + np.trunc(b) * a + np.rint(b) * a + np.sign(a) * b
    return s + np.spacing(a) * b + np.round(b) * a


@program(60, args=scalars(1.3, -0.4))
def copysign(a, b):
    return math.copysign(a, b) * a + np.copysign(b, a) * b + math.copysign(a * b, 1.0) + math.copysign(2.0, b) * a


@program(60, args=scalars(-0.0, 0.0), smooth=False, closed_form=lambda a, b: (0.0, 0.0), note="as abs at 0")
def copysign_of_zero(a, b):
    return math.copysign(a, b)


@program(60, args=scalars(7.3, -2.1))
def fmod(a, b):
    return np.fmod(a, b) * a + np.fmod(-a, b) * b + np.fmod(b, a)


@program(60, args=scalars(1.3, -0.4))
def ldexp_frexp(a, b):
    m, e = math.frexp(a * 5.0)
    return math.ldexp(a, 3) * b + m * m + e * b + math.ldexp(b, -e)


@program(60, args=scalars(1.3, -0.4), smooth=False, closed_form=lambda a, b: (1.0 + 2.0 * a, 0.0), tolerance=1e-10)
def nextafter(a, b):
    return np.nextafter(a, b) + a * a


@program(61, args=scalars(1.3, -0.4), oracle=False)
def complex_product(a, b):
    z = complex(a, b)
    w = z * z + z.conjugate() / (z + 2.0)
    return w.real * w.imag


@program(61, args=scalars(1.3, -0.4), oracle=False)
def complex_magnitude(a, b):
    z = complex(a, b)
    return abs(z) + (z * 1j).real


@program(62, args=lambda rng: (np.float32(1.3), 0.7), tolerance=1e-5)
def mixed_precision(a, b):
    c = np.float32(b * 1.5)
    return a * c * b + np.float64(a) * np.sin(c)


@program(62, args=lambda rng: (np.float32(1.3), np.float32(0.7)), tolerance=1e-5)
def single_precision(a, b):
    return a * b + np.float32(2.0) * np.sin(a) / b


@program(62, args=lambda rng: (np.float32(1.3), np.float32(0.7)), tolerance=1e-5)
def single_precision_functions(a, b):
    return np.exp(a) * np.sqrt(b) + np.tanh(a) + math.atan2(a, b) + math.hypot(a, b) + a ** b + np.log1p(b) + a ** 2 + math.erf(a)


@program(62, args=lambda rng: (rng.normal(size=5).astype(np.float32), np.float32(0.7)), tolerance=1e-5)
def single_precision_loop(x, a):
    s = np.float32(0.0)
    for i in range(len(x)):
        x[i] = np.float32(math.sin(x[i])) * a
        s += x[i] * x[i]
    return s


@program(63, args=scalars(-1.3, 0.4))
def sign_bits(a, b):
    return math.fabs(a) * b + -a * b + abs(-b) * a + math.copysign(abs(a), b) + (-abs(a)) * b


@program(63, args=lambda rng: (rng.normal(size=5),))
def signs_in_loop(x):
    s = 0.0
    for i in range(5):
        v = -x[i] if x[i] < 0.0 else x[i]
        s += v * x[i] - abs(-x[i])
        if np.signbit(x[i]):
            s -= x[i]
    return s


@program(64, args=lambda rng: (rng.normal(size=6), rng.normal(size=6)), fastmath=True)
def contracted_products(x, y):
    s, t = 0.0, 1.0
    for i in range(6):
        s = s + x[i] * y[i]
        t = t * 0.5 + x[i]
    return s * t


@program(64, 67, args=lambda rng: (rng.uniform(0.5, 1.5, size=6), 1.2), fastmath=True)
def reassociated_expressions(x, a):
    s = 0.0
    for i in range(6):
        s += (x[i] + a) + (x[i] - a) + x[i] / a + math.sqrt(x[i]) * math.exp(-x[i])
    return s


@program(65, args=lambda rng: (rng.normal(size=40),), fastmath=True)
def vector_max(x):
    s, m = 0.0, -1e300
    for i in range(len(x)):
        m = max(m, x[i])
        s += x[i] * 0.5
    return m * s


@program(65, args=lambda rng: (rng.normal(size=40), rng.integers(0, 40, size=40)))
def gathers(x, index):
    s = 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            s += x[index[i]] * x[i]
    return s


@program(66, args=lambda rng: (rng.normal(size=4), 2))
def undefined_until_assigned(x, n):
    s = 0.0
    for i in range(4):
        if i >= n:
            v = x[i] * x[i]
        if i >= n:
            s += v * x[0]
    return s


@program(67, args=scalars(0.0, 2.0), smooth=False, closed_form=lambda a, b: (0.0, 0.25 * math.sqrt(2.0)), fastmath=True)
def guard_under_fastmath(a, b):
    r = math.sqrt(a)
    return math.sqrt(b) if b > 1.0 else r


@program(67, args=scalars(1.3, 0.4), fastmath=True)
def fastmath_functions(a, b):
    return math.exp(a) * math.sin(b) / a + math.log(a) ** 2 + a ** 3 + math.tanh(a * b)


@program(68, args=lambda rng: (np.array([5e-320, 1e-310, 2.0]), 3.0), smooth=False)
def denormals(x, a):
    s = 0.0
    for i in range(3):
        s += x[i] * a
        x[i] = x[i] * 0.5
    return s * 1e10


@program(69, args=lambda rng: (np.array([-0.0, 0.0, -1.0]), 0.3), smooth=False)
def negative_zero_branches(x, a):
    s = 0.0
    for i in range(3):
        if math.copysign(1.0, x[i]) < 0.0:
            s += x[i] * a * 2.0 + a
        elif x[i] >= 0.0:
            s += x[i] * a * 3.0 + a * a
    return s


@program(70, args=scalars(1.3), closed_form=lambda a: (0.0,))
def constant_result(a):
    return 4.0 if a * a >= 0.0 else -4.0


@program(70, args=lambda rng: (rng.normal(size=3), 0.4), note="an argument without influence gets zeros")
def unused_argument(x, a):
    return a * a


@program(71, args=scalars(1.3, 0.4))
def dead_active_code(a, b):
    c = math.exp(a) * b
    d = c * c
    e = math.log(abs(d) + 1.0)
    return a * b if e > -1.0 else d


@program(71, args=lambda rng: (rng.normal(size=4),))
def dead_stores(x):
    work = np.zeros(4)
    for i in range(4):
        work[i] = math.sin(x[i])
        work[i] = x[i] * x[i]
    return work[1] + work[2]


@program(72, args=scalars(1.3))
def huge_and_tiny_constants(a):
    return a * 1e300 * 1e-300 + a * 0.5 * 1.7976931348623157e308 * 1e-308 + a * 5e-324 + a * 0.1 + (-0.0) * a + a * math.pi


@program(72, args=scalars(1.3))
def infinite_constants(a):
    m = math.inf
    n = -math.inf
    m = min(m, a * a)
    n = max(n, a)
    return m * n


@program(44, 57, args=lambda rng: (rng.normal(size=7),))
def running_maximum(x):
    m = -math.inf
    s = 0.0
    for i in range(7):
        m = max(m, x[i])
        s += m * x[i]
    return s


@program(51, args=scalars(1.3, 0.0), smooth=False, oracle=False, closed_form=lambda a, b: (math.inf, -math.inf), error_model="numpy")
def division_by_zero_numpy(a, b):
    return a / b


@program(51, 56, args=scalars(1.3, 0.7), error_model="numpy")
def numpy_error_model(a, b):
    return a / b + a // b * a + a % b * b
