"""docs/limitations.md: each example raises the error whose first line the page shows."""
import re

import pytest

from irad import IradError
from tests.docs.blocks import blocks, run

WITHOUT_FUNCTION = ("irad needs the code",)
ADDRESS = re.compile("0x[0-9a-f]+")
PAGE = blocks("docs/limitations.md")
COMMON, *REST = PAGE
# (example, first line of its error, line of the page)
EXAMPLES = [(code, shown, line) for (_, code, line), (_, shown, _) in zip(REST[::2], REST[1::2], strict=True)]


def test_the_page_is_examples_and_their_errors():
    assert [language for language, *_ in REST] == ["python", "text"] * (len(REST) // 2) and len(EXAMPLES) >= 30


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("code, shown, line", EXAMPLES, ids=[f"line{line}" for *_, line in EXAMPLES])
def test_an_example_raises_what_is_shown(tmp_path, code, shown, line):
    common = run(COMMON[1], tmp_path / "common.py")
    with pytest.raises(IradError) as error:
        run(code, tmp_path / "model.py", common)
    lines = ADDRESS.sub("0x...", str(error.value)).splitlines()
    assert lines[0] == shown.strip() and len(lines) <= 12
    assert "model.py" in "".join(lines[:2]) or shown.startswith(WITHOUT_FUNCTION)
