"""The core of a derivative by itself: derived from a program or from LLVM text, compiled without optimisation, called through ctypes.

    d = from_program(program, args)                         a Derivation, all stages done
    d = from_text(text, argtypes, kinds)                    the same for the function `f` of LLVM text in Numba's calling convention
    answer = Core(d)(*args, seeds=...)                      status, numbers, shadows, and what an observed core has seen
"""
import ctypes
from dataclasses import dataclass, replace
from types import SimpleNamespace

import llvmlite.binding as llvm
import numpy as np
from numba import typeof, types
from numba.core.registry import cpu_target
from numba.core.runtime import rtsys

import irad
from irad.backend.package import module_text, with_inner
from irad.derivation.inner import InnerReverse
from irad.derivation.reverse import ReverseDerivation
from irad.errors import Irreducible, Resplit
from irad.frontend.prepare import mend
from irad.ir.read import read
from irad.options import Options
from irad.pipeline import Clock, prepared
from irad.request import Request
from irad.transform import core
from irad.transform.verify import SYMBOL
from tests.support import memory

WRAP = {"const": irad.Const, "active": irad.Active, "duplicated": irad.Duplicated}
POINTER, INT = ctypes.c_void_p, ctypes.c_int64


@dataclass(frozen=True)
class Seen:
    """What an observed core tells (irad/transform/verify.py)."""
    checks: int
    mismatches: int
    last: int
    bytes: int
    predicted: int
    stored: int
    inactive: int
    path: int


@dataclass
class Answer:
    status: int
    numbers: list
    shadows: list                                           # for each array argument, None where it has none
    finals: list                                            # the array arguments after the call
    seen: Seen | None


CONTEXT = llvm.create_context()                         # one for all: the collector may take a context away before its modules

_seen = []
_callback = ctypes.CFUNCTYPE(None, *[INT] * 8)(lambda *what: _seen.append(Seen(*what)))
llvm.add_symbol(SYMBOL, ctypes.cast(_callback, POINTER).value)


def from_program(program, args, kinds=None, mode=irad.Reverse, change=None, **options):
    """All stages up to the core, for a program of the corpus. `change(derivation)` runs between facts and plan."""
    argtypes = tuple(typeof(a) for a in args)
    request = Request(program.f, mode, tuple(WRAP[k] for k in kinds or program.kinds(args)), argtypes)
    primal, text = prepared(request, Options(), Clock())
    try:
        d = _derived(text, primal, request, Options(**options), overlapping(args), change)
    except Irreducible:
        text = mend(text, primal.entry)
        d = _derived(text, primal, request, Options(**options), overlapping(args), change)
    d.others = [*map(module_text, d.callees.derive(lambda key, name: _inner(text, primal, request, d, key, name))), text]
    return d


def _derived(text, primal, request, options, merged, change):
    try:
        return _finish(ReverseDerivation(read(text), primal, request, options, merged), change)
    except Resplit as other:
        return _derived(text, primal, request, replace(options, **other.choice), merged, change)


def _inner(text, primal, request, d, key, name):
    inner = InnerReverse(read(text), primal, request, Options(**{**vars(d.options), "verify": False, "count_tape": False}), key, d.callees)
    inner.analyse()
    inner.make_plan()
    inner.emit(name)
    return inner


def from_text(text, argtypes, kinds, change=None, **options):
    """All stages that come after preparation, for the function `f` of LLVM text, which returns a float64."""
    return _finish(text_derivation(text, argtypes, kinds, Options(**options)), change)


def text_derivation(text, argtypes, kinds, options, mode=irad.ReverseWithPrimal):
    """A Derivation of which no stage has run."""
    text = str(llvm.parse_assembly(text, CONTEXT))
    primal = SimpleNamespace(text=text, entry="f", argtypes=tuple(argtypes), restype=types.float64, signatures={})
    request = SimpleNamespace(mode=mode, kinds=tuple(WRAP[k] for k in kinds), dispatcher=None)
    return ReverseDerivation(read(text), primal, request, options)


def _finish(d, change=None):
    d.analyse()
    if change is not None:
        change(d)
    d.make_plan()
    core.emit(d)
    return d


def has_complex(args):
    """Complex arguments, which `Core` does not pass."""
    if isinstance(args, tuple):
        return any(map(has_complex, args))
    return np.asarray(args).dtype.kind == "c" if isinstance(args, complex | np.ndarray | np.complexfloating) else False


def overlapping(args):
    return any(len(members) > 1 for _, _, members in memory.groups(list(memory.arrays_in(args))))


class Core:
    """Machine code of a derivation's core."""

    def __init__(self, d):
        rtsys.initialize(cpu_target.target_context)
        context = CONTEXT
        text = module_text(d)
        module = llvm.parse_assembly(with_inner(text, d.others) if d.flow.sites else text, context)
        _without_unused(module)
        if any(f.name == "NRT_decref" and f.is_declaration for f in module.functions):
            module.link_in(llvm.parse_assembly(rtsys.library.get_llvm_str(), context))
            _without_unused(module)
        module.verify()
        self.d, machine = d, llvm.Target.from_default_triple().create_target_machine(opt=0)
        self.text, self.engine = str(module), llvm.create_mcjit_compiler(module, machine)
        self.engine.finalize_object()
        self.address = self.engine.get_function_address(core.NAME)

    def __call__(self, *args, seeds=None):
        """`seeds`: arrays like the array arguments, that the shadows start from; else zeros."""
        d, args = self.d, memory.clone(args)
        arrays = list(memory.arrays_in(args))
        shadows = memory.mirror(arrays if seeds is None else seeds, writable=True)
        if seeds is None:
            for s in shadows:
                s[...] = 0
        of_leaf, parts = self.arguments(args, arrays, shadows)
        kinds, raw = [POINTER, POINTER, *(kind for kind, _ in parts)], [value for _, value in parts]
        numbers = [] if d.value_type is None else [str(d.value_type)]
        numbers += [str(a.type) for a in d.active_arguments]
        fields = [(f"f{k}", _ctype(t)) for k, t in enumerate(numbers)] + [(f"refused{k}", INT) for k in range(3)]
        layout = type("Result", (ctypes.Structure,), {"_fields_": fields})
        result, excinfo = layout(), POINTER()
        _seen.clear()
        status = ctypes.CFUNCTYPE(ctypes.c_int32, *kinds)(self.address)(ctypes.addressof(result), ctypes.addressof(excinfo), *raw)
        given = {of_leaf[k] for k in d.shadow_leaves}
        return Answer(status, [getattr(result, f"f{k}") for k in range(len(numbers))],
                      [s if k in given else None for k, s in enumerate(shadows)], arrays, _seen[-1] if _seen else None)

    def arguments(self, args, arrays, shadows):
        """{array leaf: its number}, and (ctypes type, value) of what the core takes behind result and excinfo."""
        d, of_leaf, out, at = self.d, {}, [], iter(arrays)
        for k, leaf in enumerate(d.leaves):
            if leaf.is_array:
                of_leaf[k] = len(of_leaf)
                a = next(at)
                out += [(POINTER, None), (POINTER, None), (INT, a.size), (INT, a.itemsize), (POINTER, memory.address(a))]
                out += [(INT, n) for n in (*a.shape, *a.strides)]
            elif isinstance(leaf.type, types.Number | types.Boolean):
                out += [_scalar(leaf.type, _at(args, leaf))]
            else:
                out += [(POINTER, None)] * leaf.width
        return of_leaf, out + [(POINTER, memory.address(shadows[of_leaf[k]])) for k in d.shadow_leaves]


def _without_unused(module):
    """The loader gives up all symbols where it lacks one."""
    builder = llvm.create_pass_builder(llvm.Target.from_default_triple().create_target_machine(), llvm.create_pipeline_tuning_options(0))
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, builder)


def _ctype(t):
    return {"double": ctypes.c_double, "float": ctypes.c_float}[t]


def _at(args, leaf):
    value = args[leaf.argument]
    for k in leaf.path:
        value = value[k]
    return value


def _scalar(ty, value):
    if isinstance(ty, types.Boolean):
        return ctypes.c_uint8, int(value)
    dtype = np.dtype(ty.name)
    return np.ctypeslib.as_ctypes_type(dtype), value.item() if hasattr(value, "item") else value
