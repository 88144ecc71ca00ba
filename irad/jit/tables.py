"""What irad remembers about a function is kept on its dispatcher, and goes when the dispatcher goes."""
from numba.core.compiler_lock import global_compiler_lock


class Tables:
    def __init__(self, owner):
        self.owner = owner
        self.derived = {}        # Request -> Derived
        self.resolved = {}       # Call -> Resolved
        self.wrappers = {}       # (Call, codegen) -> the linked library of the wrapper and its core
        self.entries = {}        # recipe -> dispatcher
        self.whole = {}          # argument types -> Derived: the function itself, with vector math
        self.calls = None        # the way in from Python: (what, mode, types of the arguments) -> function; see front.py


def tables(dispatcher):
    found = getattr(dispatcher, "_irad", None)
    if found is not None and found.owner is dispatcher:          # functools.wraps copies attributes from one dispatcher to another
        return found
    with global_compiler_lock:
        found = getattr(dispatcher, "_irad", None)
        if found is None or found.owner is not dispatcher:
            found = dispatcher._irad = Tables(dispatcher)
        return found
