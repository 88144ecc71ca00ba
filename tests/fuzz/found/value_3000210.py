"""value: found at seed 3000210 of grammar 9.

import math
from collections import namedtuple

import numpy as np
from numba import njit


@njit
def f(x0):
    s1 = math.tanh(np.float32(0.89))
    return np.float64(s1)
"""
from tests.fuzz.grammar import *  # noqa: F403

PROGRAM = Program(seed=3000210, mood='mixed', arguments=(Argument(name='x0', kind='array', value=(1.125, -0.5, -0.25, -1.25), dtype='float32', layout='C', alias=(), fields=()),), body=(Assign(name='s1', op='=', value=Unary(op='tanh', x=Cast(dtype='float32', x=Const(value=0.89)))), Return(value=Cast(dtype='float64', x=Var(name='s1')))), functions=(), kinds=('active',), options=())  # noqa: E501, F405
