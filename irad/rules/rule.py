"""What a row of the tables is: an operation, its primal formula, and one partial per operand.

    call("sqrt", "llvm.sqrt sqrt", "sqrt(x)", ["0.0 if d == 0 else 0.5*d/r"], 5, "positive", "x=0: inf; x=0, d=0: 0")

The last three columns are cycles, the domain of the proof (per operand), and the points where the convention is not a limit (API.md,
"Singular points"): values of the operands and of d, which is 1 if not given, then one adjoint per operand.
"""
from dataclasses import dataclass, field, replace
from functools import cached_property

from irad.rules.formula import CASTS, SYMBOLS, Formula, formula

OPERANDS = "xyzw"
DOMAINS = {"real": "-1e300 .. 1e300", "positive": "1e-300 .. 1e300"}


@dataclass(frozen=True)
class Point:
    """A singular point: the values of the operands and of d, and the contributions expected there (None where nothing is promised)."""

    values: dict = field(hash=False)
    expected: tuple
    text: str


@dataclass(frozen=True)
class Rule:
    name: str
    variants: tuple[str, ...]  # opcodes, intrinsics without their type, libm symbols without their suffix
    opcode: bool  # are the variants opcodes?
    primal: Formula
    partials: tuple[Formula | None, ...]  # the adjoint that each operand receives; None: zero everywhere
    cycles: float
    domain: tuple[str, ...]  # for the proof, per operand: "lo .. hi" or "int lo .. hi"
    at: tuple[Point, ...] = ()
    pure: bool = True  # may it be computed again?

    def __post_init__(self):
        if len(self.partials) != len(self.domain):
            raise ValueError(f"the rule {self.name!r} has {len(self.partials)} partials and {len(self.domain)} domains")
        known = {*SYMBOLS, *CASTS}
        for partial in filter(None, self.partials):
            if odd := partial.functions - known:
                raise ValueError(f"the rule {self.name!r} calls {min(odd)!r}, for which no symbol is known")

    def needs(self, operand, given=()):
        """Which of x, y, z, r the partial for this operand reads, and which of these calls."""
        partial = self.partials[operand]
        if partial is None:
            return []
        calls = [c for c in partial.calls if c in given] if given else []
        return [*sorted(partial.reads(calls) if calls else partial.names), *calls]

    @cached_property
    def calls(self):
        """The calls on operands alone in its partials."""
        return tuple(dict.fromkeys(c for p in self.partials if p is not None for c in p.calls if ("name", "r") not in c))

    @property
    def keys(self):
        """What `rule_of` finds it by: opcodes, or the full names of the callees."""
        if self.opcode:
            return self.variants
        return tuple(key for variant in self.variants for key in symbols_of(variant))

    def with_partial(self, operand, text):
        """The same rule with another formula for one operand."""
        partials = list(self.partials)
        partials[operand] = formula(text) if text else None
        return replace(self, partials=tuple(partials))


def symbols_of(variant):
    """The names of the double and the float version."""
    if variant.startswith(("llvm.", "irad.")):
        return f"{variant}.f64", f"{variant}.f32"
    return variant, f"{variant}f"


def instruction(name, primal, partials, cycles, domain, at=""):
    """A row for an opcode."""
    return _rule(name, name, True, primal, partials, cycles, domain, at)


def call(name, variants, primal, partials, cycles, domain, at="", pure=True):
    """A row for calls."""
    return _rule(name, variants, False, primal, partials, cycles, domain, at, pure)


def _rule(name, variants, opcode, primal, partials, cycles, domain, at, *more):
    return Rule(
        name,
        tuple(variants.split()),
        opcode,
        formula(primal),
        tuple(formula(p) if p else None for p in partials),
        cycles,
        tuple(DOMAINS.get(part.strip(), part.strip()) for part in domain.split(";")),
        tuple(_point(text.strip(), partials) for text in at.split(";") if text),
        *more,
    )


def _point(text, partials):
    where, _, then = text.partition(":")
    values = {"d": 1.0}
    for part in where.split(","):
        name, _, value = part.partition("=")
        values[name.strip()] = float(value)
    expected = tuple(None if word.strip() == "-" else float(word) for word in then.split(","))
    if len(expected) != len(partials):
        raise ValueError(f"the point {text!r} names {len(expected)} adjoints for {len(partials)} operands")
    return Point(values, expected, text)
