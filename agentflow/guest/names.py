"""Which names a plan may write: of variables, of methods, of attributes. Shared by the policy and the guards."""

from __future__ import annotations

import re

_METHODS = """init post_init str repr format bool len iter next contains getitem setitem delitem missing call hash
    eq ne lt le gt ge add sub mul truediv floordiv mod pow matmul and or xor radd rsub rmul rtruediv rfloordiv rmod
    iadd isub imul neg pos abs invert round reversed"""
MAGIC = frozenset(f"__{name}__" for name in _METHODS.split())
"""Methods with two underscores that a plan's class may define. Python calls each with plain operands, at a moment that
the plan chose; those that hook attribute access, class creation, copying, contexts or destruction are not here."""

CLOCKS = frozenset({"now", "today", "utcnow"})
"""What a date or a datetime has from its class: the clock of the machine, and not of the run."""
GUARDED = CLOCKS | {"evaluate", "format", "groupindex", "metadata", "obj", "register", "send"}
"""Attributes that are dangerous on some types only: their load goes through the guard `_getattr_`."""

INHERITED = frozenset({"format", "obj"})
"""Those that an object of the plan's own can have from the library: changing one in place would read it unguarded."""

BOUND = frozenset({"super"})
"""Names that a plan may use but not bind: the policy trusts what they mean."""

_FRAMES = re.compile(r"(ag|co|cr|f|gi|tb)_")
_REFUSED = {
    "mro": "use isinstance()",
    "with_traceback": "raise the error itself, or `raise NewError(...) from error`",
    "format_map": "use `.format(**values)` or an f-string",
    "throw": "raise the error where it happens",
    "asend": "use a plain generator",
    "athrow": "use a plain generator",
    "aclose": "use a plain generator",
    "cache_info": "count it in a variable of your own",
    "cache_clear": "keep the values in a dict of your own",
    "cache_parameters": "keep the values in a dict of your own",
    "clear_cache": "leave it out: a zone never changes",
}
_UNDERSCORE = "names that start with an underscore belong to Python and to agentflow; rename it"


def variable_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with a name that a plan binds or reads, and what to do; None if it is fine."""
    if not name.isascii():
        return f"the name '{name}' has letters outside of ASCII", "use plain letters a-z in names"
    if name in BOUND:
        return f"'{name}' cannot be given another meaning", "choose another name"
    if name == "__name__":
        return "'__name__' is not available", "leave it out: a plan is never run as a script"
    if name.startswith("_") and name != "_":
        return f"the name '{name}' starts with an underscore", _UNDERSCORE
    return None


def attribute_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with an attribute's name, and what to do; None if it is fine."""
    if not name.isascii():
        return f"the attribute '{name}' has letters outside of ASCII", "use plain letters a-z in names"
    if name.startswith("_") and name != "_":
        return f"the attribute '{name}' starts with an underscore", _attribute_advice(name)
    if name in _REFUSED:
        return f"the attribute '{name}' is not available", _REFUSED[name]
    if _FRAMES.match(name):
        return f"the attribute '{name}' looks like a part of Python's frames", "choose another name"
    return None


def _attribute_advice(name: str) -> str:
    if name in {"__name__", "__class__"}:
        return "use isinstance(); of an error that a step raised, `error.type`"
    if name in {"__dict__", "_asdict", "_fields"}:
        return "use dataclasses.asdict(x) on a dataclass, or name the fields"
    if name == "_replace":
        return "use dataclasses.replace(x, ...) on a dataclass"
    return _UNDERSCORE
