"""Instructions lead back to the user's line, through everything that was inlined."""
import inspect
import math
import warnings

import numpy as np
import pytest
from numba import njit, types
from numba.core import lowering

from irad.frontend.lines import file, frames, library, location
from irad.frontend.lower import lower
from irad.frontend.prepare import prepare
from irad.ir.read import read

F8, VECTOR = types.float64, types.Array(types.float64, 1, "C")


@njit
def helper(x):
    y = x + 1.0
    return math.sin(y)                          # line: helper


@njit
def user(x):
    s = 0.0
    for i in range(x.size):
        s += helper(x[i])                       # line: user
    return s


@njit
def whole(x):
    y = x * 2                                   # line: double
    return np.exp(y).sum()                      # line: whole


def line_of(mark):
    text = inspect.getsource(inspect.getmodule(line_of)).split("\n")
    return 1 + next(k for k, line in enumerate(text) if line.endswith(f"# line: {mark}"))


def prepared(function, *argtypes, lines=True):
    primal = lower(function, argtypes, lines=lines)
    module = read(prepare(primal.text, primal.entry))
    return module, [i for b in module.globals[primal.entry].blocks for i in b.instructions]


def call_of(instructions, name):
    return next(i for i in instructions if i.opname == "call" and name in i.operands[0].name)


def test_location_is_the_outermost_line_and_frames_are_all_of_them():
    module, instructions = prepared(user, VECTOR)
    sine = call_of(instructions, "sin")
    assert location(sine, module) == (__file__, line_of("user"))
    assert frames(sine, module) == [(__file__, line_of("helper")), (__file__, line_of("user"))]


def test_numbas_own_lines_are_left_out():
    module, instructions = prepared(whole, VECTOR)
    exponential = call_of(instructions, "exp")
    assert location(exponential, module) == (__file__, line_of("whole"))
    scopes = {file(f"!{n}", module) for n in range(len(module.nodes)) if "DISubprogram" in module.nodes.get(f"!{n}", "")}
    assert any("numba" in (path or "") for path in scopes)      # there was something to leave out
    assert {place for i in instructions for place in frames(i, module)} == {(__file__, line_of("whole")), (__file__, line_of("double"))}


def test_instruction_whose_line_llvm_has_dropped_has_that_of_its_neighbour():
    module, instructions = prepared(user, VECTOR)
    sine = call_of(instructions, "sin")
    del sine.metadata["dbg"]
    assert frames(sine, module) == [] and location(sine, module) == (__file__, line_of("user"))


def test_most_instructions_carry_a_line():
    module, instructions = prepared(user, VECTOR)
    assert sum(location(i, module) is not None for i in instructions) > len(instructions) / 2


def test_without_lines_there_is_no_location():
    module, instructions = prepared(user, VECTOR, lines=False)
    assert {location(i, module) for i in instructions} == {None}
    assert location(None, module) is None and location("some text", module) is None


def test_code_is_the_same_with_lines():
    for function in (user, whole):
        assert [i.opname for i in prepared(function, VECTOR)[1]] == [i.opname for i in prepared(function, VECTOR, lines=False)[1]]


def test_power_loops_vanish_with_lines_too():
    module, instructions = prepared(njit(lambda x: x**3), F8)
    assert [i.opname for i in instructions].count("fmul") == 2
    assert location(next(i for i in instructions if i.opname == "fmul"), module)[0] == __file__


def test_lambdas_give_no_warning_and_numba_is_left_as_it_was():
    before = lowering.get_func_body_first_lineno
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prepared(njit(lambda x: x * 2), F8)
    assert lowering.get_func_body_first_lineno is before


def test_numba_is_left_as_it_was_after_an_error():
    before = lowering.get_func_body_first_lineno
    with pytest.raises(Exception, match="nothing"):
        lower(njit(lambda x: x.nothing), (F8,), lines=True)
    assert lowering.get_func_body_first_lineno is before


def test_the_function_of_a_library_that_a_line_calls():
    @njit
    def convolved(x):
        return np.convolve(x, x)[0]

    module, instructions = prepared(convolved, VECTOR)
    assert library(call_of(instructions, "unicode_eq"), module) == "np_convolve"
    module, instructions = prepared(user, VECTOR)
    assert library(call_of(instructions, "sin"), module) is None
