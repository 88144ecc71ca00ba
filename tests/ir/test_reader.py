"""Reading LLVM's text: what is kept, what is dropped, what is refused by name."""
import llvmlite.binding as llvm
import pytest

from irad.errors import Refusal
from irad.ir.inst import Inst
from irad.ir.read import SIMPLE, read
from irad.ir.verify import InvalidModule, verify

# One of every shape that the reader knows, most of which Numba never emits.
EVERYTHING = """
%pair = type { i32, <{ i8, double }> }
$group = comdat any
@text = private unnamed_addr constant [6 x i8] c"a\\22b\\00\\0A\\FF", align 1
@table = internal global [2 x ptr] [ptr @text, ptr getelementptr inbounds (i8, ptr @text, i64 2)], align 8
@far = external addrspace(3) global i32
@local = thread_local global %pair zeroinitializer, comdat($group), align 8
@other = alias [6 x i8], ptr @text

declare double @llvm.fma.f64(double, double, double)
declare i32 @printf(ptr noundef, ...)
declare i32 @__gxx_personality_v0(...)
declare void @"odd name\\22"(ptr byval(%pair) align 8, i64 range(i64 0, 7))

define double @scalars(double noundef %x, i32 %n, ptr nonnull align 8 dereferenceable(16) %p) #0 personality ptr @__gxx_personality_v0 {
entry:
  %a = fmul fast double %x, 2.500000e+00
  %b = fadd reassoc nsz double %a, 0x7FF8000000000001
  %c = fneg contract double %b
  %d = tail call fast double @llvm.fma.f64(double %a, double %b, double %c)
  %e = add nuw nsw i32 %n, -7
  %f = lshr exact i32 %e, 1
  %g = or disjoint i32 %f, 1
  %h = zext nneg i32 %g to i64
  %i = trunc nuw i64 %h to i8
  %j = getelementptr inbounds nuw double, ptr %p, i64 %h
  %k = load volatile double, ptr %j, align 8, !tbaa !3
  store atomic i32 %n, ptr @far.flat seq_cst, align 4
  %l = atomicrmw volatile fadd ptr %p, double %k syncscope("agent") monotonic, align 8
  %m = cmpxchg weak ptr %p, i32 1, i32 %n acq_rel monotonic, align 4
  %o = extractvalue { i32, i1 } %m, 1
  fence syncscope("singlethread") seq_cst
  %q = icmp samesign ult i32 %e, %f
  %r = select nnan i1 %q, double %k, double poison
  %s = freeze double %r
  %t = alloca [4 x i64], i32 2, align 16
  %u = insertvalue %pair undef, i32 %n, 0
  %v = call i32 (ptr, ...) @printf(ptr @text, double %s) #1
  %w = fcmp ninf oge double %s, %d
  call void @llvm.assume(i1 true) [ "align"(ptr %p, i64 16) ]
  br i1 %w, label %vectors, label %numbers, !prof !4

vectors:
  %v0 = insertelement <4 x float> poison, float 1.000000e+00, i64 0
  %v1 = shufflevector <4 x float> %v0, <4 x float> poison, <4 x i32> <i32 0, i32 poison, i32 1, i32 0>
  %v2 = fadd <4 x float> %v1, splat (float 5.000000e-01)
  %v3 = fcmp olt <4 x float> %v2, zeroinitializer
  %v4 = select <4 x i1> %v3, <4 x float> %v1, <4 x float> %v2
  %v5 = extractelement <4 x float> %v4, i64 2
  %v6 = fpext float %v5 to double
  br label %numbers

numbers:
  %z = phi double [ %s, %entry ], [ %v6, %vectors ]
  switch i32 %n, label %last [
    i32 0, label %thrower
    i32 -3, label %last
  ]

thrower:
  %y = invoke i32 @printf(ptr %p) to label %last unwind label %pad

pad:
  %lp = landingpad { ptr, i32 }
          cleanup
  resume { ptr, i32 } %lp

last:
  %answer = phi double [ %z, %numbers ], [ %z, %numbers ], [ 0.000000e+00, %thrower ]
  ret double %answer
}

@far.flat = global i32 0
declare void @llvm.assume(i1)

attributes #0 = { mustprogress nofree "frame-pointer"="all" memory(argmem: readwrite) }
attributes #1 = { nounwind }
!3 = !{!5, !5, i64 0}
!4 = !{!"branch_weights", i32 1, i32 99}
!5 = !{!"double", !6}
!6 = !{!"root"}
"""

UNNAMED = """
define i32 @unnamed(i32 %0, i32) {
  %3 = add i32 %0, %1
  br label %4

4:
  %5 = mul i32 %3, %3
  ret i32 %5
}
"""


def canonical(text):
    """LLVM's own print of the text."""
    module = llvm.parse_assembly(text, llvm.create_context())
    module.verify()
    # The file's name is LLVM's, and llvmlite prints a target triple where there was none.
    return "\n".join(line for line in str(module).split("\n") if not line.startswith(("; ModuleID", "source_filename", "target")))


def reread(text):
    """Through the reader, which reads what LLVM prints, and through LLVM again."""
    return canonical(str(read(canonical(text))))


def test_module_of_every_shape_is_the_same_after_reading_and_printing():
    assert reread(EVERYTHING) == canonical(EVERYTHING)


@pytest.mark.parametrize("flag", "fast nuw disjoint nneg samesign volatile weak thread_local exact nnan inbounds".split())
def test_each_flag_is_kept_and_its_loss_would_be_seen(flag):
    less = EVERYTHING.replace(f" {flag} ", " ", 1)
    assert less != EVERYTHING
    assert reread(less) == canonical(less) != canonical(EVERYTHING)


def test_unnamed_values_and_entry_block_are_read():
    function = read(UNNAMED).globals["unnamed"]
    assert [b.name for b in function.blocks] == ["2", "4"]
    assert function.blocks[0].instructions[0].operands == list(function.args)


def test_instruction_fields():
    module = read(canonical(EVERYTHING))
    blocks = {b.name: b for b in module.globals["scalars"].blocks}
    by_name = {i.name: i for b in blocks.values() for i in b.instructions}
    assert all(type(i) is Inst for i in by_name.values())
    assert by_name["a"].flags == ["fast"] and by_name["a"].type is SIMPLE["double"]
    assert by_name["q"].info == "ult" and by_name["q"].type is SIMPLE["i1"]
    assert by_name["j"].info is SIMPLE["double"] and by_name["j"].flags == ["inbounds", "nuw"]
    assert by_name["k"].align == 8 and module.nodes[by_name["k"].metadata["tbaa"].text] == "!{!1, !1, i64 0}"
    assert by_name["z"].blocks == [blocks["entry"], blocks["vectors"]] and by_name["z"].operands == [by_name["s"], by_name["v6"]]
    switch = blocks["numbers"].terminator
    assert [c.constant for c in switch.info] == [0, -3] and switch.blocks == [blocks["last"], blocks["thrower"], blocks["last"]]
    call = by_name["v"]
    assert call.info.ftype.var_arg and call.info.attributes == "nounwind" and call.operands[0].name == "printf"


def test_constants_are_one_object_per_type_and_value():
    f = read("define double @f(double %x) {\n  %a = fadd double %x, 2.0\n  %b = fmul double %a, 2.0\n  ret double %b\n}\n").globals["f"]
    first, second, _ = f.blocks[0].instructions
    assert first.operands[1] is second.operands[1]


def test_zeros_of_both_signs_and_nan_payloads_stay_apart():
    text = "define double @f() {\nentry:\n  %a = fadd double 0.0, -0.0\n  %b = fadd double 0x7FF8000000000001, %a\n  ret double %b\n}\n"
    assert reread(text) == canonical(text)
    a = read(canonical(text)).globals["f"].blocks[0].instructions[0]
    assert a.operands[0] is not a.operands[1]


def test_unreachable_blocks_are_dropped_with_what_phis_take_from_them():
    text = "define i32 @f() {\nentry:\n  br label %b\ndead:\n  %x = add i32 1, 2\n  br label %b\nb:\n" \
           "  %p = phi i32 [ 7, %entry ], [ %x, %dead ]\n  ret i32 %p\n}\n"
    f = read(text).globals["f"]
    assert [b.name for b in f.blocks] == ["entry", "b"]
    assert len(f.blocks[1].instructions[0].operands) == 1
    verify(str(f.module))


def test_printing_is_fresh_after_a_change():
    f = read("define i32 @f(i32 %x) {\n  %a = add i32 %x, 1\n  ret i32 %a\n}\n").globals["f"]
    a, ret = f.blocks[0].instructions
    assert "%\"a\"" in str(ret)
    ret.operands = [f.args[0]]
    assert "%\"a\"" not in str(ret)
    a.flags.append("nsw")
    assert "add nsw" in str(a)


@pytest.mark.parametrize("line, named", [
    ("%a = frobnicate i32 %x, 1", "frobnicate"),
    ("%a = add x86_fp80 0xK0, 0xK0", "x86_fp80"),
    ("%a = call bfloat @g(i32 %x)", "bfloat"),
    ("%a = add <vscale x 4 x i32> %x, %x", "scalable vector"),
    ("%a = add i32 %x, %nothing", "%nothing"),
    ("%a = catchswitch within none [label %h] unwind to caller", "catchswitch"),
])
def test_what_is_not_known_is_refused_by_name(line, named):
    with pytest.raises(Refusal, match=named):
        read(f"define i32 @f(i32 %x) {{\nentry:\n  {line}\n  ret i32 %x\n}}\n")


def test_invalid_module_shows_the_line():
    with pytest.raises(InvalidModule, match=r"(?s)value doesn't match.*> *ret i32 0"):
        verify("define double @f() {\n  ret i32 0\n}\n")


def test_invalid_module_shows_what_the_verifier_objects_to():
    text = "define i32 @f(i1 %c) {\nentry:\n  br i1 %c, label %a, label %b\na:\n  %x = add i32 1, 2\n  br label %b\nb:\n  ret i32 %x\n}\n"
    with pytest.raises(InvalidModule, match=r"(?s)dominate.*> *ret i32 %x"):
        verify(text)
