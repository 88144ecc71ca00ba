"""Memory of small constant size on the stack: arrays that the function makes, and their shadows. Nobody owns it.

    %m = call ptr @NRT_MemInfo_alloc_aligned(i64 24, i32 32)        %m = call ptr @irad.scratch.here(ptr %box, ptr %data)
    %s = call ptr @irad.shadow.new(i64 24)                          %s = call ptr @irad.shadow.here(ptr %memory, i64 24)

A slot serves one object at a time, as what a site made in the iteration before is released when it makes another: so objects that outlive
their iteration are left to the heap. Of an array's meminfo only the address of its data may be asked for, for no count is kept in it.
"""
from ..analysis.flow import PTR
from ..analysis.objects import DATA_OFFSET
from ..analysis.shadow_pointers import NEW
from ..analysis.values import callee, int_value, is_inst
from ..ir.build import declare
from ..ir.inst import Call
from .heap import SMALL

PLAIN = ("NRT_MemInfo_alloc", "NRT_MemInfo_alloc_aligned")         # size, alignment: no destructor, nobody else's allocator
MEMINFO = 40                                            # bytes of NRT's MemInfo
ALIGN = 32                                              # of the data, as arrays ask for


def room(d):
    """Bytes for all of it in one function: none in one that calls others, or itself, for many such calls may be under way at a time."""
    return SMALL if d.options.stack and not d.flow.sites else 0


class OnStack:
    def __init__(self, frame, copies):
        self.frame, self.copies, self._users = frame, copies, None

    def array(self, o):
        """Put an allocation of the primal there; the answer is whether it is."""
        site = o.origin
        if callee(site) not in PLAIN or o.captured or o.outlives_iteration or any((int_value(a) or 99) > ALIGN for a in site.operands[2:]):
            return False
        made = [copy.value(site) for copy in self.copies.all_of(site)]
        size = int_value(o.size)
        if size is None or not self._has_no_count(made):
            return False
        data = self.frame.memory(size, ALIGN)
        if data is None:
            return False
        box = self.frame.memory(MEMINFO)
        if box is None:
            return False
        self._no_tail_calls()
        return self._replace(made, "irad.scratch.here", [box, data])

    def shadow(self, shadow, keep_all):
        """Put a shadow that the forward sweep makes there."""
        memory = None if callee(shadow) != NEW or keep_all else self.frame.memory(int_value(shadow.operands[1]))
        made = [copy.value(shadow) for copy in self.copies.all_of(shadow)]
        return memory is not None and self._replace(made, "irad.shadow.here", [memory, shadow.operands[1]])

    def _has_no_count(self, made):
        """Is nothing asked of these meminfos but where their data is, and whether there is any memory?"""
        seen, todo = set(made), list(made)
        while todo:
            for user in self._uses(todo.pop()):
                if user.opname in ("phi", "select"):
                    todo += [] if user in seen else [user]
                    seen.add(user)
                elif not _is_address(user):
                    return False
        return True

    def _no_tail_calls(self):
        """LLVM has marked calls that touch no memory on the stack, copies of blocks among them. Some may now."""
        for b in self.frame.function.blocks:
            for i in b.instructions:
                if i.opname == "call":
                    i.info.tail = ""

    def _replace(self, calls, name, operands):
        here = declare(self.frame.module, name, PTR, [o.type for o in operands])
        for new in calls:
            new.operands, new.info = [here, *operands], Call(here.ftype, arguments=[""] * len(operands))
        return True

    def _uses(self, value):
        if self._users is None:
            self._users = {}
            for b in self.frame.function.blocks:
                for i in b.instructions:
                    for o in i.operands:
                        if is_inst(o):
                            self._users.setdefault(o, []).append(i)
        return self._users.get(value, ())


def _is_address(user):
    if user.opname == "getelementptr":
        return len(user.operands) == 2 and int_value(user.operands[1]) == DATA_OFFSET and str(user.info) == "i8"
    return user.opname == "icmp"
