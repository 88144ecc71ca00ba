"""Work in processes forked from one that has all that is slow behind it: a crash or a hang costs one of them and names its culprit.

    for seed, verdict in run(seeds, judge, jobs): ...       judge(seed) -> Verdict
    alone(lambda: ...)                                      what it gives, or a Verdict of kind crash or hang

A child tells when it starts a seed and what came out. Where it dies, the seed under way is run alone; if it survives alone, memory was
spoilt by an earlier one, and the batch is halved until that is found. The rest of the batch runs in a new child.
"""
import faulthandler
import gc
import os
import pickle
import selectors
import signal
import struct
import tempfile
import time
from collections import deque

from tests.fuzz.check import Verdict

BATCH = 250
PATIENCE = 240                                          # seconds for one program, on a machine that may be busy


class Child:
    """A process that judges seeds, one after the other."""

    def __init__(self, seeds, judge):
        self.seeds, self.now, self.done, self.since, self.buffer = list(seeds), None, 0, time.monotonic(), b""
        self.errors = tempfile.TemporaryFile()
        self.pipe, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.pipe)
            self._work(judge, writing)
        os.close(writing)

    def _work(self, judge, pipe):
        status = 1
        try:
            faulthandler.enable(self.errors)
            for seed in self.seeds:
                _send(pipe, (seed, None))
                _send(pipe, (seed, judge(seed)))
            status = 0
        except BaseException as error:
            self.errors.write(repr(error).encode())
            self.errors.flush()
        finally:
            os._exit(status)

    def receive(self):
        """New verdicts as `(seed, verdict)`; None where the pipe is closed."""
        data = os.read(self.pipe, 1 << 16)
        self.buffer += data
        fresh = []
        while len(self.buffer) >= 4 and len(self.buffer) >= 4 + (size := struct.unpack("<I", self.buffer[:4])[0]):
            seed, verdict = pickle.loads(self.buffer[4 : 4 + size])
            self.buffer = self.buffer[4 + size :]
            self.now, self.since = seed, time.monotonic()
            if verdict is not None:
                self.done += 1
                fresh.append((seed, verdict))
        return fresh if data else None

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def end(self):
        """The exit status, and what it said last."""
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        self.errors.seek(0)
        said = self.errors.read(2000).decode(errors="replace")
        self.errors.close()
        return os.waitstatus_to_exitcode(status), said


def _send(pipe, message):
    data = pickle.dumps(message)
    data = struct.pack("<I", len(data)) + data
    while data:
        data = data[os.write(pipe, data) :]


def settle():
    """What exists now is left alone by the garbage collector, here and in children."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def run(seeds, judge, jobs=1, size=BATCH, patience=PATIENCE):
    """Yields `(seed, verdict)`, in any order."""
    seeds = list(seeds)
    size = max(1, min(size, -(-len(seeds) // jobs)))
    waiting = deque(seeds[k : k + size] for k in range(0, len(seeds), size))
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or selector.get_map():
                while waiting and len(selector.get_map()) < jobs:
                    child = Child(waiting.popleft(), judge)
                    selector.register(child.pipe, selectors.EVENT_READ, child)
                ready = [key.data for key, _ in selector.select(timeout=5)]
                for child in [key.data for key in selector.get_map().values() if time.monotonic() - key.data.since > patience]:
                    child.kill()
                for child in ready:
                    fresh = child.receive()
                    if fresh is not None:
                        yield from fresh
                        continue
                    selector.unregister(child.pipe)
                    culprit, rest = finish(child, judge, patience)
                    if culprit:
                        yield culprit
                    if rest:
                        waiting.appendleft(rest)
        finally:                                        # the caller may have seen enough
            for child in [key.data for key in selector.get_map().values()]:
                child.kill()
                child.end()


def finish(child, judge, patience):
    """`((seed, verdict) or None, the seeds that are left)` of a child that has ended."""
    hung = time.monotonic() - child.since > patience
    status, said = child.end()
    left = child.seeds[child.done :]
    if not left:
        return None, []
    kind = "hang" if hung else "crash"
    verdict = Verdict(kind, f"exit status {status}: {said[:600]}")
    if hung or not survives(left[:1], judge, patience):
        return (left[0], verdict), left[1:]
    return (spoiler(child.seeds[: child.done + 1], judge, patience), verdict), left


def survives(seeds, judge, patience):
    return all(v.kind not in ("crash", "hang") for v in [alone(lambda: [judge(s) for s in seeds], patience)] if isinstance(v, Verdict))


def spoiler(seeds, judge, patience):
    """The seed without which the others live; the last one is where the damage shows."""
    suspects, last = list(seeds[:-1]), seeds[-1]
    while len(suspects) > 1:
        half = suspects[: len(suspects) // 2]
        suspects = suspects[len(suspects) // 2 :] if survives([*half, last], judge, patience) else half
    return suspects[0] if suspects else last


def alone(work, patience=PATIENCE):
    """What `work()` gives in a process of its own."""
    child = Child([0], lambda _: work())
    with selectors.DefaultSelector() as selector:
        selector.register(child.pipe, selectors.EVENT_READ, child)
        result = []
        while time.monotonic() - child.since < patience:
            if selector.select(timeout=1):
                fresh = child.receive()
                if fresh is None:
                    break
                result += fresh
        else:
            child.kill()
            child.end()
            return Verdict("hang", f"{patience} seconds")
    status, said = child.end()
    return result[0][1] if result else Verdict("crash", f"exit status {status}: {said[:600]}")
