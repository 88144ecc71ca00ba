"""One program: irad held against the interpreter, and by turns against Numba and forward mode. The verdict is a word and a sentence.

    ok        all agree                               refused   irad raised an IradError
    skipped   near a kink: run, gradient not compared; or Numba does not get to the end of compiling the primal
and, all of them failures:
    oracle    interpreter and Numba differ            value     irad's primal value is not the interpreter's, bit for bit
    arrays    what f wrote is not, bit for bit        gradient  not the interpreter's, to 1e-9 (1e-3 with single precision)
    raises    not the exception of the primal         again     a second call gives other bits
    leak      blocks allocated and not released       forward   forward mode is not reverse mode's transpose
    broken    irad reports an internal error          error     any other exception from irad
    numba     the primal does not compile: the generator's mistake
"""
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np

import irad
from irad.backend import optimise
from irad.options import options
from tests.fuzz import grammar as g
from tests.fuzz.call import expected_finals, expected_gradients, leaves_by_name, outcome_of, reverse
from tests.fuzz.forward import disagreement, is_there
from tests.fuzz.interpret import interpret
from tests.fuzz.to_python import compiled, values
from tests.fuzz.twins import twin
from tests.support.heap import counted
from tests.support.leaks import balanced

TOLERANCE, SINGLE = 1e-9, 1e-3
NEAR = 1e-7
HARMLESS = ("ok", "skipped", "refused")
# One in so many programs: as a twin; against Numba's own run; in forward mode; with LLVM's last passes, which vectorise
# Of eight programs, these are derived by other means.
OTHERWISE = {1: {"checkpoint": "always", "fuse": False}, 2: {"strip": 2, "heavy": 0}, 3: {"rerun": "always", "fuse": False},
             5: {"checkpoint": "always"}, 6: {"outline": 0}}
TWINS, PRIMALS, FORWARDS, FINISHED = 8, 64, 5, 3


@dataclass(frozen=True)
class Verdict:
    kind: str
    detail: str = ""

    @property
    def failed(self):
        return self.kind not in HARMLESS


def check(program, counting=True):
    """`counting`: derived code's own blocks are counted, by other functions than malloc and free."""
    outcome, turn, subject = interpret(program), turn_of(program), subject_of(program)
    f = compiled(subject)
    last = nullcontext() if turn % FINISHED == 0 else unfinished()
    with counted() if counting else nullcontext() as heap, last, options(**OTHERWISE.get(program.seed % 8, {})):
        try:
            if turn % PRIMALS == 1 and (verdict := against_numba(subject, f, outcome)):
                return verdict
            return check_reverse(subject, f, outcome, heap) or check_forward(subject, f, outcome, turn) or Verdict("ok")
        except irad.IradError as refusal:
            said = str(refusal).strip().splitlines()[0]
            return Verdict("broken" if "internal error" in said else "refused", said)
        except Exception as error:
            return Verdict("numba" if type(error).__module__.startswith("numba") else "error", brief(error))


@contextmanager
def unfinished():
    """Derivatives that are loaded have not been vectorised: an eighth of the time."""
    finish, optimise.finish = optimise.finish, lambda module: None
    try:
        yield
    finally:
        optimise.finish = finish


def turn_of(program):
    """What decides which tests a program has; apart from what else hangs on the seed."""
    return program.seed // 8


def subject_of(program):
    """The program or its twin, whichever is tested."""
    return twin(program) if turn_of(program) % TWINS == 0 else program


def brief(error):
    return f"{type(error).__name__}: {error}"[:500]


def against_numba(program, f, outcome):
    arguments = values(program)
    value, raised = outcome_of(f, arguments)
    finals = leaves_by_name(program, arguments)
    same = same_end(value, raised, outcome) and all(same_bits(finals[name], x.v) for name, x in outcome.finals.items())
    return None if same else Verdict("oracle", f"Numba {value!r} {raised} {finals}, interpreter {outcome.value!r} {outcome.raised}")


def is_numbas_own(program, f, done):
    """Does the primal end as the derivative did, from a defect of Numba? Its search for definitions does not end; behind a `try` that
    always raises it compiles a `raise` as one that it cannot reach, or passes over the exception of a function that is called."""
    value, raised = outcome_of(f, values(program))
    if raised != done.raised:
        return False
    if raised is None:
        return any(isinstance(n, g.Try) for n in g.nodes((program.body, program.functions))) and same_bits(value, done.value)
    kind, arguments = raised
    return kind is RecursionError or (kind is AssertionError and str(arguments[:1]).count("This should not have happened") == 1)


def is_folded(program, f, done, outcome):
    """Has the primal the very bits of the derivative's value, and are they those of the interpreter but for single precision?"""
    value, raised = outcome_of(f, values(program))
    if raised or value is None or outcome.value is None or not same_bits(value, done.value):
        return False
    return np.allclose(np.asarray(value, complex), np.asarray(outcome.value, complex), rtol=1e-6, atol=0.0)


def same_end(value, raised, outcome):
    if raised or outcome.raised or value is None:
        return raised == outcome.raised and (value is None) == (outcome.value is None)
    return same_bits(value, outcome.value)


def check_reverse(program, f, outcome, heap):
    """What is wrong, or None."""
    done = reverse(program, f)
    if done.raised != outcome.raised:
        if is_numbas_own(program, f, done):
            return Verdict("skipped", f"the primal, too, raises {done.raised and done.raised[0].__name__}, from a defect of Numba")
        return Verdict("raises", f"the derivative call raised {done.raised}, the primal {outcome.raised}")
    if not same_end(done.value, done.raised, outcome):
        if is_folded(program, f, done, outcome):
            return Verdict("skipped", "the primal's value, too, is another one: LLVM folds functions of constants in double precision")
        return Verdict("value", f"irad {done.value!r}, interpreter {outcome.value!r}")
    for name, expected in expected_finals(program, outcome).items():
        if not same_bits(done.finals[name], expected):
            return Verdict("arrays", f"irad left {name} = {done.finals[name]}, expected {expected}")
    if wrong := again(program, f, done, heap):
        return wrong
    if outcome.raised:
        return None
    if outcome.kink < NEAR:
        finite = all(np.all(np.isfinite(x)) for x in done.gradients.values())
        return Verdict("skipped", f"{outcome.kink:.1e} from a kink") if finite else Verdict("gradient", "not finite, near a kink")
    return compare(program, done.gradients, outcome)


def again(program, f, first, heap):
    """A second call: no compilation now, so what it allocates it must release; and the same bits, from the same shadows."""
    try:
        with balanced("", heap):
            second = reverse(program, f)
            same = second.raised == first.raised and all(same_bits(second.gradients[k], x) for k, x in first.gradients.items())
            del second
    except AssertionError as error:
        return Verdict("leak", str(error))
    return None if same else Verdict("again", f"first {first.gradients}")


def compare(program, gradients, outcome):
    expected = expected_gradients(program, outcome)
    scale = max((float(np.max(np.abs(expected[name]), initial=0.0)) for name in gradients if name in expected), default=0.0)
    tolerance = (SINGLE if has_singles(program) else TOLERANCE) * max(1.0, scale)
    for name, got in gradients.items():
        if name in expected and not np.all(np.abs(got - expected[name]) <= tolerance):
            return Verdict("gradient", f"for {name}: irad {got!r}, dual numbers {expected[name]!r}")
    return None


def has_singles(program):
    return any(getattr(n, "dtype", "") == "float32" for n in g.nodes((program.arguments, program.body, program.functions)))


def check_forward(program, f, outcome, turn):
    if turn % FORWARDS != 2 or outcome.raised or outcome.kink < NEAR or has_singles(program) or not is_there():
        return None
    wrong = disagreement(program, f, expected_gradients(program, outcome))
    return Verdict("forward", wrong) if wrong else None


def same_bits(a, b):
    return np.asarray(a, float).tobytes() == np.asarray(b, float).tobytes()


