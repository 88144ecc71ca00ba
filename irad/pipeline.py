"""The compiler, as the list of its stages. Read this first.

    lower       f and argument types -> linked, unoptimised LLVM text                  frontend/lower.py
    prepare     -> lean, inlined, unvectorised text                                     frontend/prepare.py
    read        -> llvmlite.ir with one uniform instruction                             ir/read.py
    analyse     -> success graph, helper values, objects, activity, intact memory       analysis/, derivation/
    plan        -> where each value comes from in the reverse                           plan/ (reverse mode)
    emit        -> the core: forward sweep and reverse sweep, or primal and tangents    transform/core.py, transform/tangent.py
    package     -> optimised text under a content-hashed name                           backend/package.py
"""
import time
from dataclasses import replace

from .analysis.deferred import defer
from .analysis.values import callee
from .backend.package import MERGED, package, package_primal
from .backend.vector import has_variant, policy
from .derivation.forward import ForwardDerivation
from .derivation.inner import INNER
from .derivation.reverse import ReverseDerivation
from .errors import IradError, Irreducible, Refusal, Resplit
from .explain import broken, refused
from .frontend.lower import lower, why_not_lowered
from .frontend.outline import large
from .frontend.prepare import mend, prepare
from .garbage import uncollected
from .ir.read import read
from .options import current
from .request import Derived
from .transform.core import NAME

DERIVATIONS = {"Reverse": ReverseDerivation, "Forward": ForwardDerivation}


def derive(request):
    """The derivative of a function for given activities: a `Derived`.

    Raises IradError for what irad does not differentiate and where a stage fails, and Numba's own error for what Numba cannot compile.
    """
    return _explained(request, current(), _derive)


def whole(request):
    """The function itself as a `Derived`, all its calls free to become the vector library's. Errors as above."""
    return _explained(request, current(), _whole, "compile")


def _explained(request, options, stages, verb="differentiate"):
    """What the stages give; what goes wrong in them as an error that the user can read."""
    clock = Clock()
    try:
        with uncollected():
            return stages(request, options, clock)
    except IradError:                                   # from a derivative inside the function
        raise
    except Refusal as refusal:
        error, cause = refused(request, options, refusal, stages, verb), None
    except Exception as failure:
        refusal = why_not_lowered(request.dispatcher, request.argtypes, failure) if clock.stage == "lower" else None
        error = refused(request, options, refusal, stages, verb) if refusal else broken(request, clock.stage, failure, verb)
        cause = None if refusal else failure
    raise error from cause


def _derive(request, options, clock=None, lines=False):
    """The stages, in order, with the time each takes."""
    clock = clock or Clock()
    options = _decided(options, request)
    primal, text = prepared(request, options, clock, lines)
    if not primal.suits(request.mode):                  # no core for a result that the caller refuses
        return Derived(primal.entry, "", primal.argtypes, (), (), restype=primal.restype)
    text, derivation = _mended(text, primal, request, options, clock)
    merged = _merged(text, primal, request, options, clock, derivation.callees) if derivation.may_be_merged else None
    inner = derivation.callees.derive(lambda key, name: _inner(text, primal, request, options, clock, key, name, derivation.callees))
    clock.enter("package")
    derived = package(derivation, primal, request, text, merged, inner)
    clock.leave()
    return replace(derived, report=derivation.report(clock.times))


def _whole(request, options, clock=None, lines=False):
    clock = clock or Clock()
    clock.enter("lower")
    primal = lower(request.dispatcher, request.argtypes, lines=lines)
    clock.enter("prepare")
    text = _prepare(primal, options)
    clock.enter("read")
    options = _decided(options, request)
    if options.vector != "none":
        text = str(_read(text, primal.entry, options))
    clock.enter("package")
    return package_primal(primal, text, request, options.vector)


def _prepare(primal, options):
    return prepare(primal.text, primal.entry, large(primal.text, primal.entry, primal.signatures.get, options.outline))


def prepared(request, options, clock, lines=False):
    """The primal and its prepared text. A function is often derived twice in a row, in two modes or for other activities: what was prepared
    last stays on its dispatcher, and goes with it."""
    f, key = request.dispatcher, (request.argtypes, lines, options.outline)
    kept = getattr(f, "_irad_prepared", None)
    if kept is not None and kept[0] == key and kept[1].dispatcher is f:      # functools.wraps copies attributes to another dispatcher
        return kept[1:]
    clock.enter("lower")
    primal = lower(f, request.argtypes, lines=lines)
    clock.enter("prepare")
    text = _prepare(primal, options) if primal.suits(request.mode) else ""
    if text and not lines:
        f._irad_prepared = key, replace(primal, text=""), text
    return primal, text


def with_lines(request, options, merged):
    """The derivation of a core once more, all stages up to packaging, with the user's lines in it: for messages."""
    options, primal = _decided(options, request), lower(request.dispatcher, request.argtypes, lines=True)
    return _mended(_prepare(primal, options), primal, request, options, Clock(), merged)[1]


def _decided(options, request):
    """The options of this derivation, for the machine that it runs on."""
    return replace(options, vector=policy(options.vector, request.mode, request.dispatcher))


def _mended(text, primal, request, options, clock, merged=False):
    """(text, derivation): where a loop has several entries, of a text in which it has one."""
    try:
        return text, _core(text, primal, request, options, clock, merged)
    except Irreducible:
        clock.enter("prepare")
        text = mend(text, primal.entry)
        return text, _core(text, primal, request, options, clock, merged)


def _core(text, primal, request, options, clock, merged=False, callees=None):
    """Prepared text to a derivation whose core has been emitted."""
    clock.enter("read")
    module = _read(text, primal.entry, options)
    clock.enter("analyse")
    derivation = DERIVATIONS[request.mode.direction](module, primal, request, options, merged, callees)
    try:
        return _emitted(derivation, MERGED if merged else NAME, clock)
    except (Resplit, Refusal) as failure:
        other = failure if isinstance(failure, Resplit) else derivation.splits and derivation.splits.undone()
        if other is None:
            raise
    return _core(text, primal, request, replace(options, **other.choice), clock, merged, callees)


def _inner(text, primal, request, options, clock, key, name, callees):
    """The derivation of a function that is called inside, its parts emitted under this name."""
    clock.enter("read")
    module = _read(text, key.callee.name, options)
    clock.enter("analyse")
    return _emitted(INNER[request.mode.direction](module, primal, request, options, key, callees), name, clock)


def _read(text, entry, options):
    """The module, with raises that stand in the way of vector math behind their loops."""
    module = read(text)
    if options.defer and options.vector != "none":
        defer(module.function(entry), lambda call: has_variant(callee(call), call.flags, options.vector))
    return module


def _emitted(derivation, name, clock):
    """The stages from the facts to the new function. A refusal says in which module it is, so that its line can be found."""
    try:
        derivation.analyse()
        clock.enter("plan")
        derivation.make_plan()
        clock.enter("emit")
        derivation.emit(name)
    except Refusal as refusal:
        refusal.module = derivation.module
        raise
    return derivation


def _merged(text, primal, request, options, clock, callees):
    """The core for array arguments that overlap, or None where there is none; the call is refused then, if they do."""
    try:
        merged = _core(text, primal, request, options, clock, merged=True, callees=callees)
    except Refusal:
        return None
    return None if merged.scratch else merged           # a constant array that overlaps a differentiated one has no shadow to share


class Clock:
    """The stage that runs, and the seconds of this thread that each has taken, summed."""

    def __init__(self):
        self.stage, self.times, self._since = None, {}, 0.0

    def enter(self, stage):
        self.leave()
        self.stage, self._since = stage, time.thread_time()

    def leave(self):
        if self.stage is not None:
            self.times[self.stage] = self.times.get(self.stage, 0.0) + time.thread_time() - self._since
        self.stage = None
