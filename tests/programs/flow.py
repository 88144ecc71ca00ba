"""Flow as people write it: state machines, deep nests, many arms, `match`, loops over what is not a range."""
import enum
import math

import numpy as np
from numba import literal_unroll, njit, vectorize

from tests.support.program import program


@program(33, 42, args=lambda rng: (np.array([0.5, 1.5, -0.5, 2.0]), 20))
def state_machine(x, n):
    state, s = 0, 0.0
    for i in range(n):
        v = x[i % 4]
        if state == 0:
            s += v
            state = 1 if s > 1.0 else 0
        elif state == 1:
            s *= v
            state = 2 if s < 3.0 else 0
        elif state == 2:
            s = s - v * v
            state = 3
        else:
            s = math.sin(s) + v
            state = 0
    return s


class Phase(enum.IntEnum):
    """States of the machine below."""
    START = 0
    GROW = 1
    SHRINK = 2


@program(41, args=lambda rng: (1.3, 0.7))
def state_machine_of_an_enum(a, b):
    phase, s, steps = Phase.START, a, 0
    while steps < 12:
        steps += 1
        match phase:
            case Phase.START:
                s = s * b
                phase = Phase.GROW
            case Phase.GROW:
                s = s * a + b
                if s > 2.0:
                    phase = Phase.SHRINK
            case _:
                s = math.sin(s)
                phase = Phase.GROW
    return s


def _arms(count):
    """A chain of `elif` of so many arms, each with a term of its own."""
    text = ["def hundred_arms(a, k):", "    if k == 0:", "        return a"]
    for k in range(1, count):
        text += [f"    elif k == {k}:", f"        return a * {0.9 + k / 1000} * a + {k % 7}"]
    text += ["    return 1.0"]
    names = {"__name__": __name__}
    exec("\n".join(text), names)
    return names["hundred_arms"]


hundred_arms = program(41, 42, args=lambda rng: (1.3, 57))(_arms(100))


@program(39, args=lambda rng: (1.3,))
def ten_deep(a):
    s = a
    for i in range(2):
        for j in range(1 + i):
            for k in range(2):
                for l in range(1):
                    for m in range(2 - j):
                        for n in range(1 + m):
                            for o in range(2):
                                for p in range(1 + o):
                                    for q in range(1):
                                        for r in range(k + 1):
                                            s = s * 0.99 + math.sin(a * s) * 0.01 * (r + l + n + p + q + 1)
    return s


@program(33, 34, args=lambda rng: (rng.normal(size=4),))
def else_of_a_loop_over_a_tuple(x):
    s = 0.0
    for i in range(4):
        for v in (x[0], x[1] * 2.0, x[2]):
            if v > i - 0.3:
                break
            s += v * v
        else:
            s *= 1.1
            continue
        s += x[i]
    return s


@program(35, args=lambda rng: (3.7, 1.2))
def bounds_from_floats_that_change(a, b):
    s = b
    for i in range(int(a * b)):
        for _ in range(int(abs(s)) % 3):
            s = s * b * 0.7 + a
        s = s * 0.5 + i
    return s


@njit
def _below(x):
    for i in range(len(x)):
        yield i, x[i]


@njit
def _accumulated(x):
    s = 1.0
    for v in x:
        s = s * v + v
        yield s


@program(33, args=lambda rng: (rng.normal(size=4),))
def generators(x):
    s = 1.0
    for i, v in _below(x):
        if i == 3:
            break
        s = s * v + i
    for u, v in zip(_accumulated(x), _accumulated(x[::-1])):  # noqa: B905
        s += u * v * s
    return s


@njit
def _pairs(x):
    for i in range(len(x)):
        for j in range(i):
            if x[j] > 1.5:
                yield 0.0, x[i]
            yield x[i], x[j] * i


@program(40, 33, args=lambda rng: (np.array([0.4, 1.7, -0.6, 0.9]),))
def generator_of_a_nest(x):
    s = 1.0
    for u, v in _pairs(x):
        if s > 50.0:
            break
        s = s * u + v
    return s


@njit
def _drawn(x, n):
    i = 0
    while True:
        for _ in range(2):
            yield x[i % len(x)]
        i += 1
        if i > n:
            return
        while x[i % len(x)] < 0.0:
            yield x[i % len(x)] * i
            i += 1


@program(40, 33, args=lambda rng: (np.array([0.4, 1.7, -0.6, 0.9]), 6))
def generator_of_loops_in_turn(x, n):
    s = 0.0
    for k, v in enumerate(_drawn(x, n)):
        s = s * 0.7 + v * v * k
    return s


@program(86, args=lambda rng: (rng.normal(size=(2, 3)),))
def iteration_over_indices(x):
    s = 0.0
    for (i, j), v in np.ndenumerate(x):
        s += v * v * (i + 2 * j)
    for i in np.ndindex(x.shape):
        s = s * 0.9 + x[i] * x[0, 1]
    for v in np.nditer(x):
        s += v.item() * v.item()
    for k, v in enumerate(x.flat, 3):
        s += k * v
    return s


@vectorize
def _bent(u, v):
    return u * v + math.sin(u) if u > 0.0 else v


@vectorize(["float64(float64, float64)"])
def _declared(u, v):
    return u * math.exp(-v)


@program(73, args=lambda rng: (rng.normal(size=(2, 3)), rng.normal(size=3), 0.7))
def vectorize_objects_on_arrays(x, y, a):
    return (_bent(x, y) * _declared(y, a)).sum() + _bent(a, y[0]) * _declared(x, x)[1, 2]


@njit
def _square(v):
    return v * v


@njit
def _cube(v):
    return v * v * v


@program(75, 88, args=lambda rng: (1.3, 0.4))
def functions_unrolled(a, b):
    s = b
    for f in literal_unroll((_square, _cube, math.sin)):
        s = f(s) * a + f(a)
    return s


@program(17, 88, args=lambda rng: ((rng.normal(size=3), rng.normal(size=4)), 2.0, 3))
def tuple_indexed_at_run_time(arrays, a, n):
    s = a
    for i in range(n):
        x = arrays[i % 2]
        x[i % 3] *= a
        s = s * x[i % 3] + arrays[(i + 1) % 2].sum()
    numbers = (a, s * a, a + 1.0)
    return numbers[n % 3] * numbers[int(a)]


@program(17, 88, args=lambda rng: (rng.normal(size=3), rng.normal(size=4), 1), shadows="own")
def tuple_of_tuples_indexed_at_run_time(x, y, k):
    pairs = ((x, y), (y, x))
    p, q = pairs[k]
    s = p[0] * q[1]
    for i in range(3):
        p, q = pairs[i % 2] if i > 0 else (q, p)
        s += p[i] * q[2] * s
    return s


@program(20, args=lambda rng: (rng.normal(size=4), np.array([True, False, True, True]), np.array([3, 0, 3])))
def masks_and_indices(x, mask, k):
    y = x * x
    y[mask] = x[:3] * x[0]
    y[k[:2]] = y[k[1:]] * 2.0
    z = np.where(mask, y, x)
    z[z < -0.2] = x[1]
    return (z[mask] * x[k]).sum() + z[~mask][0] * np.take(y, k).sum()
