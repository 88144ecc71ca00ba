"""The same call from Python and from njit code gives the same gradients, and the same exceptions."""
import numpy as np
import pytest

from tests.support.product import close, gradient_of, inside, needs_irad, seeds_of
from tests.support.program import corpus

pytestmark = needs_irad
PROGRAMS = corpus()
SAMPLE = ["square_in_place", "square_in_place_twice_and_sum", "prefix_product_in_place", "same_array_twice_read", "fortran_order",
          "zero_size", "zero_dimensional", "scratch_reused", "swap_local_arrays", "readonly_argument", "active_array_written",
          "float32_in_place", "newton_root", "early_return",
          "while_inside_for", "division_checks_in_loop", "powers", "abs_max_min", "erf_gamma",
          "model_with_tuples", "namedtuple_with_arrays", "tuple_of_arrays_written", "default_arguments_given", "function_as_argument",
          "callee_returns_and_writes", "closure_array", "whole_array_functions", "gaussian_mixture", "mixed_precision",
          "nonlinear_stencil_in_swapped_buffers", "nested_sums", "cholesky_by_hand", "recurrent_cell"]


@pytest.mark.parametrize("name", SAMPLE)
def test_from_njit_as_from_python(name):
    p = PROGRAMS[name]
    args = p.args()
    seeds = seeds_of(p, args)
    outside = gradient_of(p, args, seeds)
    within = gradient_of(p, args, seeds, entry=inside())
    np.testing.assert_array_equal(within.value, outside.value)
    close(within.gradients, outside.gradients, max(1e-14, p.tolerance * 1e-3))
    for a, b in zip(within.finals, outside.finals, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["raises_with_arguments", "raises_division_by_zero", "raises_index_error", "callee_raises"])
def test_exceptions_from_njit(name):
    p = PROGRAMS[name]
    args = p.args()
    with pytest.raises(p.raises):
        gradient_of(p, args, entry=inside())
