"""Reversal of control flow on random structured graphs: the reverse visits what the forward visited, exactly backwards."""
import os
import random
import time

import pytest

from irad.analysis.graph import Graph
from irad.errors import Refusal
from irad.plan.control import Choose, Control, Jump
from tests.plan.structured import graph_of, random_graph
from tests.plan.walk import BLOCK, Walk, is_reducible, reversed_edges

GRAPHS, WALKS, SECONDS = 1000, 3, 15.0
SEED = int(os.environ.get("IRAD_SEED", "20240607"))


def check(entry, turn, rng, density, limit=300, walks=WALKS):
    """`density`: how many blocks have work of their own, and how many active phis."""
    graph = Graph(entry, lambda b: b.to)
    works = {b for b in graph.order if rng.random() < density}
    merges = {b for b in graph.order if len(graph.predecessors[b]) > 1 and rng.random() < density}
    return check_walks(graph, turn, rng, works, merges, limit, walks, every=density == 1)


def check_walks(graph, turn, rng, works, merges, limit, walks=WALKS, every=False):
    """Each walk is reversed exactly; `every`: all blocks have work."""
    control = Control(graph, turn, works.__contains__, merges.__contains__)
    edges = reversed_edges(graph, control)
    assert is_reducible(edges, (BLOCK, turn))
    for _ in range(walks):
        walk = Walk(graph, control, turn)
        forwards = walk.forwards(rng, limit)
        backwards = walk.backwards(10 * len(forwards) + 10)
        assert [b for b, _ in backwards if b in works or b in merges] == [b for b, _ in reversed(forwards) if b in works or b in merges]
        assert [e for e in backwards if e[0] in merges] == [e for e in reversed(forwards) if e[0] in merges]
        if every:
            assert backwards == forwards[::-1]
        assert not any(walk.k.values()), "counters are used up"
        assert not any(walk.count[l] for l in walk.columns), "the tape is used up"
    return control


def test_a_thousand_graphs():
    print(f"seed {SEED}: IRAD_SEED repeats it")
    stop, done, loops, choices, bypasses = time.monotonic() + SECONDS, 0, 0, 0, 0
    while done < GRAPHS and time.monotonic() < stop:
        rng = random.Random(SEED + done)
        found = random_graph(rng, rng.randint(3, 16))
        done += 1
        if found is None:
            continue
        _, turn, nodes = found
        for density in (1, 0.5, 0.1):
            try:
                control = check(nodes[0], turn, rng, density)
            except AssertionError:
                print(f"graph {done - 1}, density {density}: {[(n, n.to) for n in nodes]}")
                raise
            loops += len(control.loops)
            choices += sum(isinstance(x, Choose) for x in control.leave.values())
            bypasses += sum(isinstance(x, Jump) and not x.edge for x in control.leave.values())
    assert done == GRAPHS
    assert min(loops, choices, bypasses) > 500


HANDWRITTEN = {
    "straight": {"a": "b", "b": "turn", "turn": ""},
    "two exits to one block (33)": {"a": "h", "h": "x m", "m": "x l", "l": "h", "x": "turn", "turn": ""},
    "two exits to two blocks": {"a": "h", "h": "x m", "m": "y l", "l": "h", "x": "turn", "y": "turn", "turn": ""},
    "an edge twice (43)": {"a": "b b", "b": "c c c", "c": "turn", "turn": ""},
    "switch with two cases to the merge (43)": {"a": "m m b", "b": "m", "m": "turn", "turn": ""},
    "return out of two loops": {"a": "h", "h": "p", "p": "i", "i": "out j", "j": "i k", "k": "l", "l": "h e", "out": "turn",
                              "e": "turn", "turn": ""},
    "one block is its own loop": {"a": "h", "h": "h x", "x": "turn", "turn": ""},
    "inner loop without work of its own": {"a": "h", "h": "p", "p": "i", "i": "i x", "x": "l", "l": "h e", "e": "turn", "turn": ""},
    "two breaks that meet behind the loop": {"a": "h", "h": "x m", "m": "y l", "l": "h", "x": "z", "y": "z", "z": "turn", "turn": ""},
}


@pytest.mark.parametrize("name", HANDWRITTEN)
@pytest.mark.parametrize("density", [1, 0.5, 0.2])
def test_handwritten(name, density):
    entry, turn, _ = graph_of(HANDWRITTEN[name])
    rng = random.Random(1)
    for _ in range(20):
        check(entry, turn, rng, density, limit=40)


def test_a_block_that_nothing_reaches_is_not_in_the_graph():
    """Trap 45."""
    entry, turn, nodes = graph_of({"a": "turn", "lost": "turn", "turn": ""})
    graph = Graph(entry, lambda b: b.to)
    assert nodes[1] not in graph.position and graph.predecessors[turn] == [entry]


@pytest.mark.parametrize("edges, what", [
    ({"a": "b c", "b": "c turn", "c": "b turn", "turn": ""}, "irreducible"),
    ({"a": "h", "h": "x y", "x": "h", "y": "h turn", "turn": ""}, "several back edges"),
    ({"a": "b c", "b": "h", "c": "h", "h": "h turn", "turn": ""}, "without a preheader"),
])
def test_other_forms_are_refused_by_name(edges, what):
    """Trap 40, and what preparation always brings into form."""
    entry, _, _ = graph_of(edges)
    with pytest.raises(Refusal, match=what):
        Graph(entry, lambda b: b.to)


@pytest.mark.parametrize("edges, works, merges", [
    ({"a": "h", "h": "i m", "i": "e m", "m": "f n", "n": "f l", "l": "h", "e": "turn", "f": "turn", "turn": ""}, "", "f"),
    ({"a": "H", "H": "P", "P": "L", "L": "J", "J": "K", "K": "x n", "n": "y r", "r": "K", "x": "z", "y": "z", "z": "e w", "w": "f q",
      "q": "f v", "v": "L", "e": "T", "f": "T", "T": "H o", "o": "turn", "turn": ""}, "T", "f"),
])
def test_a_loop_without_work_is_left_by_two_ways(edges, works, merges):
    """One exit has active phis, the other none: the loop is not reversed for either, so its counts on the tape cannot fall out of step."""
    entry, turn, nodes = graph_of(edges)
    graph, named = Graph(entry, lambda b: b.to), {b.name: b for b in nodes}
    works, merges = ({named[n] for n in x.split()} for x in (works, merges))
    control = check_walks(graph, turn, random.Random(3), works, merges, 400, walks=50)
    assert not any(l.header.name in "hLK" for l in control.loops)


def test_no_work_no_selector():
    """A merge without work goes straight to its dominator; a loop without work to its preheader."""
    edges = {"a": "b c", "b": "d", "c": "d", "d": "p", "p": "h", "h": "h x", "x": "turn", "turn": ""}
    entry, turn, _ = graph_of(edges)
    graph = Graph(entry, lambda b: b.to)
    control = Control(graph, turn, lambda b: b is entry, lambda b: False)
    assert [b.name for b in control.reached] == ["turn", "x", "p", "d", "a"]
