"""Every measure can be switched off, and the gradients agree: gather form, fused loops, iterations run again, facts on elements, alias
scopes, vector math, raises behind loops, memory on the stack and memory that is kept. Under all plans.

In a usual run each measure is tried on every second one of the programs where it matters. `IRAD_FULL=1 pytest
tests/laws/test_options.py` tries all on all.
"""
import itertools
import os

import pytest

from irad.analysis.values import callee
from tests.support.core import from_program
from tests.support.fresh import underived
from tests.support.product import close, gradient_of, needs_irad, options, seeds_of
from tests.support.program import corpus

pytestmark = needs_irad
PROGRAMS = corpus()
FULL = bool(os.environ.get("IRAD_FULL"))
GATHERED = ["stencil_of_two_arrays", "restriction", "stencil_shorter_than_its_span", "stencil_without_a_trip",
            "nonlinear_stencil", "nonlinear_stencil_in_swapped_buffers", "descending_stencil",
            "stencil_with_active_weights", "stencil_in_float32", "heat_equation", "five_points_in_steps",
            "nine_points_nonlinear", "seven_points_in_space", "computed_now_and_then", "left_between_steps"]
HANDED_OVER = ["heat_equation", "five_points_in_steps", "left_between_steps", "stored_one_on"]
KEPT_APART = ["ends_written_in_steps", "computed_now_and_then", "swapped_now_and_then", "three_buffers_in_turn", "read_beside_its_steps",
              "narrower_with_each_step", "stored_far_from_what_is_read", "rows_that_run_over_in_steps"]
SCATTERED = ["gauss_seidel"]
FUSED = ["nested_sums", "conditional_sum", "early_return_before_a_sum", "sum_with_inactive_recurrence", "sum_that_might_raise",
         "sum_from_an_active_start", "difference_of_terms", "sum_in_float32", "float32_terms_in_a_double_sum", "sum_without_a_term",
         "n_body_energy", "sum_scaled_afterwards", "mean_of_terms", "scaled_by_active_numbers", "two_sums_of_a_loop",
         "scratch_of_two_loops_in_a_mean"]
NOT_FUSED = ["sum_used_nonlinearly", "sum_used_within_the_loop", "early_return_out_of_a_sum", "early_return_after_a_sum", "term_minus_sum",
             "sum_and_a_store_behind", "sum_taken_twice", "scaled_on_one_path", "scaled_by_what_follows"]
REFINED = ["cholesky_by_hand", "dynamic_time_warping", "gaussian_elimination", "prefix_product_in_place"]
SCOPED = ["gaussian_mixture", "kalman_filter", "stencil_with_active_number_and_boundary"]
ONSTACK = ["cross_products", "constant_matrices", "one_of_two_constant_arrays", "constant_array_made_now_and_then",
           "constant_array_and_an_exception_that_does_not_come", "views_of_a_constant_array", "scratch_allocated_each_iteration"]
KEPT = ["newton_root", "scratch_allocated_each_iteration", "time_stepping_with_reallocation"]
AGAIN = ["carried_beside_scratch", "carried_beside_scratch_used_again", "zeros_of_unknown_length", "matrix_used_again",
         "left_early_with_scratch", "scratch_of_one_that_changes", "scratch_two_deep", "scratch_with_branches",
         "scratch_pieces_exchanged", "whole_arrays_in_a_loop", "scratch_of_two_loops", "scratch_of_indices", "triangle_of_scratch",
         "scratch_used_behind_its_loop"]
TAPED = ["one_element_goes_on", "filled_in_part", "filled_on_a_condition", "scratch_of_what_changes", "scratch_read_first",
         "every_second_filled", "triangle_with_an_old_corner", "filling_ends_early"]
DEFERRED = ["sum_of_quotients", "reassociated_expressions", "quotients_written"]
VECTORISED = ["fastmath_functions", "guard_under_fastmath", *DEFERRED]
CALLING = ["gaussian_mixture", "kalman_filter", "n_body_energy"]
STRIPS = ["swapped_now_and_then", "five_points_in_steps", "swap_local_arrays", "generators", "choice_by_a_hash", "newton_root",
          "early_return_out_of_a_sum", "list_of_instances", "gauss_seidel", "masked_index", "scratch_two_deep"]
CHECKPOINTED = ["numbers_in_strips", "until_it_is_small", "stepped_in_place", "swapped_in_strips", "branches_in_strips",
                "overlapping_in_strips"]
PLANS = ("cut", "save", "recompute")
ALWAYS = {"rerun": "always", "fuse": False}
MEASURES = {"gather": {"gather": False}, "fuse": {"fuse": False}, "elementwise": {"elementwise": False}, "scopes": {"scopes": False},
            "no vector math": {"vector": "none"}, "all vector math": {"vector": "all"}, "nothing deferred": {"defer": False},
            "stack": {"stack": False}, "keep": {"keep": False}, "never again": {"rerun": "never", "fuse": False},
            "in strips": {"checkpoint": "always", "fuse": False}, "not in strips": {"checkpoint": "never"},
            "no twins": {"twins": False},
            "no blocks": {"blocks": False}, "shortest blocks": {"strip": 2, "heavy": 0}, "light ones fused": {"unfuse": False},
            "always again": ALWAYS, "always again, elementwise": ALWAYS | {"elementwise": False}}
SAMPLE = {"gather": GATHERED + SCATTERED, "fuse": FUSED + NOT_FUSED[:2], "shortest blocks": FUSED,
          "elementwise": REFINED, "scopes": SCOPED,
          "no vector math": VECTORISED, "all vector math": VECTORISED + CALLING, "nothing deferred": DEFERRED,
          "in strips": STRIPS, "not in strips": CHECKPOINTED,
          "stack": ONSTACK, "keep": KEPT, "never again": AGAIN,
          "always again": AGAIN + TAPED + ["status_of_a_call_that_writes", "swap_rows", "time_stepping_with_reallocation",
                                           "gaussian_mixture", "gauss_seidel", "nested_sums", "early_return_out_of_a_sum"],
          "always again, elementwise": AGAIN[:2] + TAPED[:1]}


def cases():
    """(program, measure, plan). The plans take turns in the sample."""
    if FULL:
        right = [p.name for p in PROGRAMS.values() if p.raises is None and p.refused is None]
        return list(itertools.product(right, MEASURES, PLANS))
    pairs = [(name, measure) for measure, names in SAMPLE.items() for name in names[::2]]
    return [(*pair, plan) for pair, plan in zip(pairs, itertools.cycle(PLANS), strict=False)]


@pytest.mark.parametrize("name, measure, plan", cases())
def test_without_it_the_gradient_is_the_same(name, measure, plan):
    p = PROGRAMS[name]
    args = p.args()
    seeds = seeds_of(p, args)
    usual = gradient_of(p, args, seeds)
    with options(plan=plan, **MEASURES[measure]):
        other = gradient_of(p, args, seeds, f=underived(p.f))
    close(other.gradients, usual.gradients, max(1e-13, p.tolerance * (0.1 if p.tolerance > 1e-6 else 1e-3)))


def derivation(name, **options):
    p = PROGRAMS[name]
    return from_program(p, p.args(), **options)


@pytest.mark.parametrize("name", GATHERED)
def test_gathered(name):
    assert derivation(name).stencils


@pytest.mark.parametrize("name, depth", [("five_points_in_steps", 2), ("nine_points_nonlinear", 2), ("seven_points_in_space", 3),
                                         ("triangular_stencil", 1)])
def test_how_deep_a_nest_is_gathered(name, depth):
    assert [len(s.nest.loops) for s in derivation(name).stencils] == [depth]


@pytest.mark.parametrize("name", HANDED_OVER)
def test_shadows_are_handed_over(name):
    assert any(s.handover for s in derivation(name).stencils)


@pytest.mark.parametrize("name", KEPT_APART)
def test_shadows_are_not_handed_over(name):
    assert not any(s.handover for s in derivation(name).stencils)


@pytest.mark.parametrize("name", SCATTERED)
def test_not_gathered(name):
    assert not derivation(name).stencils


@pytest.mark.parametrize("name", ONSTACK)
def test_on_the_stack(name):
    assert "irad.scratch.here" in derivation(name).module.globals
    assert "irad.scratch.here" not in derivation(name, stack=False).module.globals


@pytest.mark.parametrize("name", ["last_of_constant_arrays", "constant_array_of_the_iteration_before", "constant_arrays_in_a_list"])
def test_not_on_the_stack(name):
    """What lives around a back edge, and what a list keeps."""
    core = derivation(name).module.globals["irad.core"]
    assert any(callee(i) == "NRT_MemInfo_alloc_aligned" for b in core.blocks for i in b.instructions)


def test_not_on_the_stack_of_a_recursion():
    assert "irad.scratch.here" not in derivation("constant_array_in_a_recursion").module.globals


@pytest.mark.parametrize("name", FUSED)
def test_fused(name):
    assert derivation(name, unfuse=False).fused


@pytest.mark.parametrize("name", NOT_FUSED)
def test_not_fused(name):
    assert not derivation(name, unfuse=False).fused


@pytest.mark.parametrize("name", AGAIN)
def test_run_again(name):
    """What is small by constant bounds is kept on the tape instead; so it is asked for."""
    assert derivation(name, fuse=False, rerun="always").plan.rerun


@pytest.mark.parametrize("name", TAPED)
def test_not_run_again(name):
    """The loop that fills scratch and reads it; its inner loops may."""
    assert not any(l.children for l in derivation(name, fuse=False, rerun="always").plan.rerun)


@pytest.mark.parametrize("name", REFINED)
def test_facts_on_elements_spare_the_tape(name):
    p = PROGRAMS[name]
    assert len(from_program(p, p.args()).intact.clobbered) < len(from_program(p, p.args(), elementwise=False).intact.clobbered)
