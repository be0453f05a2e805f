"""Classes as a plan may make them: of real bases, with texts and hashes that come from no address."""

from __future__ import annotations

import builtins
import itertools
from abc import ABCMeta
from collections.abc import Callable, Coroutine, Generator
from types import resolve_bases
from typing import Any

_KEYS = (bytes, float, int, str)
"""What the library keeps values by, in caches that all runs of a process share."""


def class_builder(plan: str) -> Callable[..., Any]:
    """`__build_class__` of the namespace with that name."""
    plain = _plain()

    def build(body: Callable[[], Any], name: str, *bases: Any) -> Any:
        known = resolve_bases(bases)
        for base in known:
            check_base(name, base)
        made = builtins.__build_class__(body, name, *_with_plain(bases, known, plain))
        check_hash(made, plan)
        return made

    return build


def check_hash(made: type, plan: str) -> None:
    """Refuse a text or number with a hash of the plan's: the library's caches would call it in other runs."""
    owner = next(base for base in made.__mro__ if "__hash__" in vars(base))
    if issubclass(made, _KEYS) and owner.__module__ == plan and made.__hash__ is not None:
        kind = next(key for key in _KEYS if issubclass(made, key)).__name__
        raise TypeError(f"class {made.__name__} is derived from {kind}, so it cannot have a __hash__ of its own")


def check_base(name: str, base: Any) -> None:
    """Python would call the class of a base that is no class itself, with three arguments of the plan's choice.

    A class of classes makes others with any method that it likes, `__del__` too: `typing.Type` stands for one.
    """
    if not isinstance(base, type) or issubclass(base, type):
        raise TypeError(f"class {name} cannot be derived from {base!r:.60}: a base must be a class")
    if base in (Coroutine, Generator):  # their `close` hands over the class of what nobody may catch
        raise TypeError(
            f"class {name} cannot be derived from {base.__name__}: write a function with `yield` or `await`"
        )


def _with_plain(bases: tuple[Any, ...], known: tuple[Any, ...], plain: type) -> tuple[Any, ...]:
    """The bases, and the one that stands for `object` behind them, where there is room for it."""
    if known in ((), (object,)):
        return (plain,)
    has_room = all(type(base) in {type, ABCMeta} and not issubclass(base, plain) for base in known)
    return (*bases, plain) if has_room and object not in known else bases


def _plain() -> type:
    """`object` as a replay can have it: its text and its hash, so the order of a set, come from no address."""
    numbers = itertools.count(1)

    class Plain:
        __slots__ = ()

        def __repr__(self) -> str:
            if not isinstance(self, Plain):
                return repr(self)  # an Enum asks so for a member's value
            inherited = super().__repr__
            return f"<{type(self).__qualname__}>" if inherited.__qualname__ == "object.__repr__" else inherited()

        def __hash__(self) -> int:
            inherited: Any = super().__hash__
            if inherited is None:
                raise TypeError(f"unhashable type: {type(self).__name__!r}")
            own = getattr(self, "__dict__", None)
            if own is None or inherited.__qualname__ != "object.__hash__":
                return int(inherited())
            if "_number" not in own:
                own["_number"] = next(numbers)
            return int(own["_number"])

    return Plain
