"""One program: the interpreter, Numba and irad's gradient held against one another. The verdict is a word and a sentence.

    ok        all agree                               refused   irad raised an IradError
    skipped   near a kink: run, gradient not compared no irad   nothing to hold against the oracle yet
and, all of them failures:
    oracle    interpreter and Numba differ            value     irad's primal value is not Numba's, bit for bit
    arrays    what f wrote is not, bit for bit        gradient  not the interpreter's, to 1e-9
    raises    not the exception of the primal         error     any other exception from irad
    numba     the primal does not compile: the generator's mistake
"""
from dataclasses import dataclass

import numpy as np

from tests.fuzz.interpret import interpret
from tests.fuzz.to_python import compiled, values

TOLERANCE = 1e-9
NEAR = 1e-7
HARMLESS = ("ok", "skipped", "refused", "no irad")


@dataclass(frozen=True)
class Verdict:
    kind: str
    detail: str = ""

    @property
    def failed(self):
        return self.kind not in HARMLESS


def irad_or_none():
    """irad, once it can differentiate; the oracle is checked without it."""
    try:
        import irad

        return irad if hasattr(irad, "autodiff") else None
    except ImportError:
        return None


def check(program):
    outcome = interpret(program)
    near = outcome.kink < NEAR
    f = compiled(program)
    arguments = values(program)
    try:
        value = call(f, arguments)
    except Exception as error:
        return Verdict("numba", brief(error))
    written = [x for x in arguments if isinstance(x, np.ndarray)]
    if not near and not agrees_with_numba(outcome, value, written):
        return Verdict("oracle", f"Numba {value!r} {written}, interpreter {outcome.value!r} {outcome.arrays}")
    irad = irad_or_none()
    if irad is None:
        return Verdict("no irad")
    try:
        return check_gradient(irad, program, f, outcome, value, written, near)
    except irad.IradError as refusal:
        return Verdict("refused", str(refusal).strip().splitlines()[0])
    except Exception as error:
        return Verdict("error", brief(error))


def brief(error):
    return f"{type(error).__name__}: {error}"[:500]


def call(f, arguments):
    """The value, or None where f raised."""
    try:
        return f(*arguments)
    except ValueError as error:
        if not raised_by_program(error):
            raise
        return None


def raised_by_program(error):
    return error.args == ("out of range",)


def agrees_with_numba(outcome, value, written):
    if (value is None) != (outcome.value is None):
        return False
    if value is not None and not close(value, outcome.value):
        return False
    return all(close(a, b) for a, b in zip(written, outcome.arrays, strict=True))


def close(got, expected, scale=0.0):
    scale = max(1.0, scale, float(np.max(np.abs(expected), initial=0.0)))
    return bool(np.all(np.abs(np.asarray(got) - expected) <= TOLERANCE * scale))


def same_bits(a, b):
    return np.asarray(a, float).tobytes() == np.asarray(b, float).tobytes()


def annotated(irad, program, arguments):
    """By turns: arrays Active, arrays Duplicated, and one float constant."""
    seed, annotations, shadows = program.seed, [], []
    constant = seed // 2 % 8 if seed % 5 == 4 else None
    for k, (argument, value) in enumerate(zip(program.arguments, arguments, strict=True)):
        if argument.kind == "int" or (k == constant and argument.kind == "float"):
            annotations.append(irad.Const(value))
        elif argument.kind == "array" and seed % 2:
            shadows.append(np.zeros_like(value))
            annotations.append(irad.Duplicated(value, shadows[-1]))
        else:
            annotations.append(irad.Active(value))
    return annotations, shadows


def check_gradient(irad, program, f, outcome, value, written, near):
    arguments = values(program)
    annotations, shadows = annotated(irad, program, arguments)
    try:
        gradients, ours = irad.autodiff(irad.ReverseWithPrimal, f, *annotations)
    except ValueError as error:
        if not raised_by_program(error):
            raise
        return Verdict("ok") if value is None else Verdict("raises", "the derivative call raised ValueError, the primal did not")
    if value is None:
        return Verdict("raises", "the primal raised ValueError, the derivative call did not")
    if not same_bits(ours, value):
        return Verdict("value", f"irad {ours!r}, Numba {value!r}")
    expected_arrays = written if shadows else [x for x in values(program) if isinstance(x, np.ndarray)]
    for got, expected in zip((x for x in arguments if isinstance(x, np.ndarray)), expected_arrays, strict=True):
        if not same_bits(got, expected):
            return Verdict("arrays", f"irad left {got}, expected {expected}")
    if near:
        return Verdict("skipped", f"{outcome.kink:.1e} from a kink")
    return compare(irad, program, annotations, gradients, outcome)


def compare(irad, program, annotations, gradients, outcome):
    scale = max(float(np.max(np.abs(part), initial=0.0)) for part in outcome.gradient if part is not None)
    for argument, annotation, gradient, expected in zip(program.arguments, annotations, gradients, outcome.gradient, strict=True):
        if isinstance(annotation, irad.Const):
            continue
        got = annotation.dx if isinstance(annotation, irad.Duplicated) else gradient
        if not close(got, expected, scale):
            return Verdict("gradient", f"for {argument.name}: irad {got!r}, dual numbers {expected!r}")
    return Verdict("ok")
