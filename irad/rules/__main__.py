"""`python -m irad.rules` writes docs/rules.md; `python -m irad.rules -` prints it."""
import sys
from pathlib import Path

from irad.rules import arith, math
from irad.rules.registry import STEPS
from irad.rules.rule import OPERANDS

HEAD = """\
# Rules

Generated from the tables in `irad/rules/` by `python -m irad.rules`; do not edit.

One row per operation. `d` is the adjoint that arrives, `x y z w` are the operands and `r` is the result. The column *adjoints* holds what
each operand receives. A row is proven by differentiating its primal formula numerically with many digits, over the domain named in the
table, and by comparing the compiled formulas with that; the singular points are checked against what stands here.

At a singular point the derivative is that of the branch taken; at a tie the operand selected, and the first of two equal ones. Functions
whose partial can be infinite at a finite operand give 0 for a zero adjoint; products and quotients do not, unless `strong_zero` is set.

What is not listed here is refused where its operand is active, by name.
"""
SECTIONS = (
    ("Instructions", arith.RULES),
    ("Exponentials and logarithms", math.EXPONENTIAL),
    ("Powers and roots", math.POWER),
    ("Powers of complex numbers", math.COMPLEX),
    ("Circular functions", math.CIRCULAR),
    ("Hyperbolic functions", math.HYPERBOLIC),
    ("Special functions", math.SPECIAL),
    ("Minimum and maximum", math.SELECTING),
    ("Piecewise functions", math.PIECEWISE),
    ("Others", math.COMPOSED),
)


def page():
    parts = [HEAD, *(_section(title, rules) for title, rules in SECTIONS)]
    steps = ", ".join(f"`{name}`" for name in STEPS.split())
    parts.append(f"## Derivative zero\n\n{steps}; conversions between integers and floats; comparisons.\n")
    return "\n".join(parts)


def _section(title, rules):
    lines = [f"## {title}", "", "| arrives as | primal | adjoints | singular points |", "|---|---|---|---|"]
    return "\n".join(lines + [_row(rule) for rule in rules]) + "\n"


def _row(rule):
    arrives = ", ".join(f"`{v}`" for v in rule.variants)
    adjoints = "<br>".join(f"{name}: `{partial or 0}`" for name, partial in zip(OPERANDS, rule.partials, strict=False))
    points = "<br>".join(f"`{point.text}`" for point in rule.at)
    return f"| {arrives} | `{rule.primal}` | {adjoints} | {points} |"


if __name__ == "__main__":
    if sys.argv[1:] == ["-"]:
        print(page(), end="")
    else:
        (Path(__file__).parents[2] / "docs" / "rules.md").write_text(page())
