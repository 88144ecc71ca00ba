"""The rules of LLVM's floating-point instructions.

Products and quotients have no guard: 0 times an infinite partial is NaN there, unless the user asks for `strong_zero`.
`frem` finds the whole number that was subtracted from the result: trunc(x/y) is off by one where x/y rounds up to a whole number.
"""
from irad.rules.rule import instruction

# fmt: off
RULES = (
    #            opcode     primal         partials                     cycles  domain        where the convention is not a limit
    instruction("fadd",    "x + y",       ["d", "d"],                      0.5, "real; real"),
    instruction("fsub",    "x - y",       ["d", "-d"],                     0.5, "real; real"),
    instruction("fneg",    "-x",          ["-d"],                          0.5, "real"),
    instruction("fmul",    "x*y",         ["d*y", "d*x"],                  0.5, "real; real"),
    instruction("fdiv",    "x/y",         ["d/y", "-(d/y)*r"],             4,   "real; real"),
    instruction("frem",    "fmod(x, y)",  ["d", "-d*rint((x - r)/y)"],     20,  "real; real", "x=6, y=2: 1, -3; x=-6, y=2: 1, 3"),
    instruction("fpext",   "x",           ["cast(d)"],                     0.3, "real"),
    instruction("fptrunc", "x",           ["cast(d)"],                     0.3, "real"),
    instruction("freeze",  "x",           ["d"],                           0,   "real"),
)
# fmt: on
