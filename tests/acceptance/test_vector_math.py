"""Vector math: within 4 ulp of the truth, only where it is asked for, in code that is linked, cached and differentiated again."""
import contextlib
import ctypes
import math
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import llvmlite.binding as llvm
import mpmath
import numpy as np
import pytest
from numba import njit

import irad
from irad import Active, Const, Duplicated, Reverse, ReverseWithPrimal, autodiff, grad, vectorize_math
from irad.backend import optimise, vector
from irad.options import options
from tests.support.leaks import balanced

ROOT = Path(__file__).parents[2]
here = pytest.mark.skipif(not vector.variants(), reason="no vector library on this machine")
FAST, SCALAR = Reverse.with_options(vector_math=True), Reverse.with_options(vector_math=False)


def vector_calls(f):
    return set(re.findall(r"_ZGV\w+", "".join(map(f.inspect_asm, f.signatures))))


# ---- the functions themselves
LOOP = """
target triple = "{triple}"
declare {ty} @{name}({types})
define void @f(ptr noalias %x0, ptr noalias %x1, ptr noalias %y, i64 %n) "prefer-vector-width"="{bits}" {{
entry:
  br label %l
l:
  %i = phi i64 [0, %entry], [%j, %l]
  %p0 = getelementptr {ty}, ptr %x0, i64 %i
  %p1 = getelementptr {ty}, ptr %x1, i64 %i
  %v0 = load {ty}, ptr %p0
  %v1 = load {ty}, ptr %p1
  %q = getelementptr {ty}, ptr %y, i64 %i
  %w = call {ty} @{name}({values})
  store {ty} %w, ptr %q
  %j = add i64 %i, 1
  %c = icmp eq i64 %j, %n
  br i1 %c, label %e, label %l
e:
  ret void
}}
"""
TRUTH = {
    "exp2": lambda x: mpmath.mpf(2) ** x, "exp10": lambda x: mpmath.mpf(10) ** x, "log2": lambda x: mpmath.log(x, 2), "pow": mpmath.power,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
}
POSITIVE = {"log", "log2", "log10", "pow", "log1p"}
UNIT, EXPONENTIAL = {"asin", "acos", "atanh"}, {"exp", "exp2", "exp10", "expm1", "sinh", "cosh"}
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1e-40, 5e-324, 710.0, -746.0, 88.8, 1e22, -1e22, 3.0, 1e38]


def points(name, rng, n):
    """Two arrays on the function's domain; half of them of any size, half near one."""
    def one():
        x = np.concatenate([rng.normal(size=n // 2), np.exp(rng.uniform(-15, 4, n - n // 2)) * rng.choice([-1, 1], n - n // 2)])
        if name in POSITIVE:
            return abs(x)
        if name in UNIT:
            return np.clip(x / 3, -1, 1)
        return 1 + abs(x) if name == "acosh" else x / 2 if name in EXPONENTIAL else np.clip(x, -5, 5) if name == "erfc" else x
    return one(), (rng.uniform(-6, 6, n) if name == "pow" else one())


def looped(name, ty, arity, bits):
    """`f(x0, x1) -> y`, a loop over the function, and the names of the vector functions in it."""
    text = LOOP.format(triple=llvm.get_default_triple(), name=name, ty=ty, bits=bits, types=", ".join([ty] * arity),
                       values=", ".join(f"{ty} %v{k}" for k in range(arity)))
    module = llvm.parse_assembly(vector.mark(str(llvm.parse_assembly(text)), "all"))
    optimise.finish(module)
    used = set(re.findall(r"call [^\n]*@(_ZGV\w+)", str(module)))
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    run = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, ctypes.c_int64)(engine.get_function_address("f"))

    def f(x0, x1, engine=engine):
        y = np.empty_like(x0)
        run(x0.ctypes.data, x1.ctypes.data, y.ctypes.data, len(x0))
        return y
    return f, used


def ulps(name, arity, got, x):
    truth, worst = TRUTH.get(name) or getattr(mpmath, name), 0.0
    for k, y in enumerate(got):
        true = truth(*(mpmath.mpf(float(a[k])) for a in x[:arity]))
        if np.isfinite(y) and abs(float(true)) >= np.finfo(got.dtype).tiny:
            worst = max(worst, abs(float((mpmath.mpf(float(y)) - true) / float(np.spacing(got.dtype.type(abs(float(true))))))))
    return worst


@here
@pytest.mark.parametrize("arity", vector.FUNCTIONS)
@pytest.mark.parametrize("ty, dtype, suffix", [("double", np.float64, ""), ("float", np.float32, "f")])
def test_functions_are_within_four_ulp(ty, dtype, suffix, arity):
    """All that is marked, in both widths; at singular points as the scalar function, zeros with their signs."""
    special = [np.ravel(a) for a in np.meshgrid(*[np.array(SPECIAL)] * 2)] if arity == 2 else [np.array(SPECIAL)] * 2
    with mpmath.workprec(80), np.errstate(all="ignore"):
        for name in vector.FUNCTIONS[arity]:
            for vector_name, lanes, _ in vector.variants().get(name + suffix, ()):
                f, used = looped(name + suffix, ty, arity, lanes * dtype().itemsize * 8)
                assert vector_name in used
                x = [a.astype(dtype) for a in points(name, np.random.default_rng(0), 96)]
                assert ulps(name, arity, f(*x), x) <= 4, vector_name
                x = [np.concatenate([a, np.ones(lanes)]).astype(dtype) for a in special]
                one_by_one = np.array([f(a.copy(), b.copy())[0] for a, b in zip(*(a[:, None] for a in x), strict=True)])
                together = f(*x)
                np.testing.assert_allclose(together, one_by_one, rtol=1e-6 if suffix else 1e-15, err_msg=vector_name)
                zeros = one_by_one == 0
                assert (np.signbit(together) == np.signbit(one_by_one))[zeros].all(), vector_name


# ---- where it is asked for
def energy(x):
    rho = 0.0
    for i in range(x.size):
        rho += np.exp(-3 * (x[i] + 1))
    return rho ** 2


def waves(x, out):
    for i in range(x.size):
        out[i] = np.sin(x[i]) * math.tanh(x[i]) + abs(x[i]) ** 1.3


def waves_derivative(x):
    return np.cos(x) * np.tanh(x) + np.sin(x) / np.cosh(x) ** 2 + 1.3 * x ** 0.3


X = np.linspace(0.1, 3, 203)


def test_modes():
    assert FAST is Reverse.with_options(vector_math=True) and FAST is not Reverse
    assert repr(FAST) == "Reverse.with_options(vector_math=True)" and pickle.loads(pickle.dumps(FAST)) is FAST
    both = FAST.with_options(strong_zero=True)
    assert both.vector_math and both.strong_zero and both.with_options(vector_math=False).vector_math is False
    assert repr(both) == "Reverse.with_options(strong_zero=True, vector_math=True)" and both.with_primal().vector_math


@here
def test_fastmath_asks_for_it():
    """`afn` is the flag that means it; a sum is vectorised with `reassoc`."""
    want = -6 * np.exp(-3 * (X + 1)).sum() * np.exp(-3 * (X + 1))
    others = {"reassoc", "contract", "nsz", "arcp", "nnan", "ninf"}
    for fastmath, used in ((True, True), ({"afn", "reassoc"}, True), (others, False), (False, False)):
        f = njit(fastmath=fastmath)(energy)
        gradient = grad(f)
        inside = njit(lambda x, f=f: irad.gradient(f, x)[0])
        off = njit(lambda x, f=f: autodiff(SCALAR, f, Active(x))[0])
        for g in (gradient, inside, off):
            np.testing.assert_allclose(g(X), want, rtol=1e-13)
        assert bool(vector_calls(gradient)) == bool(vector_calls(inside)) == used, fastmath
        assert not vector_calls(off)


@here
def test_the_mode_asks_for_it():
    """Without fastmath too; and all functions of the rules' partials."""
    f = njit(waves)

    def derivative(mode):
        g = njit(lambda x, dx, out, seed: autodiff(mode, f, Duplicated(x, dx), Duplicated(out, seed)))
        dx = np.zeros_like(X)
        g(X, dx, np.empty_like(X), np.ones_like(X))
        return dx, vector_calls(g)
    dx, used = derivative(FAST)
    np.testing.assert_allclose(dx, waves_derivative(X), rtol=1e-13)
    assert used >= {"_ZGVdN4v_sin", "_ZGVdN4v_cos", "_ZGVdN4v_tanh", "_ZGVdN4vv_pow"}
    strict, none = derivative(Reverse)
    np.testing.assert_allclose(strict, dx, rtol=1e-13)
    assert not none


@here
def test_scalar_derivative_in_a_loop():
    """The attributes survive linking and inlining: the caller's loop is what is vectorised."""
    f = njit(lambda x: math.exp(math.sin(x)))
    g, h = grad(vectorize_math(f)), vectorize_math(f)

    @njit
    def inside(x, out, value):
        for i in range(x.size):
            out[i], value[i] = g(x[i]), h(x[i])

    @njit
    def above(x, out, value):
        inside(x, out, value)

    out, value = np.empty_like(X), np.empty_like(X)
    above(X, out, value)
    np.testing.assert_allclose(out, np.cos(X) * np.exp(np.sin(X)), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(value, np.exp(np.sin(X)), rtol=1e-14)
    assert vector_calls(inside) >= {"_ZGVdN4v_exp", "_ZGVdN4v_sin", "_ZGVdN4v_cos"}


def test_without_a_library_nothing_changes(monkeypatch):
    monkeypatch.setattr(vector, "variants", dict)
    assert vector.policy("afn", FAST, None) == "none"
    text = "  %r = call fast double @llvm.exp.f64(double %x)\n"
    assert vector.mark(text, "all") == text
    f = njit(fastmath=True)(energy)
    dx = grad(f)(X)
    np.testing.assert_allclose(dx, -6 * np.exp(-3 * (X + 1)).sum() * np.exp(-3 * (X + 1)), rtol=1e-13)
    twin = vectorize_math(njit(energy))
    assert twin(X) == njit(energy)(X) and not vector_calls(twin) and not vector_calls(grad(f))


def test_a_function_that_is_missing_is_an_error():
    with pytest.raises(irad.IradError, match="Delete the cache"):
        vector.require(["_ZGVdN4v_no_such_function"])


# ---- what must be exact
def lookup(x, table):
    s = 0.0
    for i in range(x.size):
        s += table[int(np.exp(x[i]))] * x[i]
    return s


def branch(x, table):
    s = 0.0
    for i in range(x.size):
        s += (table[3] if np.exp(x[i]) < 1 + i % 40 else table[2]) * x[i]
    return s


@pytest.mark.parametrize("plan", ["cut", "save", "recompute"])
@pytest.mark.parametrize("f", [lookup, branch])
def test_places_and_branches_are_those_of_the_forward_sweep(f, plan):
    """At exp(log(k)) the scalar and the vector function fall on different sides of k."""
    x, table, dx = np.tile(np.log(np.arange(1.0, 41)), 8), np.random.default_rng(0).random(42), np.zeros(320)
    with options(plan=plan, fuse=False):
        value = autodiff(ReverseWithPrimal, njit(fastmath={"afn"})(f), Duplicated(x, dx), Const(table))[1]
    np.testing.assert_allclose(dx @ x, value, rtol=1e-13)


# ---- loops that may raise
def quotients(a, b):
    s = 0.0
    for i in range(a.size):
        s += np.exp(-a[i] / b[i])
    return s


def both_kinds(a, b):
    s = 0.0
    for i in range(a.size):
        if a[i] > 2:
            raise ValueError("large", i)
        s += np.exp(-a[i] / b[i])
    return s


def with_a_place(a, b):
    s = 0.0
    for i in range(a.size):
        s += np.exp(-a[i] / b[i]) * a[int(a[i])]
    return s


def on_a_condition(a, b):
    s = 0.0
    for i in range(a.size):
        if a[i] > 0.5:
            s += np.exp(-a[i] / b[i])
    return s


def writing(a, b):
    s = 0.0
    for i in range(a.size):
        s += np.exp(-a[i] / b[i])
        a[i] = s
    return s


@here
@pytest.mark.parametrize("f", [quotients, both_kinds, with_a_place, on_a_condition, writing])
def test_a_division_by_zero_is_raised_behind_the_loop(f):
    """Where nobody can tell; the exception is the primal's."""
    f, deferred = njit(fastmath=True)(f), f is quotients
    a, b = np.linspace(0, 1, 101), np.linspace(1, 2, 101)
    gradient, value = njit(lambda a, b, da, db: autodiff(ReverseWithPrimal, f, Duplicated(a, da), Duplicated(b, db))[1]), vectorize_math(f)
    with options(defer=False, vector="none"):
        g = njit(fastmath=True)(f.py_func)
        plain = njit(lambda a, b, da, db: autodiff(ReverseWithPrimal, g, Duplicated(a, da), Duplicated(b, db))[1])
        want = [np.ones(101), np.ones(101)]
        s = plain(a.copy(), b, *want)
    got = [np.ones(101), np.ones(101)]
    np.testing.assert_allclose([gradient(a.copy(), b, *got), value(a.copy(), b)], s, rtol=1e-12)
    np.testing.assert_allclose(got, want, rtol=1e-11)
    assert not deferred or (vector_calls(gradient) and vector_calls(value))
    b[67] = 0.0
    seen = []
    for call in (lambda x: f(x, b), lambda x: value(x, b), lambda x: gradient(x, b, *got)):
        x = a.copy()
        with pytest.raises(ZeroDivisionError) as raised:
            call(x)
        seen.append((raised.value.args, x))
    assert all(args == seen[0][0] for args, _ in seen)
    np.testing.assert_allclose([x for _, x in seen], [seen[0][1]] * 3, rtol=1e-12)


# ---- vectorize_math
@njit
def shifted(x, shift=1.0):
    if x.size == 0:
        raise ValueError("no elements", shift)
    return np.exp(x) + shift


@here
def test_the_primal():
    g = vectorize_math(shifted)
    np.testing.assert_allclose(g(X), np.exp(X) + 1, rtol=1e-15)
    np.testing.assert_allclose(g(X, shift=2.0), np.exp(X) + 2, rtol=1e-15)
    assert "_ZGVdN4v_exp" in vector_calls(g) and g.__defaults__ == (1.0,)
    assert vectorize_math(shifted) is g and vectorize_math(g) is g and pickle.loads(pickle.dumps(g)) is g
    with pytest.raises(ValueError, match="no elements") as raised:
        g(np.empty(0))
    assert raised.value.args == ("no elements", 1.0)
    total = njit(lambda x: g(x).sum() + g(x, 0.0)[0])
    np.testing.assert_allclose(total(X), (np.exp(X) + 1).sum() + np.exp(X[0]), rtol=1e-14)
    with balanced("vectorize_math"):
        for _ in range(10):
            g(X), total(X)
            with contextlib.suppress(ValueError):
                g(np.empty(0))


@here
def test_its_derivative_has_it_too():
    f = vectorize_math(njit(waves))
    dx = np.zeros_like(X)
    autodiff(Reverse, f, Duplicated(X, dx), Duplicated(np.empty_like(X), np.ones_like(X)))
    np.testing.assert_allclose(dx, waves_derivative(X), rtol=1e-13)
    second = grad(grad(vectorize_math(njit(lambda x: math.exp(2 * x)))))
    np.testing.assert_allclose(second(0.3), 4 * math.exp(0.6), rtol=1e-14)


def test_refusals_of_the_primal():
    with pytest.raises(irad.IradError, match="parallel=True"):
        vectorize_math(njit(parallel=True)(lambda x: x.sum()))
    with pytest.raises(irad.IradError, match=r"\*rest"):
        vectorize_math(njit(lambda *rest: rest[0]))
    with pytest.raises(irad.IradError, match="needs the code"):
        vectorize_math(math.exp)


@here
def test_threads():
    f = njit(fastmath=True)(energy)
    want = -6 * np.exp(-3 * (X + 1)).sum() * np.exp(-3 * (X + 1))
    with ThreadPoolExecutor(4) as pool:
        for dx in pool.map(lambda _: grad(f)(X), range(8)):
            np.testing.assert_allclose(dx, want, rtol=1e-13)


SOURCE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import math
import numpy as np
from numba import njit
from irad import grad, gradient, vectorize_math

@njit(cache=True, fastmath=True)
def f(x):
    s = 0.0
    for i in range(x.size):
        s += math.exp(x[i])
    return s

@njit(cache=True)
def caller(x):
    return gradient(f, x)[0]

@njit(cache=True)
def scale(x):
    return np.exp(x)

x = np.linspace(0, 1, 101)
for g in (grad(f), caller, vectorize_math(scale)):
    assert np.allclose(g(x), np.exp(x), rtol=1e-14)
    assert "_ZGV" in g.inspect_asm(g.signatures[0]) or g.stats.cache_hits
    print(sum(g.stats.cache_hits.values()))
"""


@here
def test_cached_code_finds_the_library(tmp_path):
    path = tmp_path / "cached.py"
    path.write_text(SOURCE)
    for hits in ("0", "1"):
        done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [hits] * 3
