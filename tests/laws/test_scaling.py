"""Functions that grow: the size of the gradient is proportional to that of the function, and nothing runs out of numbers or of stack.

Times are in `python -m bench.scaling`; here instructions are counted.
"""
import math

import numpy as np
import pytest

from bench.grown import FAMILIES
from irad import Duplicated, Reverse, autodiff

BY_NAME = {family.name: family for family in FAMILIES}


# ------------------------------------------------------------------ more ways into a block than a byte can number
@pytest.fixture(scope="module")
def many_arms():
    return BY_NAME["if ... elif"].make(256)


@pytest.mark.parametrize("arm", [0, 1, 128, 255, None])
def test_more_ways_than_a_byte_can_number(many_arms, arm):
    """257 ways into the block behind the arms: the code of the last one once was that of the first."""
    n, x, dx = 256, np.linspace(0.7, 1.3, 9), np.zeros(9)
    x[0] = 0.25 if arm is None else n - arm + 1.0
    autodiff(Reverse, many_arms, Duplicated(x, dx))
    expected, k = np.zeros(9), arm
    if arm is None:
        expected[0], expected[1] = x[1], x[0]
    else:
        u = x[0] * x[k % 9] + k + 0.25
        expected[0] += math.sin(u) + x[0] * math.cos(u) * x[k % 9]
        expected[k % 9] += x[0] * math.cos(u) * x[0]
    np.testing.assert_allclose(dx, expected, rtol=1e-9)
