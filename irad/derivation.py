"""All that is known of one derivation: the facts of the function, stage by stage, and the plan.

`analyse` and `make_plan` fill it in; `transform/` reads it. `why` and `report` explain it.
"""
from numba import types

from .analysis import activity as activity_analysis
from .analysis import bits, calls, helpers, intact
from .analysis.affine import Affine, Array
from .analysis.flow import Flow
from .analysis.fusable import Fusable
from .analysis.objects import Objects
from .analysis.shadow_pointers import ShadowPointers
from .analysis.stencil import Stencils
from .analysis.values import is_copy, is_memset
from .analysis.work import Work
from .frontend.abi import leaves
from .plan import needs
from .plan.control import Choose, Control
from .plan.plan import Plan
from .transform.gather import is_free_of_order
from .transform.scopes import Scopes

HIDDEN = 2                                              # retptr, excinfo


class Derivation:
    def __init__(self, module, primal, request, options, merged=False):
        """`merged`: array arguments may share memory with what the primal writes; else the caller checks that they do not."""
        self.merged = merged
        self.module, self.primal, self.request, self.options = module, primal, request, options
        self.function = module.globals["@" + primal.entry] if "@" + primal.entry in module.globals else module.globals[primal.entry]
        self.leaves = leaves(primal.argtypes)
        self.strong_zero = request.mode.strong_zero
        kinds = [k.__name__ for k in request.kinds]
        self._active_leaves = [k for k, l in enumerate(self.leaves) if kinds[l.argument] != "Const" and (l.is_float or l.is_float_array)]
        returns_float = isinstance(primal.restype, types.Float)
        self.value_type = None                          # the LLVM type of the primal's value, where it is asked for
        self._wants_value = request.mode.primal and returns_float
        self._returns_float = returns_float

    # -- the stages
    def analyse(self):
        self.flow = flow = Flow(self.module, self.function)
        helpers.unbroadcast(flow)
        helpers.unguard(flow)
        bits.retype(flow)
        calls.check(flow)
        args = self.function.args
        self.active_arguments = [args[HIDDEN + self.leaves[k].first] for k in self._active_leaves if self.leaves[k].is_float]
        self.objects = objects = Objects(flow, self._pointer_arguments(), self.merged)
        self.counters = helpers.insert_counters(flow)
        self.users = flow.users()
        self.activity = activity_analysis.analyse(flow, objects, self.users, self._seeds())
        self.float_types = activity_analysis.check_memory(flow, objects, self.users, self.activity)
        self.work = Work(objects, self.activity, self._result())
        self._place_shadows()
        self.users = flow.users()
        self.fused = Fusable(flow, self.activity, self.work, self.users).find() if self.options.fuse else {}
        self._choose_control()
        self._find_intact()
        if self._wants_value:
            self.value_type = next(i.operands[0].type for i in flow.instructions() if self.work.is_result_store(i))

    def make_plan(self):
        wanted = needs.collect(self.flow, self.counters, self.activity, self.work, self.shadows, self.control, self.selectors)
        exact = [value for value, _ in self.selectors.values()]
        exact += [n for c in self.counters.values() for n in c.n_at.values()]
        self.plan = Plan(self, wanted, exact, self.options.plan, self.fused)
        self.stencils = self._find_stencils() if self.options.gather else {}
        active = self.activity.objects if self.options.scopes else 0
        self.scopes = Scopes(self.module, self.objects, active)

    # -- facts
    def _pointer_arguments(self):
        args = self.function.args
        out = [(args[0], "result", None), (args[1], "excinfo", None)]
        for k, leaf in enumerate(self.leaves):
            for n in range(leaf.width):
                a = args[HIDDEN + leaf.first + n]
                if str(a.type) != "ptr":
                    continue
                if leaf.is_array:
                    out.append((a, "argument", k) if leaf.first + n == leaf.data else (a, "meminfo", None))
                else:
                    out.append((a, "opaque", None))
        return out

    def _result(self):
        return self.objects.of(self.function.args[0])

    def _seeds(self):
        args, varied = self.function.args, 0
        for k in self._active_leaves:
            leaf = self.leaves[k]
            if leaf.is_float_array:
                varied |= self.objects.of(args[HIDDEN + leaf.data])
        values = tuple(self.active_arguments)
        return activity_analysis.Seeds(values, varied, varied, self._result() if self._returns_float else 0)

    def _place_shadows(self):
        self.shadows = ShadowPointers(self.flow, self.objects)
        for i in list(self.flow.instructions()):
            if not self.work.has(i) or self.work.is_seed(i):
                continue
            if i.opname == "load":
                self.shadows.need(i.operands[0])
            elif i.opname == "store" or is_memset(i):
                self.shadows.need(i.operands[1])
            elif is_copy(i):
                self.shadows.need(i.operands[1])
                if self.work.touches_active(i.operands[2]):
                    self.shadows.need(i.operands[2])
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

    def _find_intact(self):
        flow, objects = self.flow, self.objects
        self.affine = Affine(flow, self.counters, self._arrays())
        gone = intact.clobbered(flow, objects)
        if self.options.elementwise:
            refined = intact.Refined(flow, objects, self.counters, self.affine)
            self.intact = refined.solve(gone, lambda store: not self.work.is_result_store(store))
        else:
            self.intact = intact.Intact(frozenset(gone), {}, {})

    def _find_stencils(self):
        """{loop: groups of loads to gather}, for reached loops whose iterations can be reversed in any order."""
        stencils = Stencils(self.flow, self.counters, self.objects, self.affine, self.work, self.users)
        found = {l: stencils.find(l) for l in self.control.loops if not l.children and l.latch in self.control.leave}
        return {l: groups for l, groups in found.items() if groups and is_free_of_order(self.plan, l)}

    def _arrays(self):
        args = self.function.args
        for leaf in self.leaves:
            if leaf.is_array:
                dims = tuple(range(leaf.type.ndim))
                shape, strides = (tuple(args[HIDDEN + k] for k in part) for part in (leaf.shape, leaf.strides))
                size = _itemsize(leaf.type.dtype)
                if size:
                    order = {"C": dims[::-1], "F": dims}.get(leaf.type.layout)
                    yield Array(args[HIDDEN + leaf.data], shape, strides, size, order)

    # -- what the wrapper must know
    @property
    def shadow_leaves(self):
        """Leaves that take a shadow pointer: all active arrays, and constant ones that receive a derivative on the way."""
        active = [k for k in self._active_leaves if self.leaves[k].is_array]
        return sorted({*active, *self.shadows.arguments})

    @property
    def active_numbers(self):
        """Float leaves whose adjoints the core returns, in order."""
        return [self.leaves[k] for k in self._active_leaves if self.leaves[k].is_float]

    @property
    def scratch(self):
        return frozenset(self.shadows.arguments) - frozenset(self._active_leaves)

    @property
    def written(self):
        """Array leaves that the primal writes."""
        bits = 0
        for i in self.flow.instructions():
            bits |= intact.written(i, self.objects)
        for b in self.flow.function.blocks:
            if b not in self.flow.live:
                for i in b.instructions:
                    bits |= intact.written(i, self.objects)
        return frozenset(self.objects.leaves(bits))

    @property
    def assumes_distinct(self):
        """Would it matter if array arguments overlapped? Only if one is written and another one takes part."""
        return not self.merged and bool(self.written) and len(self.objects.leaf_of) > 1

    @property
    def may_be_merged(self):
        """Two shadowed arrays, one of them written, may be passed so that they overlap as their shadows do."""
        kinds = [k.__name__ for k in self.request.kinds]
        shadowed = [k for k in self._active_leaves if self.leaves[k].is_array and kinds[self.leaves[k].argument] == "Duplicated"]
        return self.assumes_distinct and len(shadowed) > 1 and any(k in self.written for k in shadowed)

    def report(self, times):
        columns = [(v.name, str(v.type), self.flow.loop(v).header.name) for v in self.plan.saved]
        return {"times": times, "saved": columns, "tape": self.tape.predicted(), "kept": [v.name for v in self.plan.kept],
                "instructions": sum(1 for _ in self.flow.instructions())}


def _itemsize(dtype):
    return dtype.bitwidth // 8 if isinstance(dtype, types.Float | types.Integer) else 1 if isinstance(dtype, types.Boolean) else None
