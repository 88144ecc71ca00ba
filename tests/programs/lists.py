"""Lists of numbers, tuples, arrays and lists: memory that grows, and memory that holds pointers."""
import numpy as np

from tests.support.program import program


@program(args=lambda rng: (1.3,))
def list_of_powers(a):
    values = [a]
    for i in range(3):
        values.append(values[i] * a)
    return values[3]


@program(args=lambda rng: (1.3, 40))
def list_that_grows(a, n):
    values = [a]
    for i in range(n):
        values.append(np.sin(values[i]) * a)
    s = 0.0
    for v in values:
        s += v * v
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def list_of_views(x):
    halves = [x[:2], x[2:]]
    return halves[0][0] * halves[1][1]


@program(args=lambda rng: (1.3, 0.4))
def array_from_nested_lists(a, b):
    m = np.array([[a, b], [b, a]])
    return m[0, 0] * m[1, 0]


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def comprehension(x):
    return sum([v * v for v in x])


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def list_of_rows(x):
    out = []
    for i in range(3):
        y = np.empty(4)
        for j in range(4):
            y[j] = x[j] ** (i + 1)
        out.append(y)
    s = 0.0
    for i in range(3):
        for j in range(4):
            s += out[i][j] * out[2 - i][j]
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def stack_with_pops(x):
    st = [x[0]]
    s = 0.0
    for i in range(1, len(x)):
        st.append(x[i] * st[-1])
        if i % 2 == 0:
            s += st.pop() * st.pop()
    return s + len(st)


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4), 3))
def list_made_in_each_iteration(x, n):
    s = 0.0
    for k in range(n):
        l = [x[0] * k]
        for v in x:
            l.append(l[-1] * v)
        s += l[2] * l[4]
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4), 3))
def list_of_lists(x, n):
    rows = [[v * v for v in x] for k in range(n)]
    rows[1][2] = x[0] * x[1]
    s = 0.0
    for r in rows:
        for v in r:
            s += v * v
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def list_of_integers_as_indices(x):
    idx = [i for i in range(4) if x[i] > 1.5]
    s = 0.0
    for i in idx:
        s += x[i] * x[i]
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def list_insert_extend_pop_reverse(x):
    l = [x[0], x[1] * 2]
    l.insert(0, x[2] * x[3])
    l.extend([x[1] * x[2]])
    a = l.pop(1)
    l[0] = l[0] * a
    l.reverse()
    s = 1.0
    for v in l:
        s = s * v + v
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def list_slices(x):
    l = [v * v for v in x]
    m = l[1:3]
    l[0:2] = m
    return l[0] * m[1] + l[1]


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4), 0))
def list_of_arrays_that_is_chosen_from(x, k):
    ys = [x, x * 2, x * x]
    y = ys[k+1]
    y[0] = y[1] * y[2]
    return ys[1][0] + ys[2].sum()


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def list_of_tuples(x):
    l = [(v, v * v) for v in x]
    s = 0.0
    for a, b in l:
        s += a * b
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),), oracle=False)
def zip_with_comprehension(x):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, [v * v for v in x])):  # noqa: B905
        s += i * a * b
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def list_sorted_in_place(x):
    l = [v for v in x]
    l.sort()
    return l[0] * l[1] * l[1]


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4), 2))
def rows_from_rows(x, n):
    rows = [x * x]
    for _k in range(n):
        rows.append(rows[-1] * x + rows[0])
    return rows[-1].sum() + rows[0][1]


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),), oracle=False)
def arrays_kept_in_a_list_are_written(x):
    vals = [x, x * x, np.zeros(4)]
    for i in range(4):
        vals[2][i] = vals[0][i] * vals[1][3 - i]
    out = np.stack((vals[0], vals[2]))
    return (out * out).sum()


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 4),))
def array_from_comprehension(x):
    a = np.array([v * v for v in x])
    return (a * x).sum()


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 6),), oracle=False)
def array_split(x):
    p = np.split(x, 3)
    return p[0][0] * p[1][1] * p[2][0]


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 6),))
def queue_as_list(x):
    st = []
    for i in range(6):
        st.append(x[i] * x[i])
        if len(st) > 3:
            st.pop(0)
    s = 0.0
    while len(st) > 0:
        s += st.pop() * s + 1
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 3), 3))
def list_of_tuples_with_arrays(x, n):
    l = [(i, x * i) for i in range(n)]
    s = 0.0
    for i, a in l:
        s += i * (a * a).sum()
    return s


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 3),))
def append_under_a_condition(x):
    l = []
    for v in x:
        if v > 1.5:
            l.append(v * v)
        else:
            l.append(v)
    return l[0] * l[1] * l[2]


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 3),))
def list_in_a_tuple(x):
    a = ([x[0] * 2, x[1]], x)
    return a[0][0] * a[0][1] * a[1][2]


@program(args=lambda rng: (rng.uniform(0.5, 2.0, 3), 20))
def ring_of_buffers_in_a_list(x, n):
    buf = [x, x * 2]
    for i in range(n):
        buf[i % 2] = buf[(i + 1)%2] * 0.5 + np.sin(buf[i % 2])
    return buf[0].sum() * buf[1][0]


# An element of several types had no size that irad knew, so that its float and its integer could not be told apart.
@program(args=lambda rng: (rng.uniform(0.5, 1.5, 4), 1))
def list_of_numbered_values(x, k):
    rows = [(k, x[0] * x[1])]
    rows.append((0, x[2] * x[1]))
    return rows[1][1] * rows[rows[1][0]][1] * rows[k][1]
