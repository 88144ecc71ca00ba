"""Which memory a pointer may point into."""
import pytest
from numba import float64, int64

from irad.errors import Refusal
from tests.support.text import facts, value

BODY = """
entry:
  %p = getelementptr double, ptr %x, i64 %n
  %c = icmp sgt i64 %n, 3
  %q = select i1 %c, ptr %p, ptr %y
  br i1 %c, label %then, label %join
then:
  br label %join
join:
  %r = phi ptr [ %q, %entry ], [ %x, %then ]
  %own = alloca double
  store double 1.0, ptr %own
  %v = load double, ptr %r
  store double %v, ptr %ret
  ret i32 0
"""


def names(d, name):
    return {getattr(o.origin, "name", o.kind) for o in d.objects.list(d.objects.of(value(d, name)))}


def test_addresses_selects_and_phis():
    d = facts(BODY, x=float64[::1], y=float64[::1], n=int64)
    assert names(d, "p") == {"x"}
    assert names(d, "q") == names(d, "r") == {"x", "y"}
    assert names(d, "own") == {"own"}
    assert [o.is_local for o in d.objects.list(d.objects.of(value(d, "own")))] == [True]


LOADED = """
entry:
  %p = load ptr, ptr %x
  %v = load double, ptr %p
  store double %v, ptr %ret
  ret i32 0
"""
STORED = """
entry:
  %slot = alloca ptr
  store ptr %x, ptr %slot
  ret i32 0
"""
MADE = """
entry:
  %p = inttoptr i64 %n to ptr
  %v = load double, ptr %p
  store double %v, ptr %ret
  ret i32 0
"""


@pytest.mark.parametrize("body, what", [(LOADED, "pointer loaded from memory"), (STORED, "pointer stored in memory"), (MADE, "inttoptr")])
def test_refused_by_name(body, what):
    with pytest.raises(Refusal, match=what):
        facts(body, x=float64[::1], n=int64)
