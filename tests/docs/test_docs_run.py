"""What the documentation shows runs: the python blocks of the pages, one after the other, and the examples in docstrings."""
import doctest
import importlib
import pkgutil

import pytest

import irad
from tests.docs.blocks import ROOT, blocks, run

ELSEWHERE = {"limitations.md"}                          # its examples raise: test_limitations.py
PAGES = [p.relative_to(ROOT) for p in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
         if p.name not in ELSEWHERE]
MODULES = [m.name for m in pkgutil.walk_packages(irad.__path__, "irad.") if not m.name.endswith("__main__")]
DOCTESTS = [test for name in MODULES for test in doctest.DocTestFinder().find(importlib.import_module(name)) if test.examples]


@pytest.mark.parametrize("page", [p for p in PAGES if any(language == "python" for language, *_ in blocks(p))], ids=str)
def test_the_python_blocks_of_a_page_run(tmp_path, page):
    names = {}
    for k, (language, code, line) in enumerate(blocks(page)):
        if language == "python":
            names = run("\n" * (line - 1) + code, tmp_path / f"block{k}.py", names)


@pytest.mark.parametrize("test", DOCTESTS, ids=lambda t: t.name)
def test_the_examples_of_a_docstring_print_what_they_say(test):
    assert doctest.DocTestRunner().run(test).failed == 0


def test_every_public_function_and_annotation_shows_an_example():
    shown = {test.name.rpartition(".")[2] for test in DOCTESTS}
    public = {name for name in irad.__all__ if callable(getattr(irad, name)) and not name.endswith("Error")}
    assert public <= shown
