"""What leaves the compiler: a derivative, an IradError, or Numba's own error. Never another exception."""
import pytest
from numba import njit, typeof
from numba.core.errors import TypingError

import irad
from irad import Active, IradError, Reverse, autodiff, pipeline
from irad.errors import Refusal
from irad.request import Request

STAGES = {"lower": "lower", "prepare": "prepare", "read": "read", "analyse": "ReverseDerivation.analyse",
          "plan": "ReverseDerivation.make_plan", "emit": "ReverseDerivation.emit", "package": "package"}
FAILURES = [KeyError("%x"), RecursionError("maximum recursion depth exceeded"), ValueError("a\nlong\ntext"), AssertionError(),
            RuntimeError("LLVM IR parsing error")]


def square():
    @njit
    def squared(x):
        return x * x
    return squared


def break_stage(monkeypatch, stage, failure):
    def fail(*_, **__):
        raise failure
    monkeypatch.setattr(f"irad.pipeline.{STAGES[stage]}", fail)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("failure", FAILURES, ids=lambda e: type(e).__name__)
def test_an_unexpected_failure_is_an_irad_error_that_names_stage_and_function(monkeypatch, stage, failure):
    break_stage(monkeypatch, stage, failure)
    with pytest.raises(IradError) as error:
        autodiff(Reverse, square(), Active(3.0))
    text = str(error.value)
    assert f"could not differentiate square.<locals>.squared: internal error in stage {stage}: {type(failure).__name__}" in text
    assert "def squared(x):" in text and "Why: " in text and "please report" in text and "test_pipeline.py" in text
    with pytest.raises(IradError) as direct:
        pipeline.derive(Request(square(), Reverse, (Active,), (typeof(3.0),)))
    assert direct.value.__cause__ is failure and len(str(direct.value).splitlines()) <= 12


def test_inside_njit_code_too(monkeypatch):
    break_stage(monkeypatch, "plan", KeyError("%x"))
    f = square()
    with pytest.raises(IradError, match="internal error in stage plan"):
        njit(lambda x: irad.gradient(f, x))(3.0)


def test_a_failure_while_looking_for_the_line_leaves_the_refusal_as_it_is(monkeypatch):
    f, again = square(), iter([Refusal("a thing", object()), KeyError("%x")])

    def fail(*_, **__):
        raise next(again)
    monkeypatch.setattr("irad.pipeline.prepare", fail)
    with pytest.raises(IradError, match="cannot differentiate a thing"):
        autodiff(Reverse, f, Active(3.0))


def test_what_numba_cannot_compile_raises_numbas_own_error_unchanged():
    def broken(x):
        return x.no_such_thing
    with pytest.raises(TypingError) as numbas:
        njit(broken)(3.0)
    for call in autodiff, njit(lambda mode, f, a: autodiff(mode, f, a)):
        with pytest.raises(TypingError) as error:
            call(Reverse, njit(broken), Active(3.0))
        assert not isinstance(error.value, IradError) and "Twin" not in str(error.value)
        assert "Unknown attribute 'no_such_thing' of type float64" in str(error.value) and "test_pipeline.py" in str(error.value)
    with pytest.raises(TypingError) as error:
        pipeline.derive(Request(njit(broken), Reverse, (Active,), (typeof(3.0),)))
    assert str(error.value) == str(numbas.value)


def test_a_refusal_without_an_instruction_points_at_the_definition_not_at_its_decorator(monkeypatch):
    break_stage(monkeypatch, "analyse", Refusal("a thing"))
    with pytest.raises(IradError, match=r"a thing, in square.*\n.*\n    def squared\(x\):\n"):
        autodiff(Reverse, square(), Active(3.0))
