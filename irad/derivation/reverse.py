"""What reverse mode knows more: counters, control, intact memory, fusable loops, and the plan.

`analyse` and `make_plan` fill it in; `transform/core.py` reads it. `report` explains it.
"""
from dataclasses import replace

from numba import types

from ..analysis import caught, handover, helpers, intact
from ..analysis.activity import Seeds
from ..analysis.affine import Affine
from ..analysis.flow import DOUBLE, FLOAT
from ..analysis.fusable import Fusable
from ..analysis.nest import Nests
from ..analysis.private import Private
from ..analysis.shadow_pointers import ShadowPointers
from ..analysis.stencil import Stencils
from ..analysis.work import Work
from ..plan import needs, twins
from ..plan.control import Choose, Control
from ..plan.plan import Plan
from ..plan.rerun import Rerun
from ..transform import core
from ..transform.gather import is_free_of_order
from .callees import key_of
from .common import Derivation


class ReverseDerivation(Derivation):
    may_be_split = True

    def __init__(self, module, primal, request, options, merged=False, callees=None):
        super().__init__(module, primal, request, options, merged, callees)
        self.value_type = None                          # the LLVM type of the primal's value, where it is asked for
        self.core = None                                # the derived function, once it is emitted
        self._returns_float = isinstance(primal.restype, types.Float)
        self._wants_value = request.mode.primal and self._returns_float

    # -- the stages
    def analyse(self):
        self._find_objects()
        flow = self.flow
        self.counters = helpers.insert_counters(flow)
        self._find_activity(self._seeds())
        self.work = Work(self.objects, self.activity, self._result(), self.layouts.plain)
        caught.check(flow, [i for i in flow.sites if self.work.has(i)])
        self._place_shadows(ShadowPointers(flow, self.objects))
        self._find_recurrences()
        self.users = flow.users()
        self.affine = Affine(flow, self.counters, self.arrays())
        self.private = Private(flow, self.objects, self.counters, self.affine)
        fused = Fusable(flow, self.activity, self.work, self.users, self.private).find() if self.options.fuse else {}
        self.fused = self.splits.of_fused(fused)
        self._choose_control()
        self._find_intact({loop: self.private.of(loop) for loop in self.fused})
        if self._wants_value:
            stored = (i.operands[0].type for i in flow.instructions() if self.work.is_result_store(i))
            self.value_type = next(stored, FLOAT if self.primal.restype is types.float32 else DOUBLE)

    def make_plan(self):
        self.twins = twins.find(self.flow, self.activity) if self.options.twins else {}
        wanted = needs.collect(self.flow, self.counters, self.activity, self.work, self.shadows, self.control, self.selectors, self.twins)
        exact = [value for value, _ in self.selectors.values()]
        exact += [n for c in self.counters.values() for n in c.n_at.values()]
        self.plan = Plan(self, wanted, exact, self.options.plan, self.fused)
        self.splits.check_plan(self.plan)
        rerun = Rerun(self, self.plan).choose(self.options.rerun)
        self.splits.check_rerun(rerun)
        if rerun:
            self._find_intact({**{loop: self.private.of(loop) for loop in self.fused}, **{l: s.memory for l, s in rerun.items()}})
            self.plan = Plan(self, wanted, exact, self.options.plan, self.fused, rerun)
        self.stencils = self._find_stencils() if self.options.gather else []
        self._make_scopes()

    def emit(self, name=core.NAME):
        self.core = core.emit(self, name)
        if self.request.mode.tape_budget is not None:
            self.splits.check_budget(self.request.mode.tape_budget)

    # -- facts
    def _seeds(self):
        varied = self._varied_arrays()
        return Seeds(tuple(self.active_arguments), varied, varied, self._result() if self._returns_float else 0)

    def _find_recurrences(self):
        """Inductions and rotations, among them those of shadow addresses."""
        for c in self.counters.values():
            helpers.find_inductions(self.flow, c)
        for c in self.counters.values():
            helpers.find_rotations(self.flow, c)
        self.shadows.withdraw_virtual()

    def _choose_control(self):
        flow = self.flow
        self.control = Control(flow.graph, flow.turn, lambda b: any(self.work.has(i) for i in b.instructions),
                               lambda b: any(self.work.merges(p) for p in flow.phis(b)), self.fused)
        self.selectors = {b: helpers.selector(flow, b) for b in self.control.reached if isinstance(self.control.leave[b], Choose)}

    def _find_intact(self, private):
        """`private`: {loop each of whose iterations is reversed right after it ran: the objects whose contents it makes anew}."""
        flow, objects = self.flow, self.objects
        self.gone = gone = intact.clobbered(flow, objects, self._later(), private)
        self.elements = intact.Refined(flow, objects, self.counters, self.affine, self._later(), private)
        if self.options.elementwise:
            self.intact = self.elements.solve(gone, lambda store: not self.work.is_result_store(store))
        else:
            self.intact = intact.Intact(frozenset(gone), {}, {})

    def _later(self):
        """Objects that are written between the end of the forward sweep and the reverse."""
        return 0

    def key_of(self, site):
        return key_of(site, self.objects, self.activity, self.gone.get(site.call, 0))

    def _find_stencils(self):
        """Stencils that are gathered: of reached nests, the deepest ones whose iterations can be reversed in any order."""
        flow, out = self.flow, []
        stencils = Stencils(flow, self.counters, self.objects, self.affine, self.work, self.users, self.elements)
        nests = Nests(flow, self.counters, self.affine, self.work, self.selectors)
        for loop in self.control.loops:
            found = next(filter(None, map(stencils.find, filter(self._is_free_of_order, nests.around(loop)))), None)
            if found is not None:
                steps = found.nest.outer.parent
                given = None if steps in self.fused else handover.find(found, stencils, self.selectors)
                out.append(replace(found, handover=given))
        return out

    def _is_free_of_order(self, nest):
        """Can the iterations of a nest be reversed in any order, and apart from each other?"""
        usual = all(l.latch in self.control.leave and l not in self.plan.rerun and l not in self.fused for l in nest.loops)
        return usual and is_free_of_order(self.plan, nest, self.counters)

    # -- what the wrapper must know
    @property
    def result_types(self):
        """What the core returns: the primal's value, if it is asked for, and the adjoints of active numbers."""
        return [self.primal.restype] * (self.value_type is not None) + [leaf.type for leaf in self.active_numbers]

    @property
    def tangent_leaves(self):
        return []

    def report(self, times):
        columns = [(v.name, str(v.type), self.flow.loop(v).header.name) for v in self.plan.saved]
        return {"times": times, "saved": columns, "tape": self.tape.predicted(), "kept": [v.name for v in self.plan.kept],
                "instructions": sum(1 for _ in self.flow.instructions()),
                "core": sum(len(b.instructions) for b in self.core.blocks) if self.core else None}
