"""The derivation of a function that is called inside (callees.py), in either mode."""
from dataclasses import replace
from types import SimpleNamespace

from ..analysis.activity import Seeds
from ..analysis.inner import HIDDEN, RESULT
from ..errors import Refusal
from ..modes import Const, Forward, Reverse
from ..transform import inner_core
from .forward import ForwardDerivation
from .reverse import ReverseDerivation


class _Inner:
    """What is active in it is in the key."""
    mode = None

    def __init__(self, module, primal, request, options, key, callees):
        inner = replace(primal, entry=key.callee.name, argtypes=key.callee.signature.argtypes, restype=key.callee.signature.restype)
        mode = self.mode.with_options(strong_zero=request.mode.strong_zero)
        request = SimpleNamespace(mode=mode, kinds=(Const,) * len(inner.argtypes))
        super().__init__(module, inner, request, options, callees=callees)
        self.key = key
        self._active_leaves = [k for k in key.active if k != RESULT]

    def _merged(self):
        return {RESULT: RESULT, **dict(self.key.group)}

    def _given(self, leaves):
        """These leaves' shadows are passed; refused, if any other is asked for."""
        if extra := sorted(set(self.shadows.arguments) - set(leaves)):
            raise Refusal("a constant array that a recursive function writes or takes for a differentiated one", None,
                          f"leaf {extra[0]} of its arguments", "pass a copy, as Duplicated or Active")
        return leaves


class InnerReverse(_Inner, ReverseDerivation):
    """Its result is memory of the caller, with a shadow; it has no seed of its own. The caller's memory is not put back in here."""
    mode, may_be_split = Reverse, False

    def __init__(self, *args):
        super().__init__(*args)
        self._returns_float = self._wants_value = False

    def _pointer_arguments(self):
        result, *others = super()._pointer_arguments()
        return [(result[0], "argument", RESULT), *others]

    def _result(self):
        return 0

    def _seeds(self):
        varied = self._varied_arrays()
        result = self.objects.of(self.function.args[0]) if RESULT in self.key.active else 0
        return Seeds(tuple(self.active_arguments), varied, varied | result, 0)

    def _later(self):
        args, bits = self.function.args, self.objects.of(self.function.args[0])
        for k in self.key.later:
            bits |= self.objects.of(args[HIDDEN + self.leaves[k].data])
        return bits

    @property
    def shadow_leaves(self):
        return self._given([k for k in self.key.active if k == RESULT or self.leaves[k].is_memory])

    def emit(self, name):
        inner_core.emit(self, name)


class InnerForward(_Inner, ForwardDerivation):
    mode = Forward

    def _takes_result_tangent(self):
        return RESULT in self.key.active

    @property
    def shadow_leaves(self):
        return self._given([k for k in self.key.active if k != RESULT and self.leaves[k].is_memory])


INNER = {"Reverse": InnerReverse, "Forward": InnerForward}
