"""`python -m tests.fuzz --count 1000 --seed 0`."""
import sys

from tests.fuzz.runner import main

if __name__ == "__main__":
    sys.exit(main())
