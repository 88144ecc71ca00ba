"""AST -> Python source -> functions. The source is registered with `linecache`, so that error messages can show its lines."""
import linecache
import math
from collections import namedtuple
from functools import cache

import numpy as np
from numba import njit

from tests.fuzz import grammar as g

HEAD = "import math\nfrom collections import namedtuple\n\nimport numpy as np\nfrom numba import njit\n"
UNARY = {"abs": "abs({})", "floor": "np.floor({})", "neg": "(-{})"}
NAMES = {"hypot": "math.hypot", "atan2": "math.atan2"}
WHOLE = {"atan": "np.arctan", "min": "np.minimum", "max": "np.maximum"}
RAISES = {"value": 'ValueError("out of range")', "index": 'IndexError("no such place", 3)', "runtime": "RuntimeError"}
INFIX = {*"+-*/%", "**", "//"}


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
        case g.IntItem(array, index) | g.Pick(array, index):
            return f"{array}[{expression(index)}]"
        case g.Trunc(x):
            return f"int({expression(x)})"
        case g.FromInt(value):
            return f"float({expression(value)})"
        case g.Unary(op, x):
            return UNARY.get(op, f"math.{op}({{}})").format(expression(x))
        case g.IntOp(op, left, right) | g.Binary(op, left, right) if op in INFIX:
            return f"({expression(left)} {op} {expression(right)})"
        case g.Binary(op, left, right):
            return f"{NAMES.get(op, op)}({expression(left)}, {expression(right)})"
        case g.Power(x, exponent):
            return f"({expression(x)} ** {exponent})"
        case g.Cast(dtype, x):
            return f"np.{dtype}({expression(x)})"
        case g.Choose(condition, left, right):
            return f"({expression(left)} if {expression(condition)} else {expression(right)})"
        case g.Reduce(op, array):
            return f"{array}.{op}()"
        case g.Modulus(name):
            return f"abs({name})"
        case g.Call(function, arguments):
            return f"{function}({', '.join(map(expression, arguments))})"
        case g.Several(parts):
            return ", ".join(map(expression, parts))
        case g.Compare(op, left, right) | g.CompareInts(op, left, right):
            return f"{expression(left)} {op} {expression(right)}"
        case g.Flag(name):
            return name
        case g.Logic("not", left):
            return f"not ({expression(left)})"
        case g.Logic(op, left, right):
            return f"({expression(left)}) {op} ({expression(right)})"
    raise TypeError(e)


def whole(e):
    """An expression on whole arrays."""
    match e:
        case g.Unary(op, x) if op != "neg":
            return f"{WHOLE.get(op, f'np.{op}')}({whole(x)})"
        case g.Unary(_, x):
            return f"(-{whole(x)})"
        case g.Binary(op, left, right) if op in INFIX:
            return f"({whole(left)} {op} {whole(right)})"
        case g.Binary(op, left, right):
            return f"{WHOLE[op]}({whole(left)}, {whole(right)})"
        case g.Power(x, exponent):
            return f"({whole(x)} ** {exponent})"
        case g.Choose(g.Compare(op, a, b), left, right):
            return f"np.where({whole(a)} {op} {whole(b)}, {whole(left)}, {whole(right)})"
    return expression(e)


def item(array, index):
    return f"{array}[{', '.join(expression(i) for i in index)}]"


def number(n):
    """An int, or an expression that gives one."""
    return str(n) if isinstance(n, int) else expression(n)


def part(p):
    if not isinstance(p, g.Span):
        return expression(p)
    text = ":".join("" if n is None else number(n) for n in (p.start, p.stop))
    return text if p.step is None else f"{text}:{p.step}"


def block(body, indent=1):
    lines = [line for statement in body for line in lines_of(statement)]
    return [indent * "    " + line for line in lines or ["pass"]]


def otherwise(body):
    return ["else:", *block(body)] if body else []


def lines_of(statement):
    match statement:
        case g.For(var, start, stop, step, body, orelse):
            bounds = [expression(start), expression(stop)] + ([str(step)] if step != 1 else [])
            return [f"for {var} in range({', '.join(bounds)}):", *block(body), *otherwise(orelse)]
        case g.ForEach(index, items, body):
            names, arrays = (", ".join(part) for part in zip(*items, strict=True))
            source = f"zip({arrays})" if len(items) > 1 else arrays
            if index:
                return [f"for {index}, {f'({names})' if len(items) > 1 else names} in enumerate({source}):", *block(body)]
            return [f"for {names} in {source}:", *block(body)]
        case g.While(counter, limit, None, body):
            stop = [f"    if {counter} >= {limit}:", "        break"]
            return [f"{counter} = 0", "while True:", *stop, f"    {counter} += 1", *block(body)]
        case g.While(counter, limit, condition, body, orelse):
            head = f"while {counter} < {limit} and ({expression(condition)}):"
            return [f"{counter} = 0", head, f"    {counter} += 1", *block(body), *otherwise(orelse)]
        case g.Forever(counter, body):
            return [f"{counter} = 0", "while True:", f"    {counter} += 1", *block(body)]
        case g.Try(body, orelse):
            return ["try:", *block(body), "except Exception:", *block(orelse)]
        case g.If(condition, body, (g.If() as other,)):
            first, *rest = lines_of(other)
            return [f"if {expression(condition)}:", *block(body), f"el{first}", *rest]
        case g.If(condition, body, orelse):
            return [f"if {expression(condition)}:", *block(body), *otherwise(orelse)]
        case g.Break():
            return ["break"]
        case g.Continue():
            return ["continue"]
        case g.Return(None):
            return ["return"]
        case g.Return(value):
            return [f"return {expression(value)}"]
        case g.Raise(error):
            return [f"raise {RAISES[error]}"]
        case g.Assert(condition):
            return [f"assert {expression(condition)}"]
    return [simple(statement)]


def simple(statement):
    """A statement of one line."""
    match statement:
        case g.Assign(name, op, value):
            return f"{name} {op} {expression(value)}"
        case g.SetInt(name, value):
            return f"{name} = {expression(value)}"
        case g.SetFlag(name, condition):
            return f"{name} = {expression(condition)}"
        case g.Exchange(array, left, right):
            return f"{item(array, left)}, {item(array, right)} = {item(array, right)}, {item(array, left)}"
        case g.Store(array, index, op, value):
            return f"{item(array, index)} {op} {expression(value)}"
        case g.New(name, how, shape, like, dtype):
            extra = (", 0.5" if how == "full" else "") + (f", np.{dtype}" if dtype != "float64" and not like else "")
            extents = f"({', '.join(map(number, shape))}{',' * (len(shape) == 1)})"
            return f"{name} = np.{how}({like or extents}{extra})"
        case g.View(name, base, ()):
            return f"{name} = {base}.T"
        case g.View(name, base, parts):
            return f"{name} = {base}[{', '.join(map(part, parts))}]"
        case g.Reshape(name, base, shape):
            return f"{name} = {base}.reshape({shape})"
        case g.ChooseArray(name, condition, left, right):
            return f"{name} = {left} if {expression(condition)} else {right}"
        case g.Whole(name, value, into):
            return f"{name}[:] {into} {whole(value)}" if into else f"{name} = {whole(value)}"
        case g.CopyPart(target, a, source, b, count):
            return f"{target}[{a}:{a + count}] = {source}[{b}:{b + count}]"
        case g.Fill(array, value):
            return f"{array}[:] = {expression(value)}"
        case g.Swap(left, right):
            return f"{left}, {right} = {right}, {left}"
        case g.MakeTuple(name, parts, "list") | g.MakeList(name, parts, ()):
            return f"{name} = [{', '.join(map(expression, parts))}]"
        case g.MakeList(name, (value,), (var, array)):
            return f"{name} = [{expression(value)} for {var} in {array}]"
        case g.MakeArray(name, parts):
            rows = [f"[{', '.join(map(expression, row))}]" if isinstance(row, tuple) else expression(row) for row in parts]
            return f"{name} = np.array([{', '.join(rows)}])"
        case g.Append(name, value):
            return f"{name}.append({expression(value)})"
        case g.MakeComplex(name, re, im):
            return f"{name} = complex({expression(re)}, {expression(im)})"
        case g.ComplexOp(name, op, left, right):
            return f"{name} = {left} {op} {right}"
        case g.MakeTuple(name, parts, kind):
            return f"{name} = {kind}({', '.join(map(expression, parts))}{'' if kind or len(parts) > 1 else ','})"
        case g.Unpack(names, call):
            return f"{', '.join(names)} = {expression(call)}"
        case g.Bind(name, call):
            return f"{name} = {expression(call)}"
        case g.Do(call):
            return expression(call)
    raise TypeError(statement)


def definition(name, parameters, body, decorator="@njit"):
    return "\n".join(["", "", decorator, f"def {name}({', '.join(parameters)}):", *block(body), ""])


def classes(program):
    """{name: fields} of the namedtuples: those of arguments are called after them, local ones are `Pq`, `Pqr` by their fields."""
    found = {a.name.upper(): a.fields for a in g.nodes(program.arguments) if isinstance(a, g.Argument) and a.fields}
    local = {s.kind for s in g.nodes((program.body, program.functions)) if isinstance(s, g.MakeTuple)} - {"", "list"}
    found |= {kind: tuple(kind.lower()) for kind in local}
    return dict(sorted(found.items()))


def source(program):
    """A module that defines `f` and what it calls."""
    text = HEAD + "".join(f'\n{name} = namedtuple("{name}", "{" ".join(fields)}")' for name, fields in classes(program).items())
    for function in program.functions:
        decorator = f'@njit(inline="{function.inline}")' if function.inline else "@njit"
        text += definition(function.name, [p.name for p in function.parameters], function.body, decorator)
    return text + definition("f", [a.name for a in program.arguments], program.body)


@cache
def tuple_class(name, fields):
    return namedtuple(name, fields)


def values(program):
    """The arguments, with fresh arrays."""
    made = {}
    return tuple(value_of(a, made) for a in program.arguments)


def value_of(a, made):
    match a.kind:
        case "tuple":
            parts = [value_of(part, made) for part in a.value]
            return tuple_class(a.name.upper(), a.fields)(*parts) if a.fields else tuple(parts)
        case "ints":
            return np.array(a.value, a.dtype)
        case "array":
            made[a.name] = made[a.alias[0]][a.alias[1] : a.alias[1] + len(a.value)] if a.alias else laid_out(a)
            return made[a.name]
    return a.value


def laid_out(a):
    """An array whose elements lie as its layout says; between those of a strided one lie numbers that nothing may read."""
    x = np.array(a.value, a.dtype)
    match a.layout:
        case "F":
            return np.asfortranarray(x)
        case "reversed":
            return np.ascontiguousarray(x[::-1])[::-1]
        case "strided":
            home = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan, a.dtype)
            home[..., ::2] = x
            return home[..., ::2]
    return x


def compiled(program):
    text = source(program)
    name = f"<fuzz {program.seed} {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    scope = {"np": np, "math": math, "njit": njit}
    exec(compile(text, name, "exec"), scope)
    for kind, fields in classes(program).items():
        scope[kind] = tuple_class(kind, fields)
    return scope["f"]
