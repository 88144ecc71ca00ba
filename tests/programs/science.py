"""Small real programs: what people differentiate."""
import math

import numpy as np
from numba import njit

from tests.support.program import program


@program(49, args=lambda rng: (rng.uniform(0.0, 1.0, size=8),))
def embedded_atom(x):
    rho = 0.0
    for i in range(len(x)):
        rho += math.exp(-3.0 * (x[i] + 1.0))
    return rho ** 2 + rho ** 3 + 0.25 * rho ** 4


@program(38, args=lambda rng: (rng.normal(size=(5, 3)), rng.uniform(0.5, 2.0, size=5)))
def n_body_energy(x, m):
    e = 0.0
    for i in range(5):
        for j in range(i):
            r2 = 0.0
            for k in range(3):
                d = x[i, k] - x[j, k]
                r2 += d * d
            e -= m[i] * m[j] / math.sqrt(r2 + 0.01)
    return e


@program(38, args=lambda rng: (rng.uniform(0.0, 4.0, size=(5, 2)), 4.0))
def lennard_jones_periodic(x, box):
    e = 0.0
    for i in range(5):
        for j in range(i + 1, 5):
            r2 = 0.1
            for k in range(2):
                d = x[i, k] - x[j, k]
                d -= box * math.floor(d / box + 0.5)
                r2 += d * d
            if r2 < 4.0:
                s = 1.0 / (r2 * r2 * r2)
                e += 4.0 * (s * s - s) * 1e-3
    return e


@program(16, args=lambda rng: (rng.uniform(0.1, 1.0, size=8), 5, 0.2))
def heat_equation(u, steps, c):
    a, b = u.copy(), u.copy()
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            b[i] = a[i] + c * (a[i - 1] - 2.0 * a[i] + a[i + 1])
        a, b = b, a
    s = 0.0
    for i in range(len(u)):
        s += a[i] * a[i]
    return s


@program(16, args=lambda rng: (rng.uniform(0.1, 1.0, size=6), rng.uniform(0.1, 1.0, size=6), 4))
def wave_equation_leapfrog(u, v, steps):
    for _ in range(steps):
        for i in range(1, 5):
            v[i] += 0.1 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) * (1.0 + u[i] * u[i])
        for i in range(6):
            u[i] += 0.1 * v[i]


@program(38, args=lambda rng: ((lambda b: b @ b.T + 4.0 * np.eye(4))(rng.normal(size=(4, 4))),))
def cholesky_by_hand(a):
    n = a.shape[0]
    for j in range(n):
        for k in range(j):
            a[j, j] -= a[j, k] * a[j, k]
        a[j, j] = math.sqrt(a[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
    s = 0.0
    for j in range(n):
        s += math.log(a[j, j])
    return s


@program(38, args=lambda rng: (rng.normal(size=(3, 3)) + 3.0 * np.eye(3), rng.normal(size=3)))
def gaussian_elimination(a, b):
    n = len(b)
    for k in range(n):
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            for j in range(k, n):
                a[i, j] -= m * a[k, j]
            b[i] -= m * b[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            b[k] -= a[k, j] * b[j]
        b[k] /= a[k, k]
    return b[0] * b[1] + b[2]


@program(43, args=lambda rng: (rng.normal(size=5), rng.normal(size=5)))
def dynamic_programming_table(x, y):
    n = len(x)
    t = np.zeros((n + 1, n + 1))
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            d = x[i - 1] - y[j - 1]
            t[i, j] = d * d + 0.3 * t[i - 1, j - 1] + 0.3 * t[i - 1, j] + 0.3 * t[i, j - 1]
    return t[n, n]


@program(57, args=lambda rng: (rng.normal(size=5), rng.normal(size=4)))
def dynamic_time_warping(x, y):
    t = np.full((6, 5), 1e10)
    t[0, 0] = 0.0
    for i in range(1, 6):
        for j in range(1, 5):
            best = min(t[i - 1, j - 1], t[i - 1, j], t[i, j - 1])
            t[i, j] = abs(x[i - 1] - y[j - 1]) + best
    return t[5, 4]


@program(59, args=lambda rng: (rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=(3, 2)), rng.normal(size=(6, 2))),
         activities=("duplicated", "duplicated", "duplicated", "const"))
def gaussian_mixture(mu, w, logs, data):
    total = 0.0
    terms = np.empty(3)
    for n in range(data.shape[0]):
        top = -math.inf
        for k in range(3):
            t = w[k]
            for d in range(2):
                z = (data[n, d] - mu[k, d]) * math.exp(logs[k, d])
                t += logs[k, d] - 0.5 * z * z
            terms[k] = t
            top = max(top, t)
        s = 0.0
        for k in range(3):
            s += math.exp(terms[k] - top)
        total += top + math.log(s)
    return total


@program(31, args=lambda rng: (1.2, 0.5))
def kepler_equation(m, e):
    x = m
    for _ in range(50):
        d = (x - e * math.sin(x) - m) / (1.0 - e * math.cos(x))
        x -= d
        if abs(d) < 1e-14:
            break
    return math.sin(x) * e + x


@program(59, args=lambda rng: (100.0, 95.0, 0.5, 0.02, 0.25))
def black_scholes(s, k, t, r, v):
    d1 = (math.log(s / k) + (r + 0.5 * v * v) * t) / (v * math.sqrt(t))
    d2 = d1 - v * math.sqrt(t)
    return s * _normal(d1) - k * math.exp(-r * t) * _normal(d2)


@njit
def _normal(x):
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@program(14, args=lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=4), rng.normal(size=4), rng.normal(size=3)))
def two_layer_network(w, b, v, x):
    y = 0.0
    hidden = np.empty(4)
    for i in range(4):
        z = b[i]
        for j in range(3):
            z += w[i, j] * x[j]
        hidden[i] = math.tanh(z)
    for i in range(4):
        y += v[i] * hidden[i]
    return 1.0 / (1.0 + math.exp(-y))


@program(14, 16, args=lambda rng: (rng.normal(size=(4, 2)), rng.normal(size=(5, 1)), rng.normal(size=2)))
def recurrent_cell(w, x, h0):
    h, c = h0.copy(), np.zeros(2)
    for t in range(5):
        for i in range(2):
            f = 1.0 / (1.0 + math.exp(-(w[0, i] * x[t, 0] + w[1, i] * h[i])))
            g = math.tanh(w[2, i] * x[t, 0] + w[3, i] * h[1 - i])
            c[i] = f * c[i] + (1.0 - f) * g
        for i in range(2):
            h[i] = math.tanh(c[i])
    return h[0] * h[1] + c[0]


@program(31, 36, args=lambda rng: (1.0, 0.5, 0.1))
def adaptive_step_ode(y, k, dt):
    t, steps = 0.0, 0
    while t < 1.0 and steps < 100:
        full = y + dt * k * math.sin(y)
        half = y + 0.5 * dt * k * math.sin(y)
        half = half + 0.5 * dt * k * math.sin(half)
        error = abs(full - half)
        if error < 1e-3:
            y = half
            t += dt
            if error < 1e-5:
                dt = dt * 1.5
        else:
            dt = dt * 0.5
        steps += 1
    return y


@njit
def _field(y, s, out):
    out[0] = s * (y[1] - y[0])
    out[1] = y[0] * (2.0 - y[2]) - y[1]
    out[2] = y[0] * y[1] - y[2]


@program(14, 74, args=lambda rng: (rng.normal(size=3), 1.5, 4))
def runge_kutta(y, s, steps):
    k1, k2, w = np.empty(3), np.empty(3), np.empty(3)
    for _ in range(steps):
        _field(y, s, k1)
        for i in range(3):
            w[i] = y[i] + 0.05 * k1[i]
        _field(w, s, k2)
        for i in range(3):
            y[i] += 0.1 * k2[i]
    return y[0] * y[2]


@program(62, 39, args=lambda rng: (0.3, 3.6, 40), tolerance=1e-7, smooth=False, note="chaotic: errors grow with the steps")
def logistic_map(x, r, n):
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


@program(38, 35, args=lambda rng: (0.6, 6))
def legendre_recurrence(x, n):
    p, q = 1.0, x
    s = p + q
    for k in range(1, n):
        p, q = q, ((2 * k + 1) * x * q - k * p) / (k + 1)
        s += q * q
    return s


@program(18, 20, args=lambda rng: (rng.normal(size=8), rng.normal(size=3)))
def convolution(x, k):
    y = np.zeros(6)
    for i in range(6):
        for j in range(3):
            y[i] += x[i + j] * k[j]
    for i in range(6):
        y[i] = max(y[i], 0.1 * y[i])
    return (y * y).sum()


@program(63, 57, args=lambda rng: (rng.normal(size=(4, 4)) + 2.0, 0.3, 0.6))
def bilinear_interpolation(table, u, v):
    p, q = u * 3.0, v * 3.0
    i, j = int(p), int(q)
    a, b = p - i, q - j
    top = table[i, j] * (1.0 - b) + table[i, j + 1] * b
    low = table[i + 1, j] * (1.0 - b) + table[i + 1, j + 1] * b
    return (top * (1.0 - a) + low * a) ** 2


@program(17, 48, args=lambda rng: (np.sort(rng.uniform(0.0, 1.0, size=6)), rng.normal(size=6), 0.45))
def binary_search_interpolation(knots, values, t):
    low, high = 0, 5
    while high - low > 1:
        middle = (low + high) // 2
        if knots[middle] > t:
            high = middle
        else:
            low = middle
    w = (t - knots[low]) / (knots[high] - knots[low])
    return values[low] * (1.0 - w) + values[high] * w


@program(46, 77, args=lambda rng: (rng.normal(size=6),))
def insertion_sort_by_hand(x):
    for i in range(1, 6):
        v = x[i]
        j = i - 1
        while j >= 0 and x[j] > v:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = v
    return x[0] * x[5] + x[2]


@program(49, 14, args=lambda rng: (rng.normal(size=5), rng.normal(size=5), 0.5))
def kalman_filter(z, q, r):
    x, p = 0.0, 1.0
    s = 0.0
    for i in range(5):
        p = p + q[i] * q[i]
        k = p / (p + r * r)
        e = z[i] - x
        s += e * e / (p + r * r) + math.log(p + r * r)
        x = x + k * e
        p = (1.0 - k) * p
    return s


@program(64, 57, args=lambda rng: (rng.normal(size=7),))
def softmax_entropy(x):
    top = x.max()
    e = np.exp(x - top)
    p = e / e.sum()
    return -(p * np.log(p)).sum()


@program(62, 44, args=lambda rng: (rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)), tolerance=1e-5)
def single_precision_layer(w, x):
    s = np.float32(0.0)
    for i in range(4):
        z = np.float32(0.0)
        for j in range(3):
            z += w[i, j] * x[j]
        s += z if z > np.float32(0.0) else np.float32(0.1) * z
    return s * s
