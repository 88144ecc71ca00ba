"""The linked, unoptimised module to the form that every later stage may assume.

    prepare(text, entry, stays) -> text     # the entry, functions in call-graph cycles, those that stay calls, Numba's runtime; all else
                                            # is inlined

The order is the content of this file:
1. Names: callees of mutual recursion, power loops, reshapes get a form that LLVM can see through (marks.py, reshape.py); equalities of
   floats and copies of records one that it cannot (equalities.py, records.py).
2. Every callee that recursion does not need is inlined before any other pass. LLVM's own threshold leaves some standing, and
   inter-procedural passes then change their signatures, so that Numba's types no longer describe them.
3. Reference counts are pruned before the main pipeline: a surviving `NRT_decref` may run a destructor, which blocks load forwarding.
4. The pipeline, with unrolling, vectorisation and interleaving off, and for the generic CPU: data loops stay whole. Twice, for loops over a
   small constant are found in clean code, and asked to vanish in the next run.
5. Loops in LLVM's simple form, closed SSA, names for all.

Nothing here reads the process or the host, or iterates over a set: the same text gives the same text.
"""
import re

import llvmlite.binding as llvm

from irad.frontend import equalities, fills, irreducible, records, reshaped
from irad.frontend.marks import mark_power_loops, mark_small_loops
from irad.frontend.reshape import open_reshapes
from irad.rules.support import CHECKPOINT, with_bodies

# Functions that carry an object's life, an error or a table of another kind, no floats: they stay calls.
RUNTIME = ("NRT_", ".dtor", "__excinfo", "__gufunc__", "_numba_dict")
# Numba's string functions build the messages of shape errors: no floats, on raising paths only, and half of the time if inlined.
STRINGS = "_ZN5numba7cpython7unicode"

ROUNDS = 3              # of small loops: unrolling one makes constants of another's bounds, `for k in range(3): s += x**k`

UNRESOLVED = re.compile(r'^@"?\.numba\.unresolved\$([\w$.]+)"? = external global ptr$', re.M)
RESOLVED = re.compile(r'^@"?(\.numba\.unresolved\$[\w$.]+)"? = internal constant ptr @([\w$.]+)$', re.M)
BYTES = re.compile(r'@"?\.bytes\.(-?\d+)"?')
ENVIRONMENT = re.compile(r'^@"?(_ZN08NumbaEnv[^\s"]*)"? = common [^\n]*\n', re.M)
MARK = re.compile(rf"^declare void @{re.escape(CHECKPOINT)}\(\)[^\n]*$", re.M)
QUIET = f"declare void @{CHECKPOINT}() nocallback nofree nosync nounwind willreturn memory(inaccessiblemem: readwrite)"
DEFINITION = re.compile(r'^define [^\n]*?@("[^"]*"|[-\w$.]+)\(.*?^}$', re.M | re.S)
NAME = re.compile(r'@("[^"]*"|[-\w$.]+)')


def prepare(text, entry, stays=()):
    """The prepared module. Parsed in a context of its own, so that types keep their names and threads do not meet."""
    text = open_reshapes(mark_power_loops(_resolve(with_bodies(fills.drop(_number_strings(text))))))
    text = MARK.sub(QUIET, text)
    text = records.hide(reshaped.hide(equalities.hide(text)))
    kept = {entry, *stays, *cycles(text)}
    context = llvm.create_context()
    module = llvm.parse_assembly(text, context)
    _ask_for_inlining(module, kept)
    for name in stays:
        module.get_function(name).add_function_attribute("noinline")
    _run(module, "always_inliner", "global_dead_code_eliminate", "simplify_cfg", "sroa", "instruction_combine", "refprune")
    _pipeline(module, prune=True)
    for _ in range(ROUNDS):
        _run(module, "instruction_namer")       # a number that we print becomes a name, and would meet LLVM's next number
        before = str(module)
        marked = mark_small_loops(before)
        if marked is not before:
            module = llvm.parse_assembly(marked, context)
        _pipeline(module)
        if marked is before:
            break
    _run(module, "global_dead_code_eliminate", "loop_simplify", "lcssa", "instruction_namer")
    return records.show(reshaped.show(equalities.show(_without_idle_environments(str(module)))))


def mend(text, entry):
    """Prepared text in which a loop has several entries, with one entry for each."""
    return irreducible.mend(text, entry, _run)


def cycles(text):
    """Names of the functions, in the order of the text, that can reach themselves through calls."""
    pointers = {pointer: target for pointer, target in RESOLVED.findall(text)}
    bodies = {match[1].strip('"'): match[0] for match in DEFINITION.finditer(text)}
    calls = {}
    for name, body in bodies.items():
        named = (n.strip('"') for n in NAME.findall(body, body.index("{")))
        calls[name] = [c for c in dict.fromkeys(pointers.get(n, n) for n in named) if c in bodies]
    # Peel off what calls nothing that is left: usually all of it.
    left, before = dict(calls), -1
    while len(left) != before:
        before = len(left)
        left = {name: inner for name in left if (inner := [c for c in left[name] if c in left])}
    return [name for name in left if not name.startswith(RUNTIME) and _reaches(left, name, name)]


def _reaches(calls, start, goal):
    seen, todo = set(), [start]
    while todo:
        for callee in calls.get(todo.pop(), ()):
            if callee == goal:
                return True
            if callee not in seen:
                seen.add(callee)
                todo.append(callee)
    return False


def _resolve(text):
    """Mutual recursion goes through a pointer that Numba's loader fills; the callee is in this module."""
    return UNRESOLVED.sub(r'@".numba.unresolved$\1" = internal constant ptr @\1', text)


def _number_strings(text):
    """Numba names constant strings by Python's hash, which differs from process to process: number them instead."""
    numbers = {}
    return BYTES.sub(lambda match: f"@.bytes.{numbers.setdefault(match[1], len(numbers))}", text)


def _without_idle_environments(text):
    """Each function that has been inlined leaves the pointer to its environment behind, and an address in the names of some."""
    return ENVIRONMENT.sub(lambda match: match[0] if text.count(match[1]) > 1 else "", text)


def _ask_for_inlining(module, kept):
    for function in module.functions:
        # Refprune finds the runtime by name; what is kept must keep its signature, and does while it is external.
        if function.is_declaration or function.name in kept or function.name.startswith("NRT_"):
            continue
        function.linkage = "internal"
        if function.name.startswith(STRINGS):
            function.add_function_attribute("noinline")
        elif not function.name.startswith(RUNTIME) and not any(b"noinline" in a for a in function.attributes):
            function.add_function_attribute("alwaysinline")


# ------------------------------------------------------------------ LLVM's passes
def _builder():
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = options.loop_unrolling = False
    # No cpu is named, so the target is the generic one of this architecture.
    return llvm.create_pass_builder(llvm.Target.from_default_triple().create_target_machine(opt=3), options)


def _run(module, *passes):
    manager = llvm.create_new_module_pass_manager()
    for name in passes:
        getattr(manager, f"add_{name}_pass")()
    manager.run(module, _builder())


def _pipeline(module, prune=False):
    builder = _builder()
    manager = builder.getModulePassManager()
    if prune:
        manager.add_refprune_pass()
    manager.run(module, builder)
