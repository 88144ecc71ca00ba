"""What a TapeLimitError says, made when somebody reads it: the function is lowered and derived once more, with lines.

Machine code knows the name of the core. In the process that derived it the request is remembered by that name, as long as the function is
there; in one that has the core from a cache the definition of the function stands in the place of the line.
"""
import warnings
from weakref import WeakValueDictionary

from numba.core.compiler_lock import global_compiler_lock

from ..errors import TapeLimitError
from ..limits import tape_limit
from ..options import current

_requests, _options = WeakValueDictionary(), {}


def remember(request, derived):
    """A core that this process has derived."""
    _requests[derived.name] = request
    _options[derived.name] = current()


@global_compiler_lock
def _tell(limit, site, core, asked, place, share):
    from .. import explain, pipeline  # large, and not needed before
    request = _requests.get(core)
    if request is None:
        return f"{site}: {explain.size(asked, limit)}. Raise the limit with irad.set_tape_limit(bytes)."
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            derivation = pipeline.with_lines(request, _options[core], bool(place % 2))
        except Exception:                               # whatever goes wrong while looking for a line, the refusal itself stands
            derivation = None
    return explain.over_limit(request, asked, place, share, limit, derivation)


TapeLimitError.limit, TapeLimitError.tell = staticmethod(tape_limit), staticmethod(_tell)
