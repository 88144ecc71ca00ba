"""Stores, overwrites, overlap and views: what the value of a cell is when the reverse needs it."""
import math

import numpy as np
from numba import njit
from numpy.lib.stride_tricks import as_strided

from tests.support.program import program


def vector(n):
    """Arguments: one vector of normal numbers."""
    return lambda rng: (rng.normal(size=n),)


def vectors(*sizes):
    """Arguments: several vectors."""
    return lambda rng: tuple(rng.normal(size=n) for n in sizes)


@program(1, args=vector(5))
def square_in_place(x):
    for i in range(len(x)):
        x[i] = x[i] * x[i]


@program(1, 3, args=vector(4))
def square_in_place_twice_and_sum(x):
    s = 0.0
    for i in range(len(x)):
        x[i] = x[i] * x[i]
        s += x[i] * x[i]
        x[i] = math.sin(x[i])
        s += x[i]
    return s


@program(2, args=vector(6))
def prefix_sum_in_place(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1]


@program(2, args=vector(5))
def prefix_product_in_place(x):
    for i in range(1, len(x)):
        x[i] *= x[i - 1]


@program(2, 37, args=vector(6))
def suffix_recurrence_in_place(x):
    for i in range(len(x) - 2, -1, -1):
        x[i] = math.sin(x[i]) + x[i] * x[i + 1]


@program(3, args=vectors(4, 4))
def overwrite_then_read(x, y):
    s = 0.0
    for i in range(len(x)):
        y[i] = x[i] * 3.0
        s += y[i] * x[i]
        y[i] = 1.0
        s += y[i] * x[i]
    return s


@program(3, args=vector(4))
def constant_then_add(out):
    for i in range(len(out)):
        out[i] = 2.0
        out[i] += 1.0


@program(3, args=vectors(4, 4))
def last_store_wins(x, out):
    for i in range(len(x)):
        out[0] = x[i] * x[i]


def _same_twice(rng):
    x = rng.normal(size=4)
    return x, x


@program(4, args=_same_twice)
def same_array_twice_read(x, y):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * math.sin(y[i])
    return s


@program(4, args=_same_twice, shadows="own", note="two shadows for one array that is only read: each gets its own share", oracle=False,
         closed_form=lambda x, y: (np.sin(y), x * np.cos(y)))
def same_array_two_shadows(x, y):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * math.sin(y[i])
    return s


@program(4, args=_same_twice)
def same_array_twice_written(x, y):
    for i in range(len(x)):
        x[i] = x[i] * y[i]
        y[i] = y[i] + x[i] * 0.5


@program(5, args=vector(6))
def shift_overlapping(x):
    x[1:] = x[:-1]
    x[0] = 3.0 * x[2]


@program(5, args=vector(6))
def shift_left_overlapping(x):
    x[:-1] = x[1:]
    return x[0] * x[4]


@program(5, args=vector(7))
def smooth_overlapping(x):
    x[1:-1] = 0.5 * (x[:-2] * x[2:]) + x[1:-1]


def _overlapping_arguments(rng):
    base = rng.normal(size=6)
    return base[:4], base[2:]


@program(5, 11, args=_overlapping_arguments)
def overlapping_arguments_read(a, b):
    s = 0.0
    for i in range(len(a)):
        s += a[i] * a[i] * b[i]
    return s


@program(5, 11, args=_overlapping_arguments)
def overlapping_arguments_written(a, b):
    for i in range(len(a)):
        b[i] = math.sin(a[i]) + b[i]


def _broadcast(rng):
    return as_strided(rng.normal(size=1), (4,), (0,)), rng.normal(size=4)


@program(6, args=_broadcast)
def stride_zero_input(x, y):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i] * y[i]
    return s


@program(6, args=lambda rng: (np.broadcast_to(rng.normal(size=3), (2, 3)), rng.normal(size=(2, 3))), activities=("active", "duplicated"),
         note="typed readonly, any layout; the returned gradient has an entry for each element")
def broadcast_readonly_active(x, y):
    s = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            s += math.exp(x[i, j]) * y[i, j]
    return s


@program(7, args=lambda rng: (rng.normal(size=6)[::-1],))
def negative_strides_argument(x):
    s = 0.0
    for i in range(1, len(x)):
        s += x[i] * math.exp(x[i - 1])
    return s


@program(7, args=lambda rng: (rng.normal(size=8)[::2], rng.normal(size=12)[::-3]))
def strided_arguments_written(x, y):
    for i in range(len(x)):
        y[i] *= x[i]
        x[i] = y[i] * y[i]


@program(8, args=lambda rng: (np.asfortranarray(rng.normal(size=(3, 2))),))
def fortran_order(x):
    s = 0.0
    for i in range(3):
        for j in range(2):
            s += (i + 1) * x[i, j] ** 2 * x[i, 0]
    return s


@program(8, args=lambda rng: (rng.normal(size=(2, 3)).T, rng.normal(size=(3, 2))))
def transposed_argument(x, y):
    for i in range(3):
        for j in range(2):
            x[i, j] = x[i, j] * y[i, j]


@program(8, args=lambda rng: (rng.normal(size=(4, 6))[1:3, ::2],))
def non_contiguous_block(x):
    s = 0.0
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            s += math.sin(x[i, j]) * x[0, j]
    return s


@program(8, args=lambda rng: (np.array(rng.normal()),))
def zero_dimensional(x):
    y = x[()] * x[()]
    x[()] = y * 3.0
    return math.sin(y)


@program(8, 29, args=lambda rng: (np.zeros(0), 1.5))
def zero_size(x, a):
    s = a * a
    for i in range(len(x)):
        s += x[i] * a
    return s


@program(8, 29, args=lambda rng: (np.zeros((0, 3)), np.zeros((3, 0)), 0.7))
def zero_size_matrices(x, y, a):
    return x.sum() * a + y.sum() + math.exp(a)


@program(8, args=lambda rng: (rng.normal(size=(2, 3, 2)),))
def three_dimensional(x):
    s = 0.0
    for i in range(2):
        for j in range(3):
            for k in range(2):
                s += x[i, j, k] * x[1 - i, 2 - j, 1 - k] ** 2
    return s


@program(8, args=lambda rng: (rng.normal(size=(2, 2, 2, 2)), np.asfortranarray(rng.normal(size=(2, 2, 2, 2)))))
def four_dimensional(x, y):
    for i in range(2):
        for j in range(2):
            for k in range(2):
                for l in range(2):
                    y[i, j, k, l] *= x[l, k, j, i]


@program(9, args=lambda rng: (np.asfortranarray(rng.normal(size=(3, 2))), rng.normal(size=8)[::2]), shadows="own",
         note="shadows are C-ordered and dense, the primals are not")
def other_strides_in_shadow(x, y):
    s = 0.0
    for i in range(3):
        for j in range(2):
            s += x[i, j] * x[i, j] * y[i]
    y[0] = s
    y[1] *= s
    return s


@program(14, args=lambda rng: (rng.normal(size=(4, 3)),))
def scratch_reused(x):
    work = np.empty(3)
    s = 0.0
    for i in range(4):
        for j in range(3):
            work[j] = math.sin(x[i, j]) * x[i, 0]
        for j in range(3):
            s += work[j] * work[2 - j]
    return s


@program(14, 24, args=lambda rng: (rng.normal(size=(4, 3)),))
def scratch_allocated_each_iteration(x):
    s = 0.0
    for i in range(4):
        work = np.zeros(3)
        for j in range(3):
            work[j] = x[i, j] * x[i, j]
        s += work[0] * work[1] * work[2]
    return s


@program(15, args=vector(4))
def scratch_fully_written(x):
    work = np.empty(len(x))
    for i in range(len(x)):
        work[i] = x[i] * x[i]
    s = 0.0
    for i in range(len(x)):
        s += work[i] * x[len(x) - 1 - i]
    return s


@program(15, args=lambda rng: (rng.normal(size=6), 4))
def scratch_partially_written(x, m):
    work = np.empty(len(x))
    for i in range(m):
        work[i] = math.exp(x[i])
    s = 0.0
    for i in range(m):
        s += work[i] * work[i]
    return s


@program(15, 29, args=lambda rng: (rng.normal(size=4),))
def scratch_carried_over(x):
    work = np.zeros(4)
    s = 0.0
    for t in range(3):
        for i in range(4):
            work[i] = work[i] * 0.5 + x[i] * x[(i + t) % 4]
            s += work[i] ** 2
    return s


@program(16, args=lambda rng: (rng.normal(size=6), 4))
def swap_local_arrays(x, steps):
    a = x.copy()
    b = np.zeros(len(x))
    for _ in range(steps):
        for i in range(len(x)):
            b[i] = math.sin(a[i]) + a[i - 1]
        a, b = b, a
    return a.sum()


@program(16, args=lambda rng: (rng.normal(size=5), rng.normal(size=5), 3))
def swap_argument_arrays(u, v, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            v[i] = u[i] + 0.1 * u[i] * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u, v = v, u
    s = 0.0
    for i in range(len(u)):
        s += u[i] * u[i]
    return s


@program(16, args=lambda rng: (rng.normal(size=3), 2))
def rotate_three_arrays(x, steps):
    a, b, c = x.copy(), x * 2.0, x * x
    for _ in range(steps):
        for i in range(len(x)):
            c[i] = a[i] * b[i]
        a, b, c = b, c, a
    s = 0.0
    for i in range(len(x)):
        s += a[i] + 2.0 * b[i] + 3.0 * c[i]
    return s


@program(17, args=lambda rng: (rng.normal(size=4), rng.normal(size=4), True))
def array_by_condition(x, y, first):
    z = x if first else y
    s = 0.0
    for i in range(len(z)):
        s += z[i] * z[i] * x[i]
    return s


@program(17, args=lambda rng: (np.array([1.0, -0.5]), np.array([0.3, 2.0])))
def array_by_active_condition(x, y):
    z = x if x[0] > y[0] else y
    z[1] = z[0] * z[1]
    return x[1] + 2.0 * y[1]


@program(17, 16, args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def array_chosen_in_loop(x, y):
    s = 0.0
    for i in range(4):
        z = x if i % 2 == 0 else y
        s += z[i] * z[i - 1]
        z[i] = s
    return s


@program(18, args=lambda rng: (rng.normal(size=4), np.arange(4)))
def copy_floats_and_ints(x, k):
    y = x.copy()
    m = k.copy()
    m[0] = 2
    s = 0.0
    for i in range(4):
        s += y[m[i]] * x[i]
    return s


@program(20, args=lambda rng: (rng.normal(size=5), 0.7))
def fill(x, c):
    s = x[1] * x[2]
    x.fill(c * c)
    return s + x[3]


@program(20, args=lambda rng: (rng.normal(size=5), 0.7))
def assign_scalar_to_slice(x, c):
    s = x[1] * x[2]
    x[1:4] = c * s
    return s


@program(20, args=lambda rng: (rng.normal(size=5), rng.normal(size=5)))
def assign_array_to_slice(x, y):
    x[:] = y
    y[:] = 0.0
    return x[0] * x[1]


@program(20, args=lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=4)))
def assign_rows(x, y):
    x[0, :] = y
    x[1, :] = x[0, :] * x[2, :]
    x[:, 2] = 1.0


GLOBAL = np.array([1.0, -2.0, 0.5])
TABLE = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.5]])


@program(21, args=vector(3))
def global_array(x):
    s = 0.0
    for i in range(3):
        s += GLOBAL[i] * x[i] * x[i]
    return s


@program(21, args=lambda rng: (rng.normal(size=3), 1))
def global_table_row(x, row):
    s = 0.0
    for i in range(3):
        s += TABLE[row, i] * math.exp(x[i])
    return s


def _with_weights(weights, scale):
    @njit
    def closure_array(x):
        s = 0.0
        for i in range(len(weights)):
            s += weights[i] * x[i] * x[i] * scale
        return s
    return closure_array


closure_array = program(22, args=vector(3))(_with_weights(np.array([0.5, 2.0, -1.0]), 1.5))


@program(24, args=vector(4))
def local_array_dies_early(x):
    work = x * x
    s = work[0] * work[1]
    work = np.zeros(2)
    work[0] = s * x[2]
    return work[0] * s


@program(24, 16, args=lambda rng: (rng.normal(size=5), 3))
def reallocated_each_step(u, steps):
    for _ in range(steps):
        new = np.empty_like(u)
        new[0] = u[0]
        new[-1] = u[-1]
        for i in range(1, len(u) - 1):
            new[i] = u[i] + 0.1 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) * u[i]
        u = new
    return u[2] * u[1]


@program(26, args=lambda rng: (rng.normal(size=4).astype(np.float32),), tolerance=1e-5)
def float32_in_place(x):
    s = np.float32(0.0)
    for i in range(4):
        x[i] = x[i] * x[i]
        s += x[i] * np.float32(0.5)
    return s


@program(26, 62, args=lambda rng: (rng.normal(size=4).astype(np.float32), rng.normal(size=4)), tolerance=1e-5)
def float32_upcast(x, y):
    s = 0.0
    for i in range(4):
        x[i] = y[i] * 2.0
        s += x[i] * y[i]
    return s


def _readonly(rng):
    x = rng.normal(size=4)
    x.flags.writeable = False
    return x, rng.normal(size=4)


@program(27, args=_readonly)
def readonly_argument(x, y):
    s = 0.0
    for i in range(4):
        s += x[i] * x[i] * y[i]
    return s


@program(27, args=_readonly, activities=("active", "active"))
def readonly_active(x, y):
    s = 0.0
    for i in range(4):
        y[i] *= x[i]
        s += y[i] * x[i]
    return s


def _unaligned(rng):
    raw = np.zeros(44, np.uint8)
    x = raw[4:36].view(np.float64)
    x[:] = rng.normal(size=4)
    return (x,)


@program(28, args=_unaligned)
def unaligned_argument(x):
    s = 0.0
    for i in range(len(x)):
        x[i] = x[i] * x[i]
        s += x[i] * x[0]
    return s


@program(1, 3, args=lambda rng: (rng.normal(size=4), 0.3), activities=("active", "active"), note="an Active array is never changed")
def active_array_written(x, a):
    for i in range(1, len(x)):
        x[i] = x[i] * x[i - 1] + a
    return x[-1]


@program(13, args=vector(4))
def view_of_input_from_callee(x):
    y = _tail(x)
    y[0] = y[0] * y[1]
    return y[0] * x[1] * x[0]


@njit
def _tail(x):
    return x[1:]


@program(13, args=vector(3))
def input_from_callee(x):
    y = _itself(x)
    y[0] *= x[1]
    return y[0] * x[2]


@njit
def _itself(x):
    return x


@program(13, args=vector(3), refused="result|return", oracle=False, note="a function that returns an array needs vjp")
def returns_its_input(x):
    return x


@program(13, args=vector(3), refused="result|return", oracle=False, note="a function that returns an array needs vjp")
def returns_a_view(x):
    return x[1:]


@program(19, args=vector(2), refused="view|int|byte|bit", oracle=False, smooth=False)
def integer_over_float(x):
    k = x.view(np.int64)
    k[0] = k[0] + 1
    return x[0] * x[1]


@program(23, args=vector(3))
def array_escapes_through_list(x):
    parts = []
    for i in range(3):
        y = x * (1.0 + i)
        parts.append(y)
    return parts[0][0] * parts[2][1]


@program(25, args=lambda rng: (np.array([(1.0, 2, 0.5), (3.0, 1, -0.5)], dtype=[("a", "f8"), ("k", "i4"), ("b", "f8")]), 1.5),
         activities=("const", "active"), oracle=False)
def record_fields(r, a):
    s = 0.0
    for i in range(len(r)):
        s += r[i].a * a * r[i].b + r[i].k * a
    return s


@program(25, args=lambda rng: (np.array([(1.0, 2, 0.5), (3.0, 1, -0.5)], dtype=[("a", "f8"), ("k", "i4"), ("b", "f8")]), 1.5),
         activities=("const", "active"), oracle=False)
def record_stored(r, a):
    r[0].a = a * a
    r[1] = r[0]
    return r[1].a * a
