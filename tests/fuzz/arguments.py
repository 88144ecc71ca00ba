"""Random arguments: numbers, arrays in every layout, overlapping arrays, arrays of ints, (named) tuples; and how each takes part."""
from tests.fuzz import grammar as g
from tests.fuzz.names import Kind

OPTIONS = (
    (("plan", "save"),), (("plan", "recompute"),), (("elementwise", False),), (("fuse", False),), (("gather", False),),
    (("scopes", False),), (("optimise", False),), (("plan", "save"), ("elementwise", False)), (("plan", "recompute"), ("fuse", False)),
)  # fmt: skip


def draw_arguments(rng, mood, name_of_mood):
    def number():
        return round(rng.uniform(-1.5, 1.5), 3)

    def dtype():
        return "float32" if "single" in mood.features and rng.random() < 0.6 else "float64"

    def vector(name):
        wide = "single" not in mood.features and rng.random() < 0.15        # so that loops over it are vectorised
        short = rng.randint(4, 9) if name_of_mood == "affine" else rng.randint(2, 5)
        value = tuple(number() for _ in range(rng.randint(17, 36) if wide else short))
        kind, layout = dtype(), rng.choice(("C", "C", "C", "strided", "reversed"))
        if kind == "float32":
            value = tuple(round(x * 8) / 8 for x in value)
        return g.Argument(name, "array", value, kind, layout)

    arguments = [g.Argument(f"a{k}", "float", number()) for k in range(rng.randint(1, 2))]
    for k in range(rng.choice((0, 1, 1, 2)) if name_of_mood != "scalar" else 0):
        arguments.append(vector(f"x{k}"))
    if rng.random() < (0.6 if name_of_mood == "affine" else 0.25) and name_of_mood != "scalar":
        most = 4 if name_of_mood == "affine" else 3
        columns = rng.randint(2, most)
        value = tuple(tuple(number() for _ in range(columns)) for _ in range(rng.randint(2, most)))
        arguments.append(g.Argument("m0", "array", value, "float64", rng.choice(("C", "C", "F", "strided", "reversed"))))
    if rng.random() < 0.07 and name_of_mood != "scalar":
        value = tuple(tuple(tuple(number() for _ in range(2)) for _ in range(3)) for _ in range(2))
        arguments.append(g.Argument("c0", "array", value, "float64", rng.choice(("C", "F", "strided"))))
    if name_of_mood == "memory" and rng.random() < 0.4:
        arguments += overlapping(rng, arguments)
    for k in range(rng.choice((0, 1, 1, 1, 2))):
        arguments.append(g.Argument(f"n{k}", "int", rng.choice((0, 1, 2, 2, 3, 3, 4, 5))))
    if rng.random() < 0.1:
        arguments.append(g.Argument("b0", "int", rng.randint(65, 140)))     # a bound: more than a column of the tape starts with
    if rng.random() < (0.3 if name_of_mood in ("memory", "loops") else 0.08):
        arguments.append(g.Argument("j0", "ints", tuple(rng.randint(0, 4) for _ in range(rng.randint(2, 5))),
                                    rng.choice(("int64", "int64", "int32", "uint8", "uint32", "int8"))))
    if "structures" in mood.features:
        arguments += [structure(rng, f"t{k}", number, vector) for k in range(rng.randint(1, 2))]
    return tuple(arguments)


def overlapping(rng, arguments):
    """A piece of an array once more, or all of it."""
    bases = [a for a in arguments if a.kind == "array" and a.name == "x0"]
    if not bases:
        return []
    value = bases[0].value
    start = rng.randrange(len(value) - 1)
    end = len(value) if start else rng.randint(2, len(value))
    layout = "C" if bases[0].layout == "C" else "strided"
    return [g.Argument("z0", "array", value[start:end], "float64", layout, ("x0", start))] if bases[0].dtype == "float64" else []


def structure(rng, name, number, vector, depth=1):
    """A tuple or a namedtuple of numbers, arrays and tuples."""
    length = rng.randint(2, 3)
    named = rng.random() < 0.4
    parts = []
    for k in range(length):
        part = f"{name}.{g.MEMBERS[k]}" if named else f"{name}[{k}]"
        roll = rng.random()
        if roll < 0.15 and depth and not named:
            parts.append(structure(rng, part, number, vector, depth - 1) if part.isalnum() else nested(rng, part, number))
        elif roll < 0.4:
            parts.append(vector(part))
        else:
            parts.append(g.Argument(part, "float", number()))
    return g.Argument(name, "tuple", tuple(parts), fields=tuple(g.MEMBERS[:length]) if named else ())


def nested(rng, name, number):
    return g.Argument(name, "tuple", tuple(g.Argument(f"{name}[{k}]", "float", number()) for k in range(2)))


def declare(names, arguments):
    """Makes the arguments known."""
    for a in arguments:
        match a.kind:
            case "float":
                names.floats += (a.name,)
            case "array":
                names.arrays[a.name] = Kind(g.shape_of(a.value), a.dtype, "C" if a.layout == "C" else f"?{a.name}")
            case "int" if a.name[0] == "b":
                names.bounds[a.name] = a.value
            case "int":
                names.ranges[a.name] = (a.value, a.value)
            case "ints":
                names.indices[a.name] = (len(a.value), max(a.value))
            case "tuple":
                declare(names, a.value)
                if not a.fields and all(part.kind == "float" for part in a.value):
                    names.tuples[a.name] = len(a.value)


def draw_kinds(rng, arguments, returns):
    """Every activity that an argument can have; at least one argument is differentiated."""
    kinds = [draw_kind(rng, a) for a in arguments]
    if any(a.alias for a in arguments):                 # overlapping arrays have shadows that overlap as they do
        kinds = ["duplicated" if a.name in ("x0", "z0") else kind for a, kind in zip(arguments, kinds, strict=True)]
    if returns == "none":
        first = next(k for k, a in enumerate(arguments) if a.kind == "array")
        kinds[first] = "duplicated"
    if set(kinds) == {"const"}:
        kinds[0] = "active"
    return tuple(kinds)


def draw_kind(rng, a):
    match a.kind:
        case "int" | "ints":
            return "const"
        case "array":
            return rng.choices(("active", "duplicated", "const"), (4, 5, 1))[0]
        case "tuple" if all(part.kind == "array" for part in a.value):
            return rng.choice(("active", "duplicated", "const"))
    return "active" if rng.random() < 0.88 else "const"


def draw_options(rng):
    return rng.choice(OPTIONS) if rng.random() < 0.25 else ()

