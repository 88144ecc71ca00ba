"""gradient: found at seed 3001003 of grammar 9.

import math
from collections import namedtuple

import numpy as np
from numba import njit


@njit
def h0(n9, a0, x0):
    if n9 <= 0:
        return 1.0
    v99 = h0((n9 - 1), 1.0, x0)
    return x0[0, 0]


@njit
def f(a0, m0, n1):
    v1 = 1.0
    for i3 in range(0, (n1 + 1)):
        v1 -= math.cos(v1)
        v1 *= h0(n1, v1, m0)
    return v1
"""
from tests.fuzz.grammar import *  # noqa: F403

PROGRAM = Program(seed=3001003, mood='loops', arguments=(Argument(name='a0', kind='float', value=-1.205, dtype='float64', layout='C', alias=(), fields=()), Argument(name='m0', kind='array', value=((-1.442, 1.034, 0.12), (0.275, -0.173, -0.709)), dtype='float64', layout='C', alias=(), fields=()), Argument(name='n1', kind='int', value=3, dtype='float64', layout='C', alias=(), fields=())), body=(Assign(name='v1', op='=', value=Const(value=1.0)), For(var='i3', start=Int(value=0), stop=IntOp(op='+', left=IntVar(name='n1'), right=Int(value=1)), step=1, body=(Assign(name='v1', op='-=', value=Unary(op='cos', x=Var(name='v1'))), Assign(name='v1', op='*=', value=Call(function='h0', arguments=(IntVar(name='n1'), Var(name='v1'), Array(name='m0'))))), orelse=()), Return(value=Var(name='v1'))), functions=(Function(name='h0', parameters=(Parameter(name='n9', kind='int'), Parameter(name='a0', kind='float'), Parameter(name='x0', kind='array')), body=(If(condition=CompareInts(op='<=', left=IntVar(name='n9'), right=Int(value=0)), body=(Return(value=Const(value=1.0)),), orelse=()), Assign(name='v99', op='=', value=Call(function='h0', arguments=(IntOp(op='-', left=IntVar(name='n9'), right=Int(value=1)), Const(value=1.0), Array(name='x0')))), Return(value=Item(array='x0', index=(Int(value=0), Int(value=0))))), returns='float', inline=''),), kinds=('active', 'duplicated', 'const'), options=())  # noqa: E501, F405
