"""A cursor over the tokens of one line of LLVM's text: types, values and attributes.

LLVM prints one construct per line, so one regular expression gives the tokens and no grammar is needed beyond what stands here.
The cursor knows what names mean: `types` and `globals` of the module, `locals` and `blocks` of the function being read.
"""
import re
import struct

from llvmlite import ir

from irad.errors import Refusal
from irad.ir.extras import SIMPLE, Metadata, Module, Text
from irad.ir.inst import CASTS

TOKEN = re.compile(r'[c%@!$#^]?"[^"]*"|[%@!$#^]?[-+\w.$]+|[][(){}<>,=*|!:]').findall
ESCAPE = re.compile(rb'\\([0-9A-Fa-f]{2})')
INTEGER = re.compile(r"i\d+$").match
CALLING = re.compile(r"(?:cc|\w+cc)$").match
CLOSE = {"(": ")", "[": "]", "{": "}", "<": ">"}
SCALAR = {"true": 1, "false": 0, "null": None, "none": None, "zeroinitializer": None, "undef": ir.Undefined}
NO_ATTRIBUTE = {*SIMPLE, *SCALAR, "", "poison", "comdat", "section", "to", "asm", "splat", "getelementptr"}     # what may follow attributes
UNREAD_TYPES = {"bfloat", "x86_fp80", "x86_amx", "fp128", "ppc_fp128", "target", "vscale", "token"}


def unquote(token):
    """The name behind `%name`, `@"name"` or `label`; llvmlite quotes and escapes again when it prints."""
    token = token[1:] if token[0] in "%@" else token
    if token[0] != '"':
        return token
    return ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), token[1:-1].encode()).decode("utf-8", "surrogateescape")


def number(typ, token):
    """The Python number of a numeric token."""
    if isinstance(typ, ir.IntType):
        return int(token)
    if token[:2] != "0x":
        return float(token)
    if token[2] == "H":
        return struct.unpack("<e", int(token[3:], 16).to_bytes(2, "little"))[0]
    return struct.unpack("<d", int(token[2:], 16).to_bytes(8, "little"))[0]


class Cursor:
    def __init__(self):
        self.module, self.globals, self.groups = Module(), {}, {}
        self.types = dict(SIMPLE)               # by text; of this module only: a named struct means another in another
        self.known = {}                         # constants by type and token, before any parsing
        self.locals, self.blocks = {}, {}
        self.toks, self.i = [""], 0

    # ------------------------------------------------------------------ tokens
    def line(self, text):
        self.toks, self.i = TOKEN(text), 0
        self.toks.append("")                    # so that looking one token ahead needs no test
        return self

    def take(self, token):
        if self.toks[self.i] != token:
            return False
        self.i += 1
        return True

    def expect(self, token):
        if not self.take(token):
            raise self.refusal(f"expected {token!r} before {self.toks[self.i]!r}")

    def next(self):
        self.i += 1
        return self.toks[self.i - 1]

    def group(self):
        """The text of the bracketed group that starts here."""
        start, depth, toks = self.i, 0, self.toks
        while True:
            t = toks[self.i]
            if not t:
                raise self.refusal("a bracket that does not close")
            depth += t in "([{<"
            depth -= t in ")]}>"
            self.i += 1
            if depth == 0:
                return " ".join(toks[start:self.i])

    def words(self):
        """Plain words up to a comma or the end: orderings, sync scopes."""
        start = self.i
        while self.toks[self.i] not in ("", ","):
            self.i += 1
        return " ".join(self.toks[start:self.i]).replace(" ( ", "(")

    def refusal(self, what):
        return Refusal(f"LLVM text that irad does not read: {what}", " ".join(self.toks))

    # ------------------------------------------------------------------ types
    def type(self):
        t = self.toks[self.i]
        self.i += 1
        typ = self.types.get(t)
        if typ is None:
            return self.other_type(t)
        if t == "ptr" and self.toks[self.i] == "addrspace":
            self.i += 4
            return self.same(ir.PointerType(addrspace=int(self.toks[self.i - 2])))
        return typ

    def same(self, typ):
        """The one object for this type, so that `is` compares types."""
        return self.types.setdefault(str(typ), typ)

    def other_type(self, t):
        if t == "[" or (t == "<" and self.toks[self.i] != "{"):
            if self.toks[self.i] == "vscale":
                raise self.refusal("the type of a scalable vector")
            count = int(self.next())
            self.expect("x")
            typ = (ir.ArrayType if t == "[" else ir.VectorType)(self.type(), count)
            self.expect(CLOSE[t])
        elif t == "{" or t == "<":
            typ = self.struct_type(t == "<")
        elif t[:1] == "%":
            typ = self.types[t] = self.module.context.get_identified_type(unquote(t))
            return typ
        elif INTEGER(t):
            typ = ir.IntType(int(t[1:]))
        else:
            raise self.refusal(f"the type `{t}`")
        return self.same(typ)

    def struct_type(self, packed):
        if packed:
            self.expect("{")
        elements = []
        while not self.take("}"):
            elements.append(self.type())
            self.take(",")
        if packed:
            self.expect(">")
        return ir.LiteralStructType(elements, packed)

    # ------------------------------------------------------------------ values
    def operand(self):
        return self.value(self.type())

    def operands(self):
        out = [self.operand()]
        while self.toks[self.i] == "," and self.toks[self.i + 1][0] != "!" and self.toks[self.i + 1] != "align":
            self.i += 1
            out.append(self.operand())
        return out

    def value(self, typ):
        t = self.toks[self.i]
        c = t[:1]
        if c == "%" or c == "@":
            found = (self.locals if c == "%" else self.globals).get(t)
            if found is None:
                raise self.refusal(f"`{t}` is used and not defined")
            self.i += 1
            return found
        if typ is SIMPLE["metadata"]:
            return self.metadata_operand()
        found = self.known.get((id(typ), t)) if c not in "<[{" else None    # a bracket alone does not tell which constant
        if found is not None:
            self.i += 1
            return found
        return self.constant(typ, t)

    def constant(self, typ, t):
        if t in SCALAR:
            made = self.module.constant(typ, SCALAR[t])
        elif t[:1] in "0123456789-" and t:
            made = number(typ, t)
            made = self.module.constant(typ, made) if made == made else Text(typ, t)        # Python does not keep every NaN's bits
        elif t == "poison":
            made = Text(typ, t)
        else:
            return self.text_constant(typ)
        self.i += 1
        self.known[id(typ), t] = made
        return made

    def text_constant(self, typ):
        """An aggregate, a constant expression, a string, inline assembly: up to the end of its last group."""
        start, toks = self.i, self.toks
        if self.take("asm"):
            while toks[self.i] not in ("(", ""):
                self.i += 1
        else:
            while toks[self.i] not in CLOSE and toks[self.i][:1] not in '@"' and toks[self.i][:2] != 'c"':
                self.i += 1
            if toks[self.i] in CLOSE:
                self.group()
            elif toks[self.i]:                          # c"...", dso_local_equivalent @f, no_cfi @f
                self.i += 1
            else:
                raise self.refusal(f"the constant `{toks[start]}`")
        used = toks[start:self.i]
        return Text(typ, " ".join(used), [self.globals[t] for t in used if t[0] == "@"])

    def metadata_operand(self):
        if self.toks[self.i] in SIMPLE:
            return ir.values.MetaDataArgument(self.value(self.type()))
        start = self.i
        self.i += 1
        if self.toks[self.i] in CLOSE:
            self.group()
        return Metadata("".join(self.toks[start:self.i]))

    # ------------------------------------------------------------------ attributes
    def attributes(self):
        """Attribute texts, up to something that starts a type or a value, or ends the list. Groups (`#0`) are written out."""
        out, toks = [], self.toks
        while True:
            t = toks[self.i]
            if t in NO_ATTRIBUTE or t[0] in "%@,)]}{[<!0123456789-" or INTEGER(t) or (t in CASTS and toks[self.i + 1] == "("):
                return out
            if t in UNREAD_TYPES:
                raise self.refusal(f"the type `{t}`")
            self.i += 1
            if t[0] == "#":
                out += self.groups.get(t, ())
            elif t == "align" and toks[self.i] != "(":
                out.append(f"align {self.next()}")
            elif toks[self.i] == "(":
                out.append(t + self.group().replace(" :", ":"))
            elif self.take("="):
                out.append(f"{t}={self.next()}")
            else:
                out.append(t)

    def calling(self):
        t = self.toks[self.i]
        if not CALLING(t):
            return ""
        self.i += 1
        return f"cc {self.next()}" if t == "cc" else t
