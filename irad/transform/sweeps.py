"""Both sweeps of a derivation in one function: what a core and the parts of an inner call have in common.

    s = Sweeps(d, function, arguments)      forward sweep copied, tape and ownership in place, reverse sweep ready to be emitted
    s.close(finish, give_up)                `finish(rb)` ends the reverse sweep, `give_up(b)` gives the status where memory cannot be had
"""
from .again import Again
from .copy import Copies
from .forward import Forward
from .frame import Frame
from .inner_calls import InnerCalls
from .onstack import room
from .ownership import Ownership
from .reverse import Reverse
from .snapshots import Snapshots
from .tape import Tape
from .verify import observer


class Sweeps:
    def __init__(self, d, function, arguments):
        self.d, self.frame = d, Frame(function, room(d))
        self.forward = forward = Forward(d, self.frame, arguments)
        copies = Copies(d.flow, forward, {loop: Again(d, self.frame, found) for loop, found in d.plan.rerun.items()})
        d.observer = observer(d, self.frame)
        if d.observer is not None:
            d.observer.watch_trips(forward)
            d.observer.watch_values(forward)
        d.tape = self.tape = Tape(d, d.plan, d.affine, self.frame, copies, d.observer)
        self.ownership = Ownership(self.frame, copies, d.flow)
        self.ownership.births(d.objects, d.shadows)
        calls = InnerCalls(d, self.frame, forward, self.ownership)
        calls.emit_forward()
        forward.clear_stack(d.shadows.stack.values())
        self.tape.emit_forward()
        self.snapshots = Snapshots(d, self.frame, forward, self.tape, self.ownership)
        self.reverse = Reverse(d, self.frame, copies, self.tape, calls, self.snapshots)
        self.reverse.values.emit_kept()
        self.ownership.adopt(self.tape.owned)

    def release(self, b):
        """All that is owned in the middle of the reverse sweep."""
        self.ownership.release(b)
        self.reverse.release_lazy(b)

    def close(self, finish, give_up):
        self.reverse.emit(finish)
        self.forward.finish(self.ownership.release, self.reverse.first)
        self.frame.begin(self.forward.block(self.d.flow.entry))
        self.frame.failures.emit(give_up)
