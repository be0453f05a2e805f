"""`async with step.timeout(...)`: a block that is withdrawn when its time is over."""

from __future__ import annotations

from .exceptions import StepTimeout, UsageError
from .running import Request, running
from .scheduler import Branch
from .scopes import Scope, Withdrawn


class Timeout:
    """The block. It has a scope, to which its own timer belongs; that is over when the block is left, however."""

    __slots__ = ("_around", "_branch", "_end", "_expired", "_request", "_scope")
    __hash__ = None  # type: ignore[assignment]  # a set of these would have an order of its own

    def __init__(self, request: Request, end: dict[str, float]) -> None:
        self._request = request
        self._end = end
        self._branch: Branch | None = None
        self._expired = False

    def __repr__(self) -> str:
        return "step.timeout"

    async def __aenter__(self) -> None:
        run = running()
        run.check_outside_body(self._request)
        if self._branch is not None:
            raise UsageError("step.timeout was entered twice: write `async with step.timeout(...)` for each block")
        branch = run.scheduler.branch
        assert branch is not None  # who runs the plan's code
        self._around = branch.scope
        self._scope = Scope(self._around, _moment(self._end, run.at))
        timer = run.issue(self._request, self._scope)
        self._branch, branch.scope = branch, self._scope
        timer.follow(self._expire)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        assert self._branch is not None
        self._branch.scope = self._around
        if not self._expired:
            self._scope.withdraw()
        elif not self._around.withdrawn and (error is None or isinstance(error, Withdrawn)):
            raise StepTimeout(f"{self._request} on line {self._request.line}: its block ran out of time") from None

    def _expire(self) -> None:
        """The timer's result has come, or its step was withdrawn along with all that is around it."""
        assert self._branch is not None
        if not self._scope.withdrawn:
            self._expired = True
            self._scope.withdraw()
            self._branch.withdraw()


def _moment(end: dict[str, float], now: float) -> float:
    return float(end["until"] if "until" in end else now + end["timeout"])
