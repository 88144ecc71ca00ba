"""Powers of complex numbers in two pure halves, as LLVM IR: `irad.cpow.re` and `irad.cpow.im` of (x + iy)**(z + iw).

Numba's `numba_cpow` takes and gives its numbers through pointers, and Numba squares by a product. `BODIES` gives it a body of two pure
calls, which have rows in the table; their own bodies call it, so that the values are Numba's to the bit. The derivative by the exponent
is there as well where the exponent is 2 or 0, which Numba and C treat on branches of their own.
"""

# The square is Numba's product: re = x*x - y*y, im = x*y + y*x.
_SQUARE = {"re": ("%x", "%x", "fsub", "%y", "%y"), "im": ("%x", "%y", "fadd", "%y", "%x")}
_HALF = """\
define internal {float} @irad.cpow.{part}.{t}({float} %x, {float} %y, {float} %z, {float} %w) alwaysinline {{
  %a = alloca [2 x {float}], align 8
  %b = alloca [2 x {float}], align 8
  %c = alloca [2 x {float}], align 8
  %two = fcmp oeq {float} %z, 2.0
  %flat = fcmp oeq {float} %w, 0.0
  %square = and i1 %two, %flat
  br i1 %square, label %product, label %power
product:
  %p = fmul {float} {0}, {1}
  %q = fmul {float} {3}, {4}
  %r = {2} {float} %p, %q
  ret {float} %r
power:
  call void @irad.cpow.pair.{t}(ptr %a, {float} %x, {float} %y)
  call void @irad.cpow.pair.{t}(ptr %b, {float} %z, {float} %w)
  call void @numba_cpow{suffix}(ptr %a, ptr %b, ptr %c)
  %at = getelementptr {float}, ptr %c, i64 {index}
  %value = load {float}, ptr %at
  ret {float} %value
}}
"""
_PAIR = """\
define internal void @irad.cpow.pair.{t}(ptr %p, {float} %x, {float} %y) alwaysinline {{
  store {float} %x, ptr %p
  %q = getelementptr {float}, ptr %p, i64 1
  store {float} %y, ptr %q
  ret void
}}
declare void @numba_cpow{suffix}(ptr, ptr, ptr)
"""
_BODY = """\
define internal void @numba_cpow{suffix}(ptr %a, ptr %b, ptr %c) {{
  %ai = getelementptr {float}, ptr %a, i64 1
  %bi = getelementptr {float}, ptr %b, i64 1
  %ci = getelementptr {float}, ptr %c, i64 1
  %x = load {float}, ptr %a
  %y = load {float}, ptr %ai
  %z = load {float}, ptr %b
  %w = load {float}, ptr %bi
  %re = call {float} @irad.cpow.re.{t}({float} %x, {float} %y, {float} %z, {float} %w) memory(none) nounwind willreturn
  %im = call {float} @irad.cpow.im.{t}({float} %x, {float} %y, {float} %z, {float} %w) memory(none) nounwind willreturn
  store {float} %re, ptr %c
  store {float} %im, ptr %ci
  ret void
}}
"""

DEFINITIONS, BODIES = {}, {}
for _t, _float, _suffix in (("f64", "double", ""), ("f32", "float", "f")):
    _type = {"t": _t, "float": _float, "suffix": _suffix}
    for _index, _part in enumerate(("re", "im")):
        _text = _HALF.format(*_SQUARE[_part], part=_part, index=_index, **_type)
        DEFINITIONS[f"irad.cpow.{_part}.{_t}"] = _text, (f"irad.cpow.pair.{_t}",)
    DEFINITIONS[f"irad.cpow.pair.{_t}"] = _PAIR.format(**_type), ()
    BODIES[f"numba_cpow{_suffix}"] = _BODY.format(**_type), (f"irad.cpow.re.{_t}", f"irad.cpow.im.{_t}")
