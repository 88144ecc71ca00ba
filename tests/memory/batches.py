"""Programs in batches, each in a process of its own, so that a crash costs one batch and names its program.

The worker prints a line behind each program. Where it dies, the program under way has crashed, and the rest goes on in a new process.
"""
import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.support.program import corpus

BATCH, TIMEOUT = 50, 900


@dataclass
class Verdict:
    """`said` is empty where all is well."""
    name: str
    said: str


def run(module, names, jobs=1):
    """The verdicts on these programs of `check(program)` in `module`, as they come."""
    names = list(names)
    batches = [names[k:k + BATCH] for k in range(0, len(names), BATCH)]
    with ThreadPoolExecutor(jobs) as pool:
        for part in pool.map(lambda b: _batch(module, b), batches):
            yield from part


def _batch(module, names):
    verdicts, rest = [], names
    while rest:
        done, crashed = _spawn(module, rest)
        verdicts += done
        rest = rest[len(done):]
        if crashed and rest:
            verdicts.append(Verdict(rest[0], crashed))
            rest = rest[1:]
    return verdicts


def _spawn(module, names):
    """What the worker has said, and how it died."""
    command = [sys.executable, "-X", "faulthandler", "-m", module, "--worker", *names]
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
        code, said, cause = out.returncode, out.stdout, out.stderr
    except subprocess.TimeoutExpired as late:
        code, said, cause = "no end", (late.stdout or b"").decode(), ""
    told = [json.loads(line[1:]) for line in said.splitlines() if line.startswith("\x02")]
    return [Verdict(*t) for t in told], f"exit {code}: {cause[-2000:]}" if len(told) < len(names) or code else ""


def _work(check, names):
    programs = corpus()
    for name in names:
        try:
            said = check(programs[name]) or ""
        except Exception as error:
            said = f"{type(error).__name__}: {error}"[:2000] or type(error).__name__
        print("\x02" + json.dumps([name, said]), flush=True)


def main(module, check, doc):
    """The command: without names, all programs of the corpus. Exit status 1 where one fails."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=doc.splitlines()[0])
    parser.add_argument("names", nargs="*", help="programs of the corpus; all of them without")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        _work(check, given.names)
        return
    count = wrong = 0
    for v in run(module, given.names or corpus(), given.jobs):
        count += 1
        if v.said:
            wrong += 1
            print(f"{v.name}: {v.said}\n", flush=True)
    print(f"{count} programs, {wrong} wrong")
    sys.exit(bool(wrong))
