"""Long time loops: gradients by a tape of all steps, and checkpointed under a budget.

    show()      a row for each function: time per step, of the primal, with a tape and checkpointed, and the ratios

With a tape of all steps the functions take fewer steps, where memory would not suffice.
"""
import numpy as np
from numba import njit

import irad
from bench.timing import cpu_time
from irad import Active, Const, Reverse, autodiff, set_tape_limit

BUDGET = 256 << 20                                      # bytes
STEPS, RUNS = 10_000_000, 3
CHECKPOINTED = Reverse.with_options(tape_budget=BUDGET)


@njit
def pendulum(angle, speed, damping, steps):
    """A damped pendulum by the explicit midpoint rule."""
    h = 1e-5
    for _ in range(steps):
        a = angle + 0.5 * h * speed
        v = speed - 0.5 * h * (np.sin(angle) + damping * speed)
        angle, speed = angle + h * v, speed - h * (np.sin(a) + damping * v)
    return angle * speed


@njit
def lotka_volterra(a, b, c, d, x, y, steps):
    """Predators and prey by the midpoint rule."""
    h = 1e-6
    for _ in range(steps):
        p, q = x + 0.5 * h * (a * x - b * x * y), y + 0.5 * h * (d * x * y - c * y)
        x, y = x + h * (a * p - b * p * q), y + h * (d * p * q - c * q)
    return x * y


@njit
def reaction(u, steps):
    """Fisher's equation on a ring of cells, explicit Euler, in two buffers."""
    a, b = u.copy(), u.copy()
    n = u.size
    for _ in range(steps):
        for i in range(1, n - 1):
            b[i] = a[i] + 1e-3 * (a[i - 1] - 2.0 * a[i] + a[i + 1]) + 1e-4 * a[i] * (1.0 - a[i])
        b[0], b[n - 1] = b[n - 2], b[1]
        a, b = b, a
    return (a * a).sum()


CASES = (("pendulum", pendulum, (0.5, 0.1, 0.2), STEPS, STEPS),
         ("Lotka-Volterra", lotka_volterra, (1.5, 1.0, 3.0, 1.0, 1.0, 1.0), STEPS, STEPS),
         ("Fisher, 64 cells", reaction, (np.linspace(0.1, 0.9, 64),), STEPS // 10, STEPS // 100))


def show():
    before = set_tape_limit(BUDGET)
    print(f"\nlong loops: nanoseconds a step; checkpointed under {BUDGET >> 20} MB, best of {RUNS}")
    print(f"{'':18}{'steps':>11}{'primal':>9}{'tape':>9}{'of steps':>11}{'checkpointed':>14}{'/ tape':>8}{'/ primal':>10}")
    for name, f, state, steps, taped in CASES:
        active = [Active(x) for x in state]
        primal = _per_step(lambda n, f=f, state=state: f(*state, n), steps)
        set_tape_limit()
        tape = _per_step(lambda n, f=f, active=active: autodiff(Reverse, f, *active, Const(n)), taped)
        irad.free_workspace()
        set_tape_limit(BUDGET)
        kept = _per_step(lambda n, f=f, active=active: autodiff(CHECKPOINTED, f, *active, Const(n)), steps)
        print(f"{name:18}{steps:11,}{primal:9.1f}{tape:9.1f}{taped:11,}{kept:14.1f}{kept / tape:8.2f}{kept / primal:10.2f}")
    set_tape_limit(before)


def _per_step(run, steps):
    run(2)
    return min(cpu_time(lambda: run(steps)) for _ in range(RUNS)) / steps


if __name__ == "__main__":
    show()
