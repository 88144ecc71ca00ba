"""docs/traps.md is what the corpus says, every trap is tested somewhere, and only those that may be refused can be."""
from pathlib import Path

from tests.support.program import corpus
from tests.support.traps import ELSEWHERE, MAY_REFUSE, TRAPS, table

PROGRAMS = corpus()
PAGE = Path(__file__).parents[2] / "docs" / "traps.md"


def test_every_trap_is_tested():
    covered = {t for p in PROGRAMS.values() for t in p.traps} | set(ELSEWHERE)
    assert set(TRAPS) == set(range(1, 92)) == covered


def test_only_some_traps_may_be_refused():
    """A program that may be refused stands for such a trap; every other trap has a program, a stage or a check that may not."""
    for p in PROGRAMS.values():
        if p.refused is not None:
            assert not p.traps or set(p.traps) & (MAY_REFUSE | {13}), p.name
    firm = {t for p in PROGRAMS.values() if p.refused is None for t in p.traps} | set(ELSEWHERE)
    assert set(TRAPS) - MAY_REFUSE <= firm


def test_the_page_is_the_table():
    assert table(PROGRAMS.values()) in PAGE.read_text(), "write it anew: python -m tests.support.write_traps"
