"""A rule's formulas: text in Python's expression grammar, read by the emitters, the planner and the proof.

`d` is the adjoint that arrives (in forward mode the tangent of the operand), `x y z w` the operands, `r` the result. The grammar:
`+ - * /`, unary `-`, numbers, calls of the functions in `SYMBOLS`, and `a if p == q else b` with one comparison.
A formula holds `d` itself, so that `d/y` is one division and a partial of 1 needs no peephole; `names` is what else it reads, and so what
the reverse sweep needs of the primal.

Comparisons and the selects that they steer never carry fast-math flags: a guard against NaN that assumes no NaN guards nothing.
"""
import ast
import operator
from dataclasses import dataclass, field
from functools import cache

from llvmlite import ir

# Where LLVM has an intrinsic that it folds and that Numba emits too, it is used, otherwise the libm symbol, as Numba does: equal calls of
# the primal and of the adjoint then merge. {t} is f64 or f32, {f} the suffix of the float version of a libm symbol.
# fmt: off
SYMBOLS = {
    "abs":      "llvm.fabs.{t}",
    "atan2":    "atan2{f}",
    "copysign": "llvm.copysign.{t}",
    "cos":      "llvm.cos.{t}",
    "cosh":     "cosh{f}",
    "cpow_im":  "irad.cpow.im.{t}",
    "cpow_re":  "irad.cpow.re.{t}",
    "digamma":  "irad.digamma.{t}",
    "exp":      "llvm.exp.{t}",
    "hypot":    "hypot{f}",
    "ldexp":    "llvm.ldexp.{t}.i32",
    "log":      "llvm.log.{t}",
    "rint":     "llvm.rint.{t}",
    "sin":      "llvm.sin.{t}",
    "sinh":     "sinh{f}",
    "sqrt":     "llvm.sqrt.{t}",
}
# fmt: on
PURE = "memory(none) nounwind willreturn"
CASTS = ("cast", "real")  # to the type that is wanted: of an adjoint in the other precision, of an integer operand

ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
COMPARE = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
EMIT = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}
# All but `!=` are false for a NaN, as in C and in LLVM's ordered predicates.
FCMP = {"==": "oeq", "!=": "une", "<": "olt", "<=": "ole", ">": "ogt", ">=": "oge"}
ICMP = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}

_OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """One parsed formula; make it with `formula(text)`."""

    text: str
    tree: tuple = field(repr=False, compare=False)
    names: frozenset  # which of x, y, z, w, r it reads
    functions: frozenset  # the functions that it calls

    def emit(self, builder, env, type, strong_zero=False, given=()):
        """Emit at `builder`; the value has the float type `type`. `env(name)` gives the IR value of a name and is asked for the names
        in use only, once each. With `strong_zero` the value is 0 wherever d is. `given`: calls (`calls`) for which env is asked as well."""
        emitter = _Emitter(builder, env, type, given)
        if not strong_zero or not self.names or self.guarded:
            return emitter.value(self.tree)
        return emitter.value(("if", "==", ("name", "d"), ("number", 0.0), ("number", 0.0), self.tree))

    @property
    def calls(self):
        """The calls of functions on names alone, `sin(x)`."""
        found = dict.fromkeys(n for n in _walk(self.tree) if n[0] == "call" and n[1] in SYMBOLS and all(a[0] == "name" for a in n[2:]))
        return tuple(n for n in found if ("name", "d") not in n)

    def reads(self, given):
        """Which names it reads where these calls are given."""
        return frozenset(n[1] for n in _walk(self.tree, given) if n[0] == "name") - {"d"}

    def evaluate(self, env, functions=None):
        """The value over Python's or mpmath's numbers: `env` maps names to numbers, `functions` names to callables."""
        return _evaluate(self.tree, env, functions or {})

    @property
    def guarded(self):
        """Is it 0 for a zero adjoint, whatever the operands are?"""
        return self.tree[0] == "if" and self.tree[1:5] == ("==", ("name", "d"), ("number", 0.0), ("number", 0.0))

    def symbols(self, type):
        """The external names that the emitted code calls."""
        return {symbol(name, type) for name in self.functions if name in SYMBOLS}

    def __str__(self):
        return self.text


@cache
def formula(text):
    """Parse; ValueError names what is outside the grammar. Formulas of rules may call only what can be emitted: see `Formula.functions`."""
    tree = _tree(ast.parse(text.strip(), mode="eval").body, text)
    nodes = list(_walk(tree))
    names = {n[1] for n in nodes if n[0] == "name"}
    if odd := names - set("dxyzwr"):
        raise ValueError(f"unknown name {min(odd)!r} in the formula {text!r}")
    return Formula(text, tree, frozenset(names - {"d"}), frozenset(n[1] for n in nodes if n[0] == "call"))


def symbol(function, type):
    """The symbol that computes `function` for the float type `type`."""
    single = isinstance(type, ir.FloatType)
    return SYMBOLS[function].format(t="f32" if single else "f64", f="f" if single else "")


def _tree(node, text):
    """Python's tree as nested tuples: hashable, so that a common subexpression is found by equality."""
    match node:
        case ast.Constant(value=value) if type(value) in (int, float):
            return "number", float(value)
        case ast.Name(id=name):
            return "name", name
        case ast.UnaryOp(op=ast.USub(), operand=a):
            return "neg", _tree(a, text)
        case ast.BinOp(left=a, op=op, right=b) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)], _tree(a, text), _tree(b, text)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return "call", name, *(_tree(a, text) for a in args)
        case ast.IfExp(test=ast.Compare(left=a, ops=[op], comparators=[b]), body=yes, orelse=no) if type(op) in _OPERATORS:
            return "if", _OPERATORS[type(op)], *(_tree(part, text) for part in (a, b, yes, no))
    raise ValueError(f"{ast.unparse(node)!r} is outside the grammar of formulas, in {text!r}")


def _walk(tree, but=()):
    """All parts, without these and what is in them."""
    if tree in but:
        return
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from _walk(part, but)


def _evaluate(tree, env, functions):
    match tree:
        case "number", value:
            return value
        case "name", name:
            return env[name]
        case "neg", a:
            return -_evaluate(a, env, functions)
        case "call", name, *args:
            return functions[name](*(_evaluate(a, env, functions) for a in args))
        case "if", op, a, b, yes, no:
            chosen = yes if COMPARE[op](_evaluate(a, env, functions), _evaluate(b, env, functions)) else no
            return _evaluate(chosen, env, functions)
        case op, a, b:
            return ARITHMETIC[op](_evaluate(a, env, functions), _evaluate(b, env, functions))


class _Emitter:
    """Emits one formula; every distinct subexpression once."""

    def __init__(self, builder, env, type, given):
        self.builder, self.env, self.type, self.given, self.known = builder, env, type, given, {}

    def value(self, tree):
        if tree not in self.known:
            self.known[tree] = self.emit(tree)
        return self.known[tree]

    def emit(self, tree):
        match tree:
            case "number", value:
                return self.builder.f(self.type, value)
            case "name", name:
                return self.env(name)
            case "neg", a:
                return self.builder.fneg(self.value(a))
            case "call", name, a if name in CASTS:
                return self.cast(self.value(a))
            case "call", *_ if tree in self.given:
                return self.env(tree)
            case "call", name, *args:
                return self.call(symbol(name, self.type), [self.value(a) for a in args])
            case "if", op, a, b, yes, no:
                return self.choose(op, a, b, self.value(yes), self.value(no))
            case op, a, b:
                return getattr(self.builder, EMIT[op])(self.value(a), self.value(b))

    def choose(self, op, a, b, yes, no):
        left = self.value(a)
        if isinstance(left.type, ir.IntType):
            test = self.builder.icmp(ICMP[op], left, self.builder.module.constant(left.type, int(b[1])))
        else:
            test = self.builder.fcmp(FCMP[op], left, self.value(b), flags=())
        return self.builder.select(test, yes, no)

    def call(self, name, arguments):
        """Marked as free of effects, so that equal calls merge and unused ones vanish; LLVM knows that of its intrinsics only."""
        inst = self.builder.call(name, arguments, self.type, flags=self.builder.flags)
        if not name.startswith("llvm."):
            inst.info.attributes = PURE
        return inst

    def cast(self, value):
        if value.type == self.type:
            return value
        if isinstance(value.type, ir.IntType):
            return self.builder.cast("sitofp", value, self.type)
        return self.builder.cast("fptrunc" if isinstance(self.type, ir.FloatType) else "fpext", value, self.type)
