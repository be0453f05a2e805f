"""The errors that a plan sees, and their form as plain data: the error documents of the guest protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .values import decode, encode

LIMITS = (MemoryError, RecursionError)
"""What no `except` of a plan sees: when it comes depends on the process, and not on the plan alone."""
LONGEST_MESSAGE = 4000
"""Characters of an error's message that cross the wall."""


class UsageError(Exception):
    """The plan API was used in a way that it does not have. Not a `WorkflowError`: no step failed."""


class PlanFailed(Exception):
    """Raised by a plan to end its run as failed: `raise PlanFailed("the order is gone")`. What was done is undone."""


class NonRetryableError(Exception):
    """Raised in a step's function when trying again cannot help. The step fails at once, with `data` (JSON)."""

    def __init__(self, message: str = "", data: Any = None) -> None:
        super().__init__(message)
        self.data = data


class WorkflowError(Exception):
    """What a step can raise: `step` (its name) and `message`."""

    def __init__(self, message: str = "", *, step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.step = step


class StepFailed(WorkflowError):
    """All `attempts` (a number) of `step` failed; `type`, `message` and `data` are what the last one raised."""

    def __init__(
        self,
        message: str = "",
        *,
        step: str | None = None,
        attempts: int | None = None,
        type: str = "StepFailed",  # the plan API's name for it
        data: Any = None,
    ) -> None:
        super().__init__(message, step=step)
        self.attempts = attempts
        self.type = type
        self.data = data

    def __str__(self) -> str:
        if self.step is None or self.attempts is None:
            return self.message
        times = "1 attempt" if self.attempts == 1 else f"{self.attempts} attempts"
        return f"step {self.step!r} failed after {times}: {self.type}: {self.message}"


class StepTimeout(WorkflowError):
    """The deadline of a step, or the time of a `step.timeout` block, is over."""


class WaitTimeout(WorkflowError):
    """No event came before the timeout of `wait_for_event`."""


class ApprovalRejected(WorkflowError):
    """A person said no: `by` (a list of names) and `reason` (the comment, or None)."""

    def __init__(
        self, message: str = "", *, step: str | None = None, by: Sequence[str] = (), reason: str | None = None
    ) -> None:
        super().__init__(message, step=step)
        self.by = list(by)
        self.reason = reason


class ApprovalExpired(WorkflowError):
    """Nobody decided, or answered, before the timeout. It never counts as a yes."""


KINDS: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        StepFailed,
        StepTimeout,
        WaitTimeout,
        ApprovalRejected,
        ApprovalExpired,
        PlanFailed,
        NonRetryableError,
    )
}


def document(error: BaseException, line: int | None) -> dict[str, Any]:
    """An error as plain data. Whatever the plan has put into it, this is a document of the protocol."""
    kind = next((name for name, known in KINDS.items() if isinstance(error, known)), "Error")
    details = vars(error)
    return {
        "kind": kind,
        "type": _text(details.get("type")) or type(error).__name__,
        "message": _message(error),
        "data": _data(details.get("data")),
        "step": _text(details.get("step")),
        "attempts": _whole(details.get("attempts")),
        "by": _names(details.get("by")) if kind == "ApprovalRejected" else None,
        "reason": _text(details.get("reason")) if kind == "ApprovalRejected" else None,
        "line": line,
    }


def attempt_document(error: BaseException, line: int | None) -> dict[str, Any]:
    """The document of what a step's function raised: a failed tool call counts as the error that the tool raised."""
    failure = document(error, line)
    if failure["kind"] == "StepFailed":
        failure.update(kind="Error", step=None, attempts=None)
    return failure


def revive(error: dict[str, Any], step: str) -> Exception:
    """The exception that a plan sees for an error document; `step` is what it waited for."""
    kind, message = error["kind"], error["message"]
    if kind == "PlanFailed":
        return PlanFailed(message)
    if kind == "NonRetryableError":
        return NonRetryableError(message, decode(error.get("data")))
    step = error.get("step") or step
    if kind == "ApprovalRejected":
        return ApprovalRejected(message, step=step, by=error.get("by") or (), reason=error.get("reason"))
    if kind in {"StepTimeout", "WaitTimeout", "ApprovalExpired"}:
        waited = KINDS[kind]
        assert issubclass(waited, WorkflowError)
        return waited(message, step=step)
    data, attempts = decode(error.get("data")), error.get("attempts")
    return StepFailed(message, step=step, attempts=attempts, type=error["type"], data=data)


def described(value: object) -> str:
    """What a wrong argument is: "None", "a list", "an int"."""
    kind = type(value).__name__
    return "None" if value is None else f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _message(error: BaseException) -> str:
    try:
        text = error.message if isinstance(error, WorkflowError) else str(error)
    except BaseException as broken:  # noqa: BLE001 - a plan may have written __str__
        text = f"its message cannot be read: {type(broken).__name__}"
    if not text and isinstance(error, MemoryError):
        text = "the plan's process ran out of memory: keep less of it, or pass references"
    return _text(text) or ""


def _text(value: Any) -> str | None:
    """A string that can be sent, or None."""
    if not isinstance(value, str):
        return None
    return str.__str__(value)[:LONGEST_MESSAGE].encode("utf-8", "replace").decode()


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None


def _names(value: Any) -> list[str]:
    return [str(_text(name)) for name in value] if type(value) is list else []


def _data(value: Any) -> Any:
    try:
        return encode(value)
    except Exception:  # noqa: BLE001 - a plan may have written __iter__
        return None
