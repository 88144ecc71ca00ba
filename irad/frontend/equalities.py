"""Keep LLVM from putting a constant where a differentiated value stood.

Behind `if x == 1.0`, LLVM's value numbering replaces x by 1.0: the same number, without its derivative. So comparisons of floats for
(in)equality become calls that LLVM cannot see through while the primal is prepared, and comparisons again at the end. Comparisons with
zero may stay: LLVM cannot tell 0.0 from -0.0 and leaves x in place.

    %c = fcmp oeq double %x, 1.0     <->     %c = call i1 @irad.fcmp.oeq.double(double %x, double 1.0)
"""
import re

PURE = "nocallback nofree nosync nounwind speculatable willreturn memory(none)"
COMPARE = re.compile(r"^(  %\S+ = )fcmp (?:\w+ )*?(oeq|une|ueq|one) (double|float) (\S+), ([^\s,]+)(.*)$", re.M)
CALL = re.compile(r"^(  %\S+ = )(?:tail |notail )?call i1 @irad\.fcmp\.(\w+)\.(\w+)"
                  r"\(\w+ (?:noundef )?(\S+), \w+ (?:noundef )?(\S+)\)(?: #\d+)?(.*)$", re.M)
ZERO = re.compile(r"^-?0(\.0+e[+-]0+)?$|^0x8?0+$").match
DECLARED = re.compile(r"^declare [^\n]*@irad\.fcmp\.[^\n]*\n", re.M)


def hide(text):
    """Equalities as calls."""
    used = {}

    def call(m):
        head, predicate, ty, a, b, rest = m.groups()
        if ZERO(a) or ZERO(b) or a == b:
            return m[0]
        used[f"declare i1 @irad.fcmp.{predicate}.{ty}({ty}, {ty}) {PURE}\n"] = None
        return f"{head}call i1 @irad.fcmp.{predicate}.{ty}({ty} {a}, {ty} {b}){rest}"
    return COMPARE.sub(call, text) + "".join(used)


def show(text):
    """Calls as equalities."""
    text = CALL.sub(lambda m: f"{m[1]}fcmp {m[2]} {m[3]} {m[4]}, {m[5]}{m[6]}", text)
    return DECLARED.sub("", text)
