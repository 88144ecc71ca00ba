"""Where the shadow of a pointer is: the pointer arithmetic of the primal, mirrored on shadow bases, as ordinary SSA values before planning.

    %p = getelementptr double, ptr %x, i64 %i          %p.sh = getelementptr double, ptr %x.sh, i64 %i
    %q = phi ptr [%u, ..], [%v, ..]                    %q.sh = phi ptr [%u.sh, ..], [%v.sh, ..]
    store ptr %q, ptr %s                               store ptr %q.sh, ptr %s.sh
    %r = load ptr, ptr %s                              %r.sh = load ptr, ptr %s.sh

So the rules for inductions and rotations apply to shadow addresses unasked. The base of a shadow:
* an array argument: a new argument of the derived function;
* an alloca: an alloca beside it;
* an allocation outside loops, or one that is carried around a back edge, is kept in memory, or meets other pointers in a phi: made in the
  forward sweep, right after it (`irad.shadow.new`);
* another allocation inside a loop: made in the reverse at its first use, gone at the reverse of the allocation (`irad.shadow.lazy`). What
  is based on it is *virtual*: known to the plan, absent from the forward sweep, never saved.

The shadow of a meminfo is the shadow of its data, unless the meminfo is kept in memory: then, and for lists, it is a *box*, which holds the
address of the shadow data where a meminfo does (`irad.shadow.box`, `irad.shadow.list`). The items of a list move, and their shadow moves
with them (`irad.shadow.resize`); so a shadow address within items is *moving*: computed again from the box in the reverse, never saved.

Memory that holds pointers has its shadow from the forward sweep on: pointers stored into it are mirrored at once.
"""
from llvmlite import ir

from ..errors import Refusal
from ..ir.build import declare
from .flow import I8, I64, PTR, VOID
from .objects import DATA_OFFSET, PAYLOADS
from .values import callee, is_constant, is_copy, is_inst, is_pointer

NEW, LAZY, BOX, LIST, RESIZE = (f"irad.shadow.{name}" for name in ("new", "lazy", "box", "list", "resize"))


class ShadowPointers:
    """`of[pointer]`: its shadow. `arguments`: {leaf: shadow argument}. `made`: object -> the call in the forward that makes its shadow.
    `lazy`: allocation -> virtual call. `moving`: shadow addresses within the items of lists. `mirrored`: stores and loads of shadow
    pointers, and copies of memory that holds such."""

    def __init__(self, flow, objects, with_reverse=True):
        """`with_reverse`: shadows may be made, and pointers to them may be asked for, in a reverse sweep; else all are made beside the
        primal's memory, and live as long."""
        self.flow, self.objects, self.with_reverse = flow, objects, with_reverse
        self.of, self.arguments, self.made, self.lazy, self.stack, self.virtual = {}, {}, {}, {}, {}, {}
        self.moving, self.mirrored, self._structured = {}, {}, 0
        self._resized, self._stored = {}, {}            # change of a list's size, store of a pointer -> the same on shadows
        self.resized = []                               # calls that obtain memory, as `made` does

    def need(self, pointer):
        """The shadow of a pointer; inserted on first demand."""
        if is_constant(pointer):
            return self._constant(pointer)
        if pointer in self.of:
            return self.of[pointer]
        if not is_inst(pointer):
            return self._argument(pointer)
        match pointer.opname:
            case "getelementptr" | "freeze":
                base = self.need(pointer.operands[0])
                return self._mirror(pointer, [base, *pointer.operands[1:]])
            case "select":
                sides = [self.need(v) for v in pointer.operands[1:]]
                return self._mirror(pointer, [pointer.operands[0], *sides])
            case "phi":
                return self._phi(pointer)
            case "load":
                return self._loaded(pointer)
            case "call":
                return self._called(pointer)
            case "alloca":
                flow = self.flow
                if flow.block_of[pointer] is not flow.entry:
                    raise Refusal("differentiated memory on a part of the stack that comes and goes", pointer)
                made = flow.make(flow.block_of[pointer], "alloca", PTR, pointer.operands, info=pointer.info, name=f"{pointer.name}.sh")
                made.align = pointer.align
                self.of[pointer] = self.stack[pointer] = flow.after(pointer, made)
                return made
        raise Refusal(f"differentiated memory reached through `{pointer.opname}`", pointer)

    def _constant(self, pointer):
        if self.objects.of(pointer):
            raise Refusal("a pointer that may point into a constant array or into a differentiated one", None,
                          "a global or closure array is constant", "copy the constant array first")
        return pointer                                  # null, poison

    def _argument(self, pointer):
        o = self.objects.list(self.objects.of(pointer))[0]
        if o.kind == "meminfo" and not o.given:       # kept in a list beside the data pointer, and never looked into
            return self.flow.module.constant(PTR, None)
        if o.kind != "argument" and not o.given:
            raise Refusal(f"differentiated memory behind the {o.kind} argument {pointer.name}", None)
        shadow = ir.Argument(self.flow.function, PTR, f"{pointer.name}.sh")
        shadow._name = f"{pointer.name}.sh"
        self.of[pointer] = self.arguments[self.objects.leaf_of[pointer]] = shadow
        return shadow

    def _mirror(self, pointer, operands):
        flow = self.flow
        made = flow.make(flow.block_of[pointer], pointer.opname, PTR, operands, info=pointer.info, name=f"{pointer.name}.sh")
        if any(o in self.moving for o in operands if is_inst(o)):
            self.moving[made] = made
        self.of[pointer] = flow.after(pointer, made)
        return made

    def _phi(self, pointer):
        flow, block = self.flow, self.flow.block_of[pointer]
        if (meminfo := self._same_list(pointer)) is not None:
            return self._moved(pointer, self.need(meminfo), pointer)
        if (shadow := self._left_behind(pointer)) is not None:
            self.of[pointer] = shadow
            return shadow
        made = flow.make(block, "phi", PTR, [], flow.edges(block), name=f"{pointer.name}.sh")
        self.of[pointer] = flow.at_head(block, made)
        made.operands = [self.need(flow.incoming(pointer, p)) for p in made.blocks]
        if any(o in self.moving for o in made.operands if is_inst(o)):
            raise Refusal("a place in a list, kept while the list may grow", pointer)
        return made

    def _left_behind(self, phi):
        """The shadow of memory made in a loop, where the last of it is used behind the loop: made in the reverse at its first use, there;
        else None."""
        values = dict.fromkeys(v for v, _ in self.flow.live_incoming(phi))
        if len(values) != 1 or self.flow.is_header_phi(phi) or is_constant(v := next(iter(values))):
            return None
        shadow, loop = self.need(v), self.flow.loop(v)
        lazy = loop is not None and any(shadow is made for made in self.lazy.values())
        return shadow if lazy and not self.flow.inside(shadow.operands[1], loop) else None

    def _same_list(self, phi):
        """The meminfo whose data pointer is merged here with itself, read at several places; else None."""
        seen, todo, found = {phi}, [phi], None
        while todo:
            for v, _ in self.flow.live_incoming(todo.pop()):
                if is_inst(v, "phi"):
                    todo += [] if v in seen else [v]
                    seen.add(v)
                    continue
                field = v.operands[0] if is_inst(v, "load") else None
                if not is_inst(field, "getelementptr") or not any(o.is_container for o in self.objects.list(self.objects.of(field))):
                    return None
                if found is not None and found is not field.operands[0]:
                    return None
                found = field.operands[0]
        return found

    # -- allocations
    def _called(self, call):
        if callee(call).startswith(PAYLOADS):           # the new place of the items; the box says where their shadow is
            box = self.need(call.operands[1])
            return self._moved(call, box, self._resized[call])
        o = self._origin(call)
        if not o.captured and not o.is_container:
            return self._allocation(call, o.data or o)
        return self._boxed(call, o)

    def _origin(self, call):
        o, = self.objects.list(self.objects.of(call))
        return o

    def _allocation(self, call, o):
        flow = self.flow
        lazy = self.with_reverse and o.loop is not None and not o.outlives_iteration
        function = declare(flow.module, LAZY if lazy else NEW, PTR, [I64])
        made = flow.make_call(flow.block_of[call], function, [o.size], name="shadow")
        if lazy:
            flow.block_of[made] = flow.block_of[call]
            self.lazy[o] = self.virtual[made] = made
        else:
            self.made[o] = flow.after(call, made)
        self.of[call] = made
        return made

    def _boxed(self, call, meminfo):
        """A meminfo's own shadow; for a list, every change of its size is mirrored."""
        flow, o = self.flow, meminfo.data
        o = o.data or o
        function = declare(flow.module, LIST if meminfo.is_container else BOX, PTR, [I64])
        made = flow.make_call(flow.block_of[call], function, [o.size], name="box")
        self.of[call] = self.made[meminfo] = flow.after(call, made)
        if meminfo.is_container:
            for i in list(flow.instructions()):
                if callee(i).startswith(PAYLOADS) and self.objects.of(i.operands[1]) & meminfo.bit and i not in self._resized:
                    self._resize(i)
        return made

    def _resize(self, call):
        if callee(call).endswith("free"):
            return
        flow = self.flow
        self._resized[call] = None
        box, size = self.need(call.operands[1]), call.operands[2]
        made = flow.make_call(flow.block_of[call], declare(flow.module, RESIZE, PTR, [PTR, I64]), [box, size], name="resized")
        self._resized[call] = self.mirrored[made] = flow.after(call, made)
        self.resized.append(made)

    # -- pointers kept in memory
    def _loaded(self, load):
        base, objects = load.operands[0], self.objects.list(self.objects.of(load.operands[0]))
        meminfos = [o for o in objects if o.kind == "meminfo"]
        if meminfos and not any(o.captured or o.is_container for o in meminfos):
            pointer = base.operands[0]                  # what gep to the data field starts from
            self.of[load] = self.need(pointer)
            return self.of[load]
        if any(o.is_container for o in meminfos):
            return self._moved(load, self.need(base), load, at_field=True)
        if not meminfos:
            self._structure(objects)
        if load in self.of:                             # reached from the stores into its own memory
            return self.of[load]
        made = self.flow.make(self.flow.block_of[load], "load", PTR, [self.need(base)], name=f"{load.name}.sh")
        made.align = 8
        self.of[load] = self.mirrored[made] = self.flow.after(load, made)
        return made

    def _moved(self, pointer, box, behind, at_field=False):
        """The place of a list's items in its shadow, as the box has it."""
        flow = self.flow
        block = flow.block_of[pointer]
        if not at_field:
            field = flow.make(block, "getelementptr", PTR, [box, flow.module.constant(I64, DATA_OFFSET)], info=I8, name="field.sh")
            behind = box = flow.after(behind, field)
        made = flow.make(block, "load", PTR, [box], name=f"{pointer.name}.sh")
        made.align = 8
        self.of[pointer] = self.moving[made] = self.mirrored[made] = flow.after(behind, made)
        return made

    def _structure(self, objects):
        """From now on these objects' shadows hold the shadows of what they point to."""
        for o in objects:
            if self._structured >> o.index & 1:
                continue
            self._structured |= o.bit
            if o.given:                                 # the shadow instance or list leads to the shadow arrays already
                continue
            if o.kind not in ("allocation", "stack", "items", "header"):
                raise Refusal(f"differentiated memory behind a pointer in {o.kind} memory", o.origin if is_inst(o.origin) else None)
            for i in list(self.flow.instructions()):
                if i.opname == "store" and is_pointer(i.operands[0]) and self.objects.of(i.operands[1]) & o.bit and i not in self.mirrored:
                    self._mirror_store(i)
                elif is_copy(i) and self.objects.of(i.operands[1]) & o.bit:
                    raise Refusal("memory that holds pointers, copied as a block", i, "", "copy the elements one by one")

    def _mirror_store(self, store):
        if store in self._stored:
            return
        self._stored[store] = None
        value, target = (self.need(p) for p in store.operands)
        made = self.flow.make(self.flow.block_of[store], "store", VOID, [value, target], name="")
        made.align = 8
        self._stored[store] = self.mirrored[made] = self.flow.after(store, made)

    def keeps_all(self, o):
        """Are the shadows of all generations of an allocation needed to the end?"""
        if not self.with_reverse:
            return o.carried or o.captured
        return o.outlives_iteration or (o.is_container and o.loop is not None)

    def withdraw_virtual(self):
        """Take everything based on a lazy shadow out of the forward sweep."""
        shadows = [v for v in self.of.values() if is_inst(v)]
        changed = True
        while changed:
            changed = False
            for i in shadows:
                if i not in self.virtual and any(is_inst(o) and o in self.virtual for o in i.operands):
                    self.virtual[i] = i
                    changed = True
        for i in self.virtual:
            block = self.flow.block_of[i]
            block.instructions = [x for x in block.instructions if x is not i]
