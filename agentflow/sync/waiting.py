"""What stands before something asynchronous, for whoever cannot await: the same verbs, and each call waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import wraps
from inspect import getmembers_static, iscoroutine, isfunction
from typing import Any, TypeVar

from ..app.portal import Portal
from ..errors import UsageError
from ..records.shown import Listing, Shown

_FRONTS: dict[type, type[Waiting]] = {}
"""What stands before things of a class."""
W = TypeVar("W", bound="Waiting")

_SHOWN = "_repr_mimebundle_"


class Waiting:
    """One thing that lives on the loop of a portal, as it is used from outside of that."""

    def __init__(self, portal: Portal, there: Any) -> None:
        self._portal = portal
        self._there = there

    def __getattr__(self, name: str) -> Any:
        """What is no verb: `record`."""
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self._there, name)

    def __dir__(self) -> list[str]:
        own = [name for name in vars(self._there) if not name.startswith("_")]
        return sorted({*super().__dir__(), *own})

    def __repr__(self) -> str:
        return repr(self._there)


class Several(Listing[Any]):
    """A list of things with verbs, with a front for each."""

    def __init__(self, portal: Portal, there: list[Any]) -> None:
        super().__init__(wrap(portal, one) for one in there)


def waiting(cls: type) -> Any:
    """The class that stands before things of this one, with its public methods and properties.

    Made and not written, so that it cannot lack a verb; what type checkers know of it stands in `handles.pyi`.
    """
    public = {name: value for name, value in getmembers_static(cls) if not name.startswith("_")}
    verbs = {name: _verb(value) for name, value in public.items() if isfunction(value)}
    views = {name: _view(name, value) for name, value in public.items() if isinstance(value, property)}
    shown = {_SHOWN: _verb(cls._repr_mimebundle_)} if issubclass(cls, Shown) else {}  # marimo asks the class
    told = {"__doc__": cls.__doc__, "__module__": __name__}
    _FRONTS[cls] = type(cls.__name__, (Waiting,), {**told, **verbs, **views, **shown})
    return _FRONTS[cls]


def stands_before(cls: type) -> Callable[[type[W]], type[W]]:
    """Of a class that is written: which it stands before."""

    def noted(front: type[W]) -> type[W]:
        _FRONTS[cls] = front
        return front

    return noted


def wrap(portal: Portal, value: Any) -> Any:
    """What a verb gave, as it is used from outside: waited for, and with a front where it has verbs of its own."""
    if iscoroutine(value):
        return wrap(portal, portal.call(value))
    if isinstance(value, list) and any(cls in _FRONTS for one in value[:1] for cls in type(one).__mro__):
        return Several(portal, value)
    for cls in type(value).__mro__:  # handles of a service extend those of the app
        if cls in _FRONTS:
            return _FRONTS[cls](portal, value)
    return each(portal, value) if isinstance(value, AsyncIterator) else value


def each(portal: Portal, there: AsyncIterator[Any]) -> Iterator[Any]:
    """What an asynchronous iterator gives, one after the other. It is closed with this one."""
    end = object()

    async def one() -> Any:
        return await anext(there, end)

    async def close() -> None:
        if callable(aclose := getattr(there, "aclose", None)):
            await aclose()

    try:
        while (item := portal.call(one())) is not end:
            yield wrap(portal, item)
    finally:
        with suppress(UsageError):  # the portal is closed, and so is all that ran there
            portal.call(close())


def _verb(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Waiting, *args: Any, **kwargs: Any) -> Any:
        return wrap(self._portal, getattr(self._there, method.__name__)(*args, **kwargs))

    return call


def _view(name: str, view: property) -> property:
    def read(self: Waiting) -> Any:
        return wrap(self._portal, getattr(self._there, name))

    return property(read, doc=view.__doc__)
