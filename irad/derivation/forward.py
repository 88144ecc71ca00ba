"""What forward mode knows more: hardly anything. Tangents run along with the primal, so there is no plan, and memory may be overwritten."""
from llvmlite import ir
from numba import types

from ..analysis import helpers
from ..analysis.activity import Seeds
from ..analysis.flow import PTR
from ..analysis.objects import offset_of
from ..analysis.shadow_pointers import ShadowPointers
from ..analysis.values import is_pointer
from ..analysis.work import Work
from ..errors import Refusal
from ..frontend.abi import result_arrays
from ..transform import tangent
from ..transform.returned import DATA
from .common import Derivation


class ForwardDerivation(Derivation):
    """`result_tangent`: where the tangent of the result goes, as an argument of the core; None where nothing is returned."""

    # -- the stages
    def analyse(self):
        self._find_objects()
        self.counters = helpers.insert_counters(self.flow)      # for the places of accesses; what is not used is dropped by LLVM
        result = self.function.args[0]
        varied, bits = self._varied_arrays(), self.objects.of(result) if self._takes_result_tangent() else 0
        self.returned = self._find_returned(bits)
        useful = varied | bits | sum({o.bit for stores in self.returned.values() for i in stores for o in self._behind(i.operands[0])})
        self._find_activity(Seeds(tuple(self.active_arguments), varied, useful, 0), mixed=bits)
        self.work = Work(self.objects, self.activity, 0, self.layouts.plain)
        shadows = ShadowPointers(self.flow, self.objects, with_reverse=False)
        self.result_tangent = None
        if self._takes_result_tangent():
            self.result_tangent = shadows.of[result] = ir.Argument(self.function, PTR, "result.sh")
        self._place_shadows(shadows)
        for pointer in (i.operands[0] for stores in self.returned.values() for i in stores):
            if self.work.touches_active(pointer):
                shadows.need(pointer)

    def _takes_result_tangent(self):
        return bool(self.result_types)

    def make_plan(self):
        self._make_scopes()

    def emit(self, name=tangent.NAME):
        self.core = tangent.emit(self, name)

    # -- facts
    def _find_returned(self, bits):
        """{offset of an array in the result: the stores of its data pointer}."""
        out = {at: [] for at in result_arrays(self.primal.restype)}
        for i in self.flow.instructions():
            if i.opname != "store" or not is_pointer(i.operands[0]) or not self.objects.of(i.operands[1]) & bits:
                continue
            at = offset_of(i.operands[1])
            if out and at is None:
                raise Refusal("a result put together from parts at run time", i)
            if out and at - DATA in out:
                if any(o.kind == "argument" for o in self._behind(i.operands[0])):
                    raise Refusal("a result that is an argument or a view of one", i, "its tangent would be memory of the argument's",
                                  "return a copy")
                out[at - DATA].append(i)
        return out

    def _behind(self, pointer):
        return self.objects.list(self.objects.of(pointer))

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
