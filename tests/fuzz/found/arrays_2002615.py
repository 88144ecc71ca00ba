"""arrays: found at seed 2002615 of grammar 9.

import math
from collections import namedtuple

import numpy as np
from numba import njit


@njit
def f(a0, m0):
    m0[1, 0] = math.exp(m0[0, 0])
    k3 = 0
    while True:
        if k3 >= 4:
            break
        k3 += 1
        k4 = 0
        while True:
            k4 += 1
            m0[(k3 // 2), (k4 // 2)] *= (np.floor(m0[1, 0]) * a0)
            break
    return 1.0
"""
from tests.fuzz.grammar import *  # noqa: F403

PROGRAM = Program(seed=2002615, mood='mixed', arguments=(Argument(name='a0', kind='float', value=-0.438, dtype='float64', layout='C', alias=(), fields=()), Argument(name='m0', kind='array', value=((-0.278, 0.074), (-0.823, 1.029), (-1.147, -1.48)), dtype='float64', layout='C', alias=(), fields=())), body=(Store(array='m0', index=(Int(value=1), Int(value=0)), op='=', value=Unary(op='exp', x=Item(array='m0', index=(Int(value=0), Int(value=0))))), While(counter='k3', limit=4, condition=None, body=(Forever(counter='k4', body=(Store(array='m0', index=(IntOp(op='//', left=IntVar(name='k3'), right=Int(value=2)), IntOp(op='//', left=IntVar(name='k4'), right=Int(value=2))), op='*=', value=Binary(op='*', left=Unary(op='floor', x=Item(array='m0', index=(Int(value=1), Int(value=0)))), right=Var(name='a0'))), Break())),), orelse=()), Return(value=Const(value=1.0))), functions=(), kinds=('active', 'duplicated'), options=())  # noqa: E501, F405
