"""Where the table of roles is asked: each public method says which verb it is, and nobody gets past that."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from ..roles import VERBS, permit

F = TypeVar("F", bound=Callable[..., Any])


def verb(name: str) -> Callable[[F], F]:
    """Ask first whether the principal of the method's house may use this verb. Raises `Refused` where it may not."""
    if name not in VERBS:
        raise KeyError(f"{name} is no verb: give it a row in agentflow/roles.py")

    def asked(method: F) -> F:
        @wraps(method)
        def at_once(self: Any, *args: Any, **kwargs: Any) -> Any:
            permit(self._house.principal, name)
            return method(self, *args, **kwargs)

        @wraps(method)
        async def later(self: Any, *args: Any, **kwargs: Any) -> Any:
            permit(self._house.principal, name)
            return await method(self, *args, **kwargs)

        checked: Any = later if iscoroutinefunction(method) else at_once
        checked.verb = name  # the test of the table looks for it
        return cast("F", checked)

    return asked
