"""AST -> Python source -> function. The source is registered with `linecache`, so that error messages can show its lines."""
import linecache
import math

import numpy as np
from numba import njit

from tests.fuzz import grammar as g

UNARY = {"abs": "abs({})", "floor": "math.floor({})", "neg": "(-{})"}
INFIX = set("+-*/%")


def expression(e):
    match e:
        case g.Int(value):
            return str(value) if value >= 0 else f"({value})"
        case g.Const(value):
            return repr(value) if value >= 0 else f"({value!r})"
        case g.IntVar(name) | g.Var(name) | g.Array(name):
            return name
        case g.Length(array, axis):
            return f"{array}.shape[{axis}]"
        case g.Item(array, index):
            return item(array, index)
        case g.FromInt(value):
            return f"float({expression(value)})"
        case g.Unary(op, x):
            return UNARY.get(op, f"np.{NUMPY.get(op, op)}({{}})").format(expression(x))
        case g.IntOp(op, left, right) | g.Binary(op, left, right) if op in INFIX:
            return f"({expression(left)} {op} {expression(right)})"
        case g.Binary(op, left, right):
            return f"{NUMPY.get(op, op)}({expression(left)}, {expression(right)})"
        case g.Power(x, exponent):
            return f"({expression(x)} ** {exponent})"
        case g.Choose(condition, left, right):
            return f"({expression(left)} if {expression(condition)} else {expression(right)})"
        case g.Reduce(op, array):
            return f"{array}.{op}()"
        case g.Compare(op, left, right) | g.CompareInts(op, left, right):
            return f"{expression(left)} {op} {expression(right)}"
        case g.Logic("not", left):
            return f"not ({expression(left)})"
        case g.Logic(op, left, right):
            return f"({expression(left)}) {op} ({expression(right)})"
    raise TypeError(e)


NUMPY = {"atan": "arctan", "hypot": "np.hypot", "atan2": "np.arctan2"}


def item(array, index):
    return f"{array}[{', '.join(expression(i) for i in index)}]"


def block(body, indent):
    lines = [line for statement in body for line in lines_of(statement)]
    return [indent * "    " + line for line in lines or ["pass"]]


def lines_of(statement):
    match statement:
        case g.Assign(name, op, value):
            return [f"{name} {op} {expression(value)}"]
        case g.SetInt(name, value):
            return [f"{name} = {expression(value)}"]
        case g.Store(array, index, op, value):
            return [f"{item(array, index)} {op} {expression(value)}"]
        case g.For(var, start, stop, step, body):
            bounds = [expression(start), expression(stop)] + ([str(step)] if step != 1 else [])
            return [f"for {var} in range({', '.join(bounds)}):", *block(body, 1)]
        case g.While(counter, limit, None, body):
            stop = [f"    if {counter} >= {limit}:", "        break"]
            return [f"{counter} = 0", "while True:", *stop, f"    {counter} += 1", *block(body, 1)]
        case g.While(counter, limit, condition, body):
            head = f"while {counter} < {limit} and ({expression(condition)}):"
            return [f"{counter} = 0", head, f"    {counter} += 1", *block(body, 1)]
        case g.If(condition, body, orelse):
            return [f"if {expression(condition)}:", *block(body, 1), *(["else:", *block(orelse, 1)] if orelse else [])]
        case g.Break():
            return ["break"]
        case g.Continue():
            return ["continue"]
        case g.Return(value):
            return [f"return {expression(value)}"]
        case g.Raise():
            return ['raise ValueError("out of range")']
        case g.New(name, how, shape, like):
            extra = ", 0.5" if how == "full" else ""
            return [f"{name} = np.{how}({like or shape}{extra})"]
        case g.View(name, base, first, None):
            return [f"{name} = {base}[{expression(first)}]"]
        case g.View(name, base, first, last):
            return [f"{name} = {base}[{expression(first)}:{last}]"]
        case g.Whole(name, value, ""):
            return [f"{name} = {expression(value)}"]
        case g.Whole(name, value, into):
            return [f"{name}[:] {into} {expression(value)}"]
        case g.CopyPart(target, a, source, b, count):
            return [f"{target}[{a}:{a + count}] = {source}[{b}:{b + count}]"]
        case g.Swap(left, right):
            return [f"{left}, {right} = {right}, {left}"]
    raise TypeError(statement)


def source(program):
    names = ", ".join(a.name for a in program.arguments)
    return "\n".join([f"def f({names}):", *block(program.body, 1)]) + "\n"


def values(program):
    """The arguments, with fresh arrays."""
    return tuple(np.array(a.value) if a.kind == "array" else a.value for a in program.arguments)


def compiled(program):
    text = source(program)
    name = f"<fuzz {program.seed} {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    scope = {"np": np, "math": math}
    exec(compile(text, name, "exec"), scope)
    return njit(scope["f"])
