"""Each example runs as a script, as a reader would run it, and ends with a deviation that is only rounding."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
EXAMPLES = TOP / "examples"
NAMES = ["quickstart", "embedded_atom", "dot", "foo_namedtuple", "newton", "heat", "nbody", "gaussian_mixture"]


def run(name):
    """With this checkout's irad, installed or not."""
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    done = subprocess.run([sys.executable, EXAMPLES / f"{name}.py"], capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_example_is_listed_here():
    assert {p.stem for p in EXAMPLES.glob("*.py")} == {*NAMES, "checks"}


@pytest.mark.parametrize("name", NAMES)
def test_example_agrees_with_its_independent_check(name):
    output = run(name)
    errors = [float(x) for x in re.findall(r"largest deviation(?: of all:)? +(\S+)", output)]
    assert errors and all(error < 1e-10 for error in errors), output
    assert output.splitlines()[-1].startswith("largest deviation of all:"), output
