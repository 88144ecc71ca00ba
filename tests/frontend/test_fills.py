"""Which of the zeros that Numba fills stack slots with are dropped."""
import pytest

from irad.frontend import fills

FILL = "  store { i64, ptr } zeroinitializer, ptr %a, align 8"
STORE = "  store { i64, ptr } %v, ptr %a, align 8"
LOAD = "  %l = load { i64, ptr }, ptr %a, align 8"
FIELD = '  %f = getelementptr inbounds { i64, ptr }, ptr %a, i32 0, i32 0'
ESCAPE = "  call void @g(ptr %a)"


def function(entry, body, behind=()):
    head = ["define void @f({ i64, ptr } %v, ptr %p) {", "entry:", "  %a = alloca { i64, ptr }, align 8"]
    return "\n".join([*head, *entry, "  br label %body", "", "body:", *body, "  br label %behind",
                      "behind:                ; preds = %body", *behind, "  ret void", "}", ""])


@pytest.fixture(autouse=True)
def all_sizes(monkeypatch):
    monkeypatch.setattr(fills, "LARGE", 0)


@pytest.mark.parametrize("entry, body, behind", [
    ([FILL], [STORE, LOAD], []),
    ([FILL], [STORE, ESCAPE, FIELD], []),
    ([FILL, STORE, LOAD], [], []),
    ([FILL], [], [STORE, LOAD])])
def test_a_fill_that_is_stored_over_at_once_is_dropped(entry, body, behind):
    without = function([line for line in entry if line != FILL], body, behind)
    assert fills.drop("@g = global i8 0\n" + function(entry, body, behind)) == "@g = global i8 0\n" + without


@pytest.mark.parametrize("entry, body, behind", [
    ([FILL], [LOAD, STORE], []),                        # read first
    ([FILL], [STORE], [LOAD]),                          # named in two blocks: one may be reached without the other
    ([FILL, ESCAPE], [STORE], []),
    ([ESCAPE, FILL], [STORE], []),
    ([FILL], [ESCAPE, STORE], []),
    ([FILL], ["  store i64 0, ptr %a, align 8", LOAD], []),              # a part of it
    ([FILL], ["  store volatile { i64, ptr } %v, ptr %a, align 8"], []),
    ([FILL], ["  store ptr %a, ptr %p, align 8"], []),                   # the slot's address, into other memory
    ([FILL], [FIELD, STORE], []),
    ([FILL], [], [])])
def test_another_fill_stays(entry, body, behind):
    text = function(entry, body, behind)
    assert fills.drop(text) == text


def test_a_slot_that_holds_its_own_address():
    text = function([FILL], []).replace("{ i64, ptr }", "ptr").replace("zeroinitializer", "null")
    own = text.replace("body:", "body:\n  store ptr %a, ptr %a, align 8")
    assert fills.drop(own) == own
    other = text.replace("body:", "body:\n  store ptr %p, ptr %a, align 8")
    assert "null" not in fills.drop(other)


def test_small_functions_are_left_alone(monkeypatch):
    monkeypatch.setattr(fills, "LARGE", 1000)
    text = function([FILL], [STORE])
    assert fills.drop(text) == text
