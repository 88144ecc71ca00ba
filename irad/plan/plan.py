"""Where every value that the reverse sweep needs comes from.

`where(v)` is what the emitters ask:

    SELF        the forward value itself: it dominates the turn, or is an argument or constant
    KEPT        a function-scope value of a conditional block: stored in an entry slot where it is defined
    COLUMN      saved on the tape, one element per iteration of the loop it is defined in
    COUNTER, INDUCTION, ROTATION    header phis that run backwards
    RELOAD      in memory that stays intact, where the primal itself stored it
    BEFORE      a header phi in such memory, one step back
    LAZY        the base of a shadow that exists in the reverse only
    RECOMPUTE   computed again from its operands

Three policies of one interface: "cut" (the minimum cut), "save" (save what may be saved), "recompute" (save only what must be).
They give the same gradient.
"""
from enum import Enum, auto

from ..analysis.exact import is_inexact, made_whole
from ..analysis.values import BYTES, callee, is_inst, is_pointer
from ..errors import Refusal
from ..rules import registry
from . import costs
from .cut import INFINITE, minimum_cut
from .homes import Sweep, places

POLICIES = ("cut", "save", "recompute")


class Where(Enum):
    SELF = auto()
    KEPT = auto()
    COLUMN = auto()
    COUNTER = auto()
    INDUCTION = auto()
    ROTATION = auto()
    RELOAD = auto()
    BEFORE = auto()
    LAZY = auto()
    RECOMPUTE = auto()


PURE = frozenset("""add sub mul shl lshr ashr and or xor sdiv udiv srem urem icmp fcmp select zext sext trunc getelementptr
    sitofp uitofp fptosi fptoui extractvalue insertvalue fadd fsub fmul
    fdiv frem fneg ptrtoint inttoptr freeze bitcast fpext fptrunc""".split())


class Plan:
    """`saved`: columns, in order of definition. `kept`: entry slots. `used`: all values the reverse will ask for, directly or not.
    `homes`: {value: the one place that computes it for all that ask (homes.py)}, where that is not where it is asked for."""

    def __init__(self, primal, needs, exact, policy="cut", fused=(), rerun=None):
        """`exact`: those of the needs that steer control, and so must be recomputed bit for bit or saved. `fused`: loops whose reverse is
        fused. `rerun`: {loop whose iterations run again in the reverse: its Slice (rerun.py)}."""
        if policy not in POLICIES:
            raise ValueError(f"unknown plan {policy!r}; one of {', '.join(POLICIES)}")
        self.primal, self.policy, self.fused, self.rerun = primal, policy, fused, rerun or {}
        self.needs = _with_slices(needs, self.rerun)
        self._options, self._saved, self._inexact = {}, frozenset(), frozenset()
        self._inexact = self._tainted(exact) | {v for s in self.rerun.values() for v in s.saved}
        self._options = {}
        self.reached = reached = self._reach(self.needs)
        if (value := self._impossible(self.needs)) is not None:
            raise Refusal("a value that the reverse sweep can neither save nor recompute", value)
        self._sweep = Sweep(primal.flow, primal.control, self.rerun)
        self._copies, _ = self._places(self._operands)
        self._saved = self._choose([v for v in reached if not self._is_free(v)])
        self.used = self._close()
        self.saved = [v for v in self._in_order(self.used) if v in self._saved]
        self.kept = [v for v in self._in_order(self.used) if self._is_free(v) and not self._dominates_its_turn(v)]
        self._kept = set(self.kept)
        _, self.homes = self._places(self._asks)

    def where(self, v):
        if not is_inst(v):
            return Where.SELF
        if v in self._saved:
            return Where.COLUMN
        if v in self.primal.shadows.virtual and callee(v):
            return Where.LAZY
        if self._is_free(v):
            return Where.KEPT if v in self._kept else Where.SELF
        return self._how(v)

    def columns(self, loop):
        """The values saved once per iteration of a loop."""
        return [v for v in self.saved if self.primal.flow.loop(v) is loop]

    def rotates(self, loop):
        """Does the reverse run this loop's rotation backwards?"""
        return any(p in self.used and p not in self._saved and self._how(p) is Where.ROTATION for p in self.primal.counters[loop].rotation)

    def turns(self, loop):
        """Is each iteration of the loop reversed right after it ran?"""
        return loop in self.fused or loop in self.rerun

    # -- options
    def _is_free(self, v):
        """A value of the function, or of an iteration that is reversed right after it ran: SSA itself, or an entry slot. Virtual and moving
        values are computed in the reverse."""
        if not is_inst(v):
            return True
        loop = self.primal.flow.loop(v)
        if loop in self.rerun:
            return v in self.rerun[loop].again
        return (loop is None or loop in self.fused) and v not in self.primal.shadows.virtual and v not in self.primal.shadows.moving

    def _dominates_its_turn(self, v):
        """Is the value defined wherever the reverse of its context begins: the function's turn, or where an iteration ends?"""
        flow = self.primal.flow
        loop = flow.loop(v)
        turns = (flow.turn,) if loop is None else self.rerun[loop].turns if loop in self.rerun else (loop.latch,)
        return all(flow.graph.dominates(flow.block_of[v], turn) for turn in turns)

    def _how(self, v):
        """How a value that is not saved is got, in the reverse of its own scope; None if it cannot be."""
        flow, intact = self.primal.flow, self.primal.intact
        if v in self.primal.shadows.virtual and callee(v):
            return Where.LAZY
        if v in self.primal.shadows.moving:
            return Where.RECOMPUTE
        if v.opname == "phi":
            if not flow.is_header_phi(v):
                return None
            c = self.primal.counters[flow.loop(v)]
            if v is c.k:
                return Where.COUNTER
            if v in c.ivs:
                return Where.INDUCTION
            if v in intact.stored_before:
                return Where.BEFORE
            return Where.ROTATION if v in c.rotation else None
        if v in intact.stored:
            return Where.RELOAD
        if v.opname == "load":
            return None if v in intact.clobbered or is_pointer(v) else Where.RECOMPUTE
        if v.opname in PURE or (v.opname == "call" and registry.is_pure_call(callee(v))):
            return Where.RECOMPUTE
        return None

    def _option(self, v):
        """(cost, operands) of getting v without saving it, or None."""
        if v not in self._options:
            self._options[v] = self._price(v)
        return self._options[v]

    def _price(self, v):
        flow, intact = self.primal.flow, self.primal.intact
        if v in self._inexact:
            return None
        match self._how(v):
            case None:
                return None
            case Where.COUNTER:
                return 0.0, []
            case Where.INDUCTION:
                c = self.primal.counters[flow.loop(v)]
                return costs.CHEAP, [c.ivs[v].start, c.k]
            case Where.ROTATION:
                c = self.primal.counters[flow.loop(v)]
                return costs.CHEAP, [c.final[p, b] for p in c.rotation for b in c.loop.exit_blocks]
            case Where.BEFORE:
                return costs.RELOAD, [intact.stored_before[v][0]]
            case Where.RELOAD:
                return costs.RELOAD, [intact.stored[v]]
            case Where.LAZY:
                return costs.LOAD, [v.operands[1]]
        return self.primal.cycles_of(v), list(registry.values_of(v))

    def runs_backwards(self, v):
        """Does the reversed loop keep the value up to date by itself?"""
        return self._how(v) in (Where.COUNTER, Where.INDUCTION, Where.ROTATION)

    def may_be_saved(self, v):
        return not self._must_not_be_saved(v)

    def _must_not_be_saved(self, v):
        if v in self.primal.shadows.virtual or v in self.primal.shadows.moving or str(v.type) not in BYTES:
            return True
        return self.runs_backwards(v) and v not in self._inexact

    def _tainted(self, exact):
        """What steers control or makes whole numbers of floats, which may be places in memory, and might come out otherwise the second
        time, for its floats might round differently."""
        memo = {}
        whole = [v for i in self._reach(self.needs) if not self._is_free(i) for v in made_whole(i)]
        return {v for v in (*exact, *whole) if is_inst(v) and self._may_differ(v, memo)}

    def _may_differ(self, v, memo):
        if not is_inst(v) or v.opname in ("phi", "load") or self._is_free(v):
            return False
        if v not in memo:
            memo[v] = False
            memo[v] = is_inexact(v) or any(self._may_differ(o, memo) for o in registry.values_of(v))
        return memo[v]

    # -- where values are computed again
    def _places(self, operands):
        return places(self._sweep, self.needs, operands, self._may_move)

    def _may_move(self, v):
        """A shadow that exists in the reverse only is made at its first use, and must not be made earlier."""
        again = self._how(v) in (Where.RECOMPUTE, Where.RELOAD, Where.BEFORE)
        return again and not self._is_free(v) and v not in self._saved and v not in self.primal.shadows.virtual

    def _operands(self, v):
        """What computing v again asks for."""
        option = None if self._is_free(v) else self._option(v)
        return option[1] if option else []

    def _asks(self, v):
        """What v asks for under the choice made."""
        return [] if v in self._saved else self._operands(v)

    # -- the choice
    def _reach(self, needs):
        """Values that may be asked for, through operands of what may be recomputed; stops where saving is the only way."""
        seen, todo = {}, list(needs)
        while todo:
            v = todo.pop()
            if v in seen or not is_inst(v):
                continue
            seen[v] = v
            if self._is_free(v):
                continue
            option = self._option(v)
            if option is not None:
                todo += [o for o in option[1] if is_inst(o)]
        return self._in_order(seen)

    def possible(self, values):
        """Can all these be saved or recomputed?"""
        return self._impossible(values) is None

    def _impossible(self, values):
        """The first of these that can be neither saved nor recomputed."""
        possible, changed = set(), True
        reached = self._reach(values)
        while changed:
            changed = False
            for v in reached:
                if v in possible:
                    continue
                option = self._option(v)
                if (self._is_free(v) or not self._must_not_be_saved(v)
                        or (option is not None and all(not is_inst(o) or o in possible for o in option[1]))):
                    possible.add(v)
                    changed = True
        return next((v for v in values if is_inst(v) and v not in possible), None)

    def _in_order(self, values):
        flow = self.primal.flow
        position = {}
        for b in flow.order:
            for k, i in enumerate(b.instructions):
                position[i] = (flow.graph.position[b], k)
        last = (len(flow.order), 0)
        return sorted(values, key=lambda v: (position.get(v, last), getattr(v, "name", "")))

    def _choose(self, values):
        if self.policy == "cut":
            return set(self._cut(values))
        out = set()
        for v in values:
            if self._must_not_be_saved(v):
                continue
            if self.policy == "save" or self._option(v) is None:
                out.add(v)
        return out

    def _cut(self, values):
        flow, counters = self.primal.flow, self.primal.counters

        def recompute(v):
            option = self._option(v)
            if option is None:
                return INFINITE
            return option[0] * costs.frequency(flow, counters, v) * max(1.0, self._copies.get(v, 1) / costs.FEW_COPIES)

        def save(v):
            if self._must_not_be_saved(v):
                return INFINITE
            runs = costs.frequency(flow, counters, v)
            return costs.saving(v, runs, counters[flow.loop(v)].n is None) * runs

        def operands(v):
            option = self._option(v)
            return [o for o in option[1] if is_inst(o) and not self._is_free(o)] if option else []
        return minimum_cut(values, self.needs, recompute, save, operands)

    def _close(self):
        """All values that will be asked for under the choice made."""
        used, todo = {}, list(self.needs)
        while todo:
            v = todo.pop()
            if v in used or not is_inst(v):
                continue
            used[v] = v
            todo += self._asks(v)
        return used


def _with_slices(needs, rerun):
    """The needs, and what iterations that run again take from before them."""
    out = {v: dict(blocks) for v, blocks in needs.items()}
    for found in rerun.values():
        for v in (*found.entry, *found.outside):
            out.setdefault(v, {})[found.loop.latch] = None
    return out
