"""`python -m bench`: every table in one run. `python -m bench nbody` only the kernels whose name contains the word."""
import sys

from bench import forward, long
from bench.calls import print_calls
from bench.derivation import show
from bench.kernels.all import KERNELS
from bench.million import print_million
from bench.scaling import show_short
from bench.table import print_table


def main(words):
    chosen = [k for k in KERNELS if not words or any(word.lower() in k.name.lower() for word in words)]
    print_table(chosen)
    forward.show(chosen)
    show(chosen)
    if words:
        return
    print_calls()
    print_million()
    long.show()
    show_short()


if __name__ == "__main__":
    main(sys.argv[1:])
