"""All tests of one program run in one process, for `pytest --dist loadgroup`: it compiles the primal and lowers it once."""
import pytest

from tests.support.program import Program, corpus


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if (name := program_of(item)) is not None:
            item.add_marker(pytest.mark.xdist_group(name))


def program_of(item):
    """What stands for the program that a test has as a parameter; None where it has none."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    programs = [x.name for x in given.values() if isinstance(x, Program)]
    if programs:
        return programs[0]
    name = given.get("name")
    return name if name is None or name in corpus() else f"{item.path.stem}-{name}"
