"""Calls that stay calls, and whose exception the function catches.

A call that raises leaves no frame for its reverse, and what it has written before is not in any tape: the reverse of the caught path has
nothing to go back through. So a differentiated call may not fail on a path to the turn:

    %s = call i32 f(...)                                %s = call i32 f(...)
    %c = icmp eq i32 %s, 0                              %c = icmp eq i32 %s, 0
    br i1 %c, %on, %raise      not live: passed on      br i1 %c, %on, %except      live: caught
"""
from ..errors import Refusal
from .success import SUCCESS
from .values import int_value


def check(flow, sites):
    """Refuse the first of these calls whose failure leads on to the turn. A loop's phi may carry its status out."""
    users = flow.users()
    for call in sites:
        if any(_leads_on(flow, i, users) for i in _tests(call, users)):
            raise Refusal("a caught exception of a function that stays a call", call,
                          "what the call did before it raised is not on any tape", "let the function return a flag instead")


def _tests(call, users):
    """What the status is tested by, itself or merged with itself."""
    todo, seen = [call], {call}
    while todo:
        for i in users.get(todo.pop(), ()):
            if i in seen:
                continue
            seen.add(i)
            if i.opname == "phi":
                todo.append(i)
            else:
                yield i


def _leads_on(flow, test, users):
    if test.opname == "switch":
        cases = zip(test.blocks[1:], map(int_value, test.info), strict=True)
        return test.blocks[0] in flow.live or any(to in flow.live for to, value in cases if value not in SUCCESS)
    if test.opname != "icmp" or test.info not in ("eq", "ne") or int_value(test.operands[1]) is None:
        return test.opname == "icmp"
    expected, equal = int_value(test.operands[1]) in SUCCESS, test.info == "eq"
    for i in users.get(test, ()):
        if i.opname != "br":
            return True                                 # both ways at once
        failing = i.blocks[1 if equal == expected else 0]
        if failing in flow.live:
            return True
    return False
