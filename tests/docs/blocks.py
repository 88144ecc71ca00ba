"""The code blocks of a page: (language, text, first line), in order."""
import re
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(page):
    text = (ROOT / page).read_text()
    return [(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in BLOCK.finditer(text)]


def run(code, path, names=()):
    """Run the code as the module in the file at this path, after `names`; gives its names. Numba looks modules and source lines up."""
    path.write_text(code)
    module = sys.modules[path.stem] = ModuleType(path.stem)
    try:
        vars(module).update(names, __file__=str(path), __name__=path.stem)
        exec(compile(code, str(path), "exec"), vars(module))
    finally:
        del sys.modules[path.stem]
    return vars(module)
