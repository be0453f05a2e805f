"""The world of a plan's module: safe builtins, and the hooks that the policy compiles into its code."""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import itertools
import string
import sys
from _string import formatter_field_name_split  # type: ignore[import-not-found]
from collections.abc import Callable, Mapping
from functools import partial
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CoroutineType,
    GeneratorType,
    GenericAlias,
    MappingProxyType,
    SimpleNamespace,
)
from typing import Any, ForwardRef, _BaseGenericAlias  # type: ignore[attr-defined]

from .classes import class_builder
from .exceptions import LIMITS
from .names import CLOCKS, attribute_problem

_FUNCTIONS = """NotImplemented Ellipsis abs all any ascii bin bool bytes callable chr classmethod complex dict divmod
    enumerate filter float format frozenset hex int isinstance issubclass iter len list map max min next object oct ord
    pow property range repr reversed round set slice sorted staticmethod str sum super tuple zip"""

_BUILTINS: Mapping[str, Any] = {name: getattr(builtins, name) for name in _FUNCTIONS.split()} | {
    name: error
    for name, error in vars(builtins).items()
    if isinstance(error, type) and issubclass(error, Exception) and error not in {ExceptionGroup, *LIMITS}
}

_TYPES = SimpleNamespace(
    bool=bool,
    bytes=bytes,
    dict=dict,
    float=float,
    frozenset=frozenset,
    int=int,
    list=list,
    set=set,
    str=str,
    tuple=tuple,
)
_ALIASES: Any = (GenericAlias, _BaseGenericAlias)
_WRITABLE = (dict, list, collections.deque, decimal.Context)


def namespace(name: str, importer: Callable[..., Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Fresh globals for a plan's module. `name`, which no real module has, marks the classes that the plan defines."""
    if name in sys.modules:
        raise ValueError(f"{name!r} is the name of a module; choose another for the plan")
    return {
        "__name__": name,
        "__builtins__": {**_BUILTINS, "__import__": importer, "__build_class__": class_builder(name)},
        "_getattr_": _load,
        "_write_": partial(_writable, name),
        "_types_": _TYPES,
        "_limits_": LIMITS,
        **extra,
    }


def _writable(plan: str, target: Any) -> Any:
    """The object whose attribute or item a plan is about to set or delete, if it may."""
    if isinstance(target, _WRITABLE) or type(target).__module__ == plan:
        return target
    kind = f"the class {target.__name__}" if isinstance(target, type) else f"a {type(target).__name__}"
    raise TypeError(
        f"{kind} cannot be changed: a plan sets items of dicts and lists, and attributes of its own objects"
    )


def _load(value: Any, name: str) -> Any:
    """An attribute that is dangerous on some types."""
    owner = _behind(value)
    if name == "send" and isinstance(owner, GeneratorType | CoroutineType | AsyncGeneratorType):
        raise AttributeError("'send' of a generator is not available in a plan: use `for` or next()")
    if name == "obj" and isinstance(owner, BaseException):
        raise AttributeError("'obj' of an error is not available in a plan")
    if name == "register" and isinstance(owner, type):
        raise AttributeError("'register' of a class is not available in a plan: derive from it")
    if name == "evaluate" and isinstance(owner, ForwardRef):
        raise AttributeError("'evaluate' of a type is not available in a plan: annotations are not evaluated")
    if name in CLOCKS and isinstance(owner, datetime.date):
        raise AttributeError(f"'{name}' of a date is the machine's clock: use datetime.now(tz), or step.now()")
    found = getattr(value, name)
    if name == "format":
        return _safe_format(found)
    return dict(found) if isinstance(found, MappingProxyType) else found


def _behind(value: Any) -> Any:
    """What answers for a value's attributes: `typing.Mapping` and `super()` ask another."""
    while isinstance(value, _ALIASES):
        value = value.__origin__
    inner: Any = value
    return inner.__self__ if type(value) is super else value


def _safe_format(found: Any) -> Any:
    """`str.format` walks attributes in C; its place is taken by a formatter that asks the policy."""
    if found is str.format:
        return _format
    if isinstance(found, BuiltinMethodType) and found.__name__ == "format":
        owner = found.__self__
        return partial(_format, owner) if isinstance(owner, str) else found
    return found


def _format(text: str, /, *args: Any, **values: Any) -> str:
    if not isinstance(text, str):
        raise TypeError("str.format needs a string")
    return _Formatter().vformat(text, args, values)


class _Formatter(string.Formatter):
    """`str.format` with the attribute rules of the policy."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def parse(self, format_string: Any) -> Any:
        """Number the fields that leave it out, `{[key]}` too, which the formatter of the library does not."""
        for literal, field, spec, conversion in super().parse(format_string):
            unnumbered = field is not None and field[:1] in {"", ".", "["}
            yield literal, f"{next(self._numbers)}{field}" if unnumbered else field, spec, conversion

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        first, path = formatter_field_name_split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, key in path:
            value = _read(value, key) if is_attribute else value[key]
        return value, first


def _read(value: Any, name: str) -> Any:
    if attribute_problem(name):
        raise AttributeError(f"'.{name}' cannot be used in a format string: give the value itself")
    return _load(value, name)
