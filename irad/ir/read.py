"""LLVM's text, as llvmlite.binding prints it, to llvmlite.ir objects: the module level.

    read(str(binding_module)) -> Module         # str(module) is the same IR again

Types, globals and signatures are read here, function bodies in body.py. What no analysis looks into stays text: initialisers,
aggregates, constant expressions, metadata nodes, attributes. Dropped on purpose: debug records (#dbg_value), use-list orders, comments,
unreachable blocks.
What is not known is refused by name: nothing is skipped.
"""
import re

from llvmlite import ir

from irad.ir.body import read_body
from irad.ir.cursor import SCALAR, Cursor, unquote
from irad.ir.extras import SIMPLE, Attributes, CodePointer, Global, Module, Text

__all__ = ["SIMPLE", "Module", "read"]

LINKAGE = frozenset("private internal available_externally linkonce weak common appending extern_weak "
                    "linkonce_odr weak_odr external".split())
PLACE = frozenset("dso_local dso_preemptable default hidden protected dllimport dllexport thread_local unnamed_addr "
                  "local_unnamed_addr externally_initialized".split())
GROUPS = re.compile(r"^attributes (#\d+) = \{ (.*) \}$", re.M).findall


def read(text):
    """The module that the text describes."""
    cursor = Cursor()
    for name, group in GROUPS(text):            # they stand at the end, and are used before
        cursor.groups[name] = cursor.line(group).attributes()
    initialisers, bodies = [], []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(("define", "declare")):
            function, names = _signature(cursor, line)
            if line[-1] == "{":
                end = lines.index("}", at)
                bodies.append((function, names, lines[at:end]))
                at = end + 1
        elif line[:1] == "@":
            initialisers.append((_global(cursor, line), cursor.toks, cursor.i))
        else:
            _other(cursor, line)
    # Initialisers and bodies name globals that may stand further down.
    for variable, cursor.toks, cursor.i in initialisers:
        if variable is not None:
            _initialise(cursor, variable)
    for function, names, body in bodies:
        read_body(cursor, function, names, body)
    return cursor.module


def _other(cursor, line):
    """A line that is no global and no function."""
    module = cursor.module
    if line[:1] == "%":
        _named_type(cursor, line)
    elif line[:1] == "!":
        name, text = line.split(" = ", 1)
        if name[1:].isdigit():
            module.nodes[name] = text
        else:
            module.named.append(line)
    elif line[:1] == "$" or line.startswith("module asm"):
        module.lines.append(line)
    elif line.startswith("target datalayout"):
        module.data_layout = line.split('"')[1]
    elif line.startswith("target triple"):
        module.triple = line.split('"')[1]
    elif line.startswith("; ModuleID"):
        module.name = line.split("'", 1)[1][:-1]
    elif line and not line.startswith((";", "source_filename", "attributes", "uselistorder")):
        raise cursor.line(line).refusal("a line of the module")


def _named_type(cursor, line):
    typ = cursor.line(line).type()
    cursor.expect("=")
    cursor.expect("type")
    if cursor.take("opaque"):
        return
    body = cursor.type()
    typ.packed = body.packed
    typ.set_body(*body.elements)


def _global(cursor, line):
    """The variable, without its initialiser; None for an alias, which is kept as a line and seen as a pointer."""
    name = cursor.line(line).next()
    cursor.expect("=")
    linkage = cursor.next() if cursor.toks[cursor.i] in LINKAGE else ""
    start = cursor.i
    while cursor.toks[cursor.i] not in ("global", "constant", "alias", "ifunc"):
        if not cursor.next():
            raise cursor.refusal("a line of the module")
    prefix = " ".join(cursor.toks[start:cursor.i])
    kind = cursor.next()
    typ = cursor.type()
    if kind in ("alias", "ifunc"):
        cursor.module.lines.append(line)
        cursor.globals[name] = Text(SIMPLE["ptr"], name)
        return None
    space = re.search(r"addrspace \( (\d+)", prefix)
    variable = Global(cursor.module, typ, unquote(name), int(space[1]) if space else 0)
    variable.type = cursor.same(ir.PointerType(addrspace=variable.addrspace))
    variable.linkage, variable.prefix, variable.global_constant = linkage, prefix, kind == "constant"
    cursor.globals[name] = variable
    return variable


def _initialise(cursor, variable):
    t = cursor.toks[cursor.i]
    if t and t != ",":
        simple = t[0] in "@-0123456789" or t in SCALAR or t == "poison"
        variable.initializer = cursor.value(variable.value_type) if simple else cursor.text_constant(variable.value_type)
    variable.suffix = " ".join(cursor.toks[cursor.i:-1]).replace(" ( ", "(").replace("! ", "!")


def _signature(cursor, line):
    """The function, without its body, and the tokens of its arguments' names ('' where there is none)."""
    cursor.line(line).next()
    place = []
    while cursor.toks[cursor.i] in LINKAGE or cursor.toks[cursor.i] in PLACE:
        place.append(cursor.next())
    calling, returned, result = cursor.calling(), cursor.attributes(), cursor.type()
    token = cursor.next()
    types, names, attributes, variadic = _parameters(cursor)
    function = ir.Function(cursor.module, ir.FunctionType(result, types, variadic), unquote(token))
    function.type = CodePointer(function.ftype)
    function.linkage, function.calling_convention = " ".join(place), calling
    function.scope = type(function.scope)()     # forget the names that llvmlite has given to the arguments
    function.return_value.attributes = Attributes.fromkeys(returned)
    unnamed = 0
    for argument, name, texts in zip(function.args, names, attributes, strict=True):
        argument._name = unquote(name) if name else str(unnamed)
        unnamed += not name or name[1:].isdigit()
        argument.attributes = Attributes.fromkeys(texts)
    function.attributes = Attributes.fromkeys(_trailing(cursor))
    cursor.globals[token] = function
    return function, names


def _parameters(cursor):
    cursor.expect("(")
    types, names, attributes, variadic = [], [], [], False
    while not cursor.take(")"):
        if cursor.take("..."):
            variadic = True
            continue
        types.append(cursor.type())
        attributes.append(cursor.attributes())
        names.append(cursor.next() if cursor.toks[cursor.i][:1] == "%" else "")
        cursor.take(",")
    return types, names, attributes, variadic


def _trailing(cursor):
    """What stands behind the parameters: attributes, and among them comdat, section, personality, gc, !dbg."""
    out = []
    while cursor.toks[cursor.i] not in ("", "{"):
        out += cursor.attributes()
        if cursor.toks[cursor.i] not in ("", "{"):
            out.append(cursor.next())
    return out
