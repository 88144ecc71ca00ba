"""Which memory an iteration makes anew: found where it is, not claimed where something is left over from another iteration."""
import pytest

from tests.support.core import from_program
from tests.support.program import corpus

PROGRAMS = corpus()
FOUND = ["made_in_the_iteration", "used_again", "carried_beside_scratch_used_again", "zeros_of_unknown_length", "matrix_used_again",
         "left_early_with_scratch", "scratch_with_branches", "scratch_two_deep"]
NOT_FOUND = ["one_element_goes_on", "filled_in_part", "filled_on_a_condition", "scratch_read_first", "scratch_pieces_exchanged",
             "every_second_filled", "triangle_with_an_old_corner", "filling_ends_early"]


def private_read(name):
    """Is some memory that loops inside read private to the loop around them?"""
    p = PROGRAMS[name]
    d = from_program(p, p.args())
    loads = [i for i in d.flow.instructions() if i.opname == "load" and d.flow.loop(i) is not None and str(i.type) == "double"]
    around = [(i, loop) for i in loads for loop in d.flow.loops if d.flow.inside(i, loop) and (loop.children or not d.flow.loop(i).parent)]
    return any((bits := d.objects.of(i.operands[0])) and not bits & ~d.private.of(loop) for i, loop in around)


@pytest.mark.parametrize("name", FOUND)
def test_found(name):
    assert private_read(name)


@pytest.mark.parametrize("name", NOT_FOUND)
def test_not_claimed(name):
    assert not private_read(name)
