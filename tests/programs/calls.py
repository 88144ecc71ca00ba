"""Calls: other njit functions, functions as arguments and captured, callbacks and what the runtime does."""
import ctypes
import math

import numpy as np
from numba import cfunc, float64, int64, njit, objmode, prange, types, vectorize
from numba.experimental import jitclass

from tests.support.program import program


@njit
def square(x):
    return x * x


@njit
def scale_in_place(x, a):
    for i in range(len(x)):
        x[i] *= a
    return x[0] * a


@njit
def dot(x, y):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * y[i]
    return s


@program(73, args=lambda rng: (1.3, 0.4))
def callee_with_different_activities(a, b):
    return _blend(a, 2.0) + _blend(3.0, b) + _blend(a, b) + _blend(1.0, 2.0) * a


@njit
def _blend(x, y):
    return x * math.sin(y) + x * x * y


@program(73, args=lambda rng: (rng.normal(size=4), np.array([1.0, 2.0, 3.0, 4.0])), activities=("duplicated", "const"))
def callee_with_const_array(x, w):
    return dot(x, w) * dot(w, w) + dot(x, x)


@program(74, args=lambda rng: (rng.normal(size=4), 0.7))
def callee_returns_and_writes(x, a):
    s = scale_in_place(x, a)
    t = scale_in_place(x[1:], s)
    return s * t + x[2]


@program(74, args=lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def callee_fills_an_array(x, out):
    s = 0.0
    for k in range(3):
        _fill(x, out, k)
        s += out[k] * out[0]
    return s


@njit
def _fill(x, out, k):
    for i in range(len(x)):
        out[i] = x[i] * x[k] + out[i]


@program(75, args=lambda rng: (square, 1.3), activities=("const", "active"))
def function_as_argument(g, a):
    return g(a) * g(g(a)) + a


@program(75, args=lambda rng: ((square, dot), rng.normal(size=3)), activities=("const", "duplicated"))
def functions_in_a_tuple(fs, x):
    return fs[0](x[0]) * fs[1](x, x)


def _captured(g, c):
    @njit
    def closure_over_function(a):
        s = 0.0
        for i in range(3):
            s += g(a + i) * c
        return s
    return closure_over_function


closure_over_function = program(75, 22, args=lambda rng: (1.3,))(_captured(square, 2.5))


@program(75, args=lambda rng: (1.3, 0.4))
def inner_function(a, b):
    def inner(x):
        return x * x + b
    return inner(a) * inner(b)


@program(75, args=lambda rng: (rng.normal(size=4),))
def function_passed_on(x):
    return _mapped(square, x) + _mapped(math.sin, x)


@njit
def _mapped(g, x):
    s = 0.0
    for i in range(len(x)):
        s += g(x[i])
    return s


@program(74, 24, args=lambda rng: (rng.normal(size=4),))
def callee_returns_new_array(x):
    s = 0.0
    for k in range(3):
        y = _new(x, k)
        s += y[0] * y[3] * s + y[1]
    return s


@njit
def _new(x, k):
    out = np.empty(len(x))
    for i in range(len(x)):
        out[i] = math.sin(x[i]) * x[k]
    return out


@program(74, args=lambda rng: (1.3, 0.4))
def callee_returns_tuple(a, b):
    p, q = _pair(a, b)
    r, _ = _pair(q, p)
    return p * r + q


@njit
def _pair(a, b):
    return a * b, math.exp(a) - b


@program(73, 91, args=lambda rng: (rng.normal(size=16),), note="the callee may have been compiled, and vectorised, by itself before")
def callee_that_vectorises(x):
    return _polynomial(x) * _polynomial(x[2:])


@njit(fastmath=True)
def _polynomial(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * (1.0 + x[i] * (2.0 + x[i]))
    return s


@njit(inline="always")
def _inlined(x, y):
    return x * y + math.cos(x)


@program(73, args=lambda rng: (1.3, 0.4))
def inlined_and_not(a, b):
    return _inlined(a, b) * _never(b, a)


@njit(inline="never")
def _never(x, y):
    if x > 10.0:
        raise ValueError("too large")
    return x * y + math.cos(x)


@program(73, args=lambda rng: (1.3, 4))
def chain_of_callees(a, n):
    s = a
    for _ in range(n):
        s = _outer(s, a)
    return s


@njit
def _outer(x, a):
    return _middle(x * 0.5, a) + a


@njit
def _middle(x, a):
    return _never(x, a) * square(x)


@program(51, 73, args=lambda rng: (11.0, 0.4), raises=ValueError)
def callee_raises(a, b):
    return _never(a, b) * b


@program(73, args=lambda rng: (1.3, 0.4))
def vectorize_object(a, b):
    return _elementwise(a, b) * a


@vectorize
def _elementwise(x, y):
    return x * math.exp(y)


# -- what may be refused today


@program(46, args=lambda rng: (1.3, 5))
def recursion(a, n):
    if n <= 0:
        return a
    return recursion(a * a * 0.9, n - 1) + a


@njit
def _even(a, n):
    if n == 0:
        return a
    return _odd(a * 1.1, n - 1) * a


@njit("float64(float64, int64)")
def _odd(a, n):
    if n == 0:
        return a * a
    return _odd(a, n - 2) + a if n > 1 else a


@program(46, args=lambda rng: (1.3, 5))
def recursion_in_callees(a, n):
    return _even(a, n) + _odd(a, n)


@program(76, args=lambda rng: (rng.normal(size=4), rng.normal(size=4)), refused="dot|BLAS|blas|numba_xxdot")
def blas_dot(x, y):
    return np.dot(x, y) * x[0]


@program(76, args=lambda rng: (rng.normal(size=(3, 2)), rng.normal(size=2)), refused="dot|BLAS|blas|gemv|gemm|@")
def blas_matrix_vector(a, x):
    y = a @ x
    return y[0] * y[2]


@program(76, args=lambda rng: (rng.normal(size=(3, 2)), rng.normal(size=(3, 2))), refused="dot|BLAS|blas|gemv|gemm|@")
def blas_matrix_product_transposed(a, b):
    c = a @ b.T
    return c[0, 1] * c[2, 2]


@program(76, args=lambda rng: (rng.normal(size=(3, 3)) + 4.0 * np.eye(3), rng.normal(size=3)), refused="linalg|LAPACK|lapack|solve|gesv")
def lapack_solve(a, b):
    x = np.linalg.solve(a, b)
    return x[0] * x[2]


@program(77, args=lambda rng: (rng.normal(size=5),))
def sorted_copy(x):
    y = np.sort(x)
    return y[0] * y[4] + y[2]


@program(77, args=lambda rng: (rng.normal(size=5),))
def argsorted(x):
    k = np.argsort(x)
    return x[k[0]] * x[k[4]]


@program(77, args=lambda rng: (rng.normal(size=5),), refused="cumsum")
def cumulative_sum(x):
    y = np.cumsum(x)
    return y[1] * y[4]


@program(77, args=lambda rng: (rng.normal(size=(3, 3)) + 4.0 * np.eye(3),), refused="linalg|LAPACK|lapack|inv|getr")
def lapack_inverse(a):
    b = np.linalg.inv(a)
    return b[0, 1] * b[2, 2]


@program(78, args=lambda rng: (1.3,))
def random_numbers(a):
    np.random.seed(3)
    s = 0.0
    for _ in range(3):
        s += a * np.random.random()
    return s * a


@program(78, args=lambda rng: (1.3, 0.4))
def random_normal(a, b):
    np.random.seed(3)
    return np.random.normal(a, b) * a


@program(79, args=lambda rng: (1.3,))
def prints(a):
    print("a =", a)
    return a * a


@program(80, args=lambda rng: (1.3,), refused="objmode|object mode|Python", oracle=False)
def object_mode(a):
    with objmode(b="float64"):
        b = math.sin(a)
    return a * b


@njit(parallel=True)
def _parallel(x):
    return (x * x).sum()


@program(81, args=lambda rng: (rng.normal(size=8),), refused="parallel=True")
def callee_in_parallel(x):
    return _parallel(x) * x[0]


@program(81, args=lambda rng: (rng.normal(size=8),))
def prange_without_parallel(x):
    s = 0.0
    for i in prange(len(x)):
        s += x[i] * x[i]
    return s * s


@program(81, args=lambda rng: (rng.normal(size=8),), refused="prange|parallel", parallel=True)
def parallel_loop(x):
    s = 0.0
    for i in prange(len(x)):
        s += x[i] * x[i]
    return s


@cfunc(float64(float64))
def _callback(x):
    return x * x


_sine = ctypes.CDLL(None).sin
_sine.restype, _sine.argtypes = ctypes.c_double, (ctypes.c_double,)


@program(82, args=lambda rng: (1.3,), refused="function|call|address|pointer", oracle=False)
def calls_a_cfunc(a):
    return _callback(a) * a


@program(82, args=lambda rng: (1.3,), refused="function|call|address|pointer", oracle=False)
def calls_ctypes(a):
    return _sine(a) * a


@jitclass([("a", float64), ("n", int64)])
class Spring:
    """A force with a stiffness."""
    def __init__(self, a, n):
        self.a = a
        self.n = n

    def energy(self, x):
        return 0.5 * self.a * x ** self.n


@program(85, args=lambda rng: (1.3, 0.7), oracle=False)
def jitclass_inside(x, a):
    spring = Spring(a, 2)
    spring.a = spring.a * a
    return spring.energy(x)


@njit
def _typed(x):
    return x * x


FUNCTIONS = types.FunctionType(float64(float64))


@program(82, args=lambda rng: (1.3, 1), refused="function|call|address|pointer", oracle=False)
def function_chosen_at_run_time(a, k):
    fs = (_callback, _other_callback)
    s = 0.0
    for i in range(2):
        s += fs[(i + k) % 2](a)
    return s


@cfunc(float64(float64))
def _other_callback(x):
    return x * 3.0
