"""A gradient compiler for Numba: reverse-mode derivatives of @njit functions, taken from their LLVM IR."""
from .api import autodiff, checkpoint, grad, gradient, jvp, value_and_grad, value_and_gradient, vectorize_math
from .errors import IradError, TapeLimitError
from .limits import set_tape_limit
from .modes import Active, Const, Duplicated, Forward, ForwardWithPrimal, Reverse, ReverseWithPrimal
from .workspace import free_workspace

__all__ = ["Active", "Const", "Duplicated", "Forward", "ForwardWithPrimal", "IradError", "Reverse", "ReverseWithPrimal", "TapeLimitError",
           "autodiff", "checkpoint", "free_workspace", "grad", "gradient", "jvp", "set_tape_limit", "value_and_grad",
           "value_and_gradient", "vectorize_math"]
