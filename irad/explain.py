"""From what a stage refuses to what the user reads: the construct, the file and line with a caret, why, and what to do."""
import linecache
import warnings

from .errors import IradError, Refusal
from .frontend.lines import definition, frames, library
from .transform.runtime import BEYOND

DEFAULT_WHY = "this form of code is not covered yet"
DEFAULT_DO = "write it in another way, or take it out of the function"


def refused(request, options, refusal, derive, verb="differentiate"):
    """The IradError for a refusal. Lowers once more, with line directives, to find the line."""
    function, what, why, place = request.dispatcher.py_func, refusal.what, refusal.why, None
    if isinstance(refusal.site, tuple):
        place = refusal.site
    elif refusal.site is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            again = _again(request, options, derive)
        site = again and _with_line(again.site, again.module)
        if site is not None:
            what, place, within = again.what, frames(site, again.module)[0], library(site, again.module)
            why = f"{again.why} (inside Numba's {within})" if again.why and within else again.why
    title = f"irad cannot {verb} {what}, in {function.__qualname__}"
    return IradError(message(title, place or definition(function), why or DEFAULT_WHY, refusal.do or DEFAULT_DO))


def broken(request, stage, failure, verb="differentiate"):
    """The IradError for a failure that no stage foresaw."""
    function = request.dispatcher.py_func
    what = f"{type(failure).__name__}: {failure}".splitlines()[0][:200]
    return IradError(message(f"irad could not {verb} {function.__qualname__}: internal error in stage {stage}: {what}",
                             definition(function), "this is a defect of irad; the function itself may be right",
                             "please report it, with the function and the traceback"))


def _again(request, options, derive):
    try:
        derive(request, options, lines=True)
    except Refusal as again:
        return again if hasattr(again, "module") else None
    except Exception:                                   # whatever goes wrong while looking for a line, the refusal itself stands
        return None
    return None


def over_limit(request, asked, place, share, limit, derivation):
    """The text of a TapeLimitError. `derivation`: of the same core, with lines, or None where that cannot be had."""
    function, place = request.dispatcher.py_func, derivation and _costliest(derivation, place, share)
    why = "the reverse sweep needs values of every iteration"
    if place:
        why += "; this line saves most of them" + (f", {_bytes(place[2])}" if share < BEYOND else "")
    said = size(None if place and place[3] else asked, limit, f" of {function.__qualname__}")
    return message(said, place[:2] if place else definition(function), why,
                   "call irad.checkpoint() in the body of the loop, or raise the limit with irad.set_tape_limit(bytes)")


def size(asked, limit, whose=""):
    """What is too large. `asked` is None where it is known only that the tape goes on to grow."""
    if asked is None:
        return f"the tape{whose} would grow beyond its limit, {_bytes(limit)}"
    return f"the tape{whose} would take {_bytes(asked)}, and its limit is {_bytes(limit)}"


def _costliest(derivation, place, share):
    """(file, line, bytes, whether it grows) of the line that saves most in the loop whose columns take most."""
    loop, widths = derivation.flow.loops[place // 2], {}
    columns = derivation.tape.columns[loop]
    for column in columns:
        site = _with_line(_made_by(column.value, loop, derivation.flow), derivation.module)
        if site is not None:
            at = frames(site, derivation.module)[0]
            widths[at] = widths.get(at, 0) + column.width
    if not widths:
        return None
    at = max(widths, key=widths.get)
    return *at, share * widths[at] // sum(c.width for c in columns), not derivation.tape.is_reserved(loop)


def _made_by(value, loop, flow):
    """The instruction that makes the value which a phi carries around the loop, or merges inside of it."""
    seen = set()
    while value.opname == "phi" and value not in seen:
        seen.add(value)
        inside = [v for v in value.operands if flow.block_of.get(v) is not None and flow.inside(v, loop)]
        value = inside[-1] if inside else value
    return value


def _bytes(n):
    if n >= BEYOND:
        return "more bytes than can be counted"
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if n >= unit:
            return f"{n / unit:.3g} {name}"
    return f"{n} bytes"


def _with_line(site, module):
    """The instruction, or the nearest one in the function that has a line of the user's; for a block, its first one."""
    block = site if hasattr(site, "instructions") else site.parent
    around = [i for b in block.function.blocks for i in b.instructions]
    at = next((k for k, i in enumerate(around) if i is site or i.parent is site), 0)
    nearest = sorted(range(len(around)), key=lambda k: (abs(k - at), k < at))
    return next((around[k] for k in nearest if frames(around[k], module)), None)


def message(what, place, why, do):
    """What, where, why and what to do: at most a dozen lines."""
    path, line = place
    lines = [what, f'  File "{path}", line {line}']
    source = linecache.getline(path, line)
    if source.strip():
        indent = len(source) - len(source.lstrip())
        lines += [f"    {source.strip()}", f"    {'^' * min(len(source.strip()), 79 + indent)}"]
    return "\n".join([*lines, f"Why: {why}.", f"What to do: {do}."])
