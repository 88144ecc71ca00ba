"""What it costs to recompute a value, to save it, and how often. Cycles of a scalar operation, as throughput, stand in the rule table;
the weights of memory are estimates: store and later load of eight bytes, by where a tape usually lies."""
from ..analysis.values import int_value, size_of

# Per eight bytes, by the bytes that one column is thought to take: it stays in the first cache, in the second, or is fetched, in fresh
# pages.
MOVES = ((32 << 10, 2.5), (256 << 10, 3.5), (16 << 20, 6.5), (float("inf"), 9.0))
GROWING = 6.5                                           # at least, where the length is not known: room is checked in each iteration
BYTE = 0.5                                              # a one-byte column
LOAD = 1.0
RELOAD = 1.2                                            # a little more than a load, so that equal choices prefer what needs no address
CHEAP = 0.3
FEW_COPIES = 8                                          # of one value in the code of the reverse; beyond, each costs as if it ran
OUTER_TRIPS, INNER_TRIPS = 1000.0, 100.0


def frequency(flow, counters, v):
    """How often a value's block runs, by constant trips where they are known."""
    loop, out = flow.loop(v), 1.0
    while loop is not None:
        n = int_value(counters[loop].n) if counters[loop].n is not None else None
        out *= n + 1 if n is not None else OUTER_TRIPS if loop.parent is None else INNER_TRIPS
        loop = loop.parent
    return out


def saving(v, runs, grows=False):
    """Store in the forward sweep and load in the reverse, once. `runs`: how often in a call; `grows`: a column of unknown length."""
    size = size_of(v.type)
    move = next(m for limit, m in MOVES if size * runs <= limit)
    return BYTE if size == 1 else max(move, GROWING if grows else 0.0) * size / 8
