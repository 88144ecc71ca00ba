"""docs/rules.md is what the tables say."""
from pathlib import Path

from irad.rules.__main__ import SECTIONS, page
from irad.rules.registry import RULES


def test_the_page_is_up_to_date():
    assert (Path(__file__).parents[2] / "docs" / "rules.md").read_text() == page(), "run: python -m irad.rules"


def test_the_page_holds_every_rule():
    assert sorted(rule.name for _, rules in SECTIONS for rule in rules) == sorted(rule.name for rule in RULES)
