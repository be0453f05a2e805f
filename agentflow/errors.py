"""Every error that leaves a room, as one tree. Each says whose fault it was, the cause and the repair.

    AgentFlowError                 fault    exit
    ├── UsageError                 caller   2     what was asked cannot be read
    ├── NotFound                   caller   3     no such agent, goal, plan, run, approval
    ├── Refused                    caller   4     validation or authorization said no
    │   ├── PlanRefused            plan     4     findings remain; they are in `.findings`
    │   └── Conflict               caller   4     the thing is in another state than this needs
    │       ├── Stale              caller   4     ... it is about something else than was seen
    │       └── Expired            caller   4     ... its time is over
    ├── StillWaiting               person   5     only a person can move it on
    ├── ProviderError              host     1     a model's server did not give a usable answer
    ├── RunFailed                  plan     1     a run that was waited for failed or was cancelled; see `.error`
    ├── StorageError               host     1     the database cannot be read or written
    │   └── StaleClaim             host     1     another worker has taken this over; nothing was written
    ├── GuestError                 plan     1     the plan's process broke a rule or died
    │   ├── GuestLimit             plan     1     ... by passing a limit; `.limit` names it
    │   ├── GuestDied              plan     1     ... without a word
    │   └── Diverged               plan     1     ... by not waiting for what its history delivers; `.turn` says when
    ├── SandboxError               host     1     no process for a plan can be started now
    │   └── Unconfined             host     1     ... or ever: this machine cannot hold plans behind the wall
    ├── SecretMissing              host     1     a tool's secret is not in any source of this process
    └── ToolError                  tool     1     a tool could not be called as asked
UnknownOutcome (raised by a tool)  tool           nobody knows whether the effect happened
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class AgentFlowError(Exception):
    """The root. `str(error)` is one line for a person: the cause and what to do."""

    fault: str = "host"
    """Whose it was: host, caller, plan, tool or person."""
    exit_status: ClassVar[int] = 1


class UsageError(AgentFlowError):
    fault = "caller"
    exit_status = 2


class NotFound(AgentFlowError):
    fault = "caller"
    exit_status = 3


class Refused(AgentFlowError):
    fault = "caller"
    exit_status = 4


class PlanRefused(Refused):
    fault = "plan"

    def __init__(self, message: str, findings: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class Conflict(Refused):
    """The thing is in another state than this needs; the message names the state."""


class Stale(Conflict):
    """What is decided is not what was seen: it has been edited since."""


class Expired(Conflict):
    """Nobody decided in time, and now nobody can."""


class StillWaiting(AgentFlowError):
    fault = "person"
    exit_status = 5


class ProviderError(AgentFlowError):
    """A model's server gave no usable answer. `retryable` says whether asking again may help, `after` how many
    seconds the server asked to wait before that."""

    def __init__(self, message: str, *, retryable: bool = False, after: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.after = after


class RunFailed(AgentFlowError):
    """A run that was waited for failed or was cancelled.

    `error` is its error document, None where it was cancelled. What stands in it is here by name, too: the `type`,
    `message` and `data` of what left `run`, whose `fault` it was, the `step` it came from and the `line` of the plan.
    """

    fault = "plan"

    def __init__(self, message: str, error: Any = None) -> None:
        super().__init__(message)
        self.error = error
        said = error or {}
        self.type: str | None = said.get("type")
        self.message: str = said.get("message") or message
        self.data: Any = said.get("data")
        self.step: str | None = said.get("step")
        self.line: int | None = said.get("line")
        self.fault = said.get("fault") or ("plan" if error else "person")


class StorageError(AgentFlowError):
    pass


class StaleClaim(StorageError):
    """Another worker has taken this over; nothing was written."""


class GuestError(AgentFlowError):
    fault = "plan"


class GuestLimit(GuestError):
    def __init__(self, message: str, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class GuestDied(GuestError):
    """A plan's process is gone. `own` says whether it died over what this run asked; else the run only shared it."""

    def __init__(self, message: str, *, own: bool = False) -> None:
        super().__init__(message)
        self.own = own


class Diverged(GuestError):
    """The history delivers what this code does not wait for. `turn` counts deliveries from 1, the start."""

    def __init__(self, message: str, turn: int) -> None:
        super().__init__(message)
        self.turn = turn


class SandboxError(AgentFlowError):
    """No process for a plan can be started now. That is nobody's plan's fault: what needs one is tried again."""


class Unconfined(SandboxError):
    """This machine lacks what confines a plan's process. The message names what is missing, and the way without it."""


class SecretMissing(AgentFlowError):
    """A tool was not called, since this process lacks a secret that it names."""


class ToolError(AgentFlowError):
    fault = "tool"


class UnknownOutcome(Exception):
    """Raised by a tool when it cannot know whether its effect happened (a connection cut after the request was sent).

    For a tool with effect `once` the run then asks a person instead of trying again.
    """
