"""The success graph: what runs when nothing is raised."""
import pytest
from numba import float64

from irad.errors import Refusal
from tests.support.text import call, facts

MERGED = """
entry:
  %bad = fcmp oeq double %a, 0.0
  br i1 %bad, label %end, label %good
good:
  %r = fdiv double 1.0, %a
  store double %r, ptr %ret
  br label %end
end:
  %s = phi i32 [ 1, %entry ], [ 0, %good ]
  ret i32 %s
"""
NESTED = """
entry:
  %bad = fcmp oeq double %a, 0.0
  br i1 %bad, label %raise, label %more
more:
  %worse = fcmp olt double %a, -1.0
  br i1 %worse, label %raise, label %good
raise:
  %code = phi i32 [ 1, %entry ], [ 3, %more ]
  br label %end
good:
  %r = fmul double %a, %a
  store double %r, ptr %ret
  br label %end
end:
  %s = phi i32 [ %code, %raise ], [ 0, %good ]
  ret i32 %s
"""
SELECTED = """
entry:
  %r = fmul double %a, 3.0
  store double %r, ptr %ret
  %bad = fcmp olt double %a, 0.0
  %s = select i1 %bad, i32 1, i32 0
  ret i32 %s
"""


@pytest.mark.parametrize("body, live", [(MERGED, 4), (NESTED, 5), (SELECTED, 3)])
def test_raising_blocks_are_not_live(body, live):
    """Each return has a block of its own; those of a raise are left out."""
    d = facts(body, a=float64)
    assert len(d.flow.live) == live
    statuses = [b.instructions[-1].operands[0].constant for b in d.flow.function.blocks if b.instructions[-1].opname == "ret"]
    assert statuses and 0 not in statuses
    assert d.flow.turn in d.flow.live


@pytest.mark.parametrize("body, at, slope", [(MERGED, 2.0, -0.25), (NESTED, 2.0, 4.0), (SELECTED, 2.0, 3.0)])
def test_their_gradients(body, at, slope):
    assert call(body, at).numbers[1] == slope


def test_raises_as_the_primal_does():
    from tests.support.text import derived
    core = derived(NESTED, 1.0)
    assert [core(x).status for x in (0.0, -2.0, 1.0)] == [1, 3, 0]


def test_a_function_that_always_raises_has_an_empty_success_graph():
    flow = facts("entry:\n  ret i32 1", a=float64).flow
    assert flow.always_raises and flow.order == [flow.entry, flow.turn]


def test_refused():
    with pytest.raises(Refusal, match="known only at run time"):
        facts("declare i32 @g()\n---\nentry:\n  %s = call i32 @g()\n  ret i32 %s", a=float64)
