"""The plan API, version 1: all names that a plan may import from `agentflow`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .answers import Approval, Attempt, Event
from .calls import ToolCall, Tools
from .exceptions import (
    ApprovalExpired,
    ApprovalRejected,
    NonRetryableError,
    PlanFailed,
    StepFailed,
    StepTimeout,
    UsageError,
    WaitTimeout,
    WorkflowError,
)
from .step import Step, gather

__all__ = [
    "API",
    "API_VERSION",
    "Approval",
    "ApprovalExpired",
    "ApprovalRejected",
    "Attempt",
    "Event",
    "NonRetryableError",
    "PlanFailed",
    "Step",
    "StepFailed",
    "StepTimeout",
    "ToolCall",
    "Tools",
    "UsageError",
    "WaitTimeout",
    "Workflow",
    "WorkflowError",
    "gather",
    "tools",
]

API_VERSION = 1

tools = Tools()


class Workflow:
    """What a plan's class derives from: `async def run(self, event, step)` is the run."""

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__}>"

    async def run(self, event: Event, step: Step) -> Any:
        """The run; every plan writes its own."""
        raise UsageError("the workflow class has no `async def run(self, event, step)`")


API: Mapping[str, object] = MappingProxyType(
    {
        "Approval": Approval,
        "ApprovalExpired": ApprovalExpired,
        "ApprovalRejected": ApprovalRejected,
        "Event": Event,
        "NonRetryableError": NonRetryableError,
        "PlanFailed": PlanFailed,
        "Step": Step,
        "StepFailed": StepFailed,
        "StepTimeout": StepTimeout,
        "ToolCall": ToolCall,
        "UsageError": UsageError,
        "WaitTimeout": WaitTimeout,
        "Workflow": Workflow,
        "WorkflowError": WorkflowError,
        "gather": gather,
        "tools": tools,
    }
)
"""Name to object; `gather` is for the stand-in of `asyncio`."""
