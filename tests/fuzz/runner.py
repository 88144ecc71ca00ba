"""`python -m tests.fuzz`: programs in batches, each batch in a process of its own, so that a crash costs one batch and names its program.

A worker prints a line before and after each program. Where it dies, the program under way is run alone; if it survives alone, memory was
spoilt by an earlier one, and the batch is halved until it is found. What failed is made smaller and printed.
"""
import argparse
import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.fuzz import grammar as g
from tests.fuzz.check import Verdict, check, irad_or_none
from tests.fuzz.generate import generate
from tests.fuzz.interpret import Unsuitable
from tests.fuzz.shrink import shrink
from tests.fuzz.to_python import source

BATCH = 50
TIMEOUT = 900


# ---- in the worker ----
def work(seeds):
    for seed in seeds:
        print(json.dumps({"start": seed}), flush=True)
        verdict = check(generate(seed))
        print(json.dumps({"seed": seed, "kind": verdict.kind, "detail": verdict.detail}), flush=True)


def work_on_stdin():
    """A program that was cut down: exit status 0 unless it crashes."""
    print(json.dumps({"kind": verdict_or_unsuitable(pickle.load(sys.stdin.buffer)).kind}))


def verdict_or_unsuitable(program):
    try:
        return check(program)
    except Exception as error:
        # What does not run, or does not compile, is no smaller form of the failure.
        return Verdict("unsuitable" if isinstance(error, Unsuitable) else "invalid", str(error))


# ---- in the parent ----
def spawn(*flags, stdin=None):
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.fuzz", *flags]
    try:
        return subprocess.run(command, input=stdin, capture_output=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(command, 124, late.stdout or b"", b"took too long")


def crashes(seeds):
    return spawn("--worker", *map(str, seeds)).returncode != 0


def run_batch(seeds):
    """Verdicts by seed; after a crash the rest of the batch runs in a new process."""
    done = spawn("--worker", *map(str, seeds))
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]
    verdicts = {line["seed"]: Verdict(line["kind"], line["detail"]) for line in lines if "seed" in line}
    if done.returncode == 0:
        return verdicts
    started = [line["start"] for line in lines if "start" in line]
    if not started:
        raise RuntimeError(done.stderr.decode()[-2000:])
    last = started[-1]
    culprit = last if crashes([last]) else bisect(seeds[: seeds.index(last) + 1])
    verdicts[culprit] = Verdict("crash", f"exit status {done.returncode}: {done.stderr.decode()[:300]}")
    rest = seeds[seeds.index(last) + (culprit == last) :]
    return {**verdicts, **(run_batch(rest) if rest else {})}


def bisect(seeds):
    """The program whose absence from the front lets the others live; the last one stays, for it is where the damage shows."""
    suspects, last = list(seeds[:-1]), seeds[-1]
    while len(suspects) > 1:
        half = suspects[: len(suspects) // 2]
        suspects = half if crashes([*half, last]) else suspects[len(suspects) // 2 :]
    return suspects[0] if suspects else last


def smaller(program, kind):
    if kind == "crash":
        return shrink(program, lambda p: spawn("--stdin", stdin=pickle.dumps(p)).returncode != 0)
    return shrink(program, lambda p: verdict_or_unsuitable(p).kind == kind)


# ---- what is printed ----
def shares(programs):
    """The share of programs, in percent, that hold each kind of statement."""
    count = Counter()
    for program in programs:
        nodes = list(g.statements(program.body))
        last = program.body[-1]
        count.update({
            "nested loops": any(isinstance(s, g.LOOPS) and depth for s, depth in nodes),
            "three deep": any(isinstance(s, g.LOOPS) and depth > 1 for s, depth in nodes),
            "while": any(isinstance(s, g.While) for s, _ in nodes),
            "in-place writes": any(isinstance(s, g.Store | g.CopyPart) or getattr(s, "into", "") for s, _ in nodes),
            "breaks": any(isinstance(s, g.Break) for s, _ in nodes),
            "continues": any(isinstance(s, g.Continue) for s, _ in nodes),
            "early returns": any(isinstance(s, g.Return) and s is not last for s, _ in nodes),
            "returns in loops": any(isinstance(s, g.Return) and depth for s, depth in nodes),
            "local arrays": any(isinstance(s, g.New | g.Whole) and not getattr(s, "into", "") for s, _ in nodes),
            "views": any(isinstance(s, g.View) for s, _ in nodes),
            "swaps": any(isinstance(s, g.Swap) for s, _ in nodes),
        })
    return {name: round(100 * n / len(programs)) for name, n in count.items()}


def report(verdicts):
    programs = [generate(seed) for seed in sorted(verdicts)]
    print(", ".join(f"{name} {share} %" for name, share in shares(programs).items()))
    print(", ".join(f"{kind} {n}" for kind, n in Counter(v.kind for v in verdicts.values()).most_common()))
    for detail, n in Counter(v.detail for v in verdicts.values() if v.kind == "refused").most_common(10):
        print(f"    refused {n} times: {detail}")


def print_failure(seed, verdict):
    print(f"\nseed {seed}: {verdict.kind}: {verdict.detail}")
    print(source(smaller(generate(seed), verdict.kind)), flush=True)


def fuzz(count, seed, jobs, shown=5):
    """Verdicts by seed."""
    seeds = list(range(seed, seed + count))
    batches = [seeds[k : k + BATCH] for k in range(0, count, BATCH)]
    verdicts = {}
    with ThreadPoolExecutor(jobs) as pool:
        for result in pool.map(run_batch, batches):
            verdicts.update(result)
            print(f"{len(verdicts)} of {count} programs", file=sys.stderr, flush=True)
    report(verdicts)
    failures = {s: v for s, v in verdicts.items() if v.failed}
    for s in sorted(failures)[:shown]:
        print_failure(s, failures[s])
    if failures:
        print("failing seeds (add them to tests/fuzz/seeds.txt):", *sorted(failures))
    return verdicts


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Compare random programs with a dual-number interpreter.")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--show", type=int, metavar="SEED", help="print the program of a seed, and its verdict")
    parser.add_argument("--worker", type=int, nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--stdin", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.worker:
        return work(options.worker)
    if options.stdin:
        return work_on_stdin()
    if options.show is not None:
        program = generate(options.show)
        print(source(program), check(program))
        return 0
    if irad_or_none() is None:
        print("irad cannot differentiate yet: only the interpreter is held against Numba")
    verdicts = fuzz(options.count, options.seed, options.jobs)
    return int(any(v.failed for v in verdicts.values()))
