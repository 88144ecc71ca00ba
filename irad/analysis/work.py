"""Does an instruction have an adjoint of its own? The one question that needs, control and emission must answer alike."""
from .values import is_copy, is_float, is_inst, is_memset, is_pointer


class Work:
    """`has(i)`: R of its block does something for i. `is_seed(i)`: i stores the result, whose adjoint is the seed."""

    def __init__(self, objects, activity, result, plain=frozenset()):
        """`plain`: stores of integers beside the floats of active memory."""
        self.objects, self.activity, self.result, self.plain = objects, activity, result, plain

    def touches_active(self, pointer):
        return bool(self.objects.of(pointer) & self.activity.objects)

    def reads_active(self, copy):
        return bool(self.objects.across(copy)[1] & self.activity.objects)

    def is_result_store(self, i):
        return i.opname == "store" and bool(self.objects.of(i.operands[1]) & self.result)

    def is_seed(self, i):
        return self.is_result_store(i) and self.activity.is_active(i.operands[0])

    def has(self, i):
        if i.opname == "store":
            if is_pointer(i.operands[0]):
                return False                            # mirrored in the forward sweep
            return self.is_seed(i) or (not self.is_result_store(i) and i not in self.plain and self.touches_active(i.operands[1]))
        if i in self.objects.flow.sites:
            site = self.objects.flow.sites[i]
            numbers = any(self.activity.is_active(v) for _, values in site.numbers() for v in values)
            return numbers or bool((site.reads(self.objects) | site.writes(self.objects)) & self.activity.objects)
        if is_memset(i) or is_copy(i):
            return bool(self.objects.across(i)[0] & self.activity.objects)
        return i.opname != "phi" and self.activity.is_active(i)

    def merges(self, phi):
        return is_inst(phi, "phi") and is_float(phi) and self.activity.is_active(phi)
