"""Python's search for cyclic garbage, put off while a derivation runs.

    with uncollected():
        ...

A derivation makes objects by the hundred thousand and keeps them to its end, so a search finds nothing. Yet Python starts one whenever the
process has grown by a quarter, through all that Numba keeps alive too: a tenth of the time of a derivation, at worst half of irad's own
stages. What Numba throws away while it lowers waits for as long; it is some per cent of the process.

The switch is the process's. Blocks may nest and meet in several threads, the last one turns it back; a process that is forked in between
turns it back at once, for the threads that would have done so are not in it.
"""
import gc
import os
import threading
from contextlib import contextmanager

_lock = threading.Lock()
_open = 0                       # blocks that run now
_enabled = False                # what the switch was before the first of them


@contextmanager
def uncollected():
    """No search inside this block. One that the caller has turned off stays off."""
    global _open, _enabled
    with _lock:
        if _open == 0:
            _enabled = gc.isenabled()
            gc.disable()
        _open += 1
    try:
        yield
    finally:
        with _lock:
            _open = max(_open - 1, 0)   # a fork inside the block has counted it already
            if _open == 0 and _enabled:
                gc.enable()


def _forked():
    global _lock, _open
    if _open and _enabled:
        gc.enable()
    _lock, _open = threading.Lock(), 0


os.register_at_fork(after_in_child=_forked)
