"""Calls that stay calls, and whose exception the function catches.

A call that raises leaves no frame for its reverse, and what it has written before is not in any tape: the reverse of the caught path has
nothing to go back through. So a differentiated call may not fail on a path to the turn:

    %s = call i32 f(...)                                %s = call i32 f(...)
    %c = icmp eq i32 %s, 0                              %c = icmp eq i32 %s, 0
    br i1 %c, %on, %raise      not live: passed on      br i1 %c, %on, %except      live: caught

A function that returns nothing but successes, for it asks for no memory and tests nothing, may be called inside of a `try`.
"""
from ..errors import Refusal
from .success import SUCCESS
from .values import callee, int_value, is_inst


def check(flow, sites):
    """Refuse the first of these calls whose failure leads on to the turn. A loop's phi may carry its status out."""
    users = flow.users()
    for call in sites:
        if _may_raise(call.operands[0]) and any(_leads_on(flow, i, users) for i in _tests(call, users)):
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


def _may_raise(function):
    """Of the functions that this one passes statuses on from, none raises until one is found that does."""
    passed_on, todo = {}, [function]
    while todo:
        f = todo.pop()
        if f not in passed_on:
            passed_on[f] = _statuses(f)
            todo += passed_on[f] or ()
    raising, before = {f for f, inner in passed_on.items() if inner is None}, -1
    while len(raising) != before:
        before = len(raising)
        raising |= {f for f, inner in passed_on.items() if f not in raising and raising.intersection(inner)}
    return function in raising


def _statuses(function):
    """The functions whose statuses a function returns, beside successes; None where it returns anything else."""
    returned = [b.instructions[-1].operands[0] for b in function.blocks if b.instructions[-1].opname == "ret"]
    seen, found = set(), []
    while returned:
        v = returned.pop()
        if v in seen or int_value(v) in SUCCESS:
            continue
        seen.add(v)
        if is_inst(v, "phi") or is_inst(v, "select"):
            returned += v.operands if v.opname == "phi" else v.operands[1:]
        elif is_inst(v) and callee(v) and v.operands[0].blocks:
            found.append(v.operands[0])
        else:
            return None
    return found
