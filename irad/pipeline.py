"""The compiler, as the list of its stages. Read this first.

    lower       f and argument types -> linked, unoptimised LLVM text                  frontend/lower.py
    prepare     -> lean, inlined, unvectorised text                                     frontend/prepare.py
    read        -> llvmlite.ir with one uniform instruction                             ir/read.py
    analyse     -> success graph, helper values, objects, activity, intact memory       analysis/, derivation.py
    plan        -> where each value comes from in the reverse                           plan/
    emit        -> the core: forward sweep and reverse sweep                            transform/core.py
    package     -> optimised text under a content-hashed name                           backend/package.py
"""
import time
from dataclasses import replace

from .backend.package import MERGED, package
from .derivation import Derivation
from .errors import Refusal
from .explain import refused
from .frontend.lower import lower
from .frontend.prepare import prepare
from .ir.read import read
from .options import current
from .transform import core


def derive(request):
    """The derivative of a function for given activities: a `Derived`. Raises IradError for what irad does not differentiate."""
    options = current()
    try:
        return _derive(request, options)
    except Refusal as refusal:
        error = refused(request, options, refusal, _derive)
    raise error


def _derive(request, options, lines=False):
    """The stages, in order, with the time each takes."""
    clock = Clock()
    primal = lower(request.dispatcher, request.argtypes, lines=lines)
    clock.note("lower")
    text = prepare(primal.text, primal.entry)
    clock.note("prepare")
    derivation = _core(text, primal, request, options, clock)
    merged = _merged(text, primal, request, options, clock) if derivation.may_be_merged else None
    derived = package(derivation, primal, request, merged)
    clock.note("package")
    return replace(derived, report=derivation.report(clock.times))


def _core(text, primal, request, options, clock, merged=False):
    """Prepared text to a derivation whose core has been emitted."""
    module = read(text)
    clock.note("read")
    derivation = Derivation(module, primal, request, options, merged)
    try:
        derivation.analyse()
        clock.note("analyse")
        derivation.make_plan()
        clock.note("plan")
        derivation.core = core.emit(derivation, MERGED if merged else core.NAME)
        clock.note("emit")
    except Refusal as refusal:
        refusal.module = module
        raise
    return derivation


def _merged(text, primal, request, options, clock):
    """The core for array arguments that overlap, or None where there is none; the call is refused then, if they do."""
    try:
        merged = _core(text, primal, request, options, clock, merged=True)
    except Refusal:
        return None
    return None if merged.scratch else merged           # a constant array that overlaps a differentiated one has no shadow to share


class Clock:
    """Seconds per stage, summed."""

    def __init__(self):
        self.times, self._last = {}, time.perf_counter()

    def note(self, stage):
        now = time.perf_counter()
        self.times[stage] = self.times.get(stage, 0.0) + now - self._last
        self._last = now
