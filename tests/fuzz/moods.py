"""How often each kind of statement is drawn. Every program has one mood, so that some are all loops, some all memory, some all exits."""

BASE = {
    "assign": 6, "store": 6, "for": 4, "while": 2, "if": 3, "break": 1, "continue": 1, "return": 0.5, "raise": 0.2,
    "new": 1, "view": 0.7, "whole": 1, "part": 0.7, "swap": 0.5, "fill": 0.5,
}  # fmt: skip

# mood: (number of statements, deepest nest of loops, what differs from BASE)
MOODS = {
    "tiny": (3, 2, {}),
    "scalar": (12, 1, {"assign": 12, "store": 2, "new": 0, "view": 0, "whole": 0, "part": 0, "swap": 0, "fill": 0}),
    "loops": (11, 3, {"for": 12, "while": 3, "whole": 0.3}),
    "memory": (14, 2, {"store": 14, "view": 2, "part": 3, "swap": 2, "fill": 1}),
    "branches": (13, 2, {"if": 10, "for": 3}),
    "exits": (12, 3, {"for": 6, "while": 4, "break": 5, "continue": 4, "return": 3, "raise": 1}),
    "arrays": (11, 2, {"whole": 8, "new": 4, "part": 2, "view": 2, "swap": 1}),
}
