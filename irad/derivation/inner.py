"""Derivations of functions that are called inside: one for each function and each way to call it.

    Callees.name(key)       the name under which its parts are emitted; asked for once, it will be derived
    Callees.derive(make)    all that have been asked for, and what these ask for in turn

The key of a call: which of the callee's leaves are active, which of its arrays may be the same, and which may be overwritten between the
call and its reverse.
"""
from dataclasses import dataclass, replace
from types import SimpleNamespace


from ..analysis.activity import Seeds
from ..analysis.inner import RESULT, Callee
from ..errors import Refusal
from ..modes import Reverse
from ..transform import inner_core
from .reverse import ReverseDerivation


@dataclass(frozen=True)
class Key:
    """`active`: leaves, with RESULT for the result; `group`: for each leaf a number, the same for arrays that may overlap; `later`: leaves
    that may be overwritten before the reverse."""
    callee: Callee
    active: tuple
    group: tuple
    later: tuple


def key_of(site, objects, activity, later):
    """`later`: objects that may be written between the call and its reverse."""
    active = [k for k, values in site.numbers() if any(map(activity.is_active, values))]
    active += [k for k, p in site.memory() if objects.of(p) & activity.objects and site.callee.leaves[k].holds_floats]
    if objects.of(site.result) & activity.objects:
        active.append(RESULT)
    return Key(site.callee, tuple(sorted(active)), _groups(site, objects),
               tuple(k for k, p in site.memory() if objects.of(p) & later))


def _groups(site, objects):
    out, seen = {}, []
    for k, p in site.memory():
        bits = objects.of(p)
        meeting = [g for g, b in seen if b & bits]
        g = min(meeting, default=k)
        out = {j: g if h in meeting else h for j, h in out.items()}
        seen = [(g if h in meeting else h, b) for h, b in seen] + [(g, bits)]
        out[k] = g
    return tuple(sorted(out.items()))


class Callees:
    """Numbers keys in the order in which they are met."""

    def __init__(self):
        self._names, self._todo = {}, []

    def name(self, key):
        if key not in self._names:
            self._names[key] = f"irad.inner.{len(self._names)}"
            self._todo.append(key)
        return self._names[key]

    def derive(self, make):
        """`make(key, name)` for each; what it returns, in order."""
        out = []
        while self._todo:
            key = self._todo.pop(0)
            out.append(make(key, self._names[key]))
        return out


class InnerDerivation(ReverseDerivation):
    """A callee. Its result is memory of the caller, with a shadow; it has no seed of its own."""

    def __init__(self, module, primal, request, options, key, callees):
        inner = replace(primal, entry=key.callee.name, argtypes=key.callee.argtypes, restype=key.callee.restype)
        kinds = tuple(type("Const", (), {}) for _ in key.callee.argtypes)
        mode = Reverse.with_options(strong_zero=request.mode.strong_zero)
        super().__init__(module, inner, SimpleNamespace(mode=mode, kinds=kinds), options)
        self.key, self.callees = key, callees
        self._returns_float = self._wants_value = False
        self._active_leaves = [k for k in key.active if k != RESULT]

    def _pointer_arguments(self):
        result, *others = super()._pointer_arguments()
        return [(result[0], "argument", RESULT), *others]

    def _merged(self):
        return {RESULT: RESULT, **dict(self.key.group)}

    def _result(self):
        return 0

    def _seeds(self):
        varied = self._varied_arrays()
        result = self.objects.of(self.function.args[0]) if RESULT in self.key.active else 0
        return Seeds(tuple(self.active_arguments), varied, varied | result, 0)

    def _later(self):
        """Objects that are overwritten after the call."""
        args, bits = self.function.args, self.objects.of(self.function.args[0])
        for k in self.key.later:
            bits |= self.objects.of(args[2 + self.leaves[k].data])
        return bits

    @property
    def shadow_leaves(self):
        given = [k for k in self.key.active if k == RESULT or self.leaves[k].is_memory]
        if extra := sorted(set(self.shadows.arguments) - set(given)):
            raise Refusal("a constant array that a recursive function writes or takes for a differentiated one", None,
                          f"argument {extra[0]} of {self.key.callee.name}", "pass a copy, as Duplicated or Active")
        return given

    def emit(self, name):
        inner_core.emit(self, name)



