"""Where the floats lie in each memory object, and whether every access agrees.

Bytes that carry an active float may be touched only as floats of one width, by whole copies, and by zeros; else a derivative is lost
silently. Each access has a type and a place (places.py). In one object, two floats are the same or apart, and an integer is apart from all
floats; where the places do not say so, the program is refused. The fields of an array or record argument are known from its dtype, those
of other memory from its accesses, and memory that is copied holds what the other side holds.

    layouts.pieces(copy)      the floats that a copy moves, from its first byte on
    layouts.cleared(i)        the floats that a memset or a store of zeros clears; None for all bytes
    layouts.plain             stores of integers beside the floats: they have no adjoint

An access whose place is not known to the byte is taken for one of whole floats, as Numba's own indexing gives it. Not so in memory that is
seen as elements of another size (frontend/reshaped.py): there nothing is taken that is not known.
"""
from dataclasses import dataclass
from math import gcd

from llvmlite import ir

from ..errors import Refusal
from .places import Place, Places
from .resized import Resized
from .values import FLOATS, int_value, is_copy, is_sign_test, size_of

BYTE = ir.IntType(8)
ROUNDS = 8                                              # of copies; then a copy to another place makes the layout periodic


@dataclass(frozen=True)
class Fields:
    """The floats of an argument's elements: (LLVM type, offset in bytes), and its stride arguments where these may have any value."""
    size: int
    floats: tuple
    strides: tuple = ()

    @property
    def full(self):
        """Is there nothing else?"""
        return sum(size_of(t) for t, _ in self.floats) == self.size

    def spelt(self):
        """(LLVM type, offset, is it a float?) of the floats, and of all other bytes."""
        taken = {offset + n for t, offset in self.floats for n in range(size_of(t))}
        yield from ((t, offset, True) for t, offset in self.floats)
        yield from ((BYTE, n, False) for n in range(self.size) if n not in taken)


class Integers:
    """`at(pointer, bytes)`: is there an integer of the caller's, in an element that holds floats as well?"""

    def __init__(self, objects, affine, fields):
        self.objects, self.known = objects, _known(objects, fields)
        self.places = Places(affine, objects, dict(self.known.values()))

    def at(self, pointer, size):
        objects = self.objects.list(self.objects.of(pointer))
        return bool(objects) and all(self._is_apart(o, pointer, size) for o in objects)

    def _is_apart(self, o, pointer, size):
        _, fields = self.known.get(o.index, (None, None))
        if fields is None or not fields.floats:
            return False
        place = self.places.of(pointer)
        if place.period % fields.size:
            return False
        inside = [offset % fields.size for offset in place.offsets]
        return not any(at < offset + size_of(t) and offset < at + size for at in inside for t, offset in fields.floats)


def _known(objects, fields):
    """{object: (data pointer, Fields or None)} for memory of the caller that one argument alone leads to. What an instance holds is
    reached through a pointer in its memory."""
    alone = ((o.index, objects.arguments_of(o)) for o in objects.all if o.kind == "argument")
    known = {index: (found[0], fields.get(found[0])) for index, found in alone if len(found) == 1}
    return known | {index: (known.get(index, (None,))[0], held.fields) for index, held in objects.held.items()}


@dataclass(frozen=True)
class Piece:
    """Floats of one type at `offset`, and at every `period` bytes after it (0: this one only)."""
    type: object
    offset: int
    period: int


class Bytes:
    """The accesses of one object: (offset, type, is_float) -> an instruction that makes it, offsets modulo `period`."""

    def __init__(self, period=0):
        self.period, self.known = period, {}

    def add(self, place, ty, is_float, i):
        """Says whether anything is new."""
        before = self.period, len(self.known)
        period = gcd(self.period, place.period)
        if period != self.period:
            self.period, old = period, self.known
            self.known = {}
            for (offset, t, kind), origin in old.items():
                self.known.setdefault((offset % period, t, kind), origin)
        for offset in place.offsets:
            self.known.setdefault((offset % period if period else offset, ty, is_float), i)
        return before != (self.period, len(self.known))

    def of_one_type(self):
        """The float type, if there are floats of one type only, at offsets that are whole numbers of it."""
        kinds = {(t, is_float) for _, t, is_float in self.known}
        if len(kinds) != 1 or not next(iter(kinds))[1]:
            return None
        ty = next(iter(kinds))[0]
        size = size_of(ty)
        if len({o % gcd(size, self.period) if self.period else o % size for o, _, _ in self.known}) > 1:
            return None
        return ty if not self.period or self.period % size == 0 or len(self.known) == 1 else None

    def clashes(self):
        """Two accesses that may overlap otherwise than allowed, as ((offset, type, is_float), the same), or None."""
        entries = sorted(self.known, key=lambda e: (e[0], str(e[1])))
        if self.period:                                 # once around, so that the last meets the first
            entries += [(o + self.period, t, kind) for o, t, kind in entries]
        reach = None                                    # the float and the access that end last
        ends = {True: (None, -1 << 62), False: (None, -1 << 62)}
        for e in entries:
            offset, ty, is_float = e
            other, end = ends[True]
            if other is not None and offset < end and not (is_float and other[:2] == e[:2]):
                return other, e
            if is_float:
                reach, end = ends[False]
                if reach is not None and offset < end:
                    return reach, e
            if offset + size_of(ty) > ends[is_float][1]:
                ends[is_float] = e, offset + size_of(ty)
        if self.period and any(size_of(t) > self.period for _, t, _ in self.known):
            return entries[0], entries[-1]
        return None


class Layouts:
    """`fields`: {data pointer argument: Fields}, for the arguments that are known to the byte. `element`: the Fields of what is passed to a
    call that stays a call, by its leaf. `mixed`: objects with a place for each number, of whatever type, that is stored into them and never
    read: a result."""

    def __init__(self, flow, objects, users, activity, affine, fields, element, mixed=0):
        self.flow, self.objects, self.users, self.activity, self.mixed = flow, objects, users, activity, mixed
        known = _known(objects, fields)
        self.fields = {index: found for index, (_, found) in known.items() if found is not None}
        self.places = Places(affine, objects, dict(known.values()))
        self.bytes, self.plain = {}, set()
        self.resized = Resized(flow, objects, self.places, affine)
        self._enter_fields()
        self._enter_accesses()
        self._enter_calls(affine, element)
        self._enter_copies()
        self._check()
        self._find_plain()

    # -- what is known
    def _of(self, o):
        return self.bytes.setdefault(o.index, Bytes())

    def _enter_fields(self):
        for o in self.objects.all:
            found = self.fields.get(o.index)
            if found is not None and found.floats:      # bytes without any float are whatever the accesses say
                for ty, offset in found.floats:
                    self._of(o).add(Place((offset,), found.size), ty, True, None)

    def _enter_accesses(self):
        floats = self.activity.varied_objects | self.activity.objects
        for i in self.flow.instructions():
            if i.opname == "load" and not (isinstance(i.type, ir.IntType) and is_sign_test(i, self.users)):
                self._enter(i, i.operands[0], i.type, floats if isinstance(i.type, FLOATS) else self.activity.varied_objects)
            elif i.opname == "store" and int_value(i.operands[0]) != 0:
                ty = i.operands[0].type
                self._enter(i, i.operands[1], ty, (floats if isinstance(ty, FLOATS) else self.activity.objects) & ~self.mixed)

    def _enter(self, i, pointer, ty, guarded):
        if isinstance(ty, ir.PointerType):
            return
        for o in self.objects.list(self.objects.of(pointer) & guarded):
            if not isinstance(ty, (*FLOATS, ir.IntType)):
                raise _seen_as(i, ty)
            self._of(o).add(self.places.of(pointer), ty, isinstance(ty, FLOATS), i)

    def _enter_calls(self, affine, element):
        """A call that stays a call sees an argument's memory as its type says."""
        guarded = self.activity.varied_objects | self.activity.objects
        for site in self.flow.sites.values():
            for k, pointer in site.memory():
                leaf, touched = site.callee.leaves[k], self.objects.list(self.objects.of(pointer) & guarded)
                fields = element(leaf) if touched else None
                if not touched:
                    continue
                if fields is None:
                    raise _seen_as(site.call, leaf.type)
                place = self._of_elements(affine, site, leaf, self.places.of(pointer), fields.size)
                for o in touched:
                    for ty, offset, is_float in fields.spelt():
                        inside = Place(tuple(at + offset for at in place.offsets), place.period)
                        self._of(o).add(inside, ty, is_float, site.call)

    def _of_elements(self, affine, site, leaf, first, size):
        """Where the elements of an array begin, of which the first one is here."""
        if not leaf.is_array or not leaf.type.ndim:
            return first
        if leaf.type.layout in "CF":
            return Place(first.offsets, gcd(first.period, size))
        steps = [self.places.moved(affine.poly(v)) for v in site.values(leaf.strides)]
        return Place(first.offsets, gcd(first.period, *(n for s in steps for n in (s.period, *s.offsets))))

    def _enter_copies(self):
        """What one side of a copy holds, the other side holds too."""
        copies, rounds, changed = [i for i in self.flow.instructions() if is_copy(i) and self._is_guarded(i)], 0, True
        while changed:
            changed, rounds = False, rounds + 1
            for i in copies:
                target, source = i.operands[1:3]
                for p, q in ((source, target), (target, source)):
                    for a in self.objects.list(self.objects.of(p)):
                        for b in self.objects.list(self.objects.of(q)):
                            changed |= self._carry(i, a, self.places.of(p), b, self.places.of(q), rounds > ROUNDS)

    def _is_guarded(self, i):
        both = self.objects.of(i.operands[1]) | self.objects.of(i.operands[2])
        return bool(both & (self.activity.varied_objects | self.activity.objects))

    def _carry(self, i, a, start, b, end, again):
        """Enter for object b, at `end`, what object a holds at `start`."""
        have = self.bytes.get(a.index)
        if have is None:
            return False
        shift = end.offsets[0] - start.offsets[0]
        period = gcd(have.period, start.period, end.period, *(o - p.offsets[0] for p in (start, end) for o in p.offsets))
        if shift and (a is b or again):
            period = gcd(period, shift)
        changed = False
        for (offset, ty, is_float), origin in list(have.known.items()):
            changed |= self._of(b).add(Place((offset + shift,), period), ty, is_float, origin or i)
        return changed

    # -- what is refused
    def _check(self):
        self.one = {index: found.of_one_type() for index, found in self.bytes.items()}
        for index, found in self.bytes.items():
            self.resized.check_floats(self.objects.all[index], found, self.one[index])
            clash = found.clashes() if self.one[index] is None else None
            if clash is None:
                continue
            where = [found.known.get(self._entered(found, e)) for e in clash]
            types = [e[1] for e in clash]
            i = next((w for w in where[::-1] if w is not None), None)
            if all(e[2] for e in clash) and types[0] is not types[1]:
                raise Refusal("one array accessed as float32 and as float64", i, "its bytes are seen through a view of another dtype, or "
                              "irad cannot tell fields of a record apart", "use constant indices into sub-arrays, or arrays of one dtype")
            if all(e[2] for e in clash):
                raise Refusal("floats that overlap each other in part", i, "their bytes are seen through a view at another offset")
            integer = next(k for k, e in enumerate(clash) if not e[2])
            raise _seen_as(where[integer] or i, types[integer])

    def _entered(self, found, e):
        return (e[0] % found.period if found.period else e[0], *e[1:])

    # -- zeros
    def _find_plain(self):
        """Stores of integer zeros that touch no float, and stores of other integers, which have been found to be beside them."""
        self.resized.check_blocks(self.bytes, self.activity.objects)
        for i in self.flow.instructions():
            if i.opname != "store" or not isinstance(i.operands[0].type, ir.IntType):
                continue
            if not any(self._touches(o, self.places.of(i.operands[1]), size_of(i.operands[0].type), i)
                       for o in self.objects.list(self.objects.of(i.operands[1]) & self.activity.objects)):
                self.plain.add(i)

    def _touches(self, o, place, size, i):
        """Does a store of `size` zero bytes clear floats of an object? Refused, if a float in part."""
        found, fields = self.bytes.get(o.index), self.fields.get(o.index)
        if found is None:
            return False
        one, touched = self.one[o.index], False
        if one is not None and size % size_of(one) == 0 and (fields is None or fields.full) and not self.resized.has(o):
            return True
        for offset, ty, is_float in found.known:
            period = gcd(found.period, place.period)
            for at in place.offsets if is_float else ():
                inside = offset - at
                lowest = inside % period if period else inside          # of the float, from the first byte of the store
                for begin in (lowest, lowest - period) if period else (lowest,):
                    if 0 <= begin and begin + size_of(ty) <= size:
                        touched = True
                    elif begin < size and begin + size_of(ty) > 0:
                        raise _seen_as(i, i.operands[0].type)
        return touched

    # -- for the adjoints
    def pieces(self, i):
        """The floats that a copy moves, by their offset from its first byte."""
        return self._pieces(i, [i.operands[1], i.operands[2]])

    def cleared(self, i):
        """The floats that a memset or a store of integer zeros clears; None: all bytes, among which there are no integers of the caller."""
        touched = self.objects.list(self.objects.of(i.operands[1]) & self.activity.objects)
        if all(self.fields[o.index].full if o.index in self.fields else True for o in touched):
            return None
        return self._pieces(i, [i.operands[1]])

    def _pieces(self, i, pointers):
        found = {}
        for pointer in pointers:
            place = self.places.of(pointer)
            for o in self.objects.list(self.objects.of(pointer)):
                for piece in self._of_object(o, place, i):
                    found[piece] = None
        return _joined(list(found), i)

    def _of_object(self, o, place, i):
        known = self.bytes.get(o.index)
        if known is None:
            return
        one = self.one[o.index]
        period = gcd(known.period, place.period, *(o - place.offsets[0] for o in place.offsets))
        for offset, ty, is_float in known.known:
            if not is_float:
                continue
            if period and period < size_of(ty):
                if one is None:
                    raise _unknown(i)
                yield Piece(ty, 0, size_of(ty))
                continue
            at = offset - place.offsets[0]
            yield Piece(ty, at % period if period else at, period)


def _joined(pieces, i):
    """Floats of one type without gaps become one piece that repeats with its own size."""
    if not pieces:
        raise _unknown(i)
    ty = pieces[0].type
    size = size_of(ty)
    if any(p.type is not ty for p in pieces):
        return pieces
    period = gcd(*(p.period for p in pieces))
    if not period or period % size or any(p.offset % size for p in pieces):
        return pieces
    filled = {p.offset % period for p in pieces if p.period == period}
    return [Piece(ty, 0, size)] if len(filled) == period // size else pieces


def _unknown(i):
    return Refusal("a copy of memory whose floats irad cannot place", i, "", "copy element by element, field by field")


def _seen_as(i, ty):
    return Refusal(f"the memory of floats, accessed as {ty}", i, "their bits are read or written as integers or as a vector: "
                   "a view of another dtype, or a field of a record that irad cannot tell from another", "use the floats as floats")
