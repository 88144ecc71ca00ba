"""Lowering and preparation: what is left, what vanishes, what the result must not depend on."""
import subprocess
import sys
import threading

import numpy as np
import pytest
from numba import errors, float64, njit, typeof, types, vectorize
from numba.core.extending import intrinsic
from numba.experimental import jitclass

from irad.frontend.lower import lower
from irad.frontend.marks import _loops
from irad.frontend.prepare import cycles, prepare
from irad.ir.read import read
from tests.ir.machine import Native

F8, I8, VECTOR = types.float64, types.int64, types.Array(types.float64, 1, "C")


def entry(function, *argtypes):
    """The prepared function, as it is read."""
    primal = lower(function, argtypes)
    return read(prepare(primal.text, primal.entry)).globals[primal.entry]


def opcodes(function):
    return [i.opname for b in function.blocks for i in b.instructions]


def callees(function):
    return {i.operands[0].name for b in function.blocks for i in b.instructions if i.opname == "call"}


def loops(function):
    return len(list(_loops(function)))


def native(function, *argtypes):
    primal = lower(function, argtypes)
    return Native(prepare(primal.text, primal.entry), primal.entry, primal.argtypes, primal.restype)


# ------------------------------------------------------------------ what is left
@njit
def product(x, y):
    return x * y


@njit
def sum_of_products(x):
    s = 0.0
    for v in x:
        s += product(v, v)
    return s


def test_callees_are_inlined_and_wrappers_gone():
    primal = lower(sum_of_products, (VECTOR,))
    module = read(prepare(primal.text, primal.entry))
    assert [f.name for f in module.functions if f.blocks] == [primal.entry]
    assert callees(module.globals[primal.entry]) == set()
    assert "cpython" not in primal.text and "cfunc" not in primal.text


def test_data_loop_stays_whole_and_is_not_vectorised():
    function = entry(sum_of_products, VECTOR)
    assert loops(function) == 1 and opcodes(function).count("fmul") == 1
    assert not any("<" in str(i.type) for b in function.blocks for i in b.instructions)


def test_prepared_loops_have_a_preheader_one_latch_and_names():
    function = entry(sum_of_products, VECTOR)
    blocks, header, latch = next(_loops(function))
    outside = [b for b in function.blocks if header in b.terminator.blocks and b not in blocks]
    assert len(outside) == 1 and outside[0].terminator.blocks == [header]
    assert latch.parent in blocks
    assert all(i.name for b in function.blocks for i in b.instructions if str(i.type) != "void")


@njit
def even(x, n):
    return x if n == 0 else odd(x * 1.5, n - 1)


@njit
def odd(x, n):
    return x * x if n == 0 else even(x + 1, n - 1)


def test_mutual_recursion_keeps_both_functions_and_computes():
    even(1.0, 1)                                    # Numba itself types mutual recursion only where one is inferred first
    primal = lower(even, (F8, I8))
    text = prepare(primal.text, primal.entry)
    assert ".numba.unresolved$" in primal.text
    assert len([f for f in read(text).functions if f.blocks]) <= 2
    assert native(even, F8, I8)(1.3, 5) == (0, even(1.3, 5))


def test_cycles_finds_exactly_the_functions_that_reach_themselves():
    body = "define void @{}() {{\n{}  ret void\n}}\n"
    calls = {"a": "b", "b": "c", "c": "b", "d": "a", "e": "e", "f": "d", "g": ""}
    text = "".join(body.format(name, "".join(f"  call void @{c}()\n" for c in to)) for name, to in calls.items())
    assert cycles(text) == ["b", "c", "e"]


# ------------------------------------------------------------------ loops that vanish
@njit
def constant_powers(x):
    return x**2 + x**5 + x**-3


@njit
def power(x, n):
    return x**n


@njit
def powers_in_small_loop(x):
    s = 0.0
    for k in range(4):
        s += x**k
    return s


@njit
def nine_times(x):
    for k in range(9):
        x = x * x + k
    return x


@njit
def small_over_data(x):
    for _ in range(3):
        for i in range(x.size):
            x[i] = x[i] * 0.5


@pytest.mark.parametrize("function, argtypes, left", [
    (constant_powers, (F8,), 0), (power, (F8, I8), 1), (powers_in_small_loop, (F8,), 0), (nine_times, (F8,), 1),
    (small_over_data, (VECTOR,), 2),
])
def test_loops_left(function, argtypes, left):
    assert loops(entry(function, *argtypes)) == left


def test_square_is_one_multiplication():
    assert opcodes(entry(njit(lambda x: x**2), F8)).count("fmul") == 1


@njit
def over_tuple(a):
    s = 0.0
    for v in a:
        s = s * 0.5 + v
    return s


def test_no_mark_is_made_that_llvm_must_warn_about(capfd):
    for function, argtypes in ((constant_powers, (F8,)), (powers_in_small_loop, (F8,)), (over_tuple, (types.UniTuple(F8, 3),))):
        entry(function, *argtypes)
    assert capfd.readouterr().err == ""


# ------------------------------------------------------------------ reshape
def test_reshape_is_opened():
    function = entry(njit(lambda x: x.reshape(2, 3).sum() + x.reshape((3, 2))[1, 1]), VECTOR)
    assert "numba_attempt_nocopy_reshape" not in str(function) and "alloca" not in opcodes(function)


# ------------------------------------------------------------------ options
def flags(function, opname):
    return {tuple(sorted(i.flags)) for b in function.blocks for i in b.instructions if i.opname == opname}


def test_options_of_the_function_carry_over():
    assert flags(entry(njit(fastmath=True)(lambda x: x * 3.5), F8), "fmul") == {("fast",)}
    assert flags(entry(njit(lambda x: x * 3.5), F8), "fmul") == {()}
    assert "icmp" not in opcodes(entry(njit(error_model="numpy")(lambda x, y: x / y), F8, F8))
    assert "fcmp" in opcodes(entry(njit(lambda x, y: x / y), F8, F8))
    assert any("icmp" == op for op in opcodes(entry(njit(boundscheck=True)(lambda x: x[2]), VECTOR)))


def test_fast_math_is_the_callers_where_the_callee_says_nothing_and_in_any_order():
    callee = njit(lambda x: x * 3.5)
    fast, strict = njit(fastmath=True)(lambda x: callee(x)), njit(lambda x: callee(x))
    for _ in range(2):
        assert flags(entry(fast, F8), "fmul") == {("fast",)}
        assert flags(entry(strict, F8), "fmul") == {()}
        assert flags(entry(callee, F8), "fmul") == {()}


def test_lowering_inside_type_inference_ignores_the_callers_options():
    found = []
    inner = njit(lambda x: x * 3.5)

    @intrinsic
    def derive(typingctx, x):
        found.append(entry(inner, F8))
        return F8(F8), lambda context, builder, sig, args: args[0]

    outer = njit(fastmath=True)(lambda x: derive(x) + 1)
    assert outer(1.0) == 2.0
    assert [flags(f, "fmul") for f in found] == [{()}] * len(found) and found


def test_threads_lower_and_compile_at_once():
    functions = [njit(eval(f"lambda x: x * {k}.5 + x**{k}")) for k in range(2, 8)]
    results, failures = {}, []

    def work(k, f):
        try:
            results[k] = native(f, F8)(1.25)[1] if k % 2 else f(1.25)
        except Exception as error:                  # reported below: a thread would swallow it
            failures.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(functions)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures and results == {k: pytest.approx(f.py_func(1.25), rel=1e-14) for k, f in enumerate(functions)}


# ------------------------------------------------------------------ what Numba registers for the CPU alone
@jitclass([("k", float64)])
class Spring:
    def __init__(self, k):
        self.k = k

    def energy(self, x):
        return 0.5 * self.k * x * x


@vectorize
def blend(x, y):
    return x * y + 1


def test_jitclass_inside_a_function():
    assert native(njit(lambda x: Spring(x).energy(2.0)), F8)(3.0) == (0, 6.0)


def test_vectorize_on_arrays_and_numbers():
    x = np.arange(4.0)
    assert native(njit(lambda x: blend(x, x).sum() + blend(2.0, 3.0)), VECTOR)(x)[1] == (x * x + 1).sum() + 7


# ------------------------------------------------------------------ results and errors
def test_primal_says_what_was_lowered():
    @njit
    def f(x, n):
        if n < 0:
            raise ValueError("negative", n)
        return x[n]
    primal = lower(f, (VECTOR, I8))
    assert primal.argtypes == (VECTOR, I8) and primal.restype == F8 and primal.dispatcher is f
    assert read(primal.text).globals[primal.entry].blocks
    mine = {name: env for name, env in primal.environments.items() if env.globals is globals()}
    assert mine and all(name in primal.text and env.env_name == name for name, env in mine.items())
    with pytest.raises(AttributeError):
        primal.text = ""


def test_literal_types_are_taken_as_their_plain_types():
    assert lower(power, (F8, types.literal(3))).argtypes == (F8, I8)


def test_numbas_own_error_comes_through():
    bad = njit(lambda x: x.nothing)
    with pytest.raises(errors.TypingError) as ours:
        lower(bad, (F8,))
    with pytest.raises(errors.TypingError) as numbas:
        bad(1.0)
    assert type(ours.value) is type(numbas.value) and "Unknown attribute 'nothing' of type float64" in str(ours.value)
    with pytest.raises(errors.TypingError):         # and again, from memory
        lower(bad, (F8,))


def test_user_code_is_compiled_as_if_nothing_had_been_lowered():
    f = njit(lambda x: x * 2)
    lower(f, (F8,))
    assert f.signatures == [] and f(1.5) == 3.0 and typeof(f(1.5)) == F8


def test_prepared_text_is_the_same_in_another_process():
    # From another place and with other hashes. Two at once, for the start of Python and Numba is most of it.
    program = ("from tests.ir.sixty import SIXTY; from numba import typeof\n"
               "from irad.frontend.lower import lower; from irad.frontend.prepare import prepare; import hashlib\n"
               "for name in ('calls', 'fast_sum', 'slices', 'recursive', 'raises_in_loop', 'small_powers'):\n"
               "    case = SIXTY[name]; p = lower(case.function, tuple(map(typeof, case.arguments())))\n"
               "    print(name, hashlib.sha256(prepare(p.text, p.entry).encode()).hexdigest())\n")
    runs = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True,
                             env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."}) for seed in ("1", "2")]
    first, second = (r.communicate()[0] for r in runs)
    assert first == second and first.count("\n") == 6
