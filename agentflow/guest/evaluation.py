"""Calls the functions that a plan gave along with a step: its rollback, and the delay of its retries.

Each runs in an activation of its own, like the function of a step, and may compute but not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import functions
from .calls import ToolCall, plain
from .durations import seconds
from .exceptions import StepFailed, UsageError, described
from .running import Request
from .values import decode


def prepared(request: Request, what: str, given: dict[str, Any]) -> Callable[[], Any] | None:
    """The evaluation that was asked for, if the step has a function for it."""
    if what == "rollback" and request.rollback is not None:
        undo, result = request.rollback, given["result"]
        return lambda: _undoing(request, undo(decode(result)))
    if what == "delay" and request.delay is not None:
        delay = request.delay
        arguments = [given["attempt"], _failure(request, given["error"], given["attempt"])]
        most = 2 if functions.takes_error(delay) else 1
        return lambda: _length(request, delay(*arguments[:most]))
    return None


def _undoing(request: Request, made: object) -> dict[str, Any] | None:
    if made is None:
        return None
    if not isinstance(made, ToolCall):
        raise UsageError(f"{request}: rollback= gave {described(made)}: return a tool call, or None{_sync(made)}")
    return plain(made)


def _length(request: Request, made: object) -> float:
    """The host names the option, `retries.delay`, in front of what is wrong."""
    if hasattr(type(made), "__await__"):
        raise UsageError(f"the function of {request} gave {described(made)}{_sync(made)}")
    return seconds(made, f"what the function of {request} gave", positive=False)


def _sync(made: object) -> str:
    return "; it cannot wait, so leave out 'async' and 'await'" if hasattr(type(made), "__await__") else ""


def _failure(request: Request, error: dict[str, Any], attempt: int) -> StepFailed:
    """What the attempt raised, whatever it was."""
    data = decode(error.get("data"))
    return StepFailed(error["message"], step=request.name, attempts=attempt, type=error["type"], data=data)
