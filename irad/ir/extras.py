"""What llvmlite.ir has no class for: the small change of LLVM's text.

llvmlite.ir models the IR of LLVM 14. The classes here keep the rest as text, so that nothing is lost between reading and printing.
No analysis looks inside such text; what an analysis does look at has a structure (inst.py).
"""
from llvmlite import ir

# One object per simple type, so that types are compared with `is`.
SIMPLE = {
    "void": ir.VoidType(), "half": ir.HalfType(), "float": ir.FloatType(), "double": ir.DoubleType(),
    "ptr": ir.PointerType(), "label": ir.LabelType(), "metadata": ir.MetaDataType(),
    **{f"i{n}": ir.IntType(n) for n in (1, 8, 16, 32, 64, 128)},
}


class Attributes(dict):
    """Attributes in order, as text; stands in for llvmlite's three sets, which know only the names of LLVM 14."""
    add = dict.setdefault

    def _to_list(self, typ=None):
        return list(self)


class Text(ir.Constant):
    """A constant kept as its text: poison, an aggregate, a constant expression; `uses` are the globals named inside."""

    def __init__(self, typ, text, uses=()):
        self.type, self.constant, self.uses = typ, text, uses

    def _get_reference(self):
        return self.constant


class Metadata(ir.Value):
    """A reference to a metadata node (`!12`), or any operand of metadata type; the node's own text is in `Module.nodes`."""

    def __init__(self, text):
        self.type, self.text = SIMPLE["metadata"], text

    def get_reference(self):
        return self.text


class CodePointer(ir.PointerType):
    """`ptr`, with the function type that llvmlite's IRBuilder asks a callee for."""

    def __init__(self, ftype):
        super().__init__()
        self.pointee = ftype


class Global(ir.GlobalVariable):
    """A global variable; `prefix` is what stands before `global` or `constant`, `suffix` what follows the initialiser."""
    prefix = suffix = ""

    def descr(self, buf):
        init = f" {self.initializer.get_reference()}" if self.initializer else ""
        kind = "constant" if self.global_constant else "global"
        buf.append(f"{self.linkage} {self.prefix} {kind} {self.value_type}{init}{self.suffix}\n")


class Module(ir.Module):
    """llvmlite's module, and what it has no place for.

    nodes      metadata nodes, their text by number: {"!12": "distinct !{!12, !13}"}
    named      lines of named metadata
    lines      comdats, aliases, inline assembly: printed first
    constants  one object per constant that has been read or built, so that constants are compared with `is`
    """

    def __init__(self):
        super().__init__(context=ir.Context())
        self.lines, self.nodes, self.named, self.constants = [], {}, [], {}
        self._ordinal = 0

    def function(self, name):
        """A function by its name: what was read stands under `@name`, what was declared since under the bare name."""
        return self.globals["@" + name] if "@" + name in self.globals else self.globals[name]

    def fresh(self, function, name):
        """A name that nothing in the function has: `name.N`, the N counting through the module."""
        head, dot, tail = name.rpartition(".")
        base = head if dot and tail.isdigit() else name
        while True:
            self._ordinal += 1
            made = f"{base}.{self._ordinal}"
            if not function.scope.is_used(made):
                return function.scope.register(made)

    def constant(self, typ, value):
        """The one constant of this type and value, a number or None for null and zero. Floats differ when their bits do."""
        # By identity, for llvmlite's types hash slowly; the constant keeps its type alive, so the number stays its own.
        key = id(typ), value.hex() if isinstance(value, float) else value
        found = self.constants.get(key)
        if found is None:
            found = self.constants[key] = ir.Constant(typ, value)
        return found

    def _get_body_lines(self):
        return self.lines + super()._get_body_lines()

    def _get_metadata_lines(self):
        return self.named + [f"{number} = {text}" for number, text in self.nodes.items()]
