"""`python -m tests.memory.sample names`: all checks of this directory but valgrind's, in one process."""
from tests.memory import failing, fenced, poisoned
from tests.memory.batches import main


def check(p):
    for part in (failing, poisoned, fenced):
        said = part.check(p)
        if said:
            return said


if __name__ == "__main__":
    main("tests.memory.sample", check, __doc__)
