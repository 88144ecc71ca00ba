"""Vector math: functions of the system's vector library in the place of libm's, where LLVM vectorises a loop.

    afn     calls that the user's fastmath lets approximate (LLVM's flag `afn`; `fastmath=True` has it)
    all     every call
    none    no call

A call of `exp` is given the attribute `"vector-function-abi-variant"="_ZGV_LLVM_N4v_exp(_ZGVdN4v_exp)"`: for four doubles at a time there
is glibc's `_ZGVdN4v_exp`, within 4 ulp. The attribute stays with the call when it is inlined, and nothing comes of it unless the loop
vectoriser meets the call in a loop. Until then the vector functions, which nobody calls yet, are kept by `llvm.compiler.used`.

The machine decides what there is: x86-64, a processor with AVX2 or AVX-512 in the features that Numba compiles for, and glibc's libmvec,
whose functions are looked up one by one. Elsewhere the text stays as it is.
"""
import re
from functools import cache, partial

import llvmlite.binding as llvm
from numba.core.registry import cpu_target

from ..errors import IradError

POLICIES = ("afn", "all", "none")
LIBRARY = "libmvec.so.1"
# Both as intrinsics and as libm's functions. All are within 4 ulp on their domains, and right at zeros, infinities and NaN.
FUNCTIONS = {
    1: """exp exp2 exp10 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh cbrt erf erfc""".split(),
    2: "pow atan2 hypot".split(),
}
WIDTHS = (("avx2", "d", 32), ("avx512f", "e", 64))      # a feature, its letter in the names, bytes of a vector
CALL = re.compile(r"^(  %\S+ = (?:tail )?call )([^@\n]*?)(float|double) @([\w.]+)(\(.*\))((?: #\d+)?(?:, ![^\n]*)?)$", re.M)
PREFIX = "_ZGV"


def policy(asked, mode, function):
    """Which calls, for a derivative: the internal option, then the mode's own choice, then that of the function (`vectorize_math`)."""
    if asked not in POLICIES:
        raise ValueError(f"unknown choice of vector math {asked!r}; one of {', '.join(POLICIES)}")
    if asked == "none" or not variants():
        return "none"
    if mode.vector_math is not None:
        return "all" if mode.vector_math else "none"
    return "all" if getattr(function, "vector_math", False) else asked


def has_variant(name, flags, chosen):
    """May a call of this function with these flags become one of the vector library?"""
    return chosen != "none" and name in variants() and (chosen == "all" or "afn" in flags or "fast" in flags)


def mark(text, chosen):
    """The module's text with attributes on the calls chosen, and their vector functions declared."""
    used = {}

    def marked(match):
        head, flags, ty, name, arguments, tail = match.groups()
        if not has_variant(name, flags.split(), chosen):
            return match[0]
        found = variants()[name]
        used.update((vector, (lanes, ty, arity)) for vector, lanes, arity in found)
        names = ",".join(f"_ZGV_LLVM_N{lanes}{'v' * arity}_{name}({vector})" for vector, lanes, arity in found)
        pure = "" if name.startswith("llvm.") else "nounwind willreturn memory(none) "
        return f'{head}{flags}{ty} @{name}{arguments} {pure}"vector-function-abi-variant"="{names}"{tail}'

    if chosen == "none" or not variants() or "@llvm.compiler.used" in text:
        return text
    text = CALL.sub(marked, text)
    return text + _declared(used) if used else text


def _declared(used):
    lines = []
    for vector, (lanes, ty, arity) in sorted(used.items()):
        v = f"<{lanes} x {ty}>"
        lines.append(f"declare {v} @{vector}({', '.join([v] * arity)}) nounwind willreturn memory(none)")
    pointers = ", ".join(f"ptr @{vector}" for vector in sorted(used))
    lines.append(f'@llvm.compiler.used = appending global [{len(used)} x ptr] [{pointers}], section "llvm.metadata"')
    return "\n" + "\n".join(lines) + "\n"


def needs(text):
    """What must run before code of such a text is loaded from a cache, or None: the library is not linked to the process by itself."""
    names = tuple(sorted(set(re.findall(rf"^declare [^\n@]*@({PREFIX}\w+)\(", text, re.M))))
    return partial(require, names) if names else None


def require(names):
    """Make these functions known to LLVM's loader, for which a name that it cannot find ends the process."""
    _load()
    missing = [name for name in names if not llvm.address_of_symbol(name)]
    if missing:
        raise IradError(f"compiled code from a cache calls {missing[0]} of {LIBRARY}, which this system does not have. "
                        "Delete the cache: it was written on another system.")


@cache
def variants():
    """{name of a scalar function: ((name of the vector function, lanes, arguments), ...)}; nothing where there is no vector library."""
    codegen = cpu_target.target_context.codegen()
    triple, _, features = codegen.magic_tuple()
    if not triple.startswith("x86_64") or not _load():
        return {}
    have, found = set(features.split(",")), {}
    for arity, names in FUNCTIONS.items():
        for name in names:
            for width, suffix, intrinsic in ((8, "", "f64"), (4, "f", "f32")):
                there = [(f"{PREFIX}{letter}N{size // width}{'v' * arity}_{name}{suffix}", size // width, arity)
                         for feature, letter, size in WIDTHS if "+" + feature in have]
                there = tuple(v for v in there if llvm.address_of_symbol(v[0]))
                if there:
                    found[f"{name}{suffix}"] = found[f"llvm.{name}.{intrinsic}"] = there
    return found


@cache
def _load():
    try:
        llvm.load_library_permanently(LIBRARY)
    except RuntimeError:
        return False
    return True
