"""raises: found at seed 2004056 of grammar 9.

import math
from collections import namedtuple

import numpy as np
from numba import njit


@njit
def h0(a0, x0):
    raise RuntimeError


@njit
def f(a0, x0):
    try:
        raise RuntimeError
    except Exception:
        pass
    h0(a0, x0)
    return 1.0
"""
from tests.fuzz.grammar import *  # noqa: F403

PROGRAM = Program(seed=2004056, mood='errors', arguments=(Argument(name='a0', kind='float', value=-0.561, dtype='float64', layout='C', alias=(), fields=()), Argument(name='x0', kind='array', value=(-0.656, -1.089, 0.085, -0.788, -1.46), dtype='float64', layout='reversed', alias=(), fields=())), body=(Try(body=(Raise(error='runtime'),), orelse=()), Do(call=Call(function='h0', arguments=(Var(name='a0'), Array(name='x0')))), Return(value=Const(value=1.0))), functions=(Function(name='h0', parameters=(Parameter(name='a0', kind='float'), Parameter(name='x0', kind='array')), body=(Raise(error='runtime'),), returns='none', inline=''),), kinds=('active', 'active'), options=())  # noqa: E501, F405
