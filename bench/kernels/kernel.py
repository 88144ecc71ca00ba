"""What a benchmark is made of: a primal, its gradient written by hand, irad's gradient, and a problem to run them on.

All three return the value. They take `primal(*args)`, `handwritten(*args, *shadows, *workspace)` and `gradient()(*args, *shadows)`.
Gradients are added into the shadows, except for batches of small problems, where each problem's gradient is stored in its row.
`inputs`: how many arguments, arrays of floats at the front, are differentiated.
`small`: a problem of few numbers, on which the tests hold the hand-written gradient against dual numbers.
`derive`: what makes irad's gradient where it is not that of the primal as a whole.
`jax`: what makes the primal as a function of JAX arrays, written as its users write it; JAX is imported when it is called.
"""
from collections.abc import Callable
from dataclasses import dataclass

from bench import whole


@dataclass(frozen=True)
class Problem:
    args: tuple
    shadows: tuple
    workspace: tuple = ()


@dataclass(frozen=True)
class Kernel:
    name: str
    primal: Callable
    handwritten: Callable
    problem: Callable[[], Problem]
    inputs: int
    small: Callable[[], Problem] | None = None
    jax: Callable[[], Callable] | None = None
    derive: Callable[[], Callable] | None = None

    def gradient(self):
        """irad's, an njit function."""
        return self.derive() if self.derive else whole.gradient(self, self.primal)
