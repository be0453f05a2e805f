"""agentflow: a goal becomes a checked plan in Python, and a durable engine runs it.

The names resolve when they are first asked for: a plan's process and `agentflow --help` import this package too, and
shall not pay for the rest of the house.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import AgentFlow
    from .errors import AgentFlowError, UnknownOutcome
    from .guest.verbs import (
        Approval,
        ApprovalExpired,
        ApprovalRejected,
        Event,
        NonRetryableError,
        PlanFailed,
        StepFailed,
        StepTimeout,
        WaitTimeout,
        Workflow,
        WorkflowError,
        tools,
    )
    from .tools import ToolContext, tool

    __version__: str

__all__ = [
    "AgentFlow",
    "AgentFlowError",
    "Approval",
    "ApprovalExpired",
    "ApprovalRejected",
    "Event",
    "NonRetryableError",
    "PlanFailed",
    "StepFailed",
    "StepTimeout",
    "ToolContext",
    "UnknownOutcome",
    "WaitTimeout",
    "Workflow",
    "WorkflowError",
    "tool",
    "tools",
]

_ROOMS = {
    "AgentFlow": ".app",
    "AgentFlowError": ".errors",
    "ToolContext": ".tools",
    "UnknownOutcome": ".errors",
    "tool": ".tools",
}


class _FrontDoor(ModuleType):
    """This package as a module that finds its public names late."""

    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            return import_module("importlib.metadata").version(self.__name__)
        if name not in __all__:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(import_module(_ROOMS.get(name, ".guest.verbs"), self.__name__), name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__, "__version__"})

    @property
    def tools(self) -> Any:
        """What plans call tools by. A property, since importing the room `agentflow.tools` sets that name here."""
        return import_module(".guest.verbs", self.__name__).tools

    @tools.setter
    def tools(self, room: ModuleType) -> None:
        """The room stays where `from agentflow.tools import ...` looks for it, in `sys.modules`."""


sys.modules[__name__].__class__ = _FrontDoor
