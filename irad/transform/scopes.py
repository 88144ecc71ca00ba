"""Alias scopes: each shadow, each primal object and the tape are apart from each other, and every access says so.

As good as `noalias` parameters, and it survives inlining. Objects that may share memory share a scope: the caller checks at entry what the
types do not tell. Each list names all other scopes, so their number is limited: of many objects, the last ones share one scope for their
primals and one for their shadows, and nothing is claimed among them.
"""
from ..ir.extras import Metadata

FIRST_NODE = 700000
MOST = 64                                               # scopes of single objects


class Scopes:
    """`mark(i, keys)`: the access `i` touches only what the keys name: ("primal", index), ("shadow", index) or ("tape",)."""

    def __init__(self, module, objects, active):
        self._nodes, self._next, self._lists = module.nodes, FIRST_NODE, {}
        self._domain = self._node('distinct !{{!"irad"}}'.replace("{{", "{").replace("}}", "}"))
        self._scope, self._named = {}, {}               # key -> node; name -> node
        for o in objects.all:
            if o.kind == "argument" or o.is_local or o.given:
                self._add(("primal", o.index))
                if active >> o.index & 1:
                    self._add(("shadow", o.index))
        self._add(("tape",))

    def _add(self, key):
        """A scope of its own, or the one that the last objects share."""
        name = " ".join(map(str, key)) if len(self._scope) < MOST or len(key) == 1 else f"{key[0]} of the others"
        if name not in self._named:
            self._named[name] = self._node(f'distinct !{{!"{name}", {self._domain}}}')
        self._scope[key] = self._named[name]

    def _node(self, text):
        self._next += 1
        name = f"!{self._next}"
        self._nodes[name] = text
        return name

    def mark(self, i, keys):
        keys = list(keys)
        if not keys or any(k not in self._scope for k in keys):
            return i
        nodes = frozenset(self._scope[k] for k in keys)
        if nodes not in self._lists:
            sides = [[n for n in self._named.values() if (n in nodes) is inside] for inside in (True, False)]
            self._lists[nodes] = [Metadata(self._node(f"!{{{', '.join(side)}}}")) for side in sides]
        i.metadata["alias.scope"], i.metadata["noalias"] = self._lists[nodes]
        return i


def shadow_keys(objects, pointer):
    return [("shadow", o.index) for o in objects.list(objects.of(pointer))]


def primal_keys(objects, pointer):
    return [("primal", o.index) for o in objects.list(objects.of(pointer))]
