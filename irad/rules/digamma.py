"""The digamma function as LLVM IR: the logarithmic derivative of gamma, which no libm has.

    x <= 0     psi(x) = psi(1 - x) - pi*cot(pi*x)                                       reflection, DLMF 5.5.4
    x < 10     psi(x) = psi(x + n) - (1/x + 1/(x+1) + ... + 1/(x+n-1))                  recurrence, DLMF 5.5.2
    x >= 10    psi(x) = ln x - 1/(2x) - sum over k of B(2k) / (2k x^(2k))               asymptotic, DLMF 5.11.2

(DLMF: NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov.) The sum of the recurrence is kept as one fraction n/p, so
that the loop holds no division. Eight terms of the series: at 10 the first one left out is 3e-18.
The cotangent is taken of x less the nearest whole number, an exact difference, so no digits are lost far from 0; at a pole it is infinite.
"""

# B(2k)/(2k), k = 1 to 8: B = 1/6, -1/30, 1/42, -1/30, 5/66, -691/2730, 7/6, -3617/510.
SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160)


def _horner(coefficients, at):
    """Lines for the polynomial sum of c[k] * at**k, and the name of the value."""
    *rest, value = (f"{c:.17e}" for c in coefficients)
    lines = []
    for k, c in reversed(list(enumerate(rest))):
        lines += [f"  %m{k} = fmul double {value}, {at}", f"  %s{k} = fadd double %m{k}, {c}"]
        value = f"%s{k}"
    return "\n".join(lines), value


_LINES, _SUM = _horner((0.0, *SERIES), "%z")

F64 = f"""\
define internal double @irad.digamma.f64(double %x) {{
entry:
  %left = fcmp ole double %x, 0.0
  %mirror = fsub double 1.0, %x
  %start = select i1 %left, double %mirror, double %x
  br label %test
test:
  %y = phi double [ %start, %entry ], [ %y.next, %step ]
  %n = phi double [ 0.0, %entry ], [ %n.next, %step ]
  %p = phi double [ 1.0, %entry ], [ %p.next, %step ]
  %small = fcmp olt double %y, 10.0
  br i1 %small, label %step, label %series
step:
  %n.y = fmul double %n, %y
  %n.next = fadd double %n.y, %p
  %p.next = fmul double %p, %y
  %y.next = fadd double %y, 1.0
  br label %test
series:
  %recurrence = fdiv double %n, %p
  %square = fmul double %y, %y
  %z = fdiv double 1.0, %square
{_LINES}
  %half = fdiv double 0.5, %y
  %log = call double @llvm.log.f64(double %y)
  %a = fsub double %log, %half
  %b = fsub double %a, {_SUM}
  %right = fsub double %b, %recurrence
  br i1 %left, label %reflect, label %done
reflect:
  %nearest = call double @llvm.rint.f64(double %x)
  %fraction = fsub double %x, %nearest
  %angle = fmul double %fraction, {3.141592653589793:.17e}
  %cos = call double @llvm.cos.f64(double %angle)
  %sin = call double @llvm.sin.f64(double %angle)
  %cot = fdiv double %cos, %sin
  %term = fmul double %cot, {3.141592653589793:.17e}
  %reflected = fsub double %right, %term
  br label %done
done:
  %value = phi double [ %right, %series ], [ %reflected, %reflect ]
  ret double %value
}}
"""

F32 = """\
define internal float @irad.digamma.f32(float %x) {
  %wide = fpext float %x to double
  %value = call double @irad.digamma.f64(double %wide)
  %narrow = fptrunc double %value to float
  ret float %narrow
}
"""

DEFINITIONS = {"irad.digamma.f64": (F64, ()), "irad.digamma.f32": (F32, ("irad.digamma.f64",))}
