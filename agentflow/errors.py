"""Every error that leaves a room, as one tree. Each says whose fault it was, the cause and the repair.

    AgentFlowError                 fault    exit  http
    ├── UsageError                 caller   2     422   what was asked cannot be read
    ├── NotFound                   caller   3     404   no such agent, goal, plan, run, approval
    ├── Refused                    caller   4     403   validation or authorization said no
    │   ├── Unauthorized           caller   4     401   the key is none, or may not be used any more
    │   ├── PlanRefused            plan     4     422   findings remain; they are in `.findings`
    │   └── Conflict               caller   4     409   the thing is in another state than this needs
    │       ├── Stale              caller   4     412   ... it is about something else than was seen
    │       ├── Expired            caller   4     410   ... its time is over
    │       ├── Overtaken          caller   4     409   ... a run that a plan was written to follow on has ended
    │       └── TooMany            caller   4     429   ... there are so many that this one must wait
    ├── StillWaiting               person   5     409   only a person can move it on
    ├── ProviderError              host     1     502   a model's server did not give a usable answer
    ├── RunFailed                  plan     1     409   a run that was waited for failed or was cancelled; see `.error`
    ├── StorageError               host     1     503   the database cannot be read or written
    │   └── StaleClaim             host     1     503   another worker has taken this over; nothing was written
    ├── Unreachable                host     1     503   the service at an address does not answer
    ├── GuestError                 plan     1     422   the plan's process broke a rule or died
    │   ├── GuestLimit             plan     1     422   ... by passing a limit; `.limit` names it
    │   ├── GuestDied              plan     1     422   ... without a word
    │   └── Diverged               plan     1     422   ... by not waiting for what its history delivers; see `.turn`
    ├── SandboxError               host     1     503   no process for a plan can be started now
    │   └── Unconfined             host     1     503   ... or ever: this machine cannot hold plans behind the wall
    ├── SecretMissing              host     1     500   a tool's secret is not in any source of this process
    └── ToolError                  tool     1     422   a tool could not be called as asked
UnknownOutcome (raised by a tool)  tool                 nobody knows whether the effect happened
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class AgentFlowError(Exception):
    """The root. `str(error)` is one line for a person: the cause and what to do."""

    fault: str = "host"
    """Whose it was: host, caller, plan, tool or person."""
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500


class UsageError(AgentFlowError):
    fault = "caller"
    exit_status = 2
    http_status = 422


class NotFound(AgentFlowError):
    fault = "caller"
    exit_status = 3
    http_status = 404


class Refused(AgentFlowError):
    fault = "caller"
    exit_status = 4
    http_status = 403


class Unauthorized(Refused):
    """The key is none of this house's, or may not be used any more. Who has no key learns no more than that."""

    http_status = 401


class PlanRefused(Refused):
    fault = "plan"
    http_status = 422

    def __init__(self, message: str, findings: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class Conflict(Refused):
    """The thing is in another state than this needs; the message names the state."""

    http_status = 409


class Stale(Conflict):
    """What is decided is not what was seen: it has been edited since."""

    http_status = 412


class Expired(Conflict):
    """Nobody decided in time, and now nobody can."""

    http_status = 410


class Overtaken(Conflict):
    """A run that a plan was written to follow on has ended by itself meanwhile, or is gone."""


class TooMany(Conflict):
    """There is no room for one more now; later there may be."""

    http_status = 429


class StillWaiting(AgentFlowError):
    fault = "person"
    exit_status = 5
    http_status = 409


class ProviderError(AgentFlowError):
    """A model's server gave no usable answer. `retryable` says whether asking again may help, `after` how many
    seconds the server asked to wait before that."""

    http_status = 502

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
    http_status = 409

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
    http_status = 503


class StaleClaim(StorageError):
    """Another worker has taken this over; nothing was written."""


class Unreachable(AgentFlowError):
    """A service does not answer. Whether it did what it was asked last is not known."""

    http_status = 503


class GuestError(AgentFlowError):
    fault = "plan"
    http_status = 422


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

    http_status = 503


class Unconfined(SandboxError):
    """This machine lacks what confines a plan's process. The message names what is missing, and the way without it."""


class SecretMissing(AgentFlowError):
    """A tool was not called, since this process lacks a secret that it names."""


class ToolError(AgentFlowError):
    fault = "tool"
    http_status = 422


class UnknownOutcome(Exception):
    """Raised by a tool when it cannot know whether its effect happened (a connection cut after the request was sent).

    For a tool with effect `once` the run then asks a person instead of trying again.
    """
