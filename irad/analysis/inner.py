"""Calls that stay calls: of functions in a cycle of the call graph, which cannot be inlined.

    Sites(module, signatures)       signatures(name) -> the Signature that Numba has given the function (frontend/abi.py), or None
    sites.of(call)                  a Site, or None for any other instruction

The callee keeps Numba's calling convention, so its types say what each LLVM argument is. What it writes is found by a walk over the
functions that it reaches: an argument's memory is written if a store, or a call that writes, goes through a pointer based on it, or through
one that the function has kept in memory.
"""
from dataclasses import dataclass

from llvmlite import ir

from .values import FLOATS, callee, is_copy, is_inst, is_memset, is_pointer

SCALARS = (*FLOATS, ir.IntType)
HIDDEN = 2                                              # retptr and excinfo, in front of the arguments
RESULT = -1                                             # the number of the result among the leaves


@dataclass(frozen=True)
class Callee:
    """`written`: leaves whose memory it may write."""
    name: str
    signature: object
    written: frozenset

    @property
    def leaves(self):
        return self.signature.leaves


@dataclass(frozen=True, eq=False)
class Site:
    """One call. Operands: function, result, exception, arguments."""
    call: object
    callee: Callee

    @property
    def result(self):
        """Where the callee puts its result."""
        return self.call.operands[1]

    def memory(self):
        """(leaf, data pointer) of each array or record."""
        return [(k, self.call.operands[1 + l.data + HIDDEN]) for k, l in enumerate(self.callee.leaves) if l.is_memory]

    def values(self, numbers):
        """The values passed as these LLVM arguments of the callee, numbered without the hidden ones."""
        return [self.call.operands[1 + HIDDEN + n] for n in numbers]

    def shadowed(self, active):
        """Pointers whose shadows are passed, the result's first; `active`: leaves, with RESULT for the result."""
        return [p for k, p in [(RESULT, self.result), *self.memory()] if k in active]

    def numbers(self):
        """(leaf, its LLVM values) of each float or complex number."""
        return [(k, [self.call.operands[1 + HIDDEN + l.first + n] for n in range(l.width)])
                for k, l in enumerate(self.callee.leaves) if l.is_number]

    def opaque(self):
        """Pointers to what is neither an array, a record nor a number."""
        known = [l for l in self.callee.leaves if not l.is_memory and not l.is_number]
        found = [self.call.operands[1 + HIDDEN + l.first + n] for l in known for n in range(l.width)]
        return [v for v in found if str(v.type) == "ptr"]

    def writes(self, objects):
        """The objects that the call may write."""
        bits = objects.of(self.result)
        for k, pointer in self.memory():
            if k in self.callee.written:
                bits |= objects.of(pointer)
        return bits

    def reads(self, objects):
        """The objects that the call may read."""
        bits = 0
        for _, pointer in self.memory():
            bits |= objects.of(pointer)
        return bits


class Sites:
    def __init__(self, module, signatures):
        self._signatures, self._callees = signatures, {}
        self._written = _Written()

    def of(self, i):
        if i.opname != "call" or not callee(i) or not i.operands[0].blocks:
            return None
        name = callee(i)
        if name not in self._callees:
            self._callees[name] = self._find(i.operands[0])
        found = self._callees[name]
        return None if found is None else Site(i, found)

    def _find(self, function):
        signature = self._signatures(function.name)
        if signature is None:
            return None
        written = self._written.of(function)
        return Callee(function.name, signature,
                      frozenset(k for k, l in enumerate(signature.leaves) if l.is_memory and l.data + HIDDEN in written))


class _Written:
    """Which arguments of a function have their memory written, here or in what it calls."""

    def __init__(self):
        self._known = {}

    def of(self, function):
        if function not in self._known:
            self._solve(function)
        return self._known[function]

    def _solve(self, function):
        """All functions reached from this one, from nothing written on, until no more is found."""
        reached, todo = {function: None}, [function]
        while todo:
            for i in _instructions(todo.pop()):
                if callee(i) and i.operands[0].blocks and i.operands[0] not in reached:
                    reached[i.operands[0]] = None
                    todo.append(i.operands[0])
        bases = {f: _Bases(f) for f in reached}
        written, changed = {f: frozenset() for f in reached}, True
        while changed:
            changed = False
            for f in reached:
                found = frozenset(k for pointer in self._targets(f, written) for k in bases[f].of(pointer))
                if found != written[f]:
                    written[f], changed = found, True
        self._known.update(written)

    def _targets(self, function, written):
        """Pointers through which the function writes."""
        for i in _instructions(function):
            if i.opname == "store" or is_memset(i) or is_copy(i):
                yield i.operands[1]
            elif i.opname in ("atomicrmw", "cmpxchg"):
                yield i.operands[0]
            elif callee(i) and i.operands[0] in written:
                yield from (i.operands[1 + k] for k in written[i.operands[0]])
            elif i.opname == "call" and not callee(i).startswith(("llvm.", "NRT_")):        # code that irad does not see
                yield from filter(is_pointer, i.operands[1:])


def _instructions(function):
    return [i for b in function.blocks for i in b.instructions]


class _Bases:
    """`of(pointer)`: the arguments of a function that a pointer may be based on. One that comes out of memory is based on any that has
    been put into memory: of a list of arrays, an instance, a tuple."""

    def __init__(self, function):
        self._number = {a: k for k, a in enumerate(function.args)}
        self._kept = frozenset()
        stores = [i for i in _instructions(function) if i.opname == "store" and not isinstance(i.operands[0].type, SCALARS)]
        self._kept = frozenset(k for i in stores for k in self.of(i.operands[0]))

    def of(self, pointer):
        seen, todo = set(), [pointer]
        while todo:
            v = todo.pop()
            if v in self._number:
                yield self._number[v]
            if not is_inst(v) or v in seen:
                continue
            seen.add(v)
            if v.opname in ("getelementptr", "freeze", "bitcast", "addrspacecast"):
                todo.append(v.operands[0])
            elif v.opname in ("phi", "select", "insertvalue"):
                todo += v.operands
            elif v.opname != "alloca" and not callee(v).startswith("NRT_"):
                yield from self._kept
