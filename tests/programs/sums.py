"""Loops that sum into the result: the adjoint of each term is known beforehand, or only seems to be."""
import math

import numpy as np

from tests.support.program import program


def vectors(count, n):
    """Arguments: vectors of the same length."""
    return lambda rng: tuple(rng.normal(size=n) for _ in range(count))


@program(38, args=vectors(2, 5))
def nested_sums(x, y):
    e = 0.0
    for i in range(len(x)):
        for j in range(i):
            e += math.sin(x[i] * y[j]) * x[j]
        e -= y[i] * y[i]
    return e


@program(args=vectors(2, 7))
def conditional_sum(x, y):
    e = 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            e += math.exp(-x[i]) * y[i]
        elif y[i] > 0.0:
            e -= y[i] * y[i]
    return e


@program(args=vectors(2, 6))
def two_sums(x, y):
    """Both become the result; together they do so only after a subtraction."""
    a, b = 0.0, 0.0
    for i in range(len(x)):
        a += math.exp(x[i] * y[i])
        b += math.cos(x[i]) * y[i]
    return a - b


@program(args=vectors(1, 6))
def sum_used_nonlinearly(x):
    """The adjoint of the sum is known only behind the loop."""
    e = 0.0
    for i in range(len(x)):
        e += math.exp(x[i])
    return e * e + math.log(e)


@program(args=vectors(1, 6))
def sum_used_within_the_loop(x):
    e = 0.0
    for i in range(len(x)):
        e += math.exp(x[i]) * (1.0 + 0.1 * e)
    return e


@program(32, args=lambda rng: (rng.normal(size=6), 0.4))
def early_return_before_a_sum(x, limit):
    if x[0] > limit:
        return x[1] * x[1]
    e = 0.0
    for i in range(len(x)):
        e += math.sin(x[i])
    return e


@program(32, args=lambda rng: (rng.uniform(0.5, 1.0, size=6), 2.5))
def early_return_out_of_a_sum(x, limit):
    e = 0.0
    for i in range(len(x)):
        e += math.exp(-x[i]) * x[i]
        if e > limit * 0.4:
            return e
    return 2.0 * e


@program(32, args=lambda rng: (rng.normal(size=6), 0.4))
def early_return_after_a_sum(x, limit):
    e = 0.0
    for i in range(len(x)):
        e += math.sin(x[i]) * x[i]
    if e > limit:
        return e
    return e * x[0]


@program(args=lambda rng: (rng.normal(size=6), 0.7), activities=("duplicated", "const"))
def sum_with_inactive_recurrence(x, t):
    """The weights come from one another and carry no derivative."""
    p, q, e = 1.0, t, 0.0
    for i in range(len(x)):
        e += p * x[i] * x[i]
        p, q = q, 2.0 * t * q - p
    return e


@program(51, args=lambda rng: (rng.uniform(0.5, 1.0, size=6),), raises=ValueError)
def sum_that_raises(x):
    e = 0.0
    for i in range(len(x)):
        if i == 4:
            raise ValueError("four")
        e += math.exp(x[i])
    return e


@program(51, args=lambda rng: (rng.uniform(0.5, 1.0, size=6), rng.uniform(0.5, 1.0, size=6)))
def sum_that_might_raise(x, y):
    e = 0.0
    for i in range(len(x)):
        if y[i] < 0.0:
            raise ValueError("negative")
        e += x[i] / y[i]
    return e


@program(args=lambda rng: (1.3, rng.normal(size=5)))
def sum_from_an_active_start(a, x):
    e = a * a
    for i in range(len(x)):
        e += math.sin(x[i] * a)
    return e


@program(args=vectors(2, 5))
def difference_of_terms(x, y):
    e = 0.0
    for i in range(len(x)):
        e = e - math.exp(x[i] * y[i])
    return e


@program(args=vectors(1, 5))
def term_minus_sum(x):
    """`t - e`: the adjoint alternates, no sum."""
    e = 0.0
    for i in range(len(x)):
        e = math.exp(x[i]) - e
    return e


@program(args=vectors(2, 5))
def sum_scaled_afterwards(x, y):
    e = 0.0
    for i in range(len(x)):
        e += math.exp(x[i]) * y[i]
    return 0.5 * e


@program(26, args=lambda rng: (rng.normal(size=6).astype(np.float32), rng.normal(size=6).astype(np.float32)), tolerance=1e-5)
def sum_in_float32(x, y):
    e = np.float32(0.0)
    for i in range(len(x)):
        e += x[i] * x[i] * y[i]
    return e


@program(26, args=lambda rng: (rng.normal(size=6).astype(np.float32),), tolerance=1e-5)
def float32_terms_in_a_double_sum(x):
    e = 0.0
    for i in range(len(x)):
        e += x[i] * x[i]
    return e


@program(1, args=vectors(2, 5))
def sum_and_a_store_behind(x, y):
    """The array that the terms were read from is overwritten after the loop."""
    e = 0.0
    for i in range(len(x)):
        e += math.exp(x[i])
    for i in range(len(x)):
        x[i] = y[i] * y[i]
    return e


@program(29, args=lambda rng: (rng.normal(size=0), 1.5))
def sum_without_a_term(x, a):
    e = a
    for i in range(len(x)):
        e += x[i] * x[i]
    return e


@program(67, args=lambda rng: (rng.normal(size=37), rng.uniform(0.5, 2, size=37)), fastmath=True)
def sum_of_quotients(a, b):
    """The tests of the divisor are joined behind the loop."""
    s = 0.0
    for i in range(a.size):
        s += math.exp(-a[i] / b[i]) / (1.5 + math.sin(a[i]))
    return s


@program(51, 67, args=lambda rng: (rng.normal(size=37), np.where(np.arange(37) == 20, 0.0, 1.5)), raises=ZeroDivisionError, fastmath=True)
def sum_of_quotients_with_a_zero(a, b):
    s = 0.0
    for i in range(a.size):
        s += math.exp(-a[i] / b[i])
    return s


@program(51, 67, args=lambda rng: (rng.normal(size=37), rng.uniform(0.5, 2, size=37), np.empty(37)), fastmath=True)
def quotients_written(a, b, out):
    """What has been written shows how far the loop came."""
    s = 0.0
    for i in range(a.size):
        s += math.exp(-a[i] / b[i])
        out[i] = s
    return s


@program(59, args=lambda rng: (rng.normal(size=9), 0.0), closed_form=lambda x, a: (np.ones(9), 0.0), error_model="numpy")
def quotient_in_a_guarded_sum(x, a):
    """LLVM divides in front of the loop, in vain; the sum goes around it."""
    s = 0.0
    for i in range(x.size):
        if a != 0.0:
            s += x[i] * (1.0 / a)
        else:
            s += x[i]
    return s


@program(59, args=lambda rng: (rng.normal(size=9), np.where(np.arange(9) % 2, 0.0, 2.0)), smooth=False, error_model="numpy",
         closed_form=lambda x, b: (np.where(b > 0, 0.5, 0.0), np.where(b > 0, -0.25 * x, 0.0)))
def quotients_selected_in_a_sum(x, b):
    s = 0.0
    for i in range(x.size):
        q = x[i] / b[i]
        s += q if b[i] > 0.0 else 0.0
    return s


@program(args=vectors(2, 5))
def mean_of_terms(x, y):
    e = 0.0
    for i in range(len(x)):
        e += math.exp(x[i]) * y[i]
    return e / len(x)


@program(args=lambda rng: (rng.normal(size=5), 1.7, rng.normal(size=4)))
def scaled_by_active_numbers(x, a, y):
    """One sum times what is active itself, less another one, less what comes behind both."""
    e, g = 0.0, 0.0
    for i in range(len(x)):
        e += math.exp(x[i] * a)
    for i in range(len(y)):
        g += math.sin(y[i] * a)
    return (a * e * 0.5 - g / a) * 2.0 - math.exp(a) * y[0]


@program(args=lambda rng: (rng.normal(size=5), 1.7))
def two_sums_of_a_loop(x, a):
    e, g = 0.0, 0.0
    for i in range(len(x)):
        e += math.exp(x[i] * a)
        g += math.sin(x[i] + a)
    return 3.0 * e - g / (a + 2.0)


@program(args=lambda rng: (rng.normal(size=5), 1.7))
def sum_taken_twice(x, a):
    e = 0.0
    for i in range(len(x)):
        e += math.exp(x[i] * a)
    return 3.0 * e - e * a


@program(args=lambda rng: (rng.normal(size=5), 1.7))
def scaled_on_one_path(x, a):
    e = 0.0
    for i in range(len(x)):
        e += math.exp(x[i] * a)
    if a > 1.0:
        e = e * a
    return e - 1.0


@program(args=lambda rng: (rng.normal(size=5), 1.7))
def scaled_by_what_follows(x, a):
    """The factor is known behind the loop only."""
    e, g = 0.0, 1.0
    for i in range(len(x)):
        e += math.exp(x[i] * a)
    for i in range(len(x)):
        g *= x[i] + 2.5
    return e * g


@program(args=lambda rng: (rng.normal(size=5), rng.normal(size=(4, 3))))
def scratch_of_two_loops_in_a_mean(w, x):
    """Filled anew for each k, and used there alone: private to each i as well."""
    t, e = np.empty(x.shape[1]), 0.0
    for i in range(x.shape[0]):
        for k in range(w.size):
            for j in range(t.size):
                t[j] = math.sin(w[k] * x[i, j])
            for j in range(1, t.size):
                e += t[j] * t[j - 1]
    return -0.5 * e / x.shape[0]
