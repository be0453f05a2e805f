"""Tools that stand in for others: a plan cannot tell them from those, and nothing happens when they are called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ..records import ToolSpec
from .context import ToolContext
from .decorator import Tool
from .results import plain

Act = Callable[[ToolSpec, Mapping[str, Any], ToolContext], Awaitable[Any]]
"""What comes of a call: a result, or what it raises."""


class StandIn(Tool):
    """Has the name, the schemas and the policy of a tool, or of one that is known by its description alone."""

    def __init__(self, of: Tool | ToolSpec, act: Act) -> None:
        self._real = of if isinstance(of, Tool) else None
        self.spec = of.spec if isinstance(of, Tool) else of
        self.function = of.function if isinstance(of, Tool) else act
        self.secrets = ()
        self._act = act

    @property
    def wants_context(self) -> bool:
        """Always: who is asked should know of which step."""
        return True

    def needs_person(self, args: Mapping[str, Any]) -> bool:
        """What the tool's policy says. A predicate that nobody knows counts as yes."""
        return self._real.needs_person(args) if self._real else self.spec.approval != "never"

    async def call(self, args: Mapping[str, Any], context: ToolContext) -> Any:
        """Whatever `act` makes of it. Arguments that the tool would refuse are refused."""
        if self._real:
            self._real.accept(args)
        return plain(self.spec.name, await self._act(self.spec, args, context))
