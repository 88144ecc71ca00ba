"""`python -m bench.peers.apart "kernel" fast`: compile a kernel's gradient with Enzyme and compare it with the one by hand, in a process of
its own, for Enzyme may end it.

    why_not(kernel, fast) -> None, or what Enzyme said last
"""
import subprocess
import sys

from bench.kernels.all import KERNELS
from bench.table import difference

TIME = 120                                              # seconds for one kernel


def why_not(kernel, fast):
    command = [sys.executable, "-m", "bench.peers.apart", kernel.name, str(int(fast))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=TIME)
    except subprocess.TimeoutExpired:
        return f"no end after {TIME} s"
    if done.returncode == 0:
        return None
    said = [line for line in done.stderr.splitlines() if line.strip()] or [f"exit status {done.returncode}"]
    return next((line for line in reversed(said) if "rror" in line), said[-1])[:120]


def main(name, fast):
    from bench.peers import enzyme

    kernel = next(k for k in KERNELS if k.name == name)
    wrong = difference(kernel, enzyme.gradient(kernel, bool(int(fast))))
    if not wrong < 1e-8:
        sys.exit(f"Error: differs from the hand-written gradient by {wrong:.1e}")


if __name__ == "__main__":
    main(*sys.argv[1:])
