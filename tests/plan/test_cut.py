"""The minimum cut is the cheapest of all choices, on random small graphs."""
import itertools
import random

import pytest

from irad.plan.cut import INFINITE, minimum_cut


def random_problem(rng):
    """Values in order; each may be recomputed from earlier ones, or saved, or neither is free of charge."""
    n = rng.randint(1, 8)
    operands = {v: rng.sample(range(v), min(v, rng.randint(0, 3))) for v in range(n)}
    recompute = {v: INFINITE if rng.random() < 0.2 else float(rng.randint(0, 9)) for v in range(n)}
    save = {v: INFINITE if rng.random() < 0.2 and recompute[v] < INFINITE else float(rng.randint(1, 9)) for v in range(n)}
    needed = set(rng.sample(range(n), rng.randint(1, n)))
    return n, operands, recompute, save, needed


def cost(saved, n, operands, recompute, save, needed):
    """What it costs to have all that is needed if exactly these are saved."""
    total, todo, seen = sum(save[v] for v in saved), list(needed), set()
    while todo:
        v = todo.pop()
        if v in seen or v in saved:
            continue
        seen.add(v)
        total += recompute[v]
        todo += operands[v]
    return total


@pytest.mark.parametrize("seed", range(3))
def test_cheapest_of_all_choices(seed):
    for k in range(100):
        n, *problem = random_problem(random.Random(1000 * seed + k))
        operands, recompute, save, needed = problem
        best = min(cost(set(c), n, *problem) for r in range(n + 1) for c in itertools.combinations(range(n), r))
        if best == INFINITE:
            continue
        found = minimum_cut(list(range(n)), needed, recompute.get, save.get, operands.get)
        assert found == sorted(found)
        assert cost(set(found), n, *problem) == best, (1000 * seed + k, found)


def test_a_value_that_can_be_had_in_no_way():
    with pytest.raises(ValueError, match="neither saved nor recomputed"):
        minimum_cut([0], {0}, lambda v: INFINITE, lambda v: INFINITE, lambda v: [])


def test_saves_the_exponential_not_its_argument():
    """Embedded atom: what is needed is e = exp(c), c is two operations on an intact load."""
    costs = {"x": (1.0, 3.0), "c": (1.0, 3.0), "e": (18.0, 3.0)}
    operands = {"x": [], "c": ["x"], "e": ["c"]}
    assert minimum_cut(list(costs), {"e"}, lambda v: costs[v][0], lambda v: costs[v][1], operands.get) == ["e"]
