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


KEPT = """
entry:
  %slot = alloca ptr
  %c = icmp sgt i64 %n, 3
  %q = select i1 %c, ptr %x, ptr %y
  store ptr %q, ptr %slot
  %p = load ptr, ptr %slot
  %at = getelementptr double, ptr %p, i64 %n
  %v = load double, ptr %at
  store double %v, ptr %ret
  ret i32 0
"""


def test_pointers_kept_in_memory():
    d = facts(KEPT, x=float64[::1], y=float64[::1], n=int64)
    assert names(d, "p") == names(d, "at") == {"x", "y"}


LIST = """
declare ptr @NRT_MemInfo_new_varsize(i64)
---
entry:
  %list = call ptr @NRT_MemInfo_new_varsize(i64 64)
  %field = getelementptr i8, ptr %list, i64 24
  %payload = load ptr, ptr %field
  %size = getelementptr i8, ptr %payload, i64 8
  %items = getelementptr i8, ptr %payload, i64 24
  %item = getelementptr double, ptr %items, i64 %n
  store double 1.0, ptr %item
  %v = load double, ptr %item
  store double %v, ptr %ret
  ret i32 0
"""


def test_the_sizes_of_a_list_are_apart_from_its_items():
    d = facts(LIST, n=int64)
    kinds = {name: [o.kind for o in d.objects.list(d.objects.of(value(d, name)))] for name in ("list", "payload", "size", "items", "item")}
    assert kinds == {"list": ["meminfo"], "payload": ["header"], "size": ["header"], "items": ["items"], "item": ["items"]}


LOADED = """
entry:
  %p = load ptr, ptr %x
  %v = load double, ptr %p
  store double %v, ptr %ret
  ret i32 0
"""
ESCAPES = """
entry:
  %own = alloca double
  store ptr %own, ptr %x
  ret i32 0
"""
MADE = """
entry:
  %p = inttoptr i64 %n to ptr
  %v = load double, ptr %p
  store double %v, ptr %ret
  ret i32 0
"""


@pytest.mark.parametrize("body, what", [(LOADED, "cannot trace"), (ESCAPES, "stored into an object of the caller"), (MADE, "inttoptr")])
def test_refused_by_name(body, what):
    with pytest.raises(Refusal, match=what):
        facts(body, x=float64[::1], n=int64)
