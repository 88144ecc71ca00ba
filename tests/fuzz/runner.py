"""`python -m tests.fuzz`: programs by the thousand, in processes of their own. What failed is made smaller and printed."""
import argparse
import os
import sys
import time
from pathlib import Path

from tests.fuzz import batches, report
from tests.fuzz.check import Verdict, check
from tests.fuzz.dual import Unsuitable
from tests.fuzz.generate import generate
from tests.fuzz.moods import MOODS
from tests.fuzz.shrink import shrink
from tests.fuzz.to_python import source

WARM = 10_000_000                                       # seeds from here on warm the parent up
FIRST = 12


def verdict_or_unsuitable(program):
    try:
        return check(program)
    except Exception as error:
        # What does not run, or does not compile, is no smaller form of the failure.
        return Verdict("unsuitable" if isinstance(error, Unsuitable) else "invalid", str(error))


def smaller(program, kind, seconds):
    """Each candidate in a process of its own, for what is wrong may be memory."""
    return shrink(program, lambda p: batches.alone(lambda: verdict_or_unsuitable(p)).kind == kind, seconds)


def fuzz(count, seed, jobs=1, mood=None, stop=0, warm=FIRST):
    """Verdicts by seed. Ends early after `stop` failures, if that is not 0."""
    for k in range(warm):
        check(generate(WARM + k))
    batches.settle()
    verdicts, start, failed = {}, time.monotonic(), 0
    for s, verdict in batches.run(range(seed, seed + count), lambda s: check(generate(s, mood)), jobs):
        verdicts[s] = verdict
        failed += verdict.failed
        if verdict.failed:
            print(f"seed {s}: {verdict.kind}: {verdict.detail[:200]}", file=sys.stderr, flush=True)
        if len(verdicts) % 100 == 0:
            rate = len(verdicts) / (time.monotonic() - start)
            print(f"{len(verdicts)} of {count} programs, {rate:.2f} a second", file=sys.stderr, flush=True)
        if stop and failed >= stop:
            break
    return verdicts


def show_failures(failures, mood, shown, seconds, keep):
    for s in sorted(failures)[:shown]:
        program = smaller(generate(s, mood), failures[s].kind, seconds)
        verdict = batches.alone(lambda p=program: verdict_or_unsuitable(p))
        print(report.failure(program, verdict), flush=True)
        if keep:
            Path(keep, f"{verdict.kind}_{s}.py").write_text(report.stored(program, verdict))
    if failures:
        print("failing seeds:", *(f"{s} ({v.kind})" for s, v in sorted(failures.items())))


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Compare random programs with a dual-number interpreter.")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--mood", choices=sorted(MOODS), help="only programs of one mood")
    parser.add_argument("--stop", type=int, default=0, metavar="N", help="end after N failures")
    parser.add_argument("--shrink", type=int, default=60, metavar="SECONDS", help="time to make each failing program smaller")
    parser.add_argument("--shown", type=int, default=5, help="how many failing programs are made smaller and printed")
    parser.add_argument("--keep", metavar="DIRECTORY", help="store failing programs there, made smaller")
    parser.add_argument("--show", type=int, metavar="SEED", help="print the program of a seed, and its verdict")
    options = parser.parse_args(argv)
    if options.show is not None:
        program = generate(options.show, options.mood)
        print(source(program), program, check(program), sep="\n")
        return 0
    start = time.monotonic()
    verdicts = fuzz(options.count, options.seed, options.jobs, options.mood, options.stop)
    print(report.summary([generate(s, options.mood) for s in sorted(verdicts)], verdicts))
    seconds = time.monotonic() - start
    print(f"{len(verdicts)} programs in {seconds:.0f} s with {options.jobs} processes, from seed {options.seed}")
    failures = {s: v for s, v in verdicts.items() if v.failed}
    show_failures(failures, options.mood, options.shown, options.shrink, options.keep)
    return int(bool(failures))


