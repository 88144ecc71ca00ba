"""The shape of the package: which part may import which, how large files are, that each says what it is for, and what is public."""
import ast
import statistics
from pathlib import Path

import pytest

import irad

PACKAGE = Path(irad.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# A part imports from the lines above its own only. The sides, frontend/ and backend/, meet the middle in LLVM text alone.
LAYERS = (
    ("errors",),
    ("modes", "options", "limits", "garbage", "workspace"),
    ("request",),
    ("ir",),
    ("rules",),
    ("analysis",),
    ("plan",),
    ("transform",),
    ("frontend", "backend"),
    ("derivation", "explain"),
    ("pipeline",),
    ("jit",),
    ("api",),
    ("__init__",),
)
RANK = {name: k for k, names in enumerate(LAYERS) for name in names}

NUMBA = {"frontend", "backend", "jit", "errors"}
# These two carry the types of the arguments from one side to the other, and look no further into Numba.
NUMBA_TYPES = {"request", "derivation"}

PUBLIC = {
    "Active", "Const", "Duplicated", "Forward", "ForwardWithPrimal", "IradError", "Reverse", "ReverseWithPrimal", "TapeLimitError",
    "autodiff", "checkpoint", "free_workspace", "grad", "gradient", "jvp", "set_tape_limit", "value_and_grad", "value_and_gradient",
    "vectorize_math",
}  # fmt: skip


def part(path):
    """The package or module right under irad/."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Absolute names of what a file imports, those inside functions too."""
    package = ["irad", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def parts_imported(path):
    names = (name.split(".") for name in imports(path))
    return {name[1] for name in names if name[0] == "irad" and len(name) > 1} & {part(p) for p in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    own = part(path)
    assert own in RANK, f"{own} has no place in LAYERS"
    wrong = {other for other in parts_imported(path) - {own} if RANK[other] >= RANK[own]}
    assert not wrong, f"{own} may not import {sorted(wrong)}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_sides_know_numba(path):
    from_numba = {name for name in imports(path) if name.split(".")[0] == "numba"}
    if part(path) in NUMBA_TYPES:
        from_numba -= {"numba.types", "numba.core.types"}
    assert part(path) in NUMBA or not from_numba, f"{path.name} imports {sorted(from_numba)}"


def test_files_are_small():
    lines = {path: len(path.read_text().splitlines()) for path in FILES if path.stat().st_size}
    assert statistics.median(lines.values()) <= 200
    for path, n in lines.items():
        assert n <= (700 if part(path) == "rules" else 500), f"{path.name} has {n} lines: split it by idea"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for(path):
    tree = ast.parse(path.read_text())
    assert not tree.body or ast.get_docstring(tree), f"{path.name} has no docstring"


def test_public_names():
    assert set(irad.__all__) == PUBLIC
    assert all(hasattr(irad, name) for name in PUBLIC)
