"""Constructs outside today's cover: each is refused by name, with the user's line, from Python and from njit code, or is right.

The line that must be named carries the mark `# here`; where several may be, any of them. A construct without an oracle is held against
differences.
"""
import inspect
import math
import re

import numpy as np
import pytest
from numba import float64, njit, objmode, prange, typed, types
from numba.core.errors import NumbaError
from numba.experimental import jitclass
from numpy.lib.stride_tricks import as_strided

from tests.support.product import check_gradient, check_primal, gradient_of, inside, needs_irad, reason, seeds_of
from tests.support.program import Program

pytestmark = needs_irad
CASES = []

PAIR = np.dtype([("a", "f8"), ("k", "i4"), ("b", "f8")])


def case(text, args, activities=None, oracle=True, smooth=True, f=None, **options):
    """A construct: `text` is what its error must match."""
    def register(python):
        dispatcher = njit(**options)(python) if f is None else f
        CASES.append(Program(python.__name__, dispatcher, lambda rng: args() if callable(args) else args, (), activities, refused=text,
                             oracle=oracle, smooth=smooth))
        return dispatcher
    return register


def normal(*shape):
    """Random numbers, the same each time."""
    return lambda: (np.random.default_rng(7).normal(size=shape),)


def records():
    """Two records of two floats and an int, and a float."""
    return np.array([(1.0, 2, 0.5), (3.0, 1, -0.5)], dtype=PAIR), 1.5


@case("record|memory", records, ("const", "active"), oracle=False)
def record_copied_whole(r, a):
    r[0].a = a * a
    r[1] = r[0]  # here
    return r[1].a * a


@case("record|memory", records, ("const", "active"), oracle=False)
def record_field_written(r, a):
    r[0].b = a * a  # here
    return r[0].b * a


@case("prange|parallel", normal(6), parallel=True)
def prange_reduction(x):  # here
    s = 0.0
    for i in prange(len(x)):
        s += x[i] * x[i]
    return s


@case("prange|parallel", normal(6), parallel=True)
def parallel_array_expression(x):  # here
    y = np.sin(x) * x
    return y[0] * y[5]


@case("list", normal(4))
def list_of_arrays(x):
    parts = []  # here
    for i in range(3):
        parts.append(x * i)  # here
    return parts[1][0] * parts[2][1]


@case("list", (1.3,))
def list_of_floats_appended(a):
    values = [a]  # here
    for i in range(3):
        values.append(values[i] * a)  # here
    return values[3]


@case("list", (1.3,))
def list_comprehension(a):
    values = [a * i for i in range(4)]  # here
    return values[3] * values[1]


@case("list", lambda: ([1.0, 2.0], 1.3), ("const", "active"), oracle=False)
def list_argument(values, a):  # here
    return values[0] * a + values[1] * a * a


@case("list", (1.3,), oracle=False)
def typed_list(a):
    values = typed.List.empty_list(types.float64)  # here
    values.append(a * a)  # here
    return values[0] * a


@case("dict", (1.3,), oracle=False)
def dictionary(a):
    table = {1: a * a, 2: a}  # here
    return table[1] * table[2]


@case("dict", (1.3,), oracle=False)
def typed_dictionary(a):
    table = typed.Dict.empty(types.int64, types.float64)  # here
    table[3] = a * a  # here
    return table[3] * a


@case("set", (1.3,), oracle=False)
def set_of_floats(a):
    found = {a, a * a}  # here
    s = 0.0
    for v in found:
        s += v
    return s


@case("string|unicode|str", (1.3, 3))
def strings(a, n):
    s = "ab" * n  # here
    return a * a * len(s)


@case("string|unicode|str", lambda: ("abc", 1.3), ("const", "active"))
def string_argument(s, a):  # here
    return a * len(s) * a if s == "abc" else a  # here


@njit
def _squares(a, n):
    for i in range(n):
        yield a * a * i


@case("generator", (1.3,))
def generator(a):
    s = 0.0
    for v in _squares(a, 4):  # here
        s += v * a
    return s


@case("try|except", (1.3, 0.0), smooth=False)
def try_except(a, b):
    try:  # here
        if b == 0.0:  # here
            raise ValueError  # here
        s = a * b
    except Exception:
        s = a * a
    return s


@case("recurs", (1.3, 4))
def recursion(a, n):
    if n <= 0:
        return a
    return recursion(a * a * 0.9, n - 1) + a  # here


@njit("float64(float64)")
def _declared(x):
    return x * x


@njit("float64(float64)")
def _declared_too(x):
    return x * 3.0


@case("function|address|pointer", (1.3, 1), oracle=False)
def first_class_functions(a, k):
    chosen = (_declared, _declared_too)
    s = 0.0
    for i in range(2):
        s += chosen[(i + k) % 2](a)  # here
    return s


@case("jitclass|class|object|instance", (1.3, 0.7), oracle=False)
def class_instance(x, a):
    spring = _Spring(a)  # here
    return spring.energy(x)


@jitclass([("a", float64)])
class _Spring:
    """A stiffness."""
    def __init__(self, a):
        self.a = a * a

    def energy(self, x):
        return 0.5 * self.a * x * x


@case("complex", (1.3, 0.4), oracle=False)
def complex_numbers(a, b):
    z = complex(a, b)  # here
    w = z * z + 1.0 / z
    return w.real * w.imag


@case("complex", lambda: (np.array([1.0 + 2.0j, 0.5j]), 1.3), ("const", "active"), oracle=False)
def complex_array(z, a):
    w = z[0] * a + z[1]  # here
    return w.real * w.imag


@case("optional|none", (1.3, 0.4))
def optional_value(a, b):
    c = None
    if a > b:
        c = a * b  # here
    if c is not None:
        return c * c
    return a


@case("object|Python", (1.3,), oracle=False)
def python_object_mode(a):
    with objmode(b="float64"):  # here
        b = math.sin(a)
    return a * b


@case("dot|blas", lambda: tuple(np.random.default_rng(7).normal(size=(2, 4))))
def blas_dot(x, y):
    return np.dot(x, y) * x[0]  # here


@case("dot|blas|gemv|gemm|@|matmul", lambda: (np.random.default_rng(7).normal(size=(3, 3)), np.ones(3)))
def matrix_vector(a, x):
    y = a @ x  # here
    return y[0] * y[2]


@case("dot|blas|gemv|gemm|@|matmul", normal(3, 3))
def matrix_matrix(a):
    c = np.dot(a, a.T)  # here
    return c[0, 1] * c[2, 2]


@case("linalg|lapack|gesv|solve", lambda: (np.random.default_rng(7).normal(size=(3, 3)) + 4 * np.eye(3), np.ones(3)))
def linear_solve(a, b):
    x = np.linalg.solve(a, b)  # here
    return x[0] * x[2]


@case("linalg|lapack|getr|inv", lambda: (np.random.default_rng(7).normal(size=(3, 3)) + 4 * np.eye(3),))
def inverse(a):
    b = np.linalg.inv(a)  # here
    return b[0, 1] * b[2, 2]


@case("linalg|lapack|getr|det", lambda: (np.random.default_rng(7).normal(size=(3, 3)) + 4 * np.eye(3),))
def determinant(a):
    return np.linalg.det(a) * a[0, 0]  # here


@case("linalg|lapack|potrf|chol", lambda: (np.eye(3) * 4.0 + 0.5,), oracle=False)
def cholesky(a):
    l = np.linalg.cholesky(a)  # here
    return l[2, 0] * l[2, 2]


@case("linalg|lapack|evd|eig", lambda: (np.diag([1.0, 2.0, 4.0]) + 0.1,), oracle=False)
def eigenvalues(a):
    w = np.linalg.eigvalsh(a)  # here
    return w[0] * w[2]


@case("linalg|nrm2|norm", normal(4))
def vector_norm(x):
    return np.linalg.norm(x) * x[0]  # here


@case("random", (1.3,))
def random_numbers(a):
    np.random.seed(3)  # here
    return a * a * np.random.random()  # here


@case("random", (1.3, 0.4))
def normal_numbers(a, b):
    np.random.seed(3)  # here
    return np.random.normal(a, b) * a  # here


@case("sort|list", normal(5))
def sort(x):
    y = np.sort(x)  # here
    return y[0] * y[4] + y[2]


@case("sort|list", normal(5))
def sort_in_place(x):
    x.sort()  # here
    return x[0] * x[4]


@case("sort|list", normal(5))
def argsort(x):
    k = np.argsort(x)  # here
    return x[k[0]] * x[k[4]]


@case("median|sort|partition|select|list", normal(5), oracle=False)
def median(x):
    return np.median(x) * x[0]  # here


@case("unique|sort|list", normal(5), oracle=False)
def unique(x):
    y = np.unique(x)  # here
    return y[0] * y[3]


@case("search", lambda: (np.array([0.0, 0.4, 1.0]), 0.5), oracle=False)
def search_sorted(knots, t):
    k = np.searchsorted(knots, t)  # here
    return knots[k] * t


@case("interp", lambda: (0.5, np.array([0.0, 0.4, 1.0]), np.array([1.0, 3.0, 2.0])), oracle=False)
def interpolation(t, knots, values):
    return np.interp(t, knots, values) * t  # here


@case("convolve|correlate", lambda: (np.arange(5.0), np.array([1.0, 2.0])), oracle=False)
def convolution(x, k):
    y = np.convolve(x, k)  # here
    return y[1] * y[3]


@case("view|integer|bit|byte|i64", normal(2), oracle=False, smooth=False)
def integers_over_floats(x):
    k = x.view(np.int64)  # here
    k[0] = k[0] ^ 1  # here
    return x[0] * x[1]


@case("floats may begin inside", lambda: (normal(4)()[0], 4), ("duplicated", "const"), oracle=False, smooth=False)
def view_between_elements(x, k):
    y = x.view(np.int8)[k:k + 16].view(np.float64)  # here
    y[0] = x[0] * x[1]
    return x[0] * x[1]


@case("floats may begin inside", lambda: (normal(4)()[0], 4), ("duplicated", "const"), oracle=False, smooth=False)
def view_between_elements_in_a_list(x, k):
    rows = [x, x.view(np.int8)[k:k + 16].view(np.float64)]  # here
    rows[k % 2][0] = x[1]
    return x[0] * x[1]


@case("floats may begin inside", lambda: (normal(4)()[0], 4), ("duplicated", "const"), oracle=False, smooth=False)
def strides_between_elements(x, k):
    y = as_strided(x, (3,), (k,))  # here
    return y[1] * x[1]


@case("print", (1.3,))
def printing(a):
    print("a =", a)  # here
    return a * a


@case("concat", lambda: tuple(np.random.default_rng(7).normal(size=(2, 3))))
def concatenated(x, y):
    z = np.concatenate((x, y))  # here
    return z[0] * z[4]


@case("result|return|vjp", (1.3,), oracle=False)  # here
def returns_a_tuple(a):  # here
    return a, a * a


@case("result|return", (1.3,), oracle=False)  # here
def returns_an_integer(a):  # here
    return int(a * 3.0)


@case("result|return", (1.3,), oracle=False)  # here
def returns_nothing(a):  # here
    a * a


@case("result|return|complex|vjp", (1.3,), oracle=False)  # here
def returns_a_complex_number(a):  # here
    return complex(a, a * a)


def test_there_are_thirty():
    assert len({p.name for p in CASES}) == len(CASES) >= 30


@pytest.mark.parametrize("where", ["python", "njit"])
@pytest.mark.parametrize("p", CASES, ids=repr)
def test_refused_with_its_line_or_right(p, where):
    from irad import IradError
    args = p.args()
    kinds, seeds = p.kinds(args), seeds_of(p, args)
    try:
        answer = gradient_of(p, args, seeds, entry=inside() if where == "njit" else None)
    except IradError as error:
        text = str(error)
        assert re.search(p.refused, reason(error, p), re.IGNORECASE), text
        assert where == "njit" or len(text.splitlines()) <= 12, text
        assert re.search(r"\n +\^+\nWhy: .+\.\nWhat to do: .+\.$", text, re.M), text
        assert _names_the_line(text, p), text
        return
    except NumbaError as error:
        raise AssertionError(f"not an IradError: {error}") from error
    check_primal(p, answer, args, kinds)
    check_gradient(p, answer, args, kinds, seeds)


def _names_the_line(text, p):
    lines, first = inspect.getsourcelines(p.f.py_func)
    marked = [str(first + k) for k, line in enumerate(lines) if "# here" in line]
    return "test_refusals.py" in text and re.search(rf"(line |:)({'|'.join(marked)})\b", text)
