"""frexp in two pure halves, as LLVM IR: `irad.mantissa` and `irad.exponent`.

Numba's `numba_frexp` returns one result and stores the other through a pointer. A call that writes memory can neither be computed again,
nor be passed over when it is asked whether memory is intact. `BODIES` gives it a body of two pure calls and an ordinary store, which
inlines.
"""

_HALF = """\
define internal {result} @irad.{name}.{t}({float} %x) {{
  %both = call {{ {float}, i32 }} @llvm.frexp.{t}.i32({float} %x)
  %value = extractvalue {{ {float}, i32 }} %both, {index}
{end}}}
"""
# LLVM leaves the exponent of an infinity or NaN open; Numba's is 0.
_FINITE = """\
  %finite = call i1 @llvm.is.fpclass.{t}({float} %x, i32 504)
  %exponent = select i1 %finite, i32 %value, i32 0
  ret i32 %exponent
"""
_BODY = """\
define internal {float} @{name}({float} %x, ptr %exponent) {{
  %m = call {float} @irad.mantissa.{t}({float} %x) memory(none) nounwind willreturn
  %e = call i32 @irad.exponent.{t}({float} %x) memory(none) nounwind willreturn
  store i32 %e, ptr %exponent
  ret {float} %m
}}
"""

DEFINITIONS, BODIES = {}, {}
for _t, _float, _suffix in (("f64", "double", ""), ("f32", "float", "f")):
    _type = {"t": _t, "float": _float}
    _mantissa = _HALF.format(name="mantissa", result=_float, index=0, end=f"  ret {_float} %value\n", **_type)
    _exponent = _HALF.format(name="exponent", result="i32", index=1, end=_FINITE.format(**_type), **_type)
    DEFINITIONS[f"irad.mantissa.{_t}"] = _mantissa, ()
    DEFINITIONS[f"irad.exponent.{_t}"] = _exponent, ()
    BODIES[f"numba_frexp{_suffix}"] = _BODY.format(name=f"numba_frexp{_suffix}", **_type), (f"irad.mantissa.{_t}", f"irad.exponent.{_t}")
