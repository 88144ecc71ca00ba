"""How often each kind of statement is drawn. Every program has one mood, so that some are all loops, some all memory, some all exits."""
from dataclasses import dataclass

BASE = {
    "assign": 6, "store": 6, "int": 0.5, "for": 4, "foreach": 0.5, "while": 1.5, "if": 3, "break": 1.5, "continue": 1.3, "return": 0.8,
    "raise": 0.1, "new": 1.2, "scratch": 0.5, "view": 0.7, "whole": 0.4, "part": 0.04, "flood": 0.2, "swap": 1.1, "choose": 0.9,
    "prefix": 0.4, "sweep": 0.2, "ring": 0.15, "lengths": 0.15, "rewritten": 0.35, "try": 0.2, "tuple": 0.4, "call": 1.2,
    "rebind": 0.6, "exchange": 0.3, "nest": 0.4, "product": 0.1, "total": 0.5, "flag": 0.3, "literal": 0.3, "list": 0.25, "complex": 0.25,
}  # fmt: skip
WITHOUT_ARRAYS = dict.fromkeys(
    "store foreach new scratch view whole part flood swap choose prefix sweep ring lengths rewritten tuple rebind exchange nest product"
    .split(), 0)


@dataclass(frozen=True)
class Mood:
    """`size`: of `size` to twice as many statements; `depth`: of nested loops; `functions`: at most so many."""

    size: int
    depth: int
    differs: dict
    features: frozenset = frozenset()
    functions: int = 0
    share: float = 1.0                                  # of this mood among the programs

    @property
    def weights(self):
        return BASE | self.differs


def features(text):
    return frozenset(text.split())


MOODS = {
    "tiny": Mood(2, 2, {}, share=0.5),
    "straight": Mood(14, 0, {"assign": 12, "if": 0.5, "store": 3, "sweep": 0, "prefix": 0}, share=0.5),
    "scalar": Mood(6, 1, WITHOUT_ARRAYS | {"assign": 12}, share=0.5),
    "loops": Mood(5, 3, {"for": 12, "while": 3, "foreach": 1, "int": 1.5, "whole": 0.1, "total": 2, "nest": 1}, share=1.5),
    "memory": Mood(
        5, 2, {"store": 10, "scratch": 2, "view": 2.5, "part": 0.08, "swap": 4, "choose": 2, "prefix": 2, "sweep": 2, "ring": 1,
               "lengths": 1, "rewritten": 4, "flood": 1, "rebind": 2, "exchange": 1, "nest": 2}, share=2),
    "affine": Mood(
        4, 3, {"store": 14, "for": 10, "nest": 2, "prefix": 3, "exchange": 2, "sweep": 1, "ring": 0.5, "lengths": 0.5, "while": 0.3,
               "if": 1}, share=1.5),
    "branches": Mood(6, 2, {"if": 10, "for": 3, "int": 1}),
    "exits": Mood(6, 3, {"for": 6, "while": 4, "break": 5, "continue": 4, "return": 3, "raise": 0.5}, share=1.5),
    "arrays": Mood(4, 1, {"whole": 5, "new": 3, "part": 0.15, "view": 2, "swap": 1}),
    "calls": Mood(4, 2, {"call": 8, "store": 3}, features("calls"), 2, share=1.5),
    "mixed": Mood(5, 2, {"sweep": 0.2, "store": 8}, features("single")),
    "structures": Mood(5, 2, {"tuple": 4, "call": 1, "list": 4, "literal": 1.5, "complex": 2.5}, features("structures"), 1),
    "errors": Mood(5, 2, {"raise": 4, "call": 1, "try": 2}, features("errors"), 1),
}
