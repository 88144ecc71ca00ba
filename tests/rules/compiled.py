"""The rules as machine code: for each row one function that computes the primal and the partials as derived code does."""
import ctypes

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core.registry import cpu_target

from irad.ir.build import Builder, new_block
from irad.ir.extras import SIMPLE, Module
from irad.rules.registry import RULES
from irad.rules.rule import symbols_of
from irad.rules.support import with_support

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
assert cpu_target.target_context  # made on first use; it gives LLVM the addresses of Numba's own helpers
_RUNTIME = ctypes.CDLL("libgcc_s.so.1")
for _name in ("__powidf2", "__powisf2"):  # what llvm.powi becomes; Numba does not provide them
    llvm.add_symbol(_name, ctypes.cast(getattr(_RUNTIME, _name), ctypes.c_void_p).value)

PTR, I32 = SIMPLE["ptr"], SIMPLE["i32"]


class Compiled:
    """The rules compiled for one float type: `compiled(rule, point, d)` gives [result, contribution per operand]."""

    def __init__(self, rules, dtype, flags=(), strong_zero=False):
        self.type, self.dtype = SIMPLE["float" if dtype == np.float32 else "double"], np.dtype(dtype)
        self.flags, self.strong_zero = flags, strong_zero
        module = Module()
        for rule in rules:
            self.define(module, rule)
        parsed = llvm.parse_assembly(with_support(str(module)), llvm.create_context())
        parsed.verify()
        machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
        self.text = str(parsed)
        self.engine = llvm.create_mcjit_compiler(parsed, machine)
        self.engine.finalize_object()

    def define(self, module, rule):
        """void rule(ptr in: d and the operands, ptr out: result and contributions)"""
        function = ir.Function(module, ir.FunctionType(SIMPLE["void"], [PTR, PTR]), self.entry(rule))
        b = Builder(new_block(function, "entry"))
        b.flags = self.flags
        source, target = function.args
        cell = lambda base, k: b.gep(self.type, base, b.i64(k))  # noqa: E731
        d = b.load(self.type, cell(source, 0))
        values = [self.operand(b, b.load(self.type, cell(source, k + 1)), domain) for k, domain in enumerate(rule.domain)]
        env = dict(zip("xyzw", values, strict=False), r=self.primal(b, rule, values), d=d)
        b.store(env["r"], cell(target, 0))
        for k, partial in enumerate(rule.partials):
            value = partial.emit(b, env.__getitem__, self.type, self.strong_zero) if partial else b.f(self.type, 0.0)
            b.store(value, cell(target, k + 1))
        b.ret()

    def operand(self, b, value, domain):
        return b.cast("fptosi", value, I32) if domain.startswith("int ") else value

    def primal(self, b, rule, values):
        if rule.opcode:
            return values[0] if rule.name in ("fpext", "fptrunc", "identity") else b.emit(rule.name, self.type, values)
        name = next(key for key in rule.keys if single(key) == (self.dtype == np.float32))
        suffix = ".i32" if name.startswith(("llvm.ldexp", "llvm.powi")) else ""
        return b.call(name + suffix, values, self.type)

    def __call__(self, rule, point, d=1.0):
        out = np.zeros(1 + len(rule.partials), self.dtype)
        source = np.array([d, *point], self.dtype)
        address = self.engine.get_function_address(self.entry(rule))
        ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(address)(source.ctypes.data, out.ctypes.data)
        return out

    def entry(self, rule):
        return f"rule_{rule.name}"


def single(key):
    """Is this the name of the float version?"""
    return key.endswith(".f32") if key.startswith(("llvm.", "irad.")) else key in FLOATS


FLOATS = {symbols_of(variant)[1] for rule in RULES for variant in rule.variants}
