"""The sum of 100,000 Black-Scholes call prices.

By hand: the derivatives in closed form, which share one density of the normal distribution. Blocks of 64 options go through small buffers,
one loop for each function that is called, so that all the rest vectorises.
"""
import math
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem

BLOCK = 64


@njit
def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@njit
def call_price(spot, strike, rate, volatility, time):
    root = volatility * math.sqrt(time)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * time) / root
    d2 = d1 - root
    return spot * normal_cdf(d1) - strike * math.exp(-rate * time) * normal_cdf(d2)


@njit
def total(spot, strike, rate, volatility, time):
    s = 0.0
    for i in range(spot.size):
        s += call_price(spot[i], strike[i], rate[i], volatility[i], time[i])
    return s


@njit(error_model="numpy")
def handwritten(spot, strike, rate, volatility, time, d_spot, d_strike, d_rate, d_volatility, d_time):
    """As spot * density(d1) is discounted * density(d2), the derivatives by d1 and d2 cancel but for what stands in root."""
    n1, n2, discount, density = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    total = 0.0
    for start in range(0, spot.size, BLOCK):
        n = min(BLOCK, spot.size - start)
        part = slice(start, start + n)
        s, k, r, v, t = spot[part], strike[part], rate[part], volatility[part], time[part]
        for i in range(n):
            n1[i] = math.log(s[i] / k[i])
        for i in range(n):
            root = v[i] * math.sqrt(t[i])
            d1 = (n1[i] + (r[i] + 0.5 * v[i] * v[i]) * t[i]) / root
            n1[i], n2[i] = d1 * math.sqrt(0.5), (d1 - root) * math.sqrt(0.5)
            discount[i], density[i] = -r[i] * t[i], -0.5 * d1 * d1
        for i in range(n):
            n1[i] = 0.5 + 0.5 * math.erf(n1[i])
        for i in range(n):
            n2[i] = 0.5 + 0.5 * math.erf(n2[i])
        for i in range(n):
            discount[i] = math.exp(discount[i])
        for i in range(n):
            density[i] = math.exp(density[i])
        for i in range(n):
            total += s[i] * n1[i] - k[i] * discount[i] * n2[i]
        ds, dk, dr, dv, dt = d_spot[part], d_strike[part], d_rate[part], d_volatility[part], d_time[part]
        for i in range(n):
            paid = discount[i] * n2[i]
            owed = k[i] * paid
            root_time = math.sqrt(t[i])
            by_root = s[i] * density[i] * (1 / math.sqrt(2 * math.pi))
            ds[i] += n1[i]
            dk[i] -= paid
            dr[i] += owed * t[i]
            dv[i] += by_root * root_time
            dt[i] += owed * r[i] + 0.5 * by_root * v[i] / root_time
    return total


def problem(n=100_000):
    rng = np.random.default_rng(10)
    ranges = ((80, 120), (80, 120), (0.01, 0.06), (0.1, 0.5), (0.2, 2.0))
    args = tuple(rng.uniform(low, high, n) for low, high in ranges)
    return Problem(args, tuple(np.zeros(n) for _ in args))


def jax():
    import jax.numpy as jnp
    from jax.scipy.special import erf

    def normal_cdf(x):
        return 0.5 * (1.0 + erf(x / math.sqrt(2.0)))

    def total(spot, strike, rate, volatility, time):
        root = volatility * jnp.sqrt(time)
        d1 = (jnp.log(spot / strike) + (rate + 0.5 * volatility**2) * time) / root
        return (spot * normal_cdf(d1) - strike * jnp.exp(-rate * time) * normal_cdf(d1 - root)).sum()

    return total


KERNELS = (Kernel("Black-Scholes, 100,000 options", total, handwritten, problem, 5, partial(problem, BLOCK + 3), jax),)
