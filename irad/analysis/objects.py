"""Memory objects and which of them a pointer may point into.

An object is the data of an array argument, an allocation, an entry-block alloca, a global, or one of Numba's own: the result slot, the
exception slot, meminfos of arguments. A meminfo made by NRT and the data behind it (loaded from offset 24) are one object. Inclusion sets
over gep, phi, select, casts; sets are integers used as bit sets, so that their order, and with it the emitted text, is the same in every
process.
"""
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from ..errors import Refusal
from . import effects
from .values import callee, int_value, is_constant, is_inst, is_pointer, size_of

ALLOCATORS = ("NRT_MemInfo_alloc", "NRT_Allocate")
CONTAINERS = ("NRT_MemInfo_new_varsize",)               # lists and sets: their payload moves, and Numba's counting frees them
PAYLOADS = ("NRT_MemInfo_varsize_alloc", "NRT_MemInfo_varsize_realloc", "NRT_MemInfo_varsize_free")
DATA_OFFSET = 24                                        # of the data pointer in NRT's MemInfo


@dataclass(eq=False)
class Object:
    """`kind`: argument, meminfo, opaque, result, excinfo, allocation, container, stack, global, foreign (what effects give pointers to).
    `origin` is the pointer that names it."""
    kind: str
    origin: object
    index: int
    loop: object = None                                 # allocation: the loop of its site
    carried: bool = False                               # allocation: lives around a back edge of a loop that its site lies in
    merged: bool = False                                # allocation: meets other pointers in a phi inside that loop
    size: object = field(default=None, repr=False)      # allocation: bytes asked for, an IR value

    @property
    def bit(self):
        return 1 << self.index

    @property
    def is_local(self):
        """Made by this call, so that nobody else sees it."""
        return self.kind in ("allocation", "stack")

    @property
    def outlives_iteration(self):
        """Its shadow cannot be made anew in the reverse of one iteration: which buffer a phi took is known to the forward sweep only."""
        return self.loop is not None and (self.carried or self.merged)

    def __str__(self):
        return f"{self.kind} {getattr(self.origin, 'name', '')}"


class Objects:
    """`of(pointer)` gives a bit set; `list(bits)` the objects in it."""

    def __init__(self, flow, arguments, merged=False):
        """`arguments`: (llvm argument, kind, leaf index or None) for every pointer argument. With `merged`, array arguments may share
        memory."""
        self.flow, self.all, self._points, self._globals, self._foreign = flow, [], {}, {}, {}
        self.leaf_of, shared = {}, None
        for argument, kind, leaf in arguments:
            if kind != "argument":
                self._points[argument] = self._new(kind, argument).bit
                continue
            self.leaf_of[argument] = leaf
            if shared is None or not merged:
                shared = self._new(kind, argument)
            self._points[argument] = shared.bit
        self._solve()
        self._mark_carried()

    def of(self, pointer):
        if is_constant(pointer):
            return self._constant(pointer)
        return self._points.get(pointer, 0)

    def anywhere(self, pointer, seen=None):
        """As `of`, on raising paths as well, which `_solve` leaves out."""
        seen = set() if seen is None else seen
        if is_constant(pointer) or self.of(pointer):
            return self.of(pointer)
        if not is_inst(pointer) or pointer in seen:
            return 0
        seen.add(pointer)
        match pointer.opname:
            case "getelementptr" | "freeze":
                sources = pointer.operands[:1]
            case "phi":
                sources = pointer.operands
            case "select":
                sources = pointer.operands[1:]
            case "load" if is_inst(base := pointer.operands[0], "getelementptr") and _offset(base) == DATA_OFFSET:
                sources = [base]
            case _:
                return 0
        return reduce(or_, (self.anywhere(v, seen) for v in sources), 0)

    def list(self, bits):
        return [o for o in self.all if bits >> o.index & 1]

    def containers(self):
        """All lists and sets, as a bit set."""
        return self._of_kind("container")

    def unstable(self):
        """What calls that we do not see into change or free: nothing is read from it a second time."""
        return self._of_kind("container", "foreign")

    def _of_kind(self, *kinds):
        return sum(o.bit for o in self.all if o.kind in kinds)

    def leaves(self, bits):
        """The array arguments whose memory is in these objects."""
        return [leaf for argument, leaf in self.leaf_of.items() if self._points[argument] & bits]

    def arguments_of(self, o):
        """The data pointers that lead into an object of the caller."""
        return [argument for argument in self.leaf_of if self._points[argument] & o.bit]

    def allocations(self):
        return [o for o in self.all if o.kind == "allocation"]

    def _new(self, kind, origin, **more):
        o = Object(kind, origin, len(self.all), **more)
        self.all.append(o)
        return o

    def _constant(self, pointer):
        uses = getattr(pointer, "uses", None)           # a constant expression names its globals
        base = uses[0] if uses else pointer
        if not hasattr(base, "global_constant") and not uses:
            return 0                                    # null, poison, the address of a function
        if id(base) not in self._globals:
            self._globals[id(base)] = self._new("global", base)
        return self._globals[id(base)].bit

    def _solve(self):
        pointers = [i for i in self.flow.instructions() if is_pointer(i)]
        users = {}
        for i in pointers:
            for o in i.operands:
                if is_inst(o) and is_pointer(o):
                    users.setdefault(o, []).append(i)
        todo, waiting = pointers[::-1], set(pointers)
        while todo:
            i = todo.pop()
            waiting.discard(i)
            bits = self._transfer(i)
            if bits == self._points.get(i, 0):
                continue
            self._points[i] = bits
            for u in users.get(i, ()):
                if u not in waiting:
                    waiting.add(u)
                    todo.append(u)

    def _transfer(self, i):
        match i.opname:
            case "getelementptr" | "freeze" | "bitcast" | "addrspacecast":
                return self.of(i.operands[0])
            case "phi":
                bits = 0
                for v, _ in self.flow.live_incoming(i):
                    bits |= self.of(v)
                return bits
            case "select":
                return self.of(i.operands[1]) | self.of(i.operands[2])
            case "alloca":
                return self._points.get(i) or self._new("stack", i).bit
            case "load":
                return self._loaded(i)
            case "call" if callee(i).startswith(ALLOCATORS):
                if i in self._points:
                    return self._points[i]
                return self._new("allocation", i, loop=self.flow.loop(i), size=i.operands[1]).bit
            case "call" if callee(i).startswith(CONTAINERS):
                return self._points.get(i) or self._new("container", i).bit
            case "call" if callee(i).startswith(PAYLOADS):
                return self.of(i.operands[1])
            case "inttoptr" if i.operands[0] in self.flow.generators:
                return 0                                # the address of a function that draws
            case "call" if effects.is_effect(i, self.flow):
                return self._made_by(i)
            case "call" if callee(i).startswith("llvm.stacksave"):
                return 0
            case "call" if callee(i) in ("llvm.launder.invariant.group.p0", "llvm.strip.invariant.group.p0"):
                return self.of(i.operands[1])
        raise Refusal(f"a pointer made by {_describe(i)}", i, "irad cannot see which memory it points to")

    def _made_by(self, i):
        """The opaque memory that an effect points to: the state of a generator, or one object for all else, for strings share theirs."""
        key = callee(i) if effects.is_state(i) else ""
        if key not in self._foreign:
            self._foreign[key] = self._new("foreign", i)
        return self._foreign[key].bit

    @cached_property
    def _has_effects(self):
        return any(effects.is_effect(i, self.flow) for i in self.flow.instructions())

    def _loaded(self, i):
        base = i.operands[0]
        if is_inst(base, "getelementptr") and len(base.operands) == 2 and _offset(base) == DATA_OFFSET:
            return self.of(base)                        # the data of a meminfo
        objects = self.list(self.of(base))
        if objects and all(o.kind == "global" for o in objects):
            return self._points.get(i) or self._new("global", i).bit
        if objects and {o.kind for o in objects} <= {"foreign", "opaque", "stack"} and self._has_effects:
            return self._made_by(i)                     # no other pointer is ever stored: calls.check
        if objects and all(o.kind == "excinfo" for o in objects):
            return self._points.get(i) or self._new("global", i).bit        # of an exception that is caught: a constant, calls.check
        raise Refusal("a pointer loaded from memory", i, "arrays inside lists, records or class instances are not differentiated yet",
                      "pass the arrays as separate arguments or in a tuple")

    def _mark_carried(self):
        """An allocation is carried when a header phi of a loop around its site may point into it."""
        for loop in self.flow.loops:
            for phi in self.flow.phis(loop.header):
                if not is_pointer(phi):
                    continue
                for o in self.list(self.of(phi)):
                    if o.kind == "allocation" and o.loop is not None and o.loop.within(loop):
                        value = self.flow.incoming(phi, loop.latch)
                        o.carried = o.carried or bool(self.of(value) & o.bit)
        for phi in self.flow.instructions():
            if phi.opname == "phi" and is_pointer(phi) and not self.flow.is_header_phi(phi) and self.flow.loop(phi) is not None:
                for o in self.list(self.of(phi)):
                    if o.kind == "allocation" and o.loop is not None and self.flow.loop(phi).within(o.loop):
                        o.merged = True


def _offset(gep):
    """The constant offset of a getelementptr with one index over bytes, or None."""
    try:
        return int_value(gep.operands[1]) if size_of(gep.info) == 1 else None
    except KeyError:
        return None


def _describe(i):
    return f"the call of {callee(i)}" if callee(i) else f"`{i.opname}`"
