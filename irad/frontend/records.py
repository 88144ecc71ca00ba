"""Keep LLVM from taking the copy of a record to pieces.

Numba copies a record as one array of bytes, which LLVM splits into as many loads and stores of single bytes: floats whose derivative
would be lost. So the copy becomes a call that LLVM cannot see through while the primal is prepared, and a memcpy at the end.

    %v = load [24 x i8], ptr %q            call void @irad.record.copy(ptr %p, ptr %q, i64 24)
    store [24 x i8] %v, ptr %p      ->                                                          ->  call void @llvm.memcpy...
"""
import re

PURE = "nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)"
COPY = re.compile(r"^  (%\S+) = load \[(\d+) x i8\], ptr ([^\s,]+)[^\n]*\n  store \[\2 x i8\] \1, ptr ([^\s,]+)[^\n]*$", re.M)
POINTER = r"ptr (?:[a-z]+(?:\([\w: ]+\))? )*([%@]\S+)"
CALL = re.compile(rf"^  (?:tail |notail )?call void @irad\.record\.copy\({POINTER}, {POINTER}, i64 (\d+)\)(?: #\d+)?", re.M)
DECLARED = re.compile(r"^declare [^\n]*@irad\.record\.copy\([^\n]*\n", re.M)
MEMCPY = "llvm.memcpy.p0.p0.i64"


def hide(text):
    """Copies of records as calls."""
    found, count = COPY.subn(_call, text)
    return found + f"declare void @irad.record.copy(ptr, ptr, i64) {PURE}\n" * (count > 0)


def _call(m):
    _, size, source, target = m.groups()
    debug = re.search(r", !dbg !\d+", m[0].splitlines()[0])
    return f"  call void @irad.record.copy(ptr {target}, ptr {source}, i64 {size}){debug[0] if debug else ''}"


def show(text):
    """Calls as copies of memory."""
    text, count = CALL.subn(rf"  call void @{MEMCPY}(ptr \1, ptr \2, i64 \3, i1 false)", text)
    missing = count and not re.search(rf"^declare [^\n]*@{re.escape(MEMCPY)}\(", text, re.M)
    return DECLARED.sub("", text) + (f"declare void @{MEMCPY}(ptr, ptr, i64, i1)\n" if missing else "")
