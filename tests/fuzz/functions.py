"""Random functions for a program to call: with numbers and arrays, that they may write; returning one float, two, an array or nothing."""
from tests.fuzz import grammar as g
from tests.fuzz.moods import Mood
from tests.fuzz.names import Kind
from tests.fuzz.statements import Callee, Writer

# What is drawn inside; little, for it is compiled for each type of its arguments.
INSIDE = {"sweep": 0.2, "part": 0.1, "whole": 0.1, "return": 1.5, "raise": 0, "tuple": 0.2, "call": 0.5}

RECURSIVE = 0.2                                         # of the functions


def draw_functions(rng, mood, arrays):
    """Up to as many as the mood allows. `arrays`: kinds that are at hand where they will be called."""
    drawn = []
    for k in range(rng.randint(1, mood.functions) if mood.functions else rng.random() < 0.2):
        kind = draw_recursive if rng.random() < RECURSIVE else draw_function
        drawn.append(kind(rng, f"h{k}", mood, arrays, tuple(drawn)))
    return tuple(drawn)


def draw_parameters(rng, arrays):
    """(parameters, what each array and int among them needs)."""
    parameters = [g.Parameter(f"a{k}", "float") for k in range(rng.randint(1, 2))]
    needs = {}
    for k in range(rng.choice((0, 1, 1, 2)) if arrays else 0):
        parameters.append(g.Parameter(f"x{k}", "array"))
        needs[f"x{k}"] = rng.choice(arrays).but(layout=f"?x{k}")
    if rng.random() < 0.3:
        parameters.append(g.Parameter("n0", "int"))
        needs["n0"] = range(rng.randint(0, 1), rng.randint(3, 5))
    return parameters, needs


def writer_of(rng, mood, parameters, needs, returns, known, errors):
    inside = Mood(2, 2, {**INSIDE, "raise": 1.5 if errors else 0}, mood.features)
    writer = Writer(rng, inside, rng.randint(1, 4), known, returns)
    for p in parameters:
        if p.kind == "float":
            writer.names.floats += (p.name,)
        elif p.kind == "array":
            writer.names.arrays[p.name] = needs[p.name]
        else:
            writer.names.ranges[p.name] = (needs[p.name].start, needs[p.name].stop - 1)
    return writer


def draw_function(rng, name, mood, arrays, known):
    parameters, needs = draw_parameters(rng, arrays)
    has_array = any(p.kind == "array" for p in parameters)
    returns = rng.choice(("float", "float", "float", "several", *(("none", "none", "array") if has_array else ())))
    writer = writer_of(rng, mood, parameters, needs, returns, known, "errors" in mood.features)
    body = (writer.assign(), *writer.block()) if rng.random() < 0.5 else writer.block()
    if returns == "none":
        array = rng.choice([p.name for p in parameters if p.kind == "array"])
        body += (g.Store(array, writer.subscript(needs[array].shape), rng.choice(("=", "+=", "*=")), writer.bounded()),)
    elif returns == "array":
        body, needs["return"] = returned_array(rng, writer, body, needs)
    else:
        body += (g.Return(g.Several((writer.result(), writer.bounded())) if returns == "several" else writer.result()),)
    inline = "never" if rng.random() < 0.15 else ""
    return Callee(g.Function(name, tuple(parameters), body, returns, inline), needs)


def returned_array(rng, writer, body, needs):
    """A new array, a parameter or a view of one; and its kind."""
    arrays = [(name, kind) for name, kind in needs.items() if isinstance(kind, Kind)]
    name, kind = rng.choice(arrays)
    match rng.choice(("new", "new", "view", "itself")):
        case "new":
            made = writer.make_scratch()
            scratch = made[-1].name if isinstance(made[-1], g.View) else made[0].name
            return (*body, *made, g.Return(g.Array(scratch))), writer.names.arrays[scratch]
        case "view" if len(kind.shape) == 1:
            n = kind.shape[0]
            first = rng.randrange(n)
            view = g.View("u", name, (g.Span(first, n),))
            return (*body, view, g.Return(g.Array("u"))), kind.but(shape=(n - first,))
    return (*body, g.Return(g.Array(name))), kind


def draw_recursive(rng, name, mood, arrays, known):
    """Counts its first parameter down; may write its arrays before and after the call of itself."""
    parameters, needs = draw_parameters(rng, arrays)
    parameters = [g.Parameter("n9", "int"), *(p for p in parameters if p.kind != "int")]
    needs = {**{k: v for k, v in needs.items() if isinstance(v, Kind)}, "n9": range(0, 4)}
    returns = "none" if any(p.kind == "array" for p in parameters) and rng.random() < 0.4 else "float"
    writer = writer_of(rng, mood, parameters, needs, returns, known, False)
    end = g.If(g.CompareInts("<=", g.IntVar("n9"), g.Int(0)), (g.Return(None if returns == "none" else writer.bounded()),))
    before = writer.block(rng.randint(0, 2)) if rng.random() < 0.7 else ()
    down = g.IntOp("-", g.IntVar("n9"), g.Int(1))
    given = [g.Array(p.name) if p.kind == "array" else writer.bounded() for p in parameters[1:]]
    call = g.Call(name, (down, *given))
    if returns == "none":
        array = rng.choice([p.name for p in parameters if p.kind == "array"])
        store = g.Store(array, writer.subscript(needs[array].shape), rng.choice(("=", "+=", "*=")), writer.bounded())
        body = (end, *before, g.Do(call), store)
    else:
        writer.names.floats += ("v99",)
        body = (end, *before, g.Assign("v99", "=", call), *writer.block(1), g.Return(g.Unary("tanh", writer.result())))
    return Callee(g.Function(name, tuple(parameters), body, returns), needs)
