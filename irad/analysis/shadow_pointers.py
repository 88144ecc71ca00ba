"""Where the shadow of a pointer is: the pointer arithmetic of the primal, mirrored on shadow bases, as ordinary SSA values before planning.

    %p = getelementptr double, ptr %x, i64 %i          %p.sh = getelementptr double, ptr %x.sh, i64 %i
    %q = phi ptr [%u, ..], [%v, ..]                    %q.sh = phi ptr [%u.sh, ..], [%v.sh, ..]

So the rules for inductions and rotations apply to shadow addresses unasked. The base of a shadow:
* an array argument: a new argument of the derived function;
* an alloca: an alloca beside it;
* an allocation outside loops, or one that is carried around a back edge or meets other pointers in a phi: made in the forward sweep, right
  after it (`irad.shadow.new`);
* another allocation inside a loop: made in the reverse at its first use, gone at the reverse of the allocation (`irad.shadow.lazy`). What
  is based on it is *virtual*: known to the plan, absent from the forward sweep, never saved.
"""
from llvmlite import ir

from ..errors import Refusal
from ..ir.build import declare
from .flow import I64, PTR
from .objects import DATA_OFFSET
from .values import is_constant, is_inst

NEW, LAZY = "irad.shadow.new", "irad.shadow.lazy"


class ShadowPointers:
    """`of[pointer]`: its shadow. `arguments`: {leaf: shadow argument}. `made`: allocation -> the call in the forward. `lazy`: allocation
    -> virtual call."""

    def __init__(self, flow, objects, with_reverse=True):
        """`with_reverse`: shadows may be made, and pointers to them may be asked for, in a reverse sweep; else all are made beside the
        primal's memory, and live as long."""
        self.flow, self.objects, self.with_reverse = flow, objects, with_reverse
        self.of, self.arguments, self.made, self.lazy, self.stack, self.virtual = {}, {}, {}, {}, {}, {}

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
                return self._data(pointer)
            case "call" if self.objects.list(self.objects.of(pointer))[0].kind == "allocation":
                return self._allocation(pointer)
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
        if o.kind != "argument":
            raise Refusal(f"differentiated memory behind the {o.kind} argument {pointer.name}", None)
        shadow = ir.Argument(self.flow.function, PTR, f"{pointer.name}.sh")
        shadow._name = f"{pointer.name}.sh"
        self.of[pointer] = self.arguments[self.objects.leaf_of[pointer]] = shadow
        return shadow

    def _mirror(self, pointer, operands):
        flow = self.flow
        made = flow.make(flow.block_of[pointer], pointer.opname, PTR, operands, info=pointer.info, name=f"{pointer.name}.sh")
        self.of[pointer] = flow.after(pointer, made)
        return made

    def _phi(self, pointer):
        flow, block = self.flow, self.flow.block_of[pointer]
        made = flow.make(block, "phi", PTR, [], flow.edges(block), name=f"{pointer.name}.sh")
        self.of[pointer] = flow.at_head(block, made)
        made.operands = [self.need(flow.incoming(pointer, p)) for p in made.blocks]
        return made

    def _data(self, pointer):
        """The data pointer of a meminfo, loaded from it: the shadow of the allocation is that of its data."""
        base = pointer.operands[0]
        if not (is_inst(base, "getelementptr") and str(base.operands[1].constant) == str(DATA_OFFSET)):
            raise Refusal("a pointer loaded from memory", pointer)
        self.of[pointer] = self.need(base.operands[0])
        return self.of[pointer]

    def _allocation(self, call):
        flow = self.flow
        o = self.objects.list(self.objects.of(call))[0]
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

    def keeps_all(self, o):
        """Are the shadows of all generations of an allocation needed to the end?"""
        return o.outlives_iteration if self.with_reverse else o.carried

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
