"""The builder makes instructions that LLVM accepts, under names that never collide; clones are faithful."""
import ctypes

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

from irad.ir.build import DOUBLE, PTR, VOID, Builder, declare, new_block
from irad.ir.clone import clone_blocks, clone_inst
from irad.ir.extras import SIMPLE, Module
from irad.ir.inst import Inst
from irad.ir.read import read
from irad.ir.verify import verify

I32, I64 = SIMPLE["i32"], SIMPLE["i64"]
POWER = """
declare double @llvm.fabs.f64(double)

define double @power(double %x, i64 %n) {
entry:
  %start = tail call nnan double @llvm.fabs.f64(double noundef %x)
  br label %loop.7

loop.7:
  %k = phi i64 [ 0, %entry ], [ %next, %loop.7 ]
  %p = phi double [ %start, %entry ], [ %q, %loop.7 ]
  %q = fmul reassoc double %p, %x
  %next = add nuw nsw i64 %k, 1
  %done = icmp samesign ult i64 %next, %n
  br i1 %done, label %loop.7, label %exit, !prof !0

exit:
  %r = phi double [ %q, %loop.7 ]
  ret double %r
}

!0 = !{!"branch_weights", i32 9, i32 1}
"""


def function(result=DOUBLE, *arguments):
    f = declare(Module(), "f", result, list(arguments))
    return f, Builder(new_block(f, "entry"))


def run(module, name, result, *arguments):
    engine = llvm.create_mcjit_compiler(verify(module), llvm.Target.from_default_triple().create_target_machine())
    engine.finalize_object()
    kinds = [ctypes.c_double if isinstance(a, float) else ctypes.c_int64 for a in arguments]
    return ctypes.CFUNCTYPE(result, *kinds)(engine.get_function_address(name))(*arguments)


@pytest.fixture(autouse=True, scope="module")
def native():
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def test_loop_that_sums_is_built_and_runs():
    f, b = function(DOUBLE, DOUBLE, I64)
    x, n = f.args
    entry, loop, exit_ = b.block, new_block(f, "loop"), new_block(f, "exit")
    b.br(loop)
    b = Builder(loop)
    k, s = b.phi(I64), b.phi(DOUBLE)
    t = b.fadd(s, b.fmul(x, b.cast("sitofp", k, DOUBLE)))
    after = b.add(k, b.i64(1), flags=("nuw",))
    b.cbr(b.icmp("slt", after, n), loop, exit_)
    for phi, start, value in ((k, b.i64(0), after), (s, b.f(DOUBLE, 0), t)):
        phi.operands, phi.blocks = [start, value], [entry, loop]
    Builder(exit_).ret(t)
    assert run(f.module, "f", ctypes.c_double, 1.5, 4) == 1.5 * (0 + 1 + 2 + 3)


def test_memory_structures_and_switch_run():
    f, b = function(I64, I64)
    a = b.alloca(I64, "cell")
    b.store(b.i64(40), b.gep(I64, a, b.i64(0)), align=8)
    pair = b.insert(f.module.constant(ir.LiteralStructType([I64, DOUBLE]), None), b.load(I64, a, align=8), 0)
    two, other = new_block(f, "two"), new_block(f, "other")
    b.switch(f.args[0], other, [(b.i64(2), two)])
    c = Builder(two)
    c.ret(c.add(c.extract(pair, 0), f.args[0]))
    Builder(other).ret(b.i64(0))
    assert run(f.module, "f", ctypes.c_int64, 2) == 42
    assert run(f.module, "f", ctypes.c_int64, 3) == 0


def test_every_method_makes_an_inst_that_llvm_accepts():
    f, b = function(VOID, DOUBLE, I64, PTR)
    x, n, p = f.args
    b.flags = ("reassoc", "nsz")
    for op in "fadd fsub fmul fdiv frem".split():
        assert getattr(b, op)(x, x).flags == ["reassoc", "nsz"]
    assert b.fneg(x, flags=()).flags == []
    for op in "add sub mul and_ or_ xor shl lshr ashr sdiv udiv srem urem".split():
        assert getattr(b, op)(n, n).opname == op.rstrip("_")
    b.select(b.fcmp("olt", x, b.f(DOUBLE, 1)), p, b.null)
    b.call("llvm.sqrt.f64", [x], DOUBLE, flags=("afn",))
    b.call("free", [p])
    b.store(b.i8(1), p)
    b.cast("zext", b.i1(True), I32)
    b.ret()
    assert all(type(i) is Inst for i in b.block.instructions)
    verify(f.module)


def test_a_name_is_declared_once():
    f, b = function(DOUBLE, DOUBLE)
    b.ret(b.call("llvm.sqrt.f64", [b.call("llvm.sqrt.f64", [f.args[0]], DOUBLE)], DOUBLE))
    assert str(f.module).count("declare") == 1
    assert run(f.module, "f", ctypes.c_double, 16.0) == 2.0


def test_builder_inserts_at_its_index_and_moves_on():
    f = read(POWER).globals["power"]
    block = f.blocks[1]
    b = Builder(block, 2)
    first, second = b.fadd(f.args[0], f.args[0]), b.fadd(f.args[0], f.args[0])
    assert block.instructions[2:4] == [first, second] and b.index == 4
    verify(f.module)


def test_fresh_names_never_meet_those_that_were_read():
    f = read(POWER.replace("%q", "%fadd.1").replace("%p", "%fadd.2")).globals["power"]
    names = {i.name for b in f.blocks for i in b.instructions} | {b.name for b in f.blocks}
    b = Builder(f.blocks[0], 1)
    made = {b.fadd(f.args[0], f.args[0]).name for _ in range(9)} | {new_block(f, "loop").name for _ in range(2)}
    assert len(made) == 11 and not made & names
    f.append_basic_block("fadd")                # llvmlite's own names go through the same table
    assert len({b.fadd(f.args[0], f.args[0]).name, *made}) == 12


def test_the_same_emission_gives_the_same_text():
    def text():
        f, b = function(DOUBLE, DOUBLE)
        b.ret(b.fmul(b.fadd(f.args[0], b.f(DOUBLE, 1)), f.args[0]))
        return str(f.module)
    assert text() == text()


def test_constants_are_shared_and_zeros_have_signs():
    f, b = function()
    assert b.i64(3) is b.i64(3) and b.i64(3) is not b.i32(3)
    assert b.f(DOUBLE, 0.0) is not b.f(DOUBLE, -0.0)
    assert f.module.constant(PTR, None) is b.null


def test_clone_into_another_function_computes_the_same():
    module = read(POWER)
    f = module.globals["power"]
    g = declare(module, "again", DOUBLE, [DOUBLE, I64])
    blocks, values, _ = clone_blocks(f.blocks, g, dict(zip(f.args, g.args, strict=True)))
    copied = [i for b in blocks for i in b.instructions]
    originals = [i for b in f.blocks for i in b.instructions]
    assert [(i.opname, list(i.flags), i.align, list(i.metadata)) for i in copied] == [(i.opname, list(i.flags), i.align, list(i.metadata))
                                                                                       for i in originals]
    assert copied[0].info is not originals[0].info and copied[0].info.tail == "tail" and copied[0].info.arguments == ["noundef"]
    assert not {id(v) for i in copied for v in i.operands} & {id(i) for i in originals}
    assert values[originals[2]] is copied[2]
    assert run(module, "again", ctypes.c_double, -1.5, 3) == run(module, "power", ctypes.c_double, -1.5, 3) == 1.5 * (-1.5) ** 3


def test_clone_follows_a_redirected_edge_and_drops_what_is_asked():
    module = read(POWER)
    f = module.globals["power"]
    end = new_block(f, "end")
    Builder(end).unreachable()
    blocks, _, _ = clone_blocks(f.blocks[1:2], f, blocks={f.blocks[2]: end}, drop=("prof",))
    assert blocks[0].terminator.blocks == [blocks[0], end]
    assert blocks[0].terminator.metadata == {} and f.blocks[1].terminator.metadata != {}


def test_clone_of_one_instruction_changes_only_the_copy():
    module = read(POWER)
    f = module.globals["power"]
    q = f.blocks[1].instructions[2]
    values = {q.operands[0]: f.args[0]}
    copy = clone_inst(q, new_block(f), values)
    copy.flags.append("nsz")
    assert copy.operands == [f.args[0], f.args[0]] and values[q] is copy and q.flags == ["reassoc"]
