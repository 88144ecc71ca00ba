"""Wrong use: every refusal says what to write instead, from Python and from njit."""
import numpy as np
import pytest
from numba import njit, types

from irad import Active, Const, Duplicated, Forward, IradError, Reverse, ReverseWithPrimal, autodiff, grad, gradient, value_and_gradient


@njit
def one(x):
    return x * 2


@njit
def two(x, y):
    return x


READ_ONLY = np.ones(3)
READ_ONLY.flags.writeable = False

WRONG = [
    ("an int has no derivative.*write Const\\(x\\), or a float such as 3.0", one, [Active(3)]),
    ("a bool has no derivative", one, [Active(True)]),
    ("array of int64 cannot be Active.*Const", one, [Active(np.arange(3))]),
    ("cannot be added into a complex number.*write Active", one, [Duplicated(1j, 0j)]),
    ("it has dtype complex64", one, [Duplicated(np.ones(2, complex), np.ones(2, np.complex64))]),
    ("cannot be Active", one, [Active("text")]),
    ("an array of Record.*no derivative", one, [Active(np.zeros(2, [("k", int)]))]),
    ("a Record.*no derivative", one, [Active(np.zeros(2, [("k", int)])[0])]),
    ("shadow of a record is a record", one, [Duplicated(np.zeros(2, [("a", float)])[0], 1.0)]),
    ("cannot be added into a float.*write Active", one, [Duplicated(1.0, 0.0)]),
    ("cannot be added into a float.*write Active", one, [Duplicated((np.ones(2), 1.0), (np.ones(2), 0.0))]),
    ("Duplicated needs an array of floats", one, [Duplicated((1, 2), (1, 2))]),
    ("Duplicated needs an array of floats", one, [Duplicated(np.arange(3), np.arange(3))]),
    ("it has dtype float32, and the array has float64.*zeros_like", one, [Duplicated(np.ones(2), np.ones(2, np.float32))]),
    ("it has 2, and the array has 1", one, [Duplicated(np.ones(2), np.ones((2, 1)))]),
    ("the shadow is read-only", one, [Duplicated(np.ones(3), READ_ONLY)]),
    ("the shadow has another structure", one, [Duplicated((np.ones(2),), (np.ones(2), np.ones(2)))]),
    ("the shadow of an array is an array", one, [Duplicated(np.ones(2), 1.0)]),
    ("annotated twice", one, [Active(Const(1.0))]),
    ("takes 1 argument \\(x\\), and 0 are given", one, []),
    ("takes 1 argument \\(x\\), and 2 are given", one, [Active(1.0), Const(2.0)]),
    ("takes 2 arguments \\(x, y\\), and 1 is given", two, [Active(1.0)]),
]


@pytest.mark.parametrize("text, f, annotated", WRONG, ids=[f"{k}" for k in range(len(WRONG))])
def test_arguments(text, f, annotated):
    for call in autodiff, njit(lambda mode, f, *args: autodiff(mode, f, *args)):
        with pytest.raises(IradError, match=f"(?s){text}") as error:
            call(Reverse, f, *annotated)
        said = str(error.value)
        assert "test_errors.py\", line" in said and len(said.splitlines()) <= 12 and "Why: " in said and "What to do: " in said


def test_missing_mode_annotation_or_function():
    for args, text in [((one, Active(1.0)), "the first argument is a mode"), ((Reverse, one, 1.0), "has no annotation"),
                       ((Forward, one, Active(1.0)), "in forward mode nothing is Active"), ((Reverse, 3, Active(1.0)), "irad needs")]:
        with pytest.raises(IradError, match=text):
            autodiff(*args)
    inside = [lambda x: autodiff(one, Active(x)), lambda x: autodiff(Reverse, one, x), lambda x: autodiff(Reverse, Active(x)),
              lambda x: autodiff(Reverse), lambda x: autodiff(Forward, one, Active(x)), lambda x: autodiff(Reverse, x, Active(x)),
              lambda x: autodiff(Reverse, one, a=Active(x)), lambda x: gradient(ReverseWithPrimal, one, x)]
    texts = ["the first argument is a mode", "has no annotation", "the function is missing", "the function is missing",
             "in forward mode nothing is Active", "irad needs an @njit function", "keyword arguments \\(a\\)", "write value_and_gradient"]
    for function, text in zip(inside, texts, strict=True):
        with pytest.raises(IradError, match=text):
            njit(function)(1.0)


def test_keywords():
    for call in autodiff, gradient, value_and_gradient:
        with pytest.raises(IradError, match="keyword arguments"):
            call(Reverse, one, x=Active(1.0))


def test_mode_of_gradient():
    with pytest.raises(IradError, match="write value_and_gradient"):
        gradient(ReverseWithPrimal, one, 1.0)


def test_functions_without_code():
    for f in np.sum, len, 3, types.float64:
        with pytest.raises(IradError, match="shows none"):
            grad(f)
    with pytest.raises(IradError, match="is an address"):
        njit("float64(FunctionType(float64(float64)), float64)")(lambda f, x: autodiff(Reverse, f, Active(x))[0])

    @njit
    def variadic(x, *rest):
        return x

    with pytest.raises(IradError, match="parameter `\\*rest`"):
        grad(variadic)


def test_no_compiler(monkeypatch):
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    with pytest.raises(IradError, match="NUMBA_DISABLE_JIT"):
        grad(lambda x: x)


RESULTS = [(lambda x: 3, "returns int64.*an int has no derivative"), (lambda x: x > 1, "a bool has no derivative"),
           (lambda x: (x, x), "vjp"),
           (lambda x: np.ones(3) * x, "vjp"), (lambda x: x * 1j, "vjp"), (lambda x: x if x > 0 else None, "on every path"),
           (lambda x: "text", "return a float"), (lambda x: None, "returns nothing and writes no Duplicated array")]


@pytest.mark.parametrize("f, text", RESULTS, ids=[str(k) for k in range(len(RESULTS))])
def test_results(adjoint, f, text):
    f = njit(f)
    adjoint(f, Active)(lambda x: (x,))
    with pytest.raises(IradError, match=f"(?s){text}"):
        autodiff(Reverse, f, Active(1.0))
    with pytest.raises(IradError, match=f"(?s){text}"):
        njit(lambda x: autodiff(Reverse, f, Active(x)))(1.0)


def test_what_numba_cannot_compile_is_numbas_error():
    broken = njit(lambda x: x.no_such_thing)
    with pytest.raises(Exception, match="no_such_thing") as error:
        autodiff(Reverse, broken, Active(1.0))
    assert not isinstance(error.value, IradError)
