"""`python -m tests.memory.valgrind [names]`: cores of the corpus under valgrind's memcheck, compiled without optimisation.

Numba would take minutes to start under valgrind: programs are derived outside, and only LLVM and the core run inside
(under_valgrind.py). Each array lies in a block of its own, so that an access past it is seen; so is a branch or an address that depends on
memory never written, a block freed twice, and a block of Numba's that is lost.
"""
import argparse
import ctypes
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from numba import _helperlib
from numba.core.runtime import _nrt_python

from irad import IradError
from irad.errors import Refusal
from tests.support import memory
from tests.support.core import POINTER, Core, from_program
from tests.support.program import corpus

BATCH = 60
INSIDE = Path(__file__).with_name("under_valgrind.py")
COMMAND = ("valgrind", "--quiet", "--error-limit=no", "--leak-check=no", "--undef-value-errors=yes", "--num-callers=6")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.memory.valgrind", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="programs of the corpus; all of them without")
    names = parser.parse_args().names or list(corpus())
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: nothing was checked")
        sys.exit(2)
    wrong = checked = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batch.pickle"
        if run([with_an_error()], path, quiet=True) != 1:
            print("an access out of bounds was not seen: nothing was checked")
            sys.exit(2)
        for k in range(0, len(names), BATCH):
            specs = [s for s in map(specification, names[k:k + BATCH]) if s is not None]
            checked += len(specs)
            wrong += run(specs, path)
    print(f"{checked} programs, {wrong} wrong")
    sys.exit(bool(wrong))


def specification(name):
    """The text of a core, the bytes of its arrays, and its arguments: ("block", number, offset) or (ctypes name, value)."""
    p = corpus()[name]
    args = p.args()
    if p.raises is not None or memory.has_objects(args):
        return None
    try:
        core = Core(from_program(p, args, keep=False))
    except (Refusal, IradError, RuntimeError, TypeError, AttributeError, NotImplementedError):
        return None                                     # refused, or derived through the wrapper only
    args = memory.clone(args)
    arrays = list(memory.arrays_in(args))
    shadows = memory.mirror(arrays, writable=True)
    blocks = []
    for group in (arrays, shadows):
        blocks += [(low, high) for low, high, _ in memory.groups(group)]
    _, parts = core.arguments(args, arrays, shadows)
    return {"name": name, "text": core.text, "blocks": [(ctypes.string_at(low, high - low), low % 16) for low, high in blocks],
            "arguments": [_argument(kind, value, blocks) for kind, value in parts]}


def with_an_error():
    """A program whose array is one element too short."""
    spec = specification("prefix_product_in_place")
    (data, skew), *others = spec["blocks"]
    return spec | {"blocks": [(data[:-8], skew), *others]}


def _argument(kind, value, blocks):
    if kind is not POINTER:
        return kind.__name__, value
    if value is None:
        return kind.__name__, None
    for k, (low, high) in enumerate(blocks):
        if low <= value < high:
            return "block", k, value - low
    return kind.__name__, None                          # of an array without elements


def run(specs, path, quiet=False):
    """How many of these programs are wrong; what valgrind says of them is printed."""
    wrong = 0
    while specs:
        path.write_bytes(pickle.dumps((_nrt_python.__file__, _helperlib.__file__, specs)))
        command = [*COMMAND, sys.executable, "-S", str(INSIDE), str(path)]
        out = subprocess.run(command, capture_output=True, text=True, env=_environment())
        told = [line.split("\t") for line in out.stdout.splitlines()]
        if len(told) < len(specs):                      # the one under way ended the process; the others go on
            told.append((specs[len(told)]["name"], f"exit {out.returncode}"))
        specs = specs[len(told):]
        for name, said in told:
            if said != "0":
                wrong += 1
                if not quiet:
                    seen = out.stderr.partition(f"## {name}\n")[2].partition("## \n")[0]
                    print(f"{name}: {said}\n{seen[:3000]}", flush=True)
    return wrong


def _environment():
    import llvmlite
    return os.environ | {"PYTHONMALLOC": "malloc", "PYTHONPATH": str(Path(llvmlite.__file__).parents[1])}


if __name__ == "__main__":
    main()
