"""How much memory a tape may take, as a number that derived code reads when it runs: it can be changed without compiling anything anew.

The number has one address in a process; LLVM knows it by name, also where it loads derived code from a cache.
"""
import ctypes
import os

import llvmlite.binding as llvm

from .errors import IradError

SYMBOL = "irad.tape.limit"
LARGEST = 2**55                                         # bytes; derived code reckons with numbers that do not wrap below it
UNKNOWN = 2**33                                         # bytes; where the operating system does not tell its memory


def _half_of_memory():
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return UNKNOWN


_limit = ctypes.c_int64(_half_of_memory())
llvm.add_symbol(SYMBOL, ctypes.addressof(_limit))


def tape_limit():
    """The limit in bytes."""
    return _limit.value


def set_tape_limit(limit=None):
    """The tape of one call of a derivative may take `limit` bytes; without an argument half of the machine's memory, as at the start.
    Returns the limit that held before.

    A derivative that needs more raises TapeLimitError before it takes them. The limit holds for the whole process, for all threads, from
    Python and inside njit code, for code from a cache too; nothing is compiled anew. A process that is spawned starts with the default.
    Raises IradError for what is not a whole number, or below 0.

    >>> import irad
    >>> before = irad.set_tape_limit(2 * 10**9)
    >>> irad.set_tape_limit(before)
    2000000000
    """
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise IradError(f"set_tape_limit: the limit is a number of bytes, a whole number, not {limit!r}.")
    before, _limit.value = _limit.value, min(limit, LARGEST) if limit is not None else _half_of_memory()
    return before
