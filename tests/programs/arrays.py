"""Whole arrays: constructors, slices, views, transposes, iteration, expressions and reductions."""
import numpy as np

from tests.support.program import program


def vector(n):
    """Arguments: one vector."""
    return lambda rng: (rng.normal(size=n),)


@program(15, args=vector(4))
def constructors(x):
    a, b, c, d = np.zeros(4), np.ones(4), np.full(4, 2.5), np.empty(4)
    for i in range(4):
        a[i] += x[i]
        b[i] *= x[i]
        c[i] *= x[i] * b[i]
        d[i] = a[i] * c[i]
    return d[0] + d[3] * b[1]


@program(15, args=vector(4))
def constructors_like(x):
    a, b, c = np.zeros_like(x), np.empty_like(x), x.copy()
    for i in range(4):
        b[i] = c[i] * x[3 - i]
        a[i] += b[i] * b[0]
        c[i] = 0.0
    return a.sum() + c[2]


@program(15, args=lambda rng: (0.7, 3))
def full_of_active_value(a, n):
    x = np.full((n, 2), a * a)
    x[0, 1] *= 3.0
    return x[0, 1] * x[2, 0]


@program(15, 8, args=lambda rng: (rng.normal(size=(2, 3)),))
def local_matrices(x):
    t = np.zeros((3, 2))
    for i in range(2):
        for j in range(3):
            t[j, i] = x[i, j] * x[i, j]
    u = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            u[i, j] = 0.0
            for k in range(3):
                u[i, j] += x[i, k] * t[k, j]
    return u[0, 1] * u[1, 0] + u[1, 1]


@program(18, args=lambda rng: (rng.normal(size=(2, 3)),))
def copies(x):
    y = x.copy()
    z = np.copy(y)
    y[0, 0] = x[1, 2] * 2.0
    z[1, :] = y[0, :]
    return (y * z).sum()


@program(20, args=vector(6))
def slices(x):
    y = x[1:5]
    z = y[::2]
    z[0] = z[1] * x[0]
    y[1] *= x[1]
    return y[1] * x[5] + z[0]


@program(20, 7, args=vector(6))
def reversed_slices(x):
    y = x[::-1]
    y[0] = y[1] * y[5]
    w = x[4:1:-1]
    return w[0] * y[2] + w[2] * x[5]


@program(20, args=vector(6))
def negative_indices(x):
    x[-1] = x[-2] * x[-6]
    return x[-1] * x[5] + x[-3:][0] * x[:-4][1]


@program(20, args=lambda rng: (rng.normal(size=(3, 4)),))
def matrix_slices(x):
    x[1:, ::2] = x[:2, 1::2] * 2.0
    row, column = x[2], x[:, 3]
    return row[0] * column[0] + row[3] * column[1]


@program(5, 20, args=lambda rng: (rng.normal(size=(3, 4)),))
def overlapping_matrix_slices(x):
    x[1:, 1:] = x[:-1, :-1]
    x[:, 0] = x[:, 3]
    return x[2, 2] * x[1, 0]


@program(20, 8, args=lambda rng: (rng.normal(size=(3, 2)),))
def transposes(x):
    y = x.T
    y[0, 2] = y[1, 0] * y[1, 1]
    z = np.transpose(y)
    return z[2, 0] * x[2, 1] + y.T[0, 0]


@program(20, 8, args=lambda rng: (rng.normal(size=(2, 3, 2)),))
def transposed_axes(x):
    y = x.transpose(2, 0, 1)
    s = 0.0
    for i in range(2):
        for j in range(2):
            for k in range(3):
                s += y[i, j, k] * x[0, k, i]
    return s


@program(13, 8, args=vector(6))
def reshapes(x):
    m = x.reshape(2, 3)
    m[0, 1] = m[1, 2] * m[0, 0]
    f = m.ravel()
    return f[1] * f[5] + m.flatten()[4]


@program(13, args=lambda rng: (rng.normal(size=(2, 3)),))
def iteration_over_rows(x):
    s = 0.0
    for row in x:
        for v in row:
            s = s * v + v * v
    return s


@program(13, args=lambda rng: (rng.normal(size=(2, 3)),))
def iteration_flat(x):
    s = 0.0
    for v in x.flat:
        s += v * v * s + v
    for v in np.nditer(x):
        s += v.item() * 0.5
    return s


@program(13, args=lambda rng: (rng.normal(size=(2, 3)),))
def iteration_with_indices(x):
    s = 0.0
    for (i, j), v in np.ndenumerate(x):
        s += v * x[1 - i, 2 - j]
    for i, j in np.ndindex(2, 3):
        x[i, j] *= s
    return s


@program(13, args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def iteration_zipped(x, y):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, y)):  # noqa: B905
        s += a * b * i
    return s


@program(64, args=lambda rng: (rng.normal(size=5), rng.normal(size=5)))
def whole_array_expression(x, y):
    z = x * y + 2.0 * x - y / 3.0
    return z.sum() * z[0]


@program(64, args=lambda rng: (rng.normal(size=5), rng.normal(size=5)))
def whole_array_functions(x, y):
    z = np.sin(x) * np.exp(-y * y) + np.sqrt(1.0 + x ** 2) - np.tanh(x * y)
    return z.sum()


@program(64, args=lambda rng: (rng.normal(size=(3, 1)), rng.normal(size=4)))
def broadcast_expression(x, y):
    z = x * y + y
    return (z * z).sum()


@program(64, args=lambda rng: (rng.normal(size=5), rng.normal(size=5)))
def in_place_expressions(x, y):
    x += y * x
    x *= 2.0
    y -= x
    y /= 3.0
    return (x * y).sum()


@program(64, args=lambda rng: (rng.normal(size=5), rng.normal(size=5)))
def ufuncs_into_outputs(x, y):
    z = np.empty(5)
    np.multiply(x, y, z)
    np.add(z, x, z)
    np.exp(z, y)
    return z[0] * y[1]


@program(64, args=lambda rng: (rng.normal(size=(2, 3)) + 3.0,))
def reductions(x):
    return x.sum() * x.mean() + np.sum(x) * np.mean(x) + x.prod()


@program(64, 57, args=lambda rng: (rng.normal(size=6),))
def extremes(x):
    return x.max() * x.min() + np.max(x) * x[0] + np.min(x)


@program(64, args=lambda rng: (rng.normal(size=6),))
def variance(x):
    return x.var() * np.std(x) + np.var(x)


@program(64, args=lambda rng: (rng.normal(size=(3, 2)),))
def sums_along_axes(x):
    a = x.sum(axis=0)
    b = np.sum(x, axis=1)
    return a[0] * a[1] + b[0] * b[2]


@program(57, args=lambda rng: (rng.normal(size=6), rng.normal(size=6)))
def where_on_arrays(x, y):
    z = np.where(x > y, x * x, y * 3.0)
    return (z * x).sum()


@program(57, args=lambda rng: (rng.normal(size=6) * 2.0,))
def clip_array(x):
    return (np.clip(x, -1.0, 1.5) * x).sum()


@program(57, args=lambda rng: (rng.normal(size=6), rng.normal(size=6)))
def maximum_on_arrays(x, y):
    return (np.maximum(x, y) * np.minimum(x, 0.3) + np.abs(y) * np.sign(x)).sum()


@program(54, args=lambda rng: (rng.normal(size=5) * 3.0,))
def casts_of_arrays(x):
    k = x.astype(np.int64)
    y = x.astype(np.float32).astype(np.float64)
    return (k * x).sum() + (x * 2.0).sum() * (y[0] - y[0])


@program(26, 62, args=lambda rng: (rng.normal(size=5).astype(np.float32),), tolerance=1e-5)
def float32_arrays(x):
    y = x * x + np.float32(2.0) * x
    z = np.zeros(5, dtype=np.float32)
    z[1:4] = y[:3]
    return z.sum() * y[4]


@program(26, 62, args=lambda rng: (rng.normal(size=5).astype(np.float32), rng.normal(size=5)), tolerance=1e-5)
def mixed_precision_arrays(x, y):
    z = x * y
    x[:] = z
    return z.sum() + x[2]


@program(5, 64, args=lambda rng: (rng.uniform(0.1, 1.0, size=7), 3))
def time_stepping_expression(u, steps):
    for _ in range(steps):
        u = u[1:-1] + 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * u[1:-1] if len(u) > 2 else u
    return u[0]


@program(16, 24, args=lambda rng: (rng.uniform(0.1, 1.0, size=6), 4))
def time_stepping_with_reallocation(u, steps):
    for _ in range(steps):
        v = u.copy()
        v[1:-1] = u[1:-1] + 0.2 * u[1:-1] * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u = v
    return (u * u).sum()


@program(16, 24, args=lambda rng: (rng.uniform(0.1, 1.0, size=5), 4))
def whole_array_recurrence(u, steps):
    v = np.zeros_like(u)
    for k in range(steps):
        v = 0.5 * v + u * u * (k + 1)
        u = np.sin(u) + 0.1 * v
    return u.sum() * v[0]


@program(8, 24, args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=(4, 2))))
def matrix_product_by_rows(a, b):
    c = np.zeros((3, 2))
    for i in range(3):
        for j in range(2):
            c[i, j] = (a[i, :] * b[:, j]).sum()
    return c[0, 0] * c[2, 1]


@program(14, args=lambda rng: (rng.normal(size=5),))
def array_of_constants_inside(x):
    w = np.array([1.0, -2.0, 0.5])
    s = 0.0
    for i in range(3):
        for j in range(3):
            s += w[j] * x[i + j] * x[i]
    return s


@program(12, 14, args=lambda rng: (rng.normal(size=3), 0.7))
def array_literal_of_active_values(x, a):
    m = np.array([[x[0], a], [a * a, x[1] * x[2]]])
    return m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]


@program(35, args=lambda rng: (1.3, 0.4))
def ranges(a, b):
    x = np.arange(4) * a
    y = np.linspace(0.0, 1.0, 4) * b
    return (x * y).sum() + x[3]


@program(20, args=lambda rng: (rng.normal(size=6), np.array([3, 0, 5])))
def fancy_index(x, k):
    y = x[k]
    return y[0] * y[1] * y[2]


@program(20, 48, args=lambda rng: (rng.normal(size=6),))
def boolean_mask(x):
    y = x[x > 0.0]
    return (y * y).sum()


@program(8, args=lambda rng: (rng.normal(size=(4, 3)),))
def other_memory_orders(x):
    y = np.asfortranarray(x)
    z = np.ascontiguousarray(x.T)
    y[1, 2] = z[0, 0] * 2.0
    return y[1, 2] * z[2, 1] + x[1, 2]


@program(77, 20, args=lambda rng: (rng.normal(size=5),))
def diff_by_slices(x):
    d = x[1:] - x[:-1]
    return (d * d).sum()


@program(20, 16, args=lambda rng: (rng.normal(size=(3, 4)), 2))
def swap_rows(x, steps):
    for k in range(steps):
        row = x[k].copy()
        x[k] = x[k + 1] * 0.5
        x[k + 1] = row * row
    return x[0, 0] * x[2, 3]
