"""The identity law: reading prepared IR and printing it back gives a function whose results are the same to the last bit.

Also: the prepared function computes what Numba's own computes, and preparation leaves no more loops and reference counts than it used to.
"""
import functools

import numpy as np
import pytest
from numba import typeof

from irad.frontend.lower import lower
from irad.frontend.marks import _loops
from irad.frontend.prepare import prepare
from irad.ir.read import read
from tests.ir.machine import Native
from tests.ir.sixty import SIXTY

NAMES = sorted(SIXTY)


@functools.cache
def prepared(name):
    """(Primal, prepared text)."""
    case = SIXTY[name]
    primal = lower(case.function, tuple(map(typeof, case.arguments())))
    return primal, prepare(primal.text, primal.entry)


def run(text, primal, arguments):
    """(status, bytes of the result and of all arrays afterwards, result)."""
    status, result = Native(text, primal.entry, primal.argtypes, primal.restype)(*arguments)
    return status, bits((result, arguments)), result


def bits(value):
    if isinstance(value, tuple):
        return tuple(map(bits, value))
    return None if value is None else (np.asarray(value).dtype, np.asarray(value).tobytes())


def close(a, b, tolerance):
    if isinstance(a, tuple):
        return len(a) == len(b) and all(close(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if a is None or b is None:
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.names:
        return all(close(a[n], b[n], tolerance) for n in a.dtype.names)
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=0, equal_nan=True)


def test_there_are_sixty():
    assert len(SIXTY) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_read_and_printed_function_is_identical(name):
    primal, text = prepared(name)
    case = SIXTY[name]
    first = run(text, primal, case.arguments())
    again = run(str(read(text)), primal, case.arguments())
    assert first[:2] == again[:2]


@pytest.mark.parametrize("name", NAMES)
def test_prepared_function_computes_what_numba_computes(name):
    primal, text = prepared(name)
    case = SIXTY[name]
    ours, theirs = case.arguments(), case.arguments()
    status, _, result = run(text, primal, ours)
    try:
        expected = case.function(*theirs)
    except Exception:
        assert status > 0
        return
    assert status <= 0
    assert close(result, expected, case.tolerance), (result, expected)
    assert close(ours, theirs, case.tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_little_is_left_by_preparation(name):
    primal, text = prepared(name)
    function = read(text).globals[primal.entry]
    calls = [i.operands[0].name for b in function.blocks for i in b.instructions if i.opname == "call"]
    assert sum(c in ("NRT_incref", "NRT_decref") for c in calls) <= SIXTY[name].counts
    assert sum(1 for _ in _loops(function)) <= SIXTY[name].loops


def test_law_notices_a_single_flag_or_operand():
    """The comparison is strict enough to see one changed operation."""
    primal, text = prepared("prefix")
    changed = text.replace("fadd double", "fsub double", 1)
    assert changed != text
    arguments = SIXTY["prefix"].arguments
    assert run(changed, primal, arguments())[1] != run(text, primal, arguments())[1]
