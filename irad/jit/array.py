"""An array inside compiled code: extents, strides, the bytes that it spans, and element-wise copies and sums between layouts."""
from functools import reduce

from llvmlite import ir
from numba.core import cgutils, types

from ..frontend.floats import floats

_INTP = cgutils.intp_t


class Array:
    """A Numba array value and the questions that a wrapper asks about it. All numbers are LLVM values."""

    def __init__(self, context, builder, ty, value):
        self.context, self.builder, self.type, self.value = context, builder, ty, value
        self.struct = context.make_array(ty)(context, builder, value)
        self.extents = cgutils.unpack_tuple(builder, self.struct.shape, ty.ndim)
        self.strides = cgutils.unpack_tuple(builder, self.struct.strides, ty.ndim)
        self._span = None

    @property
    def dense(self):
        """Whether the type alone says that the elements lie without gaps, in C or F order."""
        return self.type.layout in "CF"

    @property
    def data(self):
        return self.builder.bitcast(self.struct.data, cgutils.voidptr_t)

    @property
    def size(self):
        """The bytes of a dense copy."""
        return self.builder.mul(self.struct.nitems, self.struct.itemsize)

    def with_data(self, data, layout=None):
        """An array of the same extents over `data`. `layout`: the strides of dense memory in this order; None: the same strides."""
        out = self.context.make_array(self.type)(self.context, self.builder, self.value)
        out.data = self.builder.bitcast(data, out.data.type)
        out.meminfo = out.parent = ir.Constant(cgutils.voidptr_t, None)
        if layout is not None:
            strides = dense_strides(self.builder, self.extents, self.struct.itemsize, layout)
            out.strides = cgutils.pack_array(self.builder, strides, ty=_INTP)
        return out._getvalue()

    def as_dense(self, data, layout):
        """The same as `Array`, with a type that says so."""
        ty = types.Array(self.type.dtype, self.type.ndim, layout)
        return Array(self.context, self.builder, ty, self.with_data(data, layout))

    # ------------------------------------------------------------------ bytes
    @property
    def span(self):
        """`(low, high)`: the bytes from the first to behind the last element; equal for an empty array."""
        if self._span is None:
            self._span = self._dense_span() if self.dense else self._strided_span()
        return self._span

    def _dense_span(self):
        low = self.builder.ptrtoint(self.struct.data, _INTP)
        return low, self.builder.add(low, self.size)

    def _strided_span(self):
        b, low = self.builder, self.builder.ptrtoint(self.struct.data, _INTP)
        high, zero = b.add(low, self.struct.itemsize), _INTP(0)
        for n, stride in zip(self.extents, self.strides, strict=True):
            reach = b.mul(b.sub(n, _INTP(1)), stride)
            down = b.icmp_signed("<", reach, zero)
            low = b.add(low, b.select(down, reach, zero))
            high = b.add(high, b.select(down, zero, reach))
        return low, b.select(b.icmp_signed("==", self.struct.nitems, zero), low, high)

    def overlaps(self, other):
        return overlap(self.builder, self.span, other.span)

    def distance(self, other):
        return self.builder.sub(self.builder.ptrtoint(self.struct.data, _INTP), other.builder.ptrtoint(other.struct.data, _INTP))

    # ------------------------------------------------------------------ layout
    def differs_in_shape(self, other):
        return self._any([self.builder.icmp_signed("!=", n, m) for n, m in zip(self.extents, other.extents, strict=True)])

    def differs_in_strides(self, strides):
        """A stride along an extent of 0 or 1 is never used, so it does not count."""
        b = self.builder
        return self._any([b.and_(b.icmp_signed(">", n, _INTP(1)), b.icmp_signed("!=", s, t))
                          for n, s, t in zip(self.extents, self.strides, strides, strict=True)])

    def differs_from_dense(self, layout):
        return self.differs_in_strides(dense_strides(self.builder, self.extents, self.struct.itemsize, layout))

    def overlaps_itself(self):
        """Whether two elements may share bytes. No, if every stride reaches further than all smaller strides together."""
        b = self.builder
        if self.dense:
            return cgutils.false_bit
        steps = [b.select(b.icmp_signed("<", s, _INTP(0)), b.neg(s), s) for s in self.strides]
        reach = [b.mul(b.sub(n, _INTP(1)), s) for n, s in zip(self.extents, steps, strict=True)]
        bad = []
        for d, step in enumerate(steps):
            inside = self.struct.itemsize
            for e, other in enumerate(steps):
                if e != d:
                    smaller = b.icmp_signed("<=" if e > d else "<", other, step)
                    used = b.and_(smaller, b.icmp_signed(">", self.extents[e], _INTP(1)))
                    inside = b.add(inside, b.select(used, reach[e], _INTP(0)))
            bad.append(b.and_(b.icmp_signed(">", self.extents[d], _INTP(1)), b.icmp_signed("<", step, inside)))
        return b.and_(self._any(bad), b.icmp_signed("!=", self.struct.nitems, _INTP(0)))

    def _any(self, conditions):
        return reduce(self.builder.or_, conditions, cgutils.false_bit)

    # ------------------------------------------------------------------ elements
    def copy_from(self, other):
        """Element by element; the arrays have one shape and do not overlap."""
        if self.dense and other.type.layout == self.type.layout:
            cgutils.raw_memcpy(self.builder, self.struct.data, other.struct.data, self.struct.nitems, self.struct.itemsize)
            return
        self._each(other, lambda mine, theirs: cgutils.raw_memcpy(self.builder, mine, theirs, self.struct.itemsize, _INTP(1)))

    def add(self, other):
        """Add element by element, in order: an element that occurs twice gets both."""
        b = self.builder
        if self.dense and other.type.layout == self.type.layout:
            with cgutils.for_range(b, self.struct.nitems, intp=_INTP) as loop:
                self._add(b.gep(self.struct.data, [loop.index]), b.gep(other.struct.data, [loop.index]))
            return
        self._each(other, self._add)

    def _add(self, mine, theirs):
        """Add the floats of one element; all else that it holds stays as it is."""
        b, packed = self.builder, isinstance(self.type.dtype, types.Record) and not self.type.dtype.aligned
        align = 1 if packed or not self.type.aligned else None
        for run in floats(self.type.dtype):
            real = self.context.get_value_type(run.type)
            x, y = (b.bitcast(cgutils.pointer_add(b, p, run.offset), real.as_pointer()) for p in (mine, theirs))

            def one(k, x=x, y=y):
                to, of = b.gep(x, [k]), b.gep(y, [k])
                b.store(b.fadd(b.load(to, align=align), b.load(of, align=align)), to, align=align)

            if run.count <= 2:
                for k in range(run.count):
                    one(_INTP(k))
                continue
            with cgutils.for_range(b, _INTP(run.count), intp=_INTP) as loop:
                one(loop.index)

    def _each(self, other, act):
        with cgutils.loop_nest(self.builder, self.extents, _INTP) as indices:
            act(*(cgutils.get_item_pointer(self.context, self.builder, a.type, a.struct, indices) for a in (self, other)))


def overlap(b, mine, its):
    """Do two ranges `(low, high)` of bytes have one in common?"""
    (a, z), (c, y) = mine, its
    low = b.select(b.icmp_unsigned("<", a, c), c, a)
    return b.icmp_unsigned("<", low, b.select(b.icmp_unsigned("<", z, y), z, y))


def dense_strides(builder, extents, itemsize, layout):
    """The strides of an array without gaps."""
    out, step = [], itemsize
    for n in (extents if layout == "F" else reversed(extents)):
        out.append(step)
        step = builder.mul(step, n)
    return out if layout == "F" else out[::-1]


def record_array(context, builder, ty, pointer):
    """A record of type `ty` as an array without dimensions."""
    array = types.Array(ty, 0, "C")
    out = context.make_array(array)(context, builder)
    empty, size = cgutils.pack_array(builder, [], ty=_INTP), _INTP(ty.size)
    context.populate_array(out, data=pointer, shape=empty, strides=empty, itemsize=size, meminfo=None, parent=None)
    return Array(context, builder, array, out._getvalue())


def new_array(context, builder, ty, like, frame):
    """A new zeroed array of type `ty` (dense) with the extents of `like`."""
    meminfo, data = frame.result(like.size)
    out = context.make_array(ty)(context, builder)
    out.data = builder.bitcast(data, out.data.type)
    out.shape = like.struct.shape
    out.strides = cgutils.pack_array(builder, dense_strides(builder, like.extents, like.struct.itemsize, ty.layout), ty=_INTP)
    out.nitems, out.itemsize = like.struct.nitems, like.struct.itemsize
    out.meminfo, out.parent = meminfo, ir.Constant(cgutils.voidptr_t, None)
    return Array(context, builder, ty, out._getvalue())
