"""raises: found at seed 1004818 of grammar 9.

import math
from collections import namedtuple

import numpy as np
from numba import njit


@njit
def h0(a0, a1):
    v1 = a0
    if v1 >= (-1.77):
        raise RuntimeError
    return 1.0


@njit
def f(a0, x1):
    try:
        raise RuntimeError
    except Exception:
        pass
    x1[1] *= h0(1.0, 1.0)
    return 1.0
"""
from tests.fuzz.grammar import *  # noqa: F403

PROGRAM = Program(seed=1004818, mood='errors', arguments=(Argument(name='a0', kind='float', value=-0.373, dtype='float64', layout='C', alias=(), fields=()), Argument(name='x1', kind='array', value=(-0.496, 0.27, -1.37, 0.242), dtype='float64', layout='strided', alias=(), fields=())), body=(Try(body=(Raise(error='runtime'),), orelse=()), Store(array='x1', index=(Int(value=1),), op='*=', value=Call(function='h0', arguments=(Const(value=1.0), Const(value=1.0)))), Return(value=Const(value=1.0))), functions=(Function(name='h0', parameters=(Parameter(name='a0', kind='float'), Parameter(name='a1', kind='float')), body=(Assign(name='v1', op='=', value=Var(name='a0')), If(condition=Compare(op='>=', left=Var(name='v1'), right=Const(value=-1.77)), body=(Raise(error='runtime'),), orelse=()), Return(value=Const(value=1.0))), returns='float', inline=''),), kinds=('active', 'active'), options=())  # noqa: E501, F405
