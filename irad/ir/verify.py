"""Does LLVM accept this module? If not: which lines, and why.

    verify(text) -> llvmlite.binding.ModuleRef          # parsed in a context of its own

A module that irad has built and LLVM refuses is a mistake of irad's, never of the user's, so the error shows the text and not advice.
"""
import re

import llvmlite.binding as llvm

AT_LINE = re.compile(r"<string>:(\d+):(\d+): error: (.*)")
CONTEXT = 3                     # lines shown before and after the one that LLVM names
LONGEST = 200                   # characters of a line


class InvalidModule(Exception):
    """LLVM does not accept a module that irad has made."""


def verify(module):
    """Parse and verify a module, given as text or as anything that prints as one."""
    text = str(module)
    try:
        parsed = llvm.parse_assembly(text, llvm.create_context())
        parsed.verify()
    except RuntimeError as error:
        raise InvalidModule(_message(str(error), text)) from None
    return parsed


def _message(complaint, text):
    lines = text.split("\n")
    found = AT_LINE.search(complaint)
    if found:
        at, column = int(found[1]) - 1, int(found[2])
        return f"LLVM cannot parse the module: {found[3]} (line {at + 1}, column {column})\n{_excerpt(lines, at)}"
    # The verifier prints the instructions that it objects to, and no line numbers.
    named = {_bare(line) for line in complaint.split("\n")}
    places = [k for k, line in enumerate(lines) if _bare(line) and _bare(line) in named]
    return f"LLVM finds the module wrong: {complaint.strip()}\n" + "\n...\n".join(_excerpt(lines, k) for k in places[:3])


def _bare(line):
    """A line as both llvmlite and LLVM print it: names without quotes, single blanks, no alignment that LLVM adds."""
    return " ".join(line.replace('"', "").split(", align")[0].split())


def _excerpt(lines, at):
    out = []
    head = next((k for k in range(at, -1, -1) if lines[k].startswith("define")), None)
    first = max(0, at - CONTEXT)
    if head is not None and head < first:
        out.append(f"{head + 1:6}  {lines[head][:LONGEST]}")
    for k in range(first, min(len(lines), at + CONTEXT + 1)):
        out.append(f"{k + 1:6}{'>' if k == at else ' '} {lines[k][:LONGEST]}")
    return "\n".join(out)
