"""What is known of one derivation in either mode: the function's objects, what is active, where shadows are, what a caller must pass.

`analyse` fills it in; `transform/` reads it. reverse.py adds what a reverse sweep asks for, forward.py what tangents do.
"""
from dataclasses import replace

from numba import types

from ..analysis import activity as activity_analysis
from ..analysis import aggregates, bits, calls, helpers, intact
from ..analysis.affine import Affine, Array
from ..analysis.flow import Flow
from ..analysis.inner import HIDDEN, RESULT, Sites
from ..analysis.layout import Integers, Layouts
from ..analysis.objects import Objects
from ..analysis.strips import take_marks
from ..analysis.values import callee, is_copy, is_memset
from ..backend.vector import has_variant
from ..errors import Refusal
from ..frontend.abi import leaves
from ..frontend.floats import floats, itemsize
from ..rules import registry
from ..transform.scopes import Scopes
from .callees import Callees, key_of
from .held import fields, held
from .splits import Splits

FASTER = 4                                              # than a call of libm, element by element: math by vectors


def _element(leaf):
    """What one element of an array, or a record, holds; None for what irad does not know."""
    return fields(itemsize(leaf.element), floats(leaf.element)) if leaf.is_memory else None


class Derivation:
    may_be_split = False                                # may loops be split into strips?

    def __init__(self, module, primal, request, options, merged=False, callees=None):
        """`merged`: array arguments may share memory with what the primal writes; else the caller checks that they do not."""
        self.merged, self.callees = merged, callees or Callees()
        self.module, self.primal, self.request, self.options = module, primal, request, options
        self.function = module.function(primal.entry)
        self.leaves = leaves(primal.argtypes)
        self.strong_zero = request.mode.strong_zero
        self.counters, self.splits = {}, None           # of loops: reverse mode puts them in; of the success graph: once it is there
        kinds = [k.__name__ for k in request.kinds]
        self._active_leaves = [k for k, l in enumerate(self.leaves) if kinds[l.argument] != "Const" and (l.is_number or l.holds_floats)]

    # -- the stages that both modes have
    def _find_objects(self):
        self.flow = flow = Flow(self.module, self.function, self._generators(), Sites(self.module, self.primal.signatures.get))
        helpers.unbroadcast(flow)
        helpers.unguard(flow)
        aggregates.unpack(flow)
        self.splits = Splits(self, take_marks(flow))
        calls.check(flow)
        args = self.function.args
        self.active_arguments = [args[HIDDEN + l.first + n] for l in self.active_numbers for n in range(l.width)]
        self.objects = Objects(flow, self._pointer_arguments(), self._merged())
        calls.check_given(flow, self.objects)
        self.objects.check_opaque()
        integers = Integers(self.objects, Affine(flow, {}, self.arrays()), self._fields())
        bits.retype(flow, integers.at)

    def _find_activity(self, seeds, mixed=0):
        self.users = self.flow.users()
        self.activity = activity_analysis.analyse(self.flow, self.objects, self.users, seeds)
        activity_analysis.check_memory(self.flow, self.objects, self.activity)
        affine = Affine(self.flow, self.counters, self.arrays())
        self.layouts = Layouts(self.flow, self.objects, self.users, self.activity, affine, self._fields(), _element, mixed)

    def _place_shadows(self, shadows):
        """The shadow of each pointer through which an active instruction goes."""
        self.shadows = shadows
        for i in list(self.flow.instructions()):
            if not self.work.has(i) or self.work.is_seed(i):
                continue
            if i.opname == "load":
                shadows.need(i.operands[0])
            elif i.opname == "store" or is_memset(i):
                shadows.need(i.operands[1])
            elif is_copy(i):
                shadows.need(i.operands[1])
                if self.work.reads_active(i):
                    shadows.need(i.operands[2])
            elif i in self.flow.sites:
                site = self.flow.sites[i]
                for pointer in site.shadowed(key_of(site, self.objects, self.activity, 0).active):
                    shadows.need(pointer)
        self._check_constant()

    def _check_constant(self):
        """A constant instance has no shadow."""
        for k in self.shadows.arguments:
            if k != RESULT and self.leaves[k].is_structure and k not in self._active_leaves:
                raise Refusal("a constant class instance that takes differentiated values, or that may be a differentiated one", None, "",
                              "write Duplicated(x, dx)")

    def key_of(self, site):
        """How a callee is to be derived for a call."""
        return key_of(site, self.objects, self.activity, 0)

    def _make_scopes(self):
        self.scopes = Scopes(self.module, self.objects, self.activity.objects if self.options.scopes else 0)

    # -- facts
    def cycles_of(self, v):
        """What it costs to compute a value again; a function of the vector library does several at a time."""
        quick = has_variant(callee(v), v.flags, self.options.vector)
        return registry.cycles_of(v) / (FASTER if quick else 1)

    def _generators(self):
        """The LLVM arguments that NumPy Generators are passed as."""
        args = self.function.args
        given = [leaf for leaf in self.leaves if isinstance(leaf.type, types.NumPyRandomGeneratorType)]
        return [args[HIDDEN + leaf.first + n] for leaf in given for n in range(leaf.width)]

    def _pointer_arguments(self):
        args = self.function.args
        out = [(args[0], "result", None), (args[1], "excinfo", None)]
        for k, leaf in enumerate(self.leaves):
            for n in range(leaf.width):
                a = args[HIDDEN + leaf.first + n]
                if str(a.type) != "ptr":
                    continue
                if self._is_held(k):
                    other = "opaque" if isinstance(leaf.type, types.List) else "meminfo"
                    out.append((a, held(leaf.type), k) if leaf.first + n == leaf.data else (a, other, None))
                elif leaf.is_memory:
                    out.append((a, "argument", k) if leaf.first + n == leaf.data else (a, "meminfo", None))
                else:
                    out.append((a, "opaque", None))
        return out

    def _is_held(self, k):
        """Is an instance or a list taken apart, and compared with other arguments by the caller? A constant list is opaque."""
        leaf = self.leaves[k]
        return leaf.is_structure and (k in self._active_leaves or (leaf.is_plain_instance and not self.flow.sites))

    def arrays(self):
        """The array arguments, for the polynomials of addresses."""
        args = self.function.args
        for leaf in self.leaves:
            size = itemsize(leaf.type.dtype) if leaf.is_array else None
            if size:
                dims = tuple(range(leaf.type.ndim))
                shape, strides = (tuple(args[HIDDEN + k] for k in part) for part in (leaf.shape, leaf.strides))
                order = {"C": dims[::-1], "F": dims}.get(leaf.type.layout)
                data, items, width = (args[HIDDEN + k] for k in (leaf.data, leaf.items, leaf.itemsize))
                yield Array(data, items, shape, strides, width, size, order)

    def _fields(self):
        """{data pointer: what its elements hold} for array and record arguments."""
        args, out = self.function.args, {}
        for leaf in self.leaves:
            found = _element(leaf)
            if found is not None:
                loose = leaf.is_array and leaf.type.layout == "A"
                strides = tuple(args[HIDDEN + k] for k in leaf.strides) if loose else ()
                out[args[HIDDEN + leaf.data]] = replace(found, strides=strides)
        return out

    def _merged(self):
        return self.merged

    def _result(self):
        return self.objects.of(self.function.args[0])

    def _varied_arrays(self):
        args, varied = self.function.args, 0
        for k in self._active_leaves:
            leaf = self.leaves[k]
            if leaf.holds_floats:
                varied |= self.objects.floats_of(k) if leaf.is_structure else self.objects.of(args[HIDDEN + leaf.data])
        return varied

    # -- what the wrapper must know
    @property
    def shadow_leaves(self):
        """Leaves that take a shadow pointer: all active memory, and constant memory that receives a derivative on the way."""
        active = [k for k in self._active_leaves if not self.leaves[k].is_number]
        return sorted({*active, *self.shadows.arguments})

    @property
    def active_numbers(self):
        """Number leaves whose adjoints the core returns, or whose tangents it takes, in order."""
        return [self.leaves[k] for k in self._active_leaves if self.leaves[k].is_number]

    @property
    def scratch(self):
        return frozenset(self.shadows.arguments) - frozenset(self._active_leaves)

    @property
    def written(self):
        """Leaves whose memory the primal writes."""
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
        shadowed = [k for k in self._active_leaves if self.leaves[k].is_memory and kinds[self.leaves[k].argument] == "Duplicated"]
        return self.assumes_distinct and len(shadowed) > 1 and any(k in self.written for k in shadowed)
