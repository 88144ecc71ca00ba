"""A sample of the commands in this directory, each of which takes the whole corpus."""
import subprocess
import sys

import pytest

SAMPLE = {
    # Tapes reserved and growing, shadows made in either sweep, lists of what is carried, temporaries of array expressions, Active arrays,
    # several Duplicated ones, copies that the wrapper makes, tuples of arrays.
    "failing": "wave_equation_leapfrog newton_root ragged_with_breaks scratch_allocated_each_iteration scratch_carried_over "
               "time_stepping_with_reallocation array_chosen_in_loop whole_array_recurrence active_array_written non_contiguous_block "
               "other_strides_in_shadow same_array_two_shadows tuple_of_arrays_written adaptive_step_ode shift_overlapping",
}


@pytest.mark.parametrize("command", SAMPLE)
def test_sample(command):
    run = [sys.executable, "-m", f"tests.memory.{command}", "--jobs", "1", *SAMPLE[command].split()]
    out = subprocess.run(run, capture_output=True, text=True)
    assert out.returncode == 0, out.stdout + out.stderr
