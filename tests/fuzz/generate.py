"""Random programs without undefined behaviour, by construction.

Every subscript lies in its array: the range of each int is known, and where it does not fit, the subscript is taken modulo the extent.
Every divisor is positive, every logarithm's argument too. A name is used only where it is surely defined. Magnitudes are kept in check
by bounded functions; what grows all the same is found by running the program on dual numbers, and another is drawn.
"""
import random

import numpy as np

from tests.fuzz import grammar as g
from tests.fuzz.arguments import declare, draw_arguments, draw_kinds, draw_options
from tests.fuzz.dual import Unsuitable
from tests.fuzz.functions import draw_functions
from tests.fuzz.interpret import interpret
from tests.fuzz.moods import MOODS
from tests.fuzz.statements import Writer

GRAMMAR = 9                                             # what a seed means changes with the generator: programs that failed are kept whole


def generate(seed, mood=None):
    """The program of a seed: the first draw that is fit for comparison."""
    for attempt in range(1000):
        program = draw(seed, random.Random(f"{GRAMMAR}.{seed}.{attempt}"), mood)
        try:
            outcome = interpret(program)
        except Unsuitable:
            continue
        if outcome.raised or program.mood == "errors" or np.any(outcome.d) or returns_nothing(program):
            return program
    raise RuntimeError(f"no program for seed {seed}")


def returns_nothing(program):
    return isinstance(program.body[-1], g.Return) and program.body[-1].value is None


def draw(seed, rng, mood=None):
    name = mood or rng.choices(sorted(MOODS), [MOODS[m].share for m in sorted(MOODS)])[0]
    mood = MOODS[name]
    arguments = draw_arguments(rng, mood, name)
    arrays = [a for a in arguments if a.kind == "array"]
    returns = "none" if arrays and rng.random() < 0.08 else "float"
    writer = Writer(rng, mood, mood.size + rng.randrange(mood.size), returns=returns)
    declare(writer.names, arguments)
    writer.functions = draw_functions(rng, mood, list(writer.names.arrays.values()))
    body = (writer.assign(), *writer.block())
    if returns == "none":
        first = arrays[0].name
        body += (g.Store(first, writer.subscript(g.shape_of(arrays[0].value)), "+=", writer.result()), g.Return(None))
    elif rng.random() < 0.12:                           # a sum as it is: its loop may be fused
        body += tuple(writer.make_total())
        body += (g.Return(g.Var(writer.names.floats[-1])),)
    else:
        body += (g.Return(writer.result()),)
    functions = tuple(callee.function for callee in writer.functions)
    kinds = draw_kinds(rng, arguments, returns)
    return g.Program(seed, name, arguments, body, called(body, functions), kinds, draw_options(rng))


def called(body, functions):
    """Those of the functions that are called, from the last to the first."""
    used, kept = {n.function for n in g.nodes(body) if isinstance(n, g.Call)}, []
    for function in reversed(functions):
        if function.name in used:
            kept.append(function)
            used |= {n.function for n in g.nodes(function.body) if isinstance(n, g.Call)}
    return tuple(reversed(kept))
