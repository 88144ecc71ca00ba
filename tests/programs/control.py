"""Loops, exits, branches and exceptions: which way the reverse has to go back."""
import math

import numpy as np

from tests.support.program import program


@program(29, args=lambda rng: (1.3, 0))
def zero_trip_loop(a, n):
    s = a * a
    for i in range(n):
        s = s * a + i
    return s


@program(29, 30, args=lambda rng: (rng.normal(size=3), 0, 1))
def zero_and_one_trip(x, n, m):
    s = 1.0
    for i in range(n):
        s *= x[i]
    for i in range(m):
        s *= x[i] * x[i]
    return s


@program(30, args=lambda rng: (1.3, 1))
def one_trip_loop(a, n):
    s = a
    for _ in range(n):
        s = s * s * a
    return s


@program(31, args=lambda rng: (7.0,))
def newton_root(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@program(31, args=lambda rng: (2.0, 0.3))
def damped_newton(a, b):
    x = 1.0
    step = 1.0
    while abs(step) > 1e-13:
        step = (math.exp(x * b) + x - a) / (b * math.exp(x * b) + 1.0)
        x -= 0.7 * step
    return x


@program(31, args=lambda rng: (5.0, 1.5))
def while_counts_down(a, b):
    s = 0.0
    while a > 0.0:
        s += a * b
        a = a - b
    return s


@program(32, args=lambda rng: (np.array([0.3, 0.9, 1.2, 0.8]),))
def break_out(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
        if s > 1.5:
            break
        s *= x[0]
    return s


@program(32, args=lambda rng: (np.array([0.3, -0.9, 1.2, -0.8, 2.0]),))
def continue_over_negative(x):
    s = 1.0
    for i in range(len(x)):
        if x[i] < 0.0:
            continue
        s = s * x[i] + math.sin(x[i])
    return s


@program(32, args=lambda rng: (np.array([0.3, 0.9, 1.2, 0.8]), 1.0))
def early_return(x, limit):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
        if s > limit:
            return s * x[i]
    return s


@program(32, args=lambda rng: (np.array([[0.3, 0.9, 0.2], [1.2, 0.8, 0.1], [0.5, 0.4, 0.7]]), 2.0))
def return_out_of_nest(x, limit):
    s = 1.0
    for i in range(3):
        for j in range(3):
            if j == i:
                continue
            s += x[i, j] * s
            if s > limit:
                return s * x[i, j]
        if s > 100.0:
            break
        s *= 1.1
    return s


@program(32, 36, args=lambda rng: (np.array([0.3, 0.9, 1.2, 0.8]), 1.5), note="the exit reads the induction variable")
def index_after_break(x, limit):
    s = 0.0
    i = 0
    for i in range(len(x)):
        s += x[i]
        if s > limit:
            break
    return s * x[i] * i


@program(33, args=lambda rng: (np.array([0.3, 0.9, 1.2, 0.8]), 1.0))
def several_exits(x, limit):
    s = 1.0
    i = 0
    while i < len(x):
        s *= x[i]
        if s > limit:
            break
        s += x[i] * x[i]
        if s < -limit:
            break
        i += 1
        if i == 3:
            break
    return s * s


@program(33, 31, args=lambda rng: (0.6, 30))
def while_with_two_conditions(a, n):
    x, k = a, 0
    while k < n and x < 5.0:
        x = x + x * a
        k += 1
        if x * a > 4.0:
            break
    return x * k


@program(34, args=lambda rng: (np.array([0.3, 0.9, 1.2]), 9.0))
def for_else_falls_through(x, limit):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
        if s > limit:
            s = s * 10.0
            break
    else:
        s = s * x[0]
    return s


@program(34, args=lambda rng: (np.array([0.3, 0.9, 1.2]), 0.5))
def for_else_broken(x, limit):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
        if s > limit:
            s = s * x[1]
            break
    else:
        s = s * x[0]
    return s


@program(34, args=lambda rng: (0.7, 3))
def while_else(a, n):
    s, i = a, 0
    while i < n:
        s *= a + i
        i += 1
    else:
        s += a * a
    return s


@program(35, args=lambda rng: (3.7, 0.4))
def bound_from_float(a, b):
    s = 0.0
    for i in range(int(a)):
        s += b * a * i
    return s


@program(35, 31, args=lambda rng: (rng.uniform(1.0, 4.0, size=4),))
def bounds_from_array(x):
    s = 0.0
    for i in range(len(x)):
        for j in range(int(x[i] * 1.5)):
            s += x[i] ** (j + 1)
    return s


@program(36, args=lambda rng: (rng.normal(size=6),))
def loop_variable_modified(x):
    s = 1.0
    for i in range(3):
        i = i * 2
        s += x[i] * s
        i += 1
        s += x[i] * x[i]
    return s


@program(36, args=lambda rng: (rng.normal(size=6),))
def index_moves_itself(x):
    s, i = 0.0, 0
    while i < len(x):
        s += x[i] * x[i]
        if x[i] > 0.0:
            i += 1
        i += 1
    return s


@program(37, args=lambda rng: (rng.normal(size=7),))
def negative_step(x):
    s = 0.5
    for i in range(6, 0, -2):
        s = s * x[i] + x[i - 1]
    return s


@program(37, args=lambda rng: (rng.normal(size=7), 1, 7, 3))
def variable_step(x, start, stop, step):
    s = 0.5
    for i in range(start, stop, step):
        s = s * x[i] + x[i - 1]
    return s


@program(37, args=lambda rng: (rng.normal(size=5), np.uint64(2)))
def unsigned_index(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * x[i + n]
    k = np.uint8(250)
    for _ in range(4):
        k = np.uint8(k + np.uint8(3))
    return s * x[k - 6]


@program(37, args=lambda rng: (rng.normal(size=5),))
def step_as_stride(x):
    s = 0.0
    for v in x[::-2]:
        s = s * v + v * v
    return s


@program(38, args=lambda rng: (rng.normal(size=(4, 4)),))
def triangular_nest(a):
    s = 0.0
    for i in range(4):
        t = 1.0
        for j in range(i):
            t = t * a[i, j] + a[j, i]
        s += t * t
    return s


@program(38, args=lambda rng: (rng.normal(size=5),))
def pairs(x):
    s = 0.0
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            d = x[i] - x[j]
            s += math.exp(-d * d) * s * 0.1 + d
    return s


@program(38, args=lambda rng: (rng.uniform(0.2, 0.9, size=4),))
def triangular_three_deep(x):
    s = 0.0
    for i in range(4):
        for j in range(i + 1):
            for k in range(j, i + 1):
                s = math.sin(s + x[i] * x[j] * x[k])
    return s


@program(39, args=lambda rng: (rng.uniform(0.5, 3.0, size=5),))
def while_inside_for(x):
    s = 0.0
    for i in range(len(x)):
        y = x[i]
        while y < 10.0:
            y = y * y + x[i]
        s += y
    return s


@program(39, args=lambda rng: (np.array([0.7, 1.3, 2.9, 1.9]), 0.8))
def while_in_while(x, a):
    s, i = 0.0, 0
    while i < len(x):
        y, k = x[i], 0
        while y * a > 0.3 and k < 20:
            y = y * a
            s += y * y
            k += 1
        i += 1
    return s


@program(39, 32, args=lambda rng: (rng.uniform(0.5, 1.5, size=6),))
def ragged_with_breaks(x):
    s = 0.0
    for i in range(len(x)):
        t = x[i]
        for j in range(10):
            t *= x[(i + j) % 6]
            if t < 0.4:
                break
            if t > 2.0:
                continue
            s += t
    return s


@program(41, args=lambda rng: (rng.normal(size=6),))
def chain_of_cases(x):
    s = 1.0
    for i in range(len(x)):
        k = i % 5
        if k == 0:
            s += x[i]
        elif k == 1:
            s *= x[i]
        elif k == 2:
            s -= x[i] * x[i]
        elif k == 3:
            s = math.sin(s)
        else:
            s = s * s
    return s


@program(41, args=lambda rng: (1.2, 3))
def dispatch_on_integer(a, k):
    if k == 1:
        return a
    if k == 2:
        return a * a
    if k == 3:
        return a * a * a
    if k == 4:
        return math.exp(a)
    return 0.0


@program(42, args=lambda rng: (np.array([0.5, -0.2, 0.9, 1.4]), 1.0))
def short_circuit_and(x, limit):
    s = 0.0
    for i in range(len(x)):
        if x[i] > 0.0 and math.log(x[i]) * x[i] < limit and s < 2.0:
            s += x[i] * x[i]
    return s


@program(42, args=lambda rng: (np.array([0.5, -0.2, 0.9, 1.4]), 1.0))
def short_circuit_or(x, limit):
    s = 1.0
    i = 0
    while i < len(x) and (x[i] < limit or s < 0.5 or i == 0):
        s *= x[i]
        i += 1
    return s


@program(42, args=lambda rng: (0.4, -0.7))
def value_of_and_or(a, b):
    c = (a > 0.0) and (b > 0.0)
    d = (a > 0.0) or (b > 0.0)
    s = a * b if c else a + b
    return s * s if d else s


@program(43, args=lambda rng: (0.4, -0.7, 5))
def swapped_scalars(a, b, n):
    for _ in range(n):
        a, b = b, a + a * b
    return a * a + b


@program(43, args=lambda rng: (0.4, -0.7, 1.1, 4))
def rotated_scalars(a, b, c, n):
    for i in range(n):
        a, b, c = b, c, a * b
        if i % 2 == 0:
            a, c = c, a
    return a + 2.0 * b + 3.0 * c


@program(43, args=lambda rng: (0.4, 5))
def constants_in_phi(a, n):
    sign, s = 1.0, 0.0
    for i in range(n):
        s += sign * a ** i
        sign = -sign
    return s


@program(44, args=lambda rng: (0.4, 0.7))
def conditional_expression(a, b):
    c = a * b if a * a > b else a / b
    return c * c if c > a else c


@program(44, args=lambda rng: (rng.normal(size=6),))
def conditional_in_loop(x):
    s = 0.0
    for i in range(len(x)):
        v = x[i] if x[i] > s else s * x[i]
        s += v * v
    return s


@program(45, args=lambda rng: (1.4, 10))
def infinite_loop_with_return(a, n):
    k = 0
    x = a
    while True:
        x = math.sqrt(x + a)
        k += 1
        if k == n:
            return x * a


@program(45, args=lambda rng: (1.4,))
def infinite_loop_left_by_value(a):
    x = a
    while True:
        y = math.cos(x) * a
        if abs(y - x) < 0.05:
            break
        x = 0.5 * (x + y)
    return x * y


@program(45, args=lambda rng: (1.4,))
def unreachable_code(a):
    if 3 > 4:
        return math.inf
    x = a
    if a != a and a == 0.0:
        raise ValueError
    return x * a


@program(47, args=lambda rng: (rng.normal(size=3), rng.normal(size=3)))
def unrolled_by_constant_bounds(x, y):
    s = 0.0
    for i in range(3):
        for j in range(3):
            s += x[i] * y[j] * x[j]
    return s


@program(47, 64, args=lambda rng: (rng.normal(size=33), rng.normal(size=33)), fastmath=True)
def vectorised_reduction(x, y):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * y[i] * y[i]
    return s


@program(48, args=lambda rng: (np.array([1.0, np.nan, 2.0, np.nan]), 0.5), smooth=False)
def branch_on_nan(x, a):
    s = 0.0
    for i in range(len(x)):
        if x[i] > 1.5:
            s += a * x[i]
        elif x[i] != x[i]:
            s += a * a
        elif not (x[i] >= 0.0):
            s += 100.0
        else:
            s += a
    return s


@program(48, args=lambda rng: (np.array([1.0, 0.0, 2.0]),), smooth=False)
def branch_on_equality(x):
    s = 0.0
    for i in range(len(x)):
        if x[i] == 0.0:
            s += x[i] * 3.0
        elif x[i] == 1.0:
            s += x[i] * x[i] * x[i]
        else:
            s += 2.0 * x[i]
    return s


@program(49, args=lambda rng: (rng.normal(size=5), 0.7, 1.3))
def hoisted_invariants(x, a, b):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * math.exp(a * b) + math.sin(a) * s
    return s


@program(49, args=lambda rng: (rng.normal(size=(3, 4)), 0.7))
def hoisted_in_nest(x, a):
    s = 0.0
    for i in range(3):
        for j in range(4):
            s += x[i, j] * math.exp(x[i, 0]) * math.sqrt(a + 1.0)
    return s


@program(50, args=lambda rng: (rng.normal(size=4), np.int32(4), np.int16(2)))
def narrow_induction_variables(x, n, m):
    s = 0.0
    for i in range(n):
        for j in range(m):
            s = s * 0.5 + x[i] * x[j] * x[i]
    return s


@program(50, args=lambda rng: (rng.normal(size=4),))
def wrapping_counter(x):
    k = np.int8(126)
    s = 0.0
    for i in range(4):
        k = np.int8(k + np.int8(1))
        if k < 0:
            s += x[i] * x[i]
        else:
            s += 2.0 * x[i]
    return s


@program(51, args=lambda rng: (rng.normal(size=4) + 3.0, 0.7))
def division_checks_in_loop(x, a):
    s = 0.0
    for i in range(len(x)):
        s += a / x[i] + s / (x[i] * x[i])
    return s


@program(51, args=lambda rng: (rng.normal(size=4), np.array([0, 3, 1, 1, 2])), boundscheck=True)
def bounds_checks_in_loop(x, index):
    s = 0.0
    for k in range(len(index)):
        s += x[index[k]] * x[k % 4]
        x[index[k]] = s
    return s


@program(51, args=lambda rng: (rng.uniform(0.5, 1.5, size=4), 10.0))
def raise_not_taken(x, limit):
    s = 1.0
    for i in range(len(x)):
        if x[i] < 0.0:
            raise ValueError("negative")
        s *= x[i]
        if s > limit:
            raise OverflowError
    return s


@program(51, args=lambda rng: (np.array([0.5, -1.0, 2.0]),), raises=ValueError)
def raises_without_arguments(x):
    s = 0.0
    for i in range(len(x)):
        if x[i] < 0.0:
            raise ValueError
        s += x[i] * x[i]
    return s


@program(51, 24, args=lambda rng: (np.array([0.5, -1.0, 2.0]),), raises=ValueError)
def raises_with_arguments(x):
    work = x * 2.0
    for i in range(len(x)):
        if work[i] < 0.0:
            raise ValueError("negative", 3)
        x[i] = work[i] * x[i]
    return x[0]


@program(51, args=lambda rng: (np.array([0.5, 0.0, 2.0]), 1.0), raises=ZeroDivisionError)
def raises_division_by_zero(x, a):
    s = 0.0
    for i in range(len(x)):
        s += a / x[i]
    return s


@program(51, args=lambda rng: (np.array([0.5, 1.0, 2.0]), 5), raises=IndexError, boundscheck=True)
def raises_index_error(x, n):
    work = np.zeros(3)
    s = 0.0
    for i in range(n):
        work[i] = x[i] * x[i]
        s += work[i]
    return s


@program(51, 39, args=lambda rng: (np.array([0.5, 3.0, 2.0]),), raises=RuntimeError)
def raises_after_while(x):
    s = 0.0
    for i in range(len(x)):
        y = x[i]
        k = 0
        while y > 0.1:
            y *= x[i] * 0.5
            k += 1
            if k > 40:
                raise RuntimeError("no convergence")
            s += y
    return s


@program(52, args=lambda rng: (rng.normal(size=4), 4))
def assertion(x, n):
    assert n > 0
    s = 0.0
    for i in range(n):
        s += x[i] * x[i] * x[0]
    return s


@program(32, 44, args=lambda rng: (np.array([0.2, 0.7]),))
def nested_branches(x):
    a, b = x[0], x[1]
    if a > 0.0:
        if b > 0.5:
            c = a * b
            if c > 0.1:
                c = c * c
            else:
                c = c + a
        else:
            c = a - b
    else:
        c = b
    return c * math.exp(a)


@program(30, 38, args=lambda rng: (0.4, 2))
def deep_nest(a, n):
    s = a
    for i in range(n):
        for j in range(n):
            for k in range(n):
                for l in range(n):
                    for m in range(n):
                        s = s * 0.9 + a * (i + j * k - l * m) * s * s * 0.01
    return s


# Values of one iteration that several branches use: the reverse computes them once, in front of these (plan/homes.py).
@program(29, 32, args=lambda rng: (rng.normal(size=6), rng.normal(size=6)))
def chain_used_in_branches(x, y):
    s = 0.0
    for i in range(x.size):
        u = x[i] * x[i]
        v = u * y[i] + 0.5
        t = x[i]
        if y[i] > -0.5:
            t = t * math.sin(v)
        w = v * u
        if y[i] > 0.2:
            t = t + math.cos(w * v)
        if x[i] > 0.1:
            for j in range(3):
                t = t * math.sin(u + w * j)
        else:
            t = math.exp(-w * w) * t
        s += t
    return s * s


@program(29, 32, args=lambda rng: (rng.normal(size=8), np.array([-1.0, 0.3, 1.5, -2.0, 0.9, 2.5, 3.5, -1.0])))
def chain_used_until_the_break(x, y):
    s = 0.7
    for i in range(x.size):
        u = s * x[i]
        if y[i] > 3.0:
            break
        v = u * u + s
        if y[i] > 2.0:
            s = s * math.sin(v * u)
            continue
        w = v * math.sin(u)
        if y[i] > 1.0:
            s = s + math.cos(w * v)
        elif y[i] > 0.5:
            s = s * math.cos(w) + u * v
        else:
            s = s + w
    return s * s
