"""From what a stage refuses to what the user reads: the construct, the file and line with a caret, why, and what to do."""
import linecache
import warnings

from .errors import IradError, Refusal
from .frontend.lines import frames


def refused(request, options, refusal, derive):
    """The IradError for a refusal. Lowers once more, with line directives, to find the line."""
    place = None
    if refusal.site is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            again = _again(request, options, derive)
        if again is not None:
            found = frames(again.site, again.module) if hasattr(again.site, "metadata") else _block_frames(again)
            place = found[0] if found else None
            refusal = again if found else refusal
    return IradError(message(request.dispatcher.py_func, refusal, place))


def _again(request, options, derive):
    try:
        derive(request, options, lines=True)
    except Refusal as again:
        return again if hasattr(again, "module") else None
    except Exception:                                   # whatever goes wrong while looking for a line, the refusal itself stands
        return None
    return None


def _block_frames(refusal):
    """The first line known inside a block."""
    for i in getattr(refusal.site, "instructions", ()):
        found = frames(i, refusal.module)
        if found:
            return found
    return []


def message(function, refusal, place):
    """At most a dozen lines."""
    code = function.__code__
    path, line = place or (code.co_filename, code.co_firstlineno)
    lines = [f"irad cannot differentiate {refusal.what}, in {function.__qualname__}", f'  File "{path}", line {line}']
    source = linecache.getline(path, line)
    if source.strip():
        indent = len(source) - len(source.lstrip())
        lines += [f"    {source.strip()}", f"    {'^' * min(len(source.strip()), 79 + indent)}"]
    if refusal.why:
        lines.append(f"Why: {refusal.why}.")
    if refusal.do:
        lines.append(f"What to do: {refusal.do}.")
    return "\n".join(lines)


