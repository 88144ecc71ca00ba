"""Loops with several entries get one each, and the function computes what it did. Trap 40."""
import random

import llvmlite.binding as llvm
import pytest
from numba import float64, types

from irad.analysis.graph import Graph
from irad.errors import Irreducible
from irad.frontend.prepare import _run, mend
from irad.ir.read import read
from tests.ir.machine import Native
from tests.support.text import module

PARAMETERS = {"a": float64, "n": types.int64}


def random_flow(seed, blocks=7):
    """A function of random jumps, left after `n` of them: each block changes two numbers. LLVM makes phis of the slots."""
    rng = random.Random(seed)
    text = ["entry:", "  %s = alloca double", "  %t = alloca double", "  %m = alloca i64", "  store double %a, ptr %s",
            "  store double 1.0, ptr %t", "  store i64 0, ptr %m", "  br label %b0"]
    for k in range(blocks):
        then, other = rng.sample(range(blocks), 2)
        text += [f"b{k}:", f"  %x{k} = load double, ptr %s", f"  %y{k} = load double, ptr %t", f"  %c{k} = load i64, ptr %m",
                 f"  %v{k} = fadd double %x{k}, {k + 1}.0", f"  %w{k} = fmul double %y{k}, %v{k}", f"  %m{k} = add i64 %c{k}, 1",
                 f"  store double %v{k}, ptr %s", f"  store double %{rng.choice('xw')}{k}, ptr %t", f"  store i64 %m{k}, ptr %m",
                 f"  %odd{k} = trunc i64 %m{k} to i1", f"  %done{k} = icmp sge i64 %m{k}, %n",
                 f"  br i1 %done{k}, label %out{k}, label %go{k}",
                 f"go{k}:", f"  br i1 %odd{k}, label %b{then}, label %b{other}",
                 f"out{k}:", f"  %r{k} = fadd double %v{k}, %w{k}", f"  store double %r{k}, ptr %ret", "  ret i32 0"]
    parsed = llvm.parse_assembly(module("\n".join(text), PARAMETERS), llvm.create_context())
    _run(parsed, "sroa", "simplify_cfg", "loop_simplify", "lcssa", "instruction_namer")
    return str(parsed)


def is_reducible(text):
    function = next(f for f in read(text).functions if f.name == "f")
    try:
        Graph(function.blocks[0], lambda b: list(dict.fromkeys(b.instructions[-1].blocks)))
    except Irreducible:
        return False
    return True


@pytest.mark.parametrize("seed", range(8))
def test_random_flow_is_mended_and_computes_the_same(seed):
    text = random_flow(seed)
    mended = mend(text, "f")
    assert is_reducible(mended)
    one, two = (Native(t, "f", (float64, types.int64), float64) for t in (text, mended))
    for n in range(1, 12):
        assert one(1.5, n) == two(1.5, n)


def test_some_of_it_was_irreducible():
    assert sum(not is_reducible(random_flow(seed)) for seed in range(8)) >= 3
