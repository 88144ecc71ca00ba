"""A million small gradients (embedded atom, n = 10) inside one njit function, and in a prange loop on all threads. Wall-clock time."""
import time

import numpy as np
from numba import get_num_threads, njit, prange

from bench.kernels.embedded_atom import energy
from bench.kernels.embedded_atom import handwritten as by_hand
from bench.table import duration, first_line

ROWS, PASSES, WIDTH = 1000, 1000, 10


@njit
def primal(x, dx, scratch):
    return energy(x)


def loops(gradient):
    """One loop in one thread, one in all: each pass over the rows is one chunk, with scratch space and shadows of its own."""

    @njit
    def one_pass(X, DX, scratch):
        s = 0.0
        for k in range(X.shape[0]):
            s += gradient(X[k], DX[k], scratch)
        return s

    @njit
    def serial(X, passes):
        DX, scratch = np.zeros_like(X), np.empty(X.shape[1])
        s = 0.0
        for _ in range(passes):
            s += one_pass(X, DX, scratch)
        return s

    @njit(parallel=True)
    def parallel(X, passes):
        s = 0.0
        for _ in prange(passes):
            s += one_pass(X, np.zeros_like(X), np.empty(X.shape[1]))
        return s

    return serial, parallel


def derive():
    from irad import Duplicated, ReverseWithPrimal, autodiff

    @njit
    def gradient(x, dx, scratch):
        return autodiff(ReverseWithPrimal, energy, Duplicated(x, dx))[1]

    return gradient


def per_gradient(loop, X):
    loop(X, 2)
    samples = []
    for _ in range(5):
        start = time.perf_counter_ns()
        loop(X, PASSES)
        samples.append((time.perf_counter_ns() - start) / (ROWS * PASSES))
    return float(np.median(samples))


def print_million():
    print(f"\nA million gradients, embedded atom, n = {WIDTH}: time of each in one loop, and in prange on {get_num_threads()} threads")
    X = np.random.default_rng(8).random((ROWS, WIDTH))
    print_loops("primal", primal, X)
    print_loops("by hand", by_hand, X)
    try:
        print_loops("irad", derive(), X)
    except Exception as error:
        print(f"    no figure for irad: {first_line(error)}")


def print_loops(title, gradient, X):
    serial, parallel = loops(gradient)
    print(f"    {title:<12}{duration(per_gradient(serial, X)):>10}{duration(per_gradient(parallel, X)):>10}", flush=True)
