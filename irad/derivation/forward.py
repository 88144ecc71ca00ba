"""What forward mode knows more: hardly anything. Tangents run along with the primal, so there is no plan, and memory may be overwritten."""
from llvmlite import ir
from numba import types

from ..analysis import helpers
from ..analysis.activity import Seeds
from ..analysis.flow import PTR
from ..analysis.shadow_pointers import ShadowPointers
from ..analysis.work import Work
from ..transform import tangent
from .common import Derivation


class ForwardDerivation(Derivation):
    """`result_tangent`: where the tangent of the result goes, as an argument of the core; None where nothing is returned."""

    # -- the stages
    def analyse(self):
        self._find_objects()
        self.counters = helpers.insert_counters(self.flow)      # for the places of accesses; what is not used is dropped by LLVM
        result = self.function.args[0]
        varied, bits = self._varied_arrays(), self.objects.of(result)
        self._find_activity(Seeds(tuple(self.active_arguments), varied, varied | bits, 0), mixed=bits)
        self.work = Work(self.objects, self.activity, 0, self.layouts.plain)
        shadows = ShadowPointers(self.flow, self.objects, with_reverse=False)
        self.result_tangent = None
        if self.result_types:
            self.result_tangent = shadows.of[result] = ir.Argument(self.function, PTR, "result.sh")
        self._place_shadows(shadows)

    def make_plan(self):
        self._make_scopes()

    def emit(self, name=tangent.NAME):
        self.core = tangent.emit(self, name)

    # -- what the wrapper must know
    @property
    def result_types(self):
        """What the core returns: the primal's result, whatever it is; its tangent has the same layout."""
        return [] if self.primal.restype is types.none else [self.primal.restype]

    @property
    def tangent_leaves(self):
        return [k for k in self._active_leaves if self.leaves[k].is_number]

    def report(self, times):
        return {"times": times, "instructions": sum(1 for _ in self.flow.instructions())}
