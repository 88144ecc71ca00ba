"""The same arguments with every float of an active argument moved by a little."""
import numpy as np

from tests.support import memory


def nudged(args, kinds, rng, size=1e-8):
    """Arrays that overlap still do."""
    def number(x):
        return type(x)(x + size * (1.0 + abs(x)) * rng.choice([-1.0, 1.0])) if isinstance(x, float | np.floating) else x

    def walk(a, kind):
        if isinstance(a, np.ndarray):
            if kind != "const" and a.dtype.kind == "f":
                writable, a.flags.writeable = a.flags.writeable, True
                a += (size * (1.0 + np.abs(a)) * rng.choice([-1.0, 1.0], a.shape)).astype(a.dtype)
                a.flags.writeable = writable
            return a
        if isinstance(a, tuple):
            parts = [walk(x, kind) for x in a]
            return type(a)(*parts) if hasattr(a, "_fields") else tuple(parts)
        return number(a) if kind != "const" else a
    return tuple(walk(a, kind) for a, kind in zip(memory.clone(args), kinds, strict=True))
