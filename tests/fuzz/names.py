"""What is surely defined at a place of a program, and in which range."""
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Kind:
    """Of an array. Arrays are of one Numba type where the number of axes, dtype and layout agree; `?name` is a layout that is not known."""

    shape: tuple
    dtype: str = "float64"
    layout: str = "C"

    @property
    def double(self):
        return self.dtype == "float64"

    @property
    def summed_in_order(self):
        """A matrix in Fortran's order is summed in that order, which the interpreter does not know."""
        return len(self.shape) == 1 or self.layout == "C"

    def but(self, **changes):
        return replace(self, **changes)


@dataclass
class Names:
    """Floats in double and in single precision, arrays, the range of each int, `(length, greatest element)` of each array of ints, the
    length of each tuple of floats, the modulus of each int that is reduced by one, the least length
    of each list of floats, bools, complex numbers; ints that only bound loops."""

    floats: tuple = ()
    singles: tuple = ()
    arrays: dict = field(default_factory=dict)
    ranges: dict = field(default_factory=dict)
    indices: dict = field(default_factory=dict)
    tuples: dict = field(default_factory=dict)
    states: dict = field(default_factory=dict)
    lists: dict = field(default_factory=dict)
    flags: tuple = ()
    complexes: tuple = ()
    bounds: dict = field(default_factory=dict)

    def copy(self):
        tables = (self.arrays, self.ranges, self.indices, self.tuples, self.states, self.lists)
        return Names(self.floats, self.singles, *map(dict, tables), self.flags, self.complexes, self.bounds)
