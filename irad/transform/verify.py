"""Facts, executed: a derivation with `Options.verify` or `count_tape` tells at its end what it has seen. For tests only.

* What the plan gets otherwise than from the tape (reloaded, recomputed, by induction, rotation or counter) is saved as well, and compared
  bit by bit where the reverse materialises it. So a wrong "intact" is seen even where the gradient does not show it.
* The trip count that stands in front of a loop is compared with the counter at each exit.
* The bits of all values that are not varied are folded into one number, those that the path depends on into another: where active inputs
  move and the path stays, the first must stay too.
* Bytes stored to the tape are counted; of columns whose number of elements is known beforehand, stored and predicted bytes.

Just before it returns, the core calls `irad.observed`, which the test provides, with what `tell` lists. Without the options
nothing of this is in the text.
"""
from ..analysis.flow import I32, I64, VOID
from ..analysis.values import BYTES, is_float, is_inst
from ..ir.build import Builder, declare
from ..plan.plan import Where

SYMBOL = "irad.observed"
PRIME = 1099511628211                                   # of the hash FNV-1
WORDS = ("i1", "i8", "i16", "i32", "i64", "float", "double")
OTHERWISE = (Where.COUNTER, Where.INDUCTION, Where.ROTATION, Where.RELOAD, Where.BEFORE, Where.RECOMPUTE)


def observer(d, frame):
    """The observer of a derivation, or None."""
    return Observer(d, frame) if d.options.verify or d.options.count_tape else None


class Observer:
    """`witnessed`: {value: its number}, the values that are compared; `names`: what the numbers mean."""

    def __init__(self, d, frame):
        self.d, self.frame = d, frame
        self.checks, self.mismatches, self.last = (frame.counter(name) for name in ("checks", "mismatches", "last"))
        self.bytes, self.predicted, self.stored = (frame.counter(name) for name in ("bytes", "predicted", "stored"))
        self.inactive, self.path = (frame.counter(name) for name in ("inactive", "path"))
        self.names = []
        self.witnessed = {v: self._number(v.name) for v in d.plan.used if d.options.verify and self._is_witness(v)}

    def _number(self, name):
        self.names.append(name)
        return len(self.names) - 1

    def _is_witness(self, v):
        """A value in a loop that is got otherwise than from the tape, and that must come out the same to the bit."""
        d = self.d
        if not is_inst(v) or d.flow.loop(v) is None or v in d.shadows.virtual or v in d.shadows.moving or str(v.type) not in BYTES:
            return False
        where = d.plan.where(v)
        return where in OTHERWISE and not (where is Where.RECOMPUTE and is_float(v) and v.opname != "load")

    def columns(self, loop):
        """What the tape of a loop keeps for comparison."""
        return [v for v in self.witnessed if self.d.flow.loop(v) is loop]

    # -- forward
    def watch_trips(self, forward):
        """At each exit of a loop whose count is known in front of it."""
        flow = self.d.flow
        for loop in flow.loops if self.d.options.verify else ():
            c = self.d.counters[loop]
            for block in loop.exit_blocks if c.n is not None else ():
                new = forward.block(block)
                k = Builder(new, 0).phi(I64, [(forward.value(c.k), forward.block(p)) for p in flow.edges(block)])
                self._compare(Builder(new, len(new.instructions) - 1), self._number(f"n of {loop.header.name}"), forward.value(c.n), k)

    def watch_values(self, forward):
        """Fold what does not carry a derivative, execution by execution."""
        flow, addresses = self.d.flow, set()
        for i in flow.instructions() if self.d.options.verify else ():
            if i.opname == "ptrtoint" or any(o in addresses for o in i.operands if is_inst(o)):
                addresses.add(i)                        # differs from run to run
            elif str(i.type) in WORDS and i not in self.d.activity.varied and i.opname not in ("bitcast", "freeze"):
                slot = self.path if i.opname in ("fcmp", "fptosi", "fptoui") or str(i.type) == "i1" else self.inactive
                self._fold(forward.after(i), slot, forward.value(i))

    def _fold(self, b, slot, v):
        word = self._bits(b, v)
        word = word if word.type is I64 else b.cast("zext", word, I64)
        b.store(b.xor(b.mul(b.load(I64, slot), b.i64(PRIME)), word), slot)

    def _bits(self, b, v):
        return b.cast("bitcast", v, I64 if str(v.type) == "double" else I32) if is_float(v) else v

    def note_store(self, b, column):
        """Next to a store to the tape."""
        if column.value not in self.witnessed:
            self._add(b, self.bytes, b.i64(column.width))
            if column.is_exact:
                self._add(b, self.stored, b.i64(column.width))

    def note_prediction(self, b, column, bytes_):
        if column.value not in self.witnessed:
            self._add(b, self.predicted, bytes_)

    # -- reverse
    def compare(self, v, found, saved, b):
        """A value as the reverse got it, and as the forward sweep had it."""
        self._compare(b, self.witnessed[v], self._bits(b, found), self._bits(b, saved))

    def _compare(self, b, number, x, y):
        differs = b.icmp("ne", x, y)
        self._add(b, self.checks, b.i64(1))
        self._add(b, self.mismatches, b.cast("zext", differs, I64))
        b.store(b.select(differs, b.i64(number), b.load(I64, self.last)), self.last)

    def _add(self, b, slot, n):
        b.store(b.add(b.load(I64, slot), n), slot)

    def tell(self, b):
        """Just before the return."""
        seen = [self.checks, self.mismatches, self.last, self.bytes, self.predicted, self.stored, self.inactive, self.path]
        b.call(declare(self.frame.module, SYMBOL, VOID, [I64] * len(seen)), [b.load(I64, s) for s in seen])
