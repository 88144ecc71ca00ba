"""Programs that see memory as elements of another size, at places that are whole floats."""
import numpy as np
from numba import njit
from numpy.lib.stride_tricks import as_strided

from tests.support.program import program


def _numbers(rng):
    return (rng.uniform(0.5, 1.5, 8), 2)


@program(args=_numbers, twin=lambda x, k: x[k] * x[0] * x[k + 1] * x[k])
def slice_of_bytes(x, k):
    y = x.view(np.uint8)[8 * k:8 * k + 16].view(np.float64)
    s = y[0] * x[0]
    return s * y[1] * y[0]


@program(args=_numbers, twin=lambda x, k: sum(a * b * b for a, b in zip(x, x[::-1], strict=True)))
def arrays_in_one_block_of_bytes(x, k):
    n = len(x)
    block = np.empty(24 * n, np.uint8)
    a, b = block[:8 * n].view(np.float64), np.frombuffer(block[8 * n:16 * n], np.float64)
    for i in range(n):
        a[i] = x[i]
        b[n - 1 - i] = x[i] * x[i]
    s = 0.0
    for i in range(n):
        s += a[i] * b[i]
    return s


@program(args=_numbers, twin=lambda x, k: x[3] * x[0])
def bytes_cleared_whole(x, k):
    y = x * x
    y.view(np.uint8)[:] = 0
    return y[1] * x[2] + x[3] * x[0]


@program(args=_numbers, twin=lambda x, k: x[2] * x[3] * x[1])
def windows_by_itemsize(x, k):
    y = as_strided(x, (3, 2), (x.itemsize, x.strides[0]))
    return y[1, 1] * y[2, 1] * x[1]


@njit
def _products(z, n):
    if n > 0:
        z[n] = z[n] * z[n - 1]
        _products(z, n - 1)


def _products_of_pairs(x, k):
    re, im = list(x[::2]), list(x[1::2])
    for n in range(3, 0, -1):
        re[n], im[n] = re[n] * re[n - 1] - im[n] * im[n - 1], re[n] * im[n - 1] + im[n] * re[n - 1]
    return re[3] * im[1]


@program(args=_numbers, twin=_products_of_pairs)
def pairs_in_recursion(x, k):
    y = x * 1.0
    _products(y.view(np.complex128), 3)
    return y[6] * y[3]
