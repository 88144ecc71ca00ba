"""Alias scopes: each shadow, each primal object and the tape are apart from each other, and every access says so.

As good as `noalias` parameters, and it survives inlining. Objects that may share memory share a scope: the caller checks at entry what the
types do not tell.
"""
from ..ir.extras import Metadata

FIRST_NODE = 700000


class Scopes:
    """`mark(i, keys)`: the access `i` touches only what the keys name: ("primal", index), ("shadow", index) or ("tape",)."""

    def __init__(self, module, objects, active):
        self._nodes, self._next, self._lists = module.nodes, FIRST_NODE, {}
        self._domain = self._node('distinct !{{!"irad"}}'.replace("{{", "{").replace("}}", "}"))
        self._scope = {}
        for o in objects.all:
            if o.kind == "argument" or o.is_local:
                self._add(("primal", o.index))
                if active >> o.index & 1:
                    self._add(("shadow", o.index))
        self._add(("tape",))

    def _add(self, key):
        self._scope[key] = self._node(f'distinct !{{!"{" ".join(map(str, key))}", {self._domain}}}')

    def _node(self, text):
        self._next += 1
        name = f"!{self._next}"
        self._nodes[name] = text
        return name

    def mark(self, i, keys):
        keys = frozenset(keys)
        if not keys or any(k not in self._scope for k in keys):
            return i
        if keys not in self._lists:
            inside = [node for key, node in self._scope.items() if key in keys]
            outside = [node for key, node in self._scope.items() if key not in keys]
            self._lists[keys] = [Metadata(self._node(f"!{{{', '.join(nodes)}}}")) for nodes in (inside, outside)]
        i.metadata["alias.scope"], i.metadata["noalias"] = self._lists[keys]
        return i


def shadow_keys(objects, pointer):
    return [("shadow", o.index) for o in objects.list(objects.of(pointer))]


def primal_keys(objects, pointer):
    return [("primal", o.index) for o in objects.list(objects.of(pointer))]
