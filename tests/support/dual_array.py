"""An array of dual numbers: NumPy's indexing, broadcasting and layout rules over cells that are all `Dual`.

`dtype` is what the array is in the differentiated program (float64 or float32); a store rounds to it.
Integer and boolean arrays stay NumPy's own.
"""
import operator

import numpy as np

from tests.support.dual import Dual, lift, numpy_errors


class Array:
    """See the module."""
    __array_ufunc__ = None
    __hash__ = None

    def __init__(self, cells, dtype=np.float64):
        self.cells, self.dtype = cells, np.dtype(dtype)

    # -- shape
    shape = property(lambda self: self.cells.shape)
    ndim = property(lambda self: self.cells.ndim)
    size = property(lambda self: self.cells.size)
    itemsize = property(lambda self: self.dtype.itemsize)
    T = property(lambda self: self._like(self.cells.T))
    flat = property(lambda self: Flat(self))

    def __len__(self):
        return len(self.cells)

    def __iter__(self):
        return (self[i] for i in range(len(self.cells)))

    def _like(self, cells):
        return Array(cells, self.dtype)

    def reshape(self, *shape):
        return self._like(self.cells.reshape(*shape))

    def ravel(self):
        return self._like(self.cells.ravel())

    def flatten(self):
        return self._like(self.cells.flatten())

    def transpose(self, *axes):
        return self._like(self.cells.transpose(*axes))

    def copy(self):
        return self._like(self.cells.copy())

    def astype(self, dtype):
        dtype = np.dtype(getattr(dtype, "real", dtype))
        if dtype.kind == "f":
            return Array(_stored(self.cells, dtype), dtype)
        return np.array([c.v for c in self.cells.flat]).astype(dtype).reshape(self.shape)

    # -- elements
    def __getitem__(self, index):
        out = self.cells[index]
        return self._like(out) if isinstance(out, np.ndarray) else out

    def __setitem__(self, index, x):
        cells = _stored(cells_of(x), self.dtype)
        self.cells[index] = cells if cells.ndim else cells[()]

    def fill(self, x):
        self[...] = x

    def item(self, *index):
        return self.cells.item(*index)

    # -- element by element
    def _apply(self, f, y, swapped=False):
        return elementwise(f, y, self) if swapped else elementwise(f, self, y)

    def _in_place(self, f, y):
        self[...] = self._apply(f, y)
        return self

    def __neg__(self):
        return elementwise(operator.neg, self)

    def __abs__(self):
        return elementwise(abs, self)

    def __pos__(self):
        return self.copy()

    def __matmul__(self, y):
        return matmul(self, y)

    def __rmatmul__(self, y):
        return matmul(y, self)

    # -- reductions
    def sum(self, axis=None):
        return reduce(lambda a, b: a + b, self, axis, Dual(0.0, None, self.dtype == np.float32))

    def prod(self):
        return reduce(lambda a, b: a * b, self, None, Dual(1.0))

    def mean(self):
        return self.sum() / self.size

    def max(self):
        return reduce(lambda a, b: b if b.v > a.v or b.v != b.v else a, self)

    def min(self):
        return reduce(lambda a, b: b if b.v < a.v or b.v != b.v else a, self)

    def var(self):
        m = self.mean()
        return reduce(lambda a, b: a + b, elementwise(lambda c: (c - m) * (c - m), self), None, Dual(0.0)) / self.size

    def std(self):
        from tests.support.dual_math import unary
        return unary("sqrt")(self.var())

    def cumsum(self):
        total, out = Dual(0.0), []
        for c in self.cells.flat:
            total = total + c
            out.append(total)
        return Array(_objects(out), self.dtype)

    def cumprod(self):
        total, out = Dual(1.0), []
        for c in self.cells.flat:
            total = total * c
            out.append(total)
        return Array(_objects(out), self.dtype)

    def argmax(self):
        return int(np.argmax(self.values()))

    def argmin(self):
        return int(np.argmin(self.values()))

    def argsort(self, kind=None):
        return np.argsort(self.values(), kind="stable")

    def sort(self):
        self.cells[...] = self.cells[self.argsort()]

    def dot(self, y):
        return matmul(self, y)

    def values(self):
        """The numbers without their derivatives, as a NumPy array."""
        return np.array([c.v for c in self.cells.flat], np.float64).reshape(self.shape)


def _operator(name):
    f = getattr(operator, name)

    def forward(self, y):
        return self._apply(f, y)

    def swapped(self, y):
        return self._apply(f, y, swapped=True)

    def in_place(self, y):
        return self._in_place(f, y)

    setattr(Array, f"__{name}__", forward)
    setattr(Array, f"__r{name}__", swapped)
    setattr(Array, f"__i{name}__", in_place)


def _comparison(name):
    f = getattr(operator, name)
    setattr(Array, f"__{name}__", lambda self, y: elementwise(f, self, y))


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    _operator(_name)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    _comparison(_name)


class Flat:
    """`x.flat`: the elements in C order, to read, to write and to iterate."""

    def __init__(self, array):
        self.cells = array.cells
        self.dtype = array.dtype

    def __iter__(self):
        return iter(self.cells.flat)

    def __len__(self):
        return self.cells.size

    def __getitem__(self, i):
        return self.cells.flat[i]

    def __setitem__(self, i, x):
        self.cells.flat[i] = _stored(cells_of(x), self.dtype)[()]


def _objects(items):
    out = np.empty(len(items), object)
    out[:] = items
    return out


def cells_of(x):
    """A number or array as an object array of duals."""
    if isinstance(x, Array):
        return x.cells
    if isinstance(x, np.ndarray):
        return np.array([lift(c) for c in x.flat], object).reshape(x.shape)
    if isinstance(x, list | tuple):
        return np.stack([cells_of(c) for c in x]) if x else np.empty(0, object)
    out = np.empty((), object)
    out[()] = lift(x)
    return out


def _stored(cells, dtype):
    single = dtype == np.float32
    out = np.empty(cells.shape, object)
    for i, c in np.ndenumerate(cells):
        out[i] = c if c.single == single else Dual(c.v, c.d, single)
    return out


def elementwise(f, *operands):
    """`f` over broadcast operands with NumPy's error model; booleans give a boolean array, duals an `Array`."""
    plain = [_operand(x) for x in operands]
    with numpy_errors():
        out = np.asarray(np.frompyfunc(f, len(plain), 1)(*plain), object)
    shape = np.broadcast_shapes(*(p.shape for p in plain))
    out = out.reshape(shape)
    if out.size and isinstance(out.flat[0], bool | np.bool_):
        return out.astype(bool)
    if out.size and not any(isinstance(c, Dual) for c in out.flat):
        return out.astype(np.asarray(list(out.flat)).dtype)
    single = all(c.single for c in out.flat) if out.size else all(x.dtype == np.float32 for x in operands if isinstance(x, Array))
    dtype = np.dtype(np.float32 if single else np.float64)
    return Array(_stored(out, dtype), dtype)


def _operand(x):
    if isinstance(x, Array):
        return x.cells
    if isinstance(x, np.ndarray):
        return np.array(x, object)
    out = np.empty((), object)
    out[()] = x
    return out


def reduce(f, x, axis=None, start=None):
    """Left to right over all elements, or along one axis."""
    if axis is not None:
        moved = np.moveaxis(x.cells, axis, 0)
        out = np.empty(moved.shape[1:], object)
        for i in np.ndindex(out.shape):
            out[i] = reduce(f, Array(moved[(slice(None), *i)], x.dtype), None, start)
        return Array(out, x.dtype)
    items = list(x.cells.flat)
    if start is None:
        if not items:
            raise ValueError("zero-size array to reduction operation not possible")
        start, items = items[0], items[1:]
    for c in items:
        start = f(start, c)
    return start


def matmul(x, y):
    """The products of vectors and matrices that `np.dot` knows."""
    a, b = cells_of(x), cells_of(y)
    if a.ndim == 0 or b.ndim == 0:
        return elementwise(operator.mul, x, y)
    left, right = (a if a.ndim == 2 else a[None, :]), (b if b.ndim == 2 else b[:, None])
    out = np.empty((left.shape[0], right.shape[1]), object)
    for i, j in np.ndindex(out.shape):
        total = Dual(0.0)
        for k in range(left.shape[1]):
            total = total + left[i, k] * right[k, j]
        out[i, j] = total
    if a.ndim == 1 and b.ndim == 1:
        return out[0, 0]
    return Array(out[0] if a.ndim == 1 else out[:, 0] if b.ndim == 1 else out)
