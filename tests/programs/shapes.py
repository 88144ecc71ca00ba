"""Arrays seen in another shape: what tells two elements apart in one shape says nothing in the other."""
import numpy as np

from tests.support.program import program


@program(5, 8, args=lambda rng: (rng.uniform(0.5, 1.5, size=(4, 3)),))
def overlapping_windows_of_a_raveled_matrix(x):
    y = x.ravel()
    n, m = x.shape
    s = 0.0
    for i in range(n - 1):
        for j in range(2 * m):
            y[i * m + j] = y[i * m + j] * y[i * m + j] * 0.7
            s += y[i * m + j] * (i + 1)
    return s


@program(5, 8, args=lambda rng: (rng.uniform(0.5, 1.5, size=(4, 3)),))
def next_row_read_through_a_ravel_then_overwritten(x):
    y = x.ravel()
    n, m = x.shape
    s = 0.0
    for i in range(n - 1):
        for j in range(3, 6):
            s += y[i * m + j] * y[i * m + j]
        for j in range(3):
            y[i * m + j] = s * 0.1
    return s


@program(5, args=lambda rng: (rng.uniform(0.5, 1.5, size=12), 3))
def next_row_of_a_vector_read_then_overwritten(x, m):
    s = 0.0
    for i in range(x.size // m - 1):
        for j in range(3, 6):
            s += x[i * m + j] * x[i * m + j]
        for j in range(3):
            x[i * m + j] = s * 0.1
    return s


@program(5, 8, args=lambda rng: (rng.uniform(0.5, 1.5, size=12), 4, 3))
def next_row_of_a_local_matrix_read_through_its_reshape(x, n, m):
    z = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            z[i, j] = x[i * m + j]
    y = z.reshape(-1)
    s = 0.0
    for i in range(n - 1):
        for j in range(3, 6):
            s += y[i * m + j] * y[i * m + j]
        for j in range(3):
            y[i * m + j] = s * 0.1
    return s + z[0, 0]


@program(5, 8, args=lambda rng: (rng.uniform(0.5, 1.5, size=(4, 3)),))
def squares_read_flat_then_rows_overwritten(x):
    s = 0.0
    for v in x.flat:
        s += v * v * v
    for i in range(1, x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = x[i - 1, j] * x[i, j]
    return s * x[3, 2]


@program(5, 8, args=lambda rng: (rng.uniform(0.5, 1.5, size=12), 3))
def local_matrix_filled_through_its_reshape(x, m):
    z = np.zeros((x.size // m, m))
    y = z.reshape(-1)
    for i in range(z.shape[0] - 1):
        for j in range(2 * m):
            y[i * m + j] = y[i * m + j] * x[i * m + j] + x[j] * x[j]
    s = 0.0
    for i in range(z.shape[0]):
        for j in range(m):
            s += z[i, j] * z[i, j]
    return s


@program(5, args=lambda rng: (rng.uniform(0.5, 1.5, size=12), 3))
def vector_used_as_a_matrix_beyond_its_rows(x, m):
    s = 0.0
    for i in range(x.size // m - 1):
        for j in range(2 * m):
            s += x[i * m + j] * x[i * m + j]
            x[i * m + j] = s * 0.1
    return s


@program(8, args=lambda rng: (rng.uniform(0.5, 1.5, size=5), rng.uniform(0.5, 1.5, size=4)))
def alignment_table(x, y):
    d = np.zeros((x.size + 1, y.size + 1))
    for i in range(x.size + 1):
        d[i, 0] = 0.1 * i
    for j in range(y.size + 1):
        d[0, j] = 0.2 * j
    for i in range(1, x.size + 1):
        for j in range(1, y.size + 1):
            c = x[i - 1] - y[j - 1]
            d[i, j] = c * c + 0.5 * d[i - 1, j] * d[i, j - 1] + d[i - 1, j - 1]
    return d[x.size, y.size]


@program(8, args=lambda rng: (rng.uniform(0.5, 1.5, size=(3, 4, 2)),))
def cube_in_place(x):
    s = 0.0
    for i in range(1, x.shape[0]):
        for j in range(x.shape[1]):
            for k in range(x.shape[2]):
                x[i, j, k] = x[i, j, k] * x[i - 1, j, k]
                s += x[i, j, k] * x[0, j, k]
    return s
