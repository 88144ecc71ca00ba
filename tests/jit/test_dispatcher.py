"""What grad returns is an ordinary Numba dispatcher: callable from njit and prange, first-class, picklable, cached, inspectable."""
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
from numba import njit, prange, types
from numba.core.registry import CPUDispatcher

from irad import Active, Const, Duplicated, Reverse, ReverseWithPrimal, autodiff, grad, value_and_grad

ROOT = Path(__file__).parents[2]
HEADER = f"""
import importlib.util, sys
sys.path.insert(0, {str(ROOT)!r})
spec = importlib.util.spec_from_file_location("fake", {str(Path(__file__).with_name("conftest.py"))!r})
fake = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fake)
import numpy as np
from numba import njit
import irad.jit.resolve
from irad import *
calls = []
irad.jit.resolve.derive = lambda request: calls.append(request) or fake.derive(request)
"""


def run(folder, name, source):
    (folder / f"{name}.py").write_text(HEADER + source)
    done = subprocess.run([sys.executable, str(folder / f"{name}.py")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_it_is_a_dispatcher(programs):
    g = grad(programs.power)
    assert isinstance(g, CPUDispatcher) and grad(programs.power) is g
    assert g(2.0, 3) == 12
    assert "irad" in g.inspect_llvm(g.signatures[0]) and g.inspect_asm(g.signatures[0])
    assert g.__defaults__ == (2,) and "power" in g.__qualname__ and "conftest.py" in g.__doc__


def test_called_from_njit_and_prange(programs):
    g, both = grad(programs.square), value_and_grad(programs.squares)
    square, squares = programs.square, programs.squares

    @njit(parallel=True)
    def work(x, out):
        for k in prange(x.shape[0]):
            value, dx = both(x[k])
            out[k] = value + g(x[k, 0]) + dx[1] + autodiff(Reverse, square, Active(x[k, 1]))[0]
            autodiff(Reverse, squares, Duplicated(x[k], dx))

    x, out = np.random.rand(200, 3), np.empty(200)
    work(x, out)
    assert np.allclose(out, (x * x).sum(1) + 2 * x[:, 0] + 4 * x[:, 1])


def test_first_class(programs):
    g = grad(programs.square)
    declared = njit("float64(FunctionType(float64(float64)), float64)")(lambda f, x: f(x))
    assert declared(g, 3.0) == 6


def test_modes_and_annotations_as_values(programs):
    @njit
    def inside(mode, f, annotated, x):
        both = (Active(x), Const(3))
        return autodiff(mode, f, annotated, Const(3)), autodiff(mode, f, *both)

    assert inside(Reverse, programs.power, Active(3.0), 2.0) == ((27.0, None), (12.0, None))
    assert inside(ReverseWithPrimal, programs.power, Active(3.0), 2.0) == (((27.0, None), 27.0), ((12.0, None), 8.0))


def test_functions_of_every_kind(adjoint, programs):
    functions = (programs.square, programs.product)
    captured = 3.0

    @njit
    def closure(x):
        return captured * x

    adjoint(closure, Active)(lambda x: (3.0,))
    assert njit(lambda x: autodiff(Reverse, functions[0], Active(x)))(2.0) == (4.0,)
    assert njit(lambda f, x: autodiff(Reverse, f[1], Active(x), Active(x)))(functions, 2.0) == (2.0, 2.0)
    assert njit(lambda x: autodiff(Reverse, closure, Active(x)))(2.0) == (3.0,)


def test_options_are_inherited(adjoint):
    f = njit(lambda x: x * x, nogil=True, fastmath=True, error_model="numpy")
    adjoint(f, Active)(lambda x: (2 * x,))
    assert grad(f).targetoptions["nogil"] and grad(f).targetoptions["error_model"] == "numpy" and grad(f)(2.0) == 4


def test_pickle(tmp_path):
    strong = Reverse.with_options(strong_zero=True)
    assert pickle.loads(pickle.dumps(strong)) is strong
    assert pickle.loads(pickle.dumps(Duplicated(1.0, 2.0))).dx == 2.0
    source = """
import pickle
@njit
def square(x):
    return x * x
fake.adjoint(square, Active)(lambda x: (2 * x,))
g = grad(square)
assert pickle.loads(pickle.dumps(g)) is g
h = pickle.loads(pickle.dumps(value_and_grad(square, (0,))))
assert h is value_and_grad(square, (0,))
from numba import cloudpickle
assert cloudpickle.loads(cloudpickle.dumps(g))(3.0) == 6.0
print("same", g(3.0))
"""
    assert run(tmp_path, "pickles", source) == ["same", "6.0"]


def test_cache_in_a_second_process(tmp_path):
    source = """
def make(k):
    @njit(cache=True)
    def f(x, n=2):
        if n == 1:
            raise ValueError("dynamic", n)
        return k * x[0] ** n
    @njit
    def core(x, n, shadow):
        if n == 1:
            raise ValueError("dynamic", n)
        fake.carray(shadow, x.shape, np.float64)[0] += k * n * x[0] ** (n - 1)
    fake.adjoint(f, Active, Const, shadows=(0,))(core)
    return f

f2, f5 = make(2.0), make(5.0)

@njit(cache=True)
def caller(x):
    return autodiff(Reverse, f2, Active(x), Const(3))[0]

x = np.array([3.0, 1.0])
g2, g5 = grad(f2), grad(f5)
results = [g2(x)[0], g5(x)[0], g2(x, 3)[0], autodiff(Reverse, f5, Active(x), Const(3))[0][0]]
for call in (lambda: g2(x, 1)), (lambda: autodiff(Reverse, f5, Active(x), Const(1))):
    try:
        call()
    except ValueError as e:
        results.append(e.args[1])
print(*results, len(calls), sum(g2.stats.cache_hits.values()), sum(g5.stats.cache_hits.values()))
"""
    first, second = run(tmp_path, "cached", source), run(tmp_path, "cached", source)
    assert first[:6] == second[:6] == ["12.0", "30.0", "54.0", "135.0", "1", "1"]
    assert int(first[6]) > 0 and first[7:] == ["0", "0"]
    assert second[6:] == ["0", "2", "1"]                  # nothing is derived again


def test_cached_callers(tmp_path):
    (tmp_path / "library.py").write_text("""
from numba import njit
@njit
def f(x):
    if x < 0:
        raise ValueError("negative", x)
    return x * x
""")
    source = """
import library
@njit
def core(x):
    if x < 0:
        raise ValueError("negative", x)
    return (2 * x,)
fake.adjoint(library.f, Active)(core)
@njit(cache=True)
def caller(x):
    return autodiff(Reverse, library.f, Active(x))[0]
print(caller(3.0))
try:
    caller(-1.0)
except ValueError as e:
    print(*e.args)
print(len(calls), sum(caller.stats.cache_hits.values()))
"""
    assert run(tmp_path, "callers", source) == ["6.0", "negative", "-1.0", "1", "0"]
    assert run(tmp_path, "callers", source) == ["6.0", "negative", "-1.0", "0", "1"]


def test_threads(adjoint):
    wrong = []

    def work(k):
        f = njit(lambda x: k * x)
        adjoint(f, Active)(lambda x: (float(k),))
        inside = njit(lambda x: autodiff(Reverse, f, Active(x))[0])
        for got in grad(f)(1.0), inside(1.0), autodiff(Reverse, shared, Active(1.0))[0], grad(shared)(2.0):
            if got not in (k, 2.0, 4.0):
                wrong.append((k, got))

    shared = njit(lambda x: x * x)
    adjoint(shared, Active)(lambda x: (2 * x,))
    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not wrong


def test_second_order(programs, adjoint):
    """The front end lowers a function that itself asks for a derivative, in every way to ask."""
    from irad.frontend.lower import lower
    square, g, both = programs.square, grad(programs.square), value_and_grad(programs.squares)
    inner = [njit(lambda x: autodiff(Reverse, square, Active(x))[0]), njit(lambda x: g(x) * x), njit(lambda x: both(np.ones(3) * x)[0]), g]
    for f in inner:
        lowered = lower(f, (types.float64,))
        assert "irad.core." in lowered.text and lowered.restype == types.float64
    adjoint(inner[0], Active)(lambda x: (2.0,))
    assert grad(inner[0])(3.0) == 2.0


def test_derivatives_are_inlined(programs):
    g = grad(programs.square)
    caller = njit(lambda x: g(x) + 1)
    assert caller(2.0) == 5
    body = caller.inspect_llvm(caller.signatures[0])
    assert "call i32 @irad" not in body and "NRT_" not in body.split("define ")[1]


def test_tables_do_not_follow_wraps(programs):
    """functools.wraps copies attributes of a dispatcher to another function."""
    import functools
    autodiff(Reverse, programs.square, Active(1.0))

    @functools.wraps(programs.square)
    def other(x):
        return x

    from irad.jit.tables import tables
    assert tables(njit(other)) is not tables(programs.square)
