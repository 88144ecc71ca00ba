"""Complex numbers: as arguments, in arrays, inside tuples, and in the middle of a computation on floats.

The twins compute the same over pairs of floats. Where there is none, the closed form rests on the rules of Cauchy and Riemann: the
gradient of Re F(z) is conj(F'(z)), that of Im F(z) is conj(-i F'(z)).
"""
import cmath
import math

import numpy as np
from numba import njit

from tests.support.program import program


def numbers(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def analytic(slope):
    """The closed form of Re f + 2 Im f for an analytic f of one argument with this derivative."""
    return lambda z: (np.conj((1 - 2j) * slope(z)),)


Z = 1.2 - 0.7j


@program(61, args=lambda rng: (Z, 0.3 + 1.1j), twin=lambda z, w: _arithmetic(z, w))
def complex_arithmetic(z, w):
    a = z * w - z.conjugate() / (w + 2.0) + 3.0 * z - w / 2.0
    b = -a + 1j * z
    return b.real * b.imag + abs(b) - abs(a) ** 2


def _times(a, b):
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _over(a, b):
    n = b[0] * b[0] + b[1] * b[1]
    return (a[0] * b[0] + a[1] * b[1]) / n, (a[1] * b[0] - a[0] * b[1]) / n


def _arithmetic(z, w):
    p, q = _times(z, w), _over((z[0], -z[1]), (w[0] + 2.0, w[1]))
    a = (p[0] - q[0] + 3.0 * z[0] - w[0] / 2.0, p[1] - q[1] + 3.0 * z[1] - w[1] / 2.0)
    b = (-a[0] - z[1], -a[1] + z[0])
    return b[0] * b[1] + math.sqrt(b[0] * b[0] + b[1] * b[1]) - (a[0] * a[0] + a[1] * a[1])


@program(61, args=lambda rng: (Z,), oracle=False,
         closed_form=analytic(lambda z: cmath.cos(z) * 1.5 - cmath.exp(-z) + 1 / (2 * cmath.sqrt(z)) + 1 / z))
def functions_of_cmath(z):
    w = 1.5 * cmath.sin(z) + cmath.exp(-z) + cmath.sqrt(z) + cmath.log(z)
    return w.real + 2.0 * w.imag


@program(61, args=lambda rng: (Z,), oracle=False,
         closed_form=analytic(lambda z: cmath.sinh(z) + 1 / (1 + z * z) + 1 / cmath.cosh(z) ** 2 + 1 / cmath.cos(z) ** 2))
def more_functions_of_cmath(z):
    w = cmath.cosh(z) + cmath.atan(z) + cmath.tanh(z) + cmath.tan(z)
    return w.real + 2.0 * w.imag


@program(61, args=lambda rng: (0.4 - 0.3j,), oracle=False,
         closed_form=analytic(lambda z: (1 - z * z) ** -0.5 * 2 + (1 + z * z) ** -0.5 + 1 / (1 - z * z) - (1 - z * z) ** -0.5))
def inverse_functions_of_cmath(z):
    w = 2.0 * cmath.asin(z) + cmath.asinh(z) + cmath.atanh(z) + cmath.acos(z)
    return w.real + 2.0 * w.imag


@program(61, args=lambda rng: (numbers(rng, 4),), oracle=False, tolerance=1e-12,
         closed_form=analytic(lambda z: np.exp(z) + np.cos(z) - np.sin(z) + 0.5 / np.sqrt(z) + 1 / z))
def functions_of_numpy(z):
    w = (np.exp(z) + np.sin(z) + np.cos(z) + np.sqrt(z) + np.log(z)).sum()
    return w.real + 2.0 * w.imag


@program(61, args=lambda rng: (numbers(rng, 5),),
         twin=lambda z: sum((a * a + b * b) * b + math.atan2(b, a) * a for a, b in zip(*z, strict=True)))
def angles_and_magnitudes(z):
    s = 0.0
    for i in range(len(z)):
        s += abs(z[i]) ** 2 * z[i].imag + np.angle(z[i]) * z.real[i]
    return s


@program(61, args=lambda rng: (Z, 0.3 + 1.1j), oracle=False,
         closed_form=lambda z, w: (np.conj((1 - 2j) * w * z ** (w - 1)), np.conj((1 - 2j) * z ** w * cmath.log(z))))
def complex_power(z, w):
    p = z ** w
    return p.real + 2.0 * p.imag


@program(61, args=lambda rng: (Z, 2.0 + 0j), oracle=False,
         closed_form=lambda z, w: (np.conj((1 - 2j) * 2 * z), np.conj((1 - 2j) * z * z * cmath.log(z))))
def complex_power_of_two_by_its_exponent(z, w):
    p = z ** w
    return p.real + 2.0 * p.imag


@program(61, args=lambda rng: (numbers(rng, 3),), oracle=False, tolerance=1e-12,
         closed_form=analytic(lambda z: 2 * z + 3 * z ** 2 + 2.5 * z ** 1.5 - 1 / z ** 2 + 4 * z ** 3))
def constant_powers(z):
    w = (z ** 2 + z ** 3 + z ** 2.5 + z ** -1 + np.power(z, 4)).sum()
    return w.real + 2.0 * w.imag


@program(61, args=lambda rng: (0j,), oracle=False, smooth=False, closed_form=lambda z: (np.conj((1 - 2j) * 3),))
def powers_at_zero(z):
    w = z ** 2 + 3.0 * z ** 1 + z ** 0 + z ** 3
    return w.real + 2.0 * w.imag


@program(61, args=lambda rng: (np.complex64(Z), numbers(rng, 3).astype(np.complex64), 0.7), tolerance=2e-6,
         twin=lambda z, x, a: _single(z, x, a))
def single_precision_complex(z, x, a):
    s = 0.0
    for i in range(len(x)):
        w = x[i] * z * a
        s += w.real * w.imag + abs(x[i])
    return s


def _single(z, x, a):
    s = 0.0
    for p, q in zip(*x, strict=True):
        re, im = _times((p, q), z)
        s += (re * a) * (im * a) + np.hypot(p, q)
    return s


def _transform(z, out):
    """The discrete Fourier transform, term by term; then the squared magnitudes."""
    n = z[0].shape[0]
    s = 0.0
    for k in range(n):
        re = im = 0.0
        for j in range(n):
            c, d = math.cos(-2 * math.pi * j * k / n), math.sin(-2 * math.pi * j * k / n)
            re, im = re + z[0][j] * c - z[1][j] * d, im + z[0][j] * d + z[1][j] * c
        out[0][k], out[1][k] = re, im
        s += (re * re + im * im) * k
    return s


@program(61, args=lambda rng: (numbers(rng, 6), numbers(rng, 6)), twin=_transform)
def fourier_transform(z, out):
    n = z.shape[0]
    s = 0.0
    for k in range(n):
        out[k] = 0
        for j in range(n):
            out[k] += z[j] * cmath.exp(-2j * math.pi * j * k / n)
        s += abs(out[k]) ** 2 * k
    return s


def _squared(z, n):
    re, im = z
    for _ in range(n):
        re, im = re * re - im * im + 0.3, 2.0 * re * im - 0.1
    return re * re + im * im


@program(61, args=lambda rng: (0.1 + 0.2j, 9), twin=_squared)
def mandelbrot_orbit(z, n):
    for _ in range(n):
        z = z * z + (0.3 - 0.1j)
    return z.real * z.real + z.imag * z.imag


def _recurrence(c, n):
    a, b = c, (c[0] * c[0] - c[1] * c[1], 2 * c[0] * c[1])
    for _ in range(2, n):
        a, b = b, tuple(0.5 * x + y for x, y in zip(_times(b, a), c, strict=True))
    return b[0] * b[1]


@program(61, args=lambda rng: (0.4 + 0.3j, 8), twin=_recurrence)
def local_complex_array(c, n):
    z = np.zeros(n, np.complex128)
    z[0], z[1] = c, c * c
    for i in range(2, n):
        z[i] = 0.5 * z[i - 1] * z[i - 2] + c
    return z[n - 1].real * z[n - 1].imag


@program(61, 12, args=lambda rng: ((Z, numbers(rng, 3), 2.0, 3),), activities=("active",),
         twin=lambda t: sum((p * t[0][0] - q * t[0][1]) * t[2] for p, q in zip(*t[1], strict=True)) + t[3] * t[0][1])
def tuple_with_complex(t):
    return (t[1] * t[0]).sum().real * t[2] + t[3] * t[0].imag


def _matrix(a, x):
    n = a[0].shape[0]
    for i in range(n):
        y = [_times((a[0][i, j], a[1][i, j]), (x[0][j], x[1][j])) for j in range(n)]
        a[0][i, i], a[1][i, i] = sum(t[0] for t in y), sum(t[1] for t in y)


@program(61, 8, args=lambda rng: (np.asfortranarray(numbers(rng, 3, 3)), numbers(rng, 6)[::2]), twin=_matrix)
def complex_matrix_written(a, x):
    for i in range(a.shape[0]):
        y = 0j
        for j in range(a.shape[1]):
            y += a[i, j] * x[j]
        a[i, i] = y


def _views(x):
    return sum(x[2 * k] * x[2 * k + 1] * (k + 1) for k in range(len(x) // 2)) + x[0] * x[0]


@program(61, 22, args=lambda rng: (rng.normal(size=6),), twin=_views)
def floats_seen_as_complex(x):
    z = x.view(np.complex128)
    s = 0.0
    for k in range(len(z)):
        s += z[k].real * z[k].imag * (k + 1)
    return s + x[0] * x[0]


@program(61, 22, args=lambda rng: (numbers(rng, 3),), twin=lambda z: _seen(z))
def complex_seen_as_floats(z):
    x = z.view(np.float64)
    s = 0.0
    for k in range(len(x)):
        s += (k + 1) * x[k] * x[k]
    return s


def _seen(z):
    return sum((2 * k + 1) * z[0][k] * z[0][k] + (2 * k + 2) * z[1][k] * z[1][k] for k in range(z[0].shape[0]))


@program(args=lambda rng: (rng.normal(size=6),), oracle=False, refused="float32 and as float64|floats, accessed as|bitcast")
def floats_seen_as_another_width(x):
    y = x.view(np.float32)
    return x[0] * x[1] + y[3]


@njit
def _rotated(z, angle):
    return z * complex(math.cos(angle), math.sin(angle))


def _turned(a, b, angle):
    return (a * math.cos(angle) - b * math.sin(angle)) * (a * math.sin(angle) + b * math.cos(angle))


@program(61, args=lambda rng: (1.3, 0.4, 0.7), twin=_turned)
def complex_inside(a, b, angle):
    w = _rotated(complex(a, b), angle)
    return w.real * w.imag


@program(61, args=lambda rng: (0j, 3 + 0j), smooth=False, oracle=False, closed_form=lambda z, w: (0j, 1 + 0j))
def magnitude_at_zero(z, w):
    return abs(z) + abs(w)
