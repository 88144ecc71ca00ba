"""What irad says when it will not differentiate.

`Refusal` is what a stage raises: it knows the IR and not the user's file. The pipeline turns it into an `IradError`, which knows the line.
`IradError` derives from Numba's `UnsupportedError`, the one class that type inference lets through unchanged, so the same error
arrives from Python and from inside `@njit` code.
"""
from numba.core.errors import UnsupportedError


class IradError(UnsupportedError):
    """A construct that irad does not differentiate, or a wrong use of its interface."""


class TapeLimitError(IradError):
    """The tape that the reverse sweep would need is larger than the limit (`irad.set_tape_limit`).

    Machine code raises it with what it knows: the function, the name of its core, the bytes asked for, the place that takes most and its
    share. The text, which names the line, is made when it is first asked for: that takes as long as deriving once more."""

    limit = staticmethod(lambda: None)
    tell = staticmethod(lambda limit, site, *_: f"{site}: its tape would pass the limit")

    def __init__(self, *known):
        super().__init__(str(known[0]))
        self._known, self._limit = known, self.limit()

    def __str__(self):
        if len(self._known) > 1:
            self._known = (self.tell(self._limit, *self._known),)
            self.args = self._known
        return str(self._known[0])

    def __reduce__(self):
        return type(self), (str(self),)


class Refusal(Exception):
    """Raised by a stage: `what` is not differentiated; `why` and `do` are sentences.

    `site` is the instruction, the block, or a (file, line); None is the function as a whole."""

    def __init__(self, what, site=None, why="", do=""):
        super().__init__(what)
        self.what, self.site, self.why, self.do = what, site, why, do

    def __str__(self):
        where = f" at `{str(self.site).strip()[:200]}`" if self.site is not None else ""
        return self.what + where + (f" ({self.why})" if self.why else "")


class Irreducible(Refusal):
    """A loop with several entries, which can be given a single one."""

    def __init__(self, site):
        super().__init__("irreducible control flow (a jump into the middle of a loop)", site)


class Resplit(Exception):
    """Other loops are to be split into strips than have been: `choice` are the options that say which."""

    def __init__(self, **choice):
        super().__init__(str(choice))
        self.choice = choice
