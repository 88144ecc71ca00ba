"""Write docs/traps.md from the corpus: python -m tests.support.write_traps"""
from pathlib import Path

from tests.support.program import corpus
from tests.support.traps import table

HEAD = """# Traps, and where each is tested

What goes wrong in differentiating compiled code, numbered. Each has programs in `tests/programs/`, which `tests/laws/` derive and hold
against dual numbers, closed forms and differences; a program that may be refused is right, or ends in an `IradError` whose text is tested.
Where Numba cannot produce a trap (or not surely), a stage is tested from LLVM text; some are properties of the product or its interface.

"""

if __name__ == "__main__":
    Path("docs/traps.md").write_text(HEAD + table(corpus().values()))
