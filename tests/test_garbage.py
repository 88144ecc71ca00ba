"""The search for cyclic garbage is off within blocks and while a derivation runs, and as it was afterwards."""
import gc
import os
import threading

import pytest
from numba import njit, typeof

from irad import Active, IradError, Reverse, pipeline
from irad.garbage import uncollected
from irad.request import Request


@pytest.fixture(params=[True, False], ids=["on", "off"])
def before(request):
    """The caller's own choice."""
    was = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if was else gc.disable)()


def test_blocks_may_nest_and_fail(before):
    with pytest.raises(KeyError), uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled() is before


def test_the_last_thread_turns_it_back(before):
    entered, leave = threading.Event(), threading.Event()

    def other():
        with uncollected():
            entered.set()
            leave.wait(10)
    with uncollected():
        thread = threading.Thread(target=other)
        thread.start()
        assert entered.wait(10)
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled() is before


def test_a_forked_process_has_no_thread_to_wait_for(before):
    with uncollected():
        child = os.fork()
        if child == 0:
            within = gc.isenabled()
            with uncollected():
                off = not gc.isenabled()
            os._exit(0 if within is before and off and gc.isenabled() is before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert gc.isenabled() is before


def test_a_derivation_is_such_a_block(before, monkeypatch):
    seen = []

    @njit
    def square(x):
        return x * x

    def looks(*_):
        seen.append(gc.isenabled())
        raise ValueError
    monkeypatch.setattr("irad.pipeline.read", looks)
    with pytest.raises(IradError, match="internal error in stage read"):
        pipeline.derive(Request(square, Reverse, (Active,), (typeof(3.0),)))
    assert seen == [False] and gc.isenabled() is before
