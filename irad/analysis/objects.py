"""Memory objects and which of them a pointer may point into.

An object is the data of an array argument, an allocation, an entry-block alloca, a global, or one of Numba's own: the result slot, the
exception slot, meminfos. What NRT makes has two or three objects: the *meminfo*, which holds at offset 24 the address of its data, and the
data; the data of a list or set is a *header* of 24 bytes, in which Numba keeps sizes, and the *items* behind it, which move when it grows.

Inclusion sets over gep, phi, select, casts, and over pointers kept in memory: what is stored into an object may come out of every load
from it. Sets are integers used as bit sets, so that their order, and with it the emitted text, is the same in every process.
"""
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from ..errors import Refusal
from . import effects
from .held import Held, within
from .values import callee, int_value, is_constant, is_copy, is_inst, is_memset, is_pointer, size_of

MEMINFOS = ("NRT_MemInfo_alloc",)
RAW = ("NRT_Allocate",)
ALLOCATORS = MEMINFOS + RAW
CONTAINERS = ("NRT_MemInfo_new_varsize",)               # lists and sets
PAYLOADS = ("NRT_MemInfo_varsize_alloc", "NRT_MemInfo_varsize_realloc", "NRT_MemInfo_varsize_free")
DATA_OFFSET = 24                                        # of the data pointer in NRT's MemInfo
HEADER = 17                                             # bytes of sizes and a flag in front of the items: Numba's ListPayload
LOCAL = ("allocation", "stack", "header", "items")      # memory made by this call


@dataclass(eq=False)
class Object:
    """`kind`: argument, meminfo, opaque, result, excinfo, allocation, header, items, stack, global, foreign (what effects give pointers
    to). `origin` is the pointer that names it."""
    kind: str
    origin: object
    index: int
    loop: object = None                                 # made by a call: the loop of its site
    carried: bool = False                               # made by a call: lives around a back edge of a loop that its site lies in
    merged: bool = False                                # made by a call: meets other pointers in a phi inside that loop
    captured: bool = False                              # made by a call: a pointer to it is kept in memory, or it keeps pointers
    data: "Object | None" = None                        # of a meminfo: its data; of a header: the items
    given: bool = False                                 # the caller's: an instance or a list, or what it leads to
    size: object = field(default=None, repr=False)      # made by a call: bytes asked for, an IR value

    @property
    def bit(self):
        return 1 << self.index

    @property
    def is_local(self):
        """Made by this call, so that nobody else sees it."""
        return self.kind in LOCAL and not self.given

    @property
    def is_container(self):
        """The meminfo of a list or set."""
        return self.kind == "meminfo" and self.data is not None and self.data.kind == "header"

    @property
    def outlives_iteration(self):
        """Its shadow cannot be made anew in the reverse of one iteration: which buffer a phi or a load took is known to the forward sweep
        only."""
        return self.loop is not None and (self.carried or self.merged or self.captured)

    def __str__(self):
        return f"{self.kind} {getattr(self.origin, 'name', '')}"


class Objects:
    """`of(pointer)` gives a bit set; `list(bits)` the objects in it; `behind(bits)` adds the data of meminfos; `contents(o)`: what the
    pointers kept in an object may point to."""

    def __init__(self, flow, arguments, merged=False):
        """`arguments`: (llvm argument, kind, leaf index or None) for every pointer argument. With `merged`, array arguments may share
        memory: all of them, or those that it gives the same number, {leaf: number}. The kind of an instance is what it holds (held.py)."""
        self.flow, self.all, self._points, self._globals, self._foreign, self._contents = flow, [], {}, {}, {}, {}
        self.leaf_of, shared = {}, {}
        self.held, self.pointers, self.reached = {}, {}, {}     # of instances: object -> Held, object -> {offset: bits}, leaf -> bits
        for argument, kind, leaf in arguments:
            if isinstance(kind, Held):
                self.leaf_of[argument] = leaf
                self._points[argument] = self._hold(argument, kind, leaf).bit
                continue
            if kind != "argument":
                self._points[argument] = self._new(kind, argument).bit
                continue
            self.leaf_of[argument] = leaf
            group = merged.get(leaf, leaf) if isinstance(merged, dict) else None if merged else leaf
            if group not in shared:
                shared[group] = self._new(kind, argument)
            self._points[argument] = shared[group].bit
        self._solve()
        self._check()
        self._mark_carried()
        self._mark_captured()

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
            case "load":
                at = self.list(self.anywhere(pointer.operands[0], seen))
                return reduce(or_, (o.data.bit if o.data else self.contents(o) for o in at), 0)
            case _:
                return 0
        return reduce(or_, (self.anywhere(v, seen) for v in sources), 0)

    def list(self, bits):
        out = []
        while bits:
            lowest = bits & -bits
            out.append(self.all[lowest.bit_length() - 1])
            bits ^= lowest
        return out

    def unstable(self):
        """What calls that we do not see into change or free, and what a constant list leads to, if arrays of the caller's are written that
        may stand in it too: nothing is read from it a second time."""
        kinds = ("foreign", "opaque") if any(self.of(p) & self._callers for p in self._targets()) else ("foreign",)
        return sum(o.bit for o in self.all if o.kind in kinds)

    def check_opaque(self):
        """Refuse to write arrays of a constant list, or of what else is opaque: they may be arguments too. The list's own items, and an
        instance's own memory, are nothing else."""
        for i in self.flow.instructions() if self._callers else ():
            target = i.operands[1] if i.opname == "store" or is_memset(i) or is_copy(i) else None
            if target is None or not any(o.kind == "opaque" and not o.given for o in self.list(self.of(target))) or self._is_own(target):
                continue
            raise Refusal("an array of a constant list or class instance, written", i, "it may be another argument as well",
                          "pass the array itself, or the list or instance as Duplicated")

    @property
    def _callers(self):
        return sum(o.bit for o in self.all if o.kind == "argument")

    def _targets(self):
        """Pointers through which the function writes, as far as it can be seen."""
        for i in self.flow.instructions():
            if i.opname == "store" or is_memset(i) or is_copy(i):
                yield i.operands[1]
            elif i in self.flow.sites:
                yield from (p for _, p in self.flow.sites[i].memory())

    def _is_own(self, pointer):
        """Does a pointer lead into the memory of the opaque argument itself: of an instance, or of a list, which its owner leads to?"""
        base = _base(pointer)
        if not is_inst(base, "load"):
            return not is_inst(base)
        return not is_inst(_base(base.operands[0])) and offset_of(base.operands[0]) == DATA_OFFSET

    def behind(self, bits):
        """With the data of meminfos and the items of lists."""
        for o in self.list(bits):
            while o.data is not None:
                o = o.data
                bits |= o.bit
        return bits

    def across(self, i):
        """(written, read): the objects that a block operation (memset, memcpy) goes over."""
        return self.behind(self.of(i.operands[1])), self.behind(self.of(i.operands[2])) if is_copy(i) else 0

    def contents(self, o):
        return self._contents.get(o.index, 0)

    def leaves(self, bits):
        """The array arguments whose memory is in these objects."""
        return [leaf for argument, leaf in self.leaf_of.items() if (self._points[argument] | self.reached.get(leaf, 0)) & bits]

    def floats_of(self, leaf):
        """The objects that hold floats of those that an instance of the caller's leads to."""
        found = [self.all[k] for k in self.held if self.reached.get(leaf, 0) >> k & 1]
        return sum(o.bit for o in found if self.held[o.index].fields is not None and self.held[o.index].fields.floats)

    def arguments_of(self, o):
        """The data pointers that lead into an object of the caller."""
        return [argument for argument in self.leaf_of if self._points[argument] & o.bit]

    def allocations(self):
        """What the primal allocates: one object for each site (of a list, its items)."""
        return [o for o in self.all if o.kind in ("allocation", "items") and not o.given]

    def _new(self, kind, origin, **more):
        o = Object(kind, origin, len(self.all), **more)
        self.all.append(o)
        return o

    def _hold(self, origin, held, leaf):
        """The objects of an instance of the caller's, of a list, or of an array in one. What an instance holds besides is opaque."""
        o = self._new("items" if held.is_list else "argument", origin, given=True)
        self.held[o.index] = held
        self.reached[leaf] = self.reached.get(leaf, 0) | o.bit
        if held.pointers is None:
            return o
        inner = {at: self._new("meminfo", origin) if to is None else self._hold(origin, to, leaf) for at, to in held.pointers}
        pointers = {at: to.bit for at, to in inner.items()}
        if held.is_list:
            self._contents[o.index] = reduce(or_, pointers.values(), 0)
            header = self._new("header", origin, given=True, data=o)
            self.reached[leaf] |= header.bit
            return self._new("meminfo", origin, given=True, data=header)
        self.pointers[o.index] = pointers
        self._contents[o.index] = reduce(or_, pointers.values(), self._new("opaque", origin, given=True).bit)
        return o

    def _constant(self, pointer):
        uses = getattr(pointer, "uses", None)           # a constant expression names its globals
        base = uses[0] if uses else pointer
        if not hasattr(base, "global_constant") and not uses:
            return 0                                    # null, poison, the address of a function
        if id(base) not in self._globals:
            self._globals[id(base)] = self._new("global", base)
        return self._globals[id(base)].bit

    # -- inclusion
    def _solve(self):
        nodes = [i for i in self.flow.instructions() if is_pointer(i) or _keeps_pointers(i) or effects.is_effect(i, self.flow)]
        users = {}
        for i in nodes:
            for o in i.operands:
                if is_inst(o) and is_pointer(o):
                    users.setdefault(o, []).append(i)
        self._readers, self._grown = {}, []             # object -> loads and copies from it; objects whose contents have grown
        todo, waiting = nodes[::-1], set(nodes)

        def again(later):
            for u in later:
                if u not in waiting:
                    waiting.add(u)
                    todo.append(u)

        while todo:
            i = todo.pop()
            waiting.discard(i)
            bits = self._transfer(i) if is_pointer(i) else self._keep(i)
            if i.opname == "call" and effects.is_effect(i, self.flow):
                self._given(i)
            for o in self._grown:
                again(self._readers.get(o, ()))
            self._grown.clear()
            if bits != self._points.get(i, 0):
                self._points[i] = bits
                again(users.get(i, ()))

    def _keep(self, i):
        """A pointer stored, or memory copied that may hold some."""
        kept = self.of(i.operands[0]) if i.opname == "store" else 0
        if is_copy(i):
            for o in self.list(self.across(i)[1]):
                self._reads(o, i)
                kept |= self.contents(o)
        if i.opname == "store" or is_copy(i):
            self._put(kept, self.of(i.operands[1]) if i.opname == "store" else self.across(i)[0])
        return 0

    def _given(self, effect):
        """An effect may leave pointers to its own kind of memory on the stack."""
        for pointer in effects.pointers(effect):
            bits = sum(o.bit for o in self.list(self.of(pointer)) if o.kind == "stack")
            if bits:
                self._put(self._made_by(effect), bits)

    def _put(self, kept, into):
        for o in self.list(into) if kept else ():
            if kept & ~self.contents(o):
                self._contents[o.index] = self.contents(o) | kept
                self._grown.append(o)

    def _reads(self, o, i):
        readers = self._readers.setdefault(o, [])
        if not any(i is r for r in readers):
            readers.append(i)

    def _transfer(self, i):
        match i.opname:
            case "getelementptr":
                return self._element(i)
            case "freeze" | "bitcast" | "addrspacecast":
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
            case "call":
                return self._called(i, callee(i))
            case "inttoptr" if i.operands[0] in self.flow.generators:
                return 0                                # the address of a function that draws
        raise Refusal(f"a pointer made by {_describe(i)}", i, "irad cannot see which memory it points to")

    def _element(self, gep):
        """Within an object; from the header of a list on to its items."""
        bits = self.of(gep.operands[0])
        for o in self.list(bits):
            if o.kind == "header":
                at = offset_of(gep)
                if at is None or at >= HEADER:
                    bits = bits & ~o.bit | o.data.bit
        return bits

    def _called(self, i, name):
        if name.startswith(PAYLOADS):
            if any(o.given for o in self.list(self.of(i.operands[1]))):
                raise Refusal("a list of the caller that grows or shrinks", i, "its shadow stays as it is",
                              "fill a list that is made inside")
            return self._data_of(i, i.operands[1])
        if i in self._points:
            return self._points[i]
        if name.startswith("llvm.stacksave"):
            return 0
        if name in ("llvm.launder.invariant.group.p0", "llvm.strip.invariant.group.p0"):
            return self.of(i.operands[1])
        if effects.is_effect(i, self.flow):
            return self._made_by(i)
        made = {"loop": self.flow.loop(i), "size": i.operands[1] if len(i.operands) > 1 else None}
        if name.startswith(RAW):
            return self._new("allocation", i, **made).bit
        if name.startswith(MEMINFOS):
            return self._new("meminfo", i, loop=made["loop"], data=self._new("allocation", i, **made)).bit
        if name.startswith(CONTAINERS):
            header = self._new("header", i, loop=made["loop"], data=self._new("items", i, **made))
            return self._new("meminfo", i, loop=made["loop"], data=header).bit
        raise Refusal(f"a pointer made by {_describe(i)}", i, "irad cannot see which memory it points to")

    def _made_by(self, i):
        """The opaque memory that an effect points to: the state of a generator, or one object for all else, for strings share theirs."""
        key = callee(i) if effects.is_state(i) else ""
        if key not in self._foreign:
            self._foreign[key] = self._new("foreign", i)
        return self._foreign[key].bit

    def _loaded(self, i):
        base, bits = i.operands[0], 0
        objects = self.list(self.of(base))
        for o in objects:
            self._reads(o, i)
            match o.kind:
                case "meminfo":
                    bits |= self._data_of(i, base)
                case "global" | "excinfo":              # of an exception that is caught: a constant, calls.check
                    return self._points.get(i) or self._new("global", i).bit
                case "opaque" | "foreign":
                    bits |= o.bit                       # whatever it leads to
                case _:
                    bits |= self._held_at(base, o) if o.index in self.pointers else self.contents(o)
        return bits

    def _held_at(self, pointer, o):
        """What the pointers in an instance of the caller's lead to, at the place that this one points to."""
        at = within(pointer, lambda v: v in self.leaf_of or (is_inst(v, "load") and self._is_held(v)), self.flow)
        pointers = self.pointers[o.index]
        if at is None:
            return self.contents(o)
        return pointers[at] if at in pointers else self.contents(o) & ~reduce(or_, pointers.values(), 0)

    def _is_held(self, load):
        """Is the address of an instance loaded from an instance of the caller's?"""
        found = self.list(self.of(load.operands[0]))
        return bool(found) and all(o.index in self.pointers for o in found)

    def _data_of(self, i, pointer):
        """The data of the meminfos that a pointer points to, or to whose data field."""
        if is_inst(pointer, "getelementptr") and offset_of(pointer) != DATA_OFFSET:
            raise Refusal("a field of Numba's memory record", i)
        found = {o.data.index for o in self.list(self.of(pointer)) if o.kind == "meminfo" and o.data is not None}
        if not found:                                   # Numba looks into a meminfo only where it has just been made, and for lists
            raise Refusal("a pointer loaded from memory", i, "the array that it belongs to came from outside the function")
        return sum(1 << k for k in found)

    def _check(self):
        """Every access goes to known memory, and what the caller owns keeps no pointer of ours."""
        for i in self.flow.instructions():
            pointer = i.operands[0] if i.opname == "load" else i.operands[1] if i.opname == "store" or is_memset(i) or is_copy(i) else None
            if pointer is None:
                continue
            if not self.of(pointer) and not is_constant(pointer):
                raise Refusal("memory that irad cannot trace to its origin", i)
            if i.opname == "store" and is_pointer(i.operands[0]) and self.of(i.operands[0]):
                self._check_keeping(i, pointer)

    def _check_keeping(self, store, pointer):
        for o in self.list(self.of(pointer)):
            foreign = all(q.kind in ("foreign", "opaque", "global") for q in self.list(self.of(store.operands[0])))
            if not (o.is_local or o.kind in ("result", "excinfo") or foreign):
                raise Refusal("an array stored into an object of the caller", store,
                              "a list or class instance that was passed in would own it", "keep it in a variable")

    # -- lifetimes
    def _mark_carried(self):
        """What is made by a call is carried when a header phi of a loop around its site may point into it."""
        for loop in self.flow.loops:
            for phi in self.flow.phis(loop.header):
                if not is_pointer(phi):
                    continue
                around = self.behind(self.of(self.flow.incoming(phi, loop.latch)))
                for o in self.list(self.behind(self.of(phi)) & around):
                    if o.loop is not None and o.loop.within(loop):
                        o.carried = True
        for phi in self.flow.instructions():
            if phi.opname == "phi" and is_pointer(phi) and not self.flow.is_header_phi(phi) and self.flow.loop(phi) is not None:
                for o in self.list(self.behind(self.of(phi))):
                    if o.loop is not None and self.flow.loop(phi).within(o.loop):
                        o.merged = True

    def _mark_captured(self):
        kept = 0
        for site in self.flow.sites.values():           # its shadow is passed, so it exists in the forward sweep
            kept |= site.reads(self)
        for bits in self._contents.values():
            kept |= bits
        for o in self.list(self.behind(kept)):
            o.captured = True
        for o in self.all:                              # what keeps pointers has its shadow from the forward sweep on
            o.captured = o.captured or (o.is_local and bool(self.contents(o)))
        changed = True
        while changed:                                  # one pointer value has one kind of shadow (shadow_pointers.py)
            changed = False
            for bits in self._points.values():
                meminfos = [o for o in self.list(bits) if o.kind == "meminfo"]
                if any(o.captured or o.is_container for o in meminfos) and not all(o.captured for o in meminfos):
                    for o in self.list(self.behind(sum(o.bit for o in meminfos))):
                        o.captured = changed = True


def _keeps_pointers(i):
    return (i.opname == "store" and is_pointer(i.operands[0])) or is_copy(i)


def offset_of(pointer):
    """The constant number of bytes between a pointer and what its getelementptrs start from, or None."""
    total = 0
    while is_inst(pointer, "getelementptr"):
        index = int_value(pointer.operands[1]) if len(pointer.operands) == 2 else None
        try:
            total += index * size_of(pointer.info)
        except (KeyError, TypeError):
            return None
        pointer = pointer.operands[0]
    return total


def _base(pointer):
    while is_inst(pointer, "getelementptr"):
        pointer = pointer.operands[0]
    return pointer


def _describe(i):
    return f"the call of {callee(i)}" if callee(i) else f"`{i.opname}`"
