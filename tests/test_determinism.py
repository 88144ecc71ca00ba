"""The derived text depends on nothing but the function: the same in every process, whatever the hash seed and the environment."""
import os
import subprocess
import sys

NAMES = ("embedded_atom", "swap_argument_arrays", "while_in_while", "n_body_energy", "nested_tuples", "heat_equation", "kalman_filter",
         "dynamic_time_warping", "callee_returns_new_array", "ragged_with_breaks")

SCRIPT = """
import hashlib, os, sys
import irad
from irad.pipeline import derive
from irad.request import Request
from numba import typeof
from tests.support.program import corpus
wrap = {"const": irad.Const, "active": irad.Active, "duplicated": irad.Duplicated}
programs = corpus()
for name in sys.argv[1:]:
    p = programs[name]
    args = p.args()
    derived = derive(Request(p.f, irad.ReverseWithPrimal, tuple(wrap[k] for k in p.kinds(args)), tuple(map(typeof, args))))
    environment = [v for k, v in sorted(os.environ.items()) if k.startswith("IRAD_TEST_") and v in derived.text]
    print(name, derived.name, hashlib.sha256(derived.text.encode()).hexdigest(), environment, hex(id(p.f))[2:] in derived.text)
"""


def texts(seed, home):
    """What a process says of the derived texts; it lives in another directory each time."""
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "IRAD_TEST_MARK": f"mark-{seed}-of-this-process", "HOME": str(home)}
    environment["PYTHONPATH"] = os.getcwd()
    return subprocess.Popen([sys.executable, "-c", SCRIPT, *NAMES], cwd=home, env=environment, stdout=subprocess.PIPE, text=True)


def test_two_processes_derive_the_same_text(tmp_path, pytestconfig):
    os.chdir(pytestconfig.rootpath)
    homes = [tmp_path / name for name in ("one", "two")]
    for home in homes:
        home.mkdir()
    one, two = [p.communicate()[0] for p in [texts(seed, home) for seed, home in zip((1, 4711), homes, strict=True)]]
    assert len(one.splitlines()) == 10
    assert one == two
    assert all(line.endswith("[] False") for line in one.splitlines())
