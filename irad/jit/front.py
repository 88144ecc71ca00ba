"""From Python to a dispatcher: grad and value_and_grad, and for autodiff and gradient the function that unpacks annotations and calls.

A call of autodiff costs little because all decisions are taken once for each mode and kinds of annotations: the table below maps
these to a generated lambda such as `lambda a0, a1: entry(a0.x, a1.x, a1.dx)`.
"""
from operator import index

from ..errors import IradError
from ..modes import MEMBERS, Active, Annotation, Const, Mode, Reverse, annotation_needed
from .call import AUTODIFF, GRADIENT, VALUE_AND_GRADIENT
from .checks import as_dispatcher
from .dispatcher import known, make, parameter
from .parameters import parameters, site, star, wrong
from .structure import Output
from .tables import tables

FORMS = {form.name: form for form in (AUTODIFF, GRADIENT, VALUE_AND_GRADIENT)}      # and jvp.py's
FUNCTIONS = {}             # the public functions by name: the bodies of dispatchers refer to them


class Calls(dict):
    """(form, mode, types of the arguments) -> a function of the arguments."""

    def __init__(self, f):
        super().__init__()
        self.f = f

    def __missing__(self, key):
        form, mode, *given = key
        f = self.f
        for k, ty in enumerate(given):
            if not issubclass(ty, Annotation) and not form.bare:
                raise annotation_needed(f"{form.name}: argument {k + 1} of {site(f)}", ty.__name__)
        kinds = tuple(ty if issubclass(ty, Annotation) else Active for ty in given)
        entry = make_entry(f, form.name, mode, kinds)
        names = [f"a{k}" for k in range(len(given))]
        raw = [value for a, ty in zip(names, given, strict=True) for value in ([f"{a}.{m}" for m in MEMBERS[ty]] if ty in MEMBERS else [a])]
        made = eval(f"lambda {', '.join(names)}: entry({', '.join(raw)})", {"entry": entry})
        return self.setdefault(key, made)


def calls(f):
    """The table of a function that may be called for the first time."""
    dispatcher = as_dispatcher(f)
    home = tables(dispatcher)
    if home.calls is None:
        home.calls = Calls(dispatcher)
    return home.calls


def call(form, given):
    """A call of `form` from Python. Called before, and without a mode, it is one look-up; autodiff has its own short way."""
    table = getattr(getattr(given[0], "_irad", None), "calls", None) if form.bare and given else None
    if table is not None and table.f is given[0]:
        arguments = given[1:]
        return table[form, Reverse, *map(type, arguments)](*arguments)
    mode, f, arguments = form.split(given, lambda x: isinstance(x, Mode))
    return calls(f)[form, mode or Reverse, *map(type, arguments)](*arguments)


def make_entry(f, form, mode, kinds):
    """The dispatcher that a call of this form goes to: its parameters are the raw values."""
    recipe = make_entry, (f, form, mode, kinds)
    found = known(f, recipe)
    if found is not None:
        return found
    inner, output = FORMS[form].mode(mode)
    raw = [[f"{m}{k}" for m in MEMBERS[kind]] for k, kind in enumerate(kinds)]
    name = f"{form}_{_word(mode)}_{''.join(kind.__name__[0] for kind in kinds)}"        # in the name, so in the name of the cache's file
    names = {kind.__name__: kind for kind in MEMBERS} | {"call": FUNCTIONS[form], "mode": mode, "f": f}
    body = [f"return {FORMS[form].body(kinds, raw)}"]
    return make(name, [parameter(n) for mine in raw for n in mine], body, names, (f, inner, kinds, output), recipe)


def derivative(name, f, argnums):
    """grad(f, argnums), value_and_grad(f, argnums): a dispatcher with f's own parameters."""
    f = as_dispatcher(f)
    wanted = parameters(f)
    if star(f):
        raise wrong(f, f"{name} cannot make a function of {f.py_func.__qualname__}, which has the parameter `*{star(f)}`",
                    "the function that it returns names its arguments",
                    "write gradient(f, ...), or differentiate a function with one parameter for each argument")
    picked = _argnums(name, f, argnums, len(wanted))
    recipe = FUNCTIONS[name], (f, picked)
    found = known(f, recipe)
    if found is not None:
        return found
    chosen = (picked,) if isinstance(picked, int) else picked
    kinds = tuple(Active if k in chosen else Const for k in range(len(wanted)))
    with_value = name == "value_and_grad"
    mode = Reverse.with_primal() if with_value else Reverse
    annotated = ", ".join(f"irad_{kind.__name__}({p.name})" for kind, p in zip(kinds, wanted, strict=True))
    gradients = f"irad_g[{picked}]" if isinstance(picked, int) else f"({''.join(f'irad_g[{k}], ' for k in picked)})"
    body = [f"irad_g{', irad_v' * with_value} = irad_autodiff(irad_mode, irad_f, {annotated})",
            f"return {'irad_v, ' * with_value}{gradients}"]
    names = {"irad_Active": Active, "irad_Const": Const, "irad_autodiff": FUNCTIONS["autodiff"], "irad_mode": mode, "irad_f": f}
    doc = f"{name} of {site(f)} with respect to {', '.join(wanted[k].name for k in chosen)}."
    title = f"{name}{'_'.join(map(str, chosen))}{'' if isinstance(picked, int) else '_tuple'}"
    return make(title, wanted, body, names, (f, mode, kinds, Output("first" if with_value else "", picked)), recipe, doc)


def _argnums(name, f, argnums, count):
    """Checked, and counted from the front."""
    def one(k):
        try:
            k = index(k)
        except TypeError:
            raise IradError(f"{name}: argnums is an int or a tuple of ints, not {argnums!r}.") from None
        if isinstance(argnums, bool) or not -count <= k < count:
            raise IradError(f"{name}: argnums {k} is out of range: {site(f)} takes {count} argument{'s' * (count != 1)}.")
        return k % count

    if not isinstance(argnums, tuple | list):
        return one(argnums)
    out = tuple(map(one, argnums))
    if not out or len(set(out)) < len(out):
        raise IradError(f"{name}: argnums {argnums!r} {'names an argument twice' if out else 'is empty'}.")
    return out


def _word(mode):
    return mode.direction + "WithPrimal" * mode.primal + "Strong" * mode.strong_zero


