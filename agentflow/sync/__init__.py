"""A house for whoever cannot await: in a script, or a notebook whose loop runs already. A thread of its own has it."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401  # its end is told of before ours, and so comes after it
import os
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..app.portal import Portal
from ..errors import UsageError
from .handles import AgentHandle, ApprovalHandle, Doors, GoalHandle, RunHandle, ScheduleHandle

if TYPE_CHECKING:
    from ..app import AgentFlow
    from ..remote import Remote

__all__ = ["AgentHandle", "ApprovalHandle", "Flow", "GoalHandle", "RunHandle", "ScheduleHandle", "opened"]


class Flow(Doors):
    """What `AgentFlow.sync(...)` gives: an open house, until `close`, the end of its `with`, or that of the process."""

    def close(self) -> None:
        """Let running attempts finish, and close it. What is not done goes on when it is opened again."""
        if self._portal.awaits_us:
            raise UsageError("a tool cannot close the house that waits for it to end: close it where it was opened")
        if self in _OPEN:
            _OPEN.discard(self)
            try:
                self._portal.call(self._there.close())
            finally:
                self._portal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_OPEN: set[Flow] = set()


def opened(house: AgentFlow | Remote) -> Flow:
    """This house, open on a loop of its own."""
    portal = Portal("agentflow-sync")
    try:
        portal.call(house.open())
    except BaseException:
        portal.close()
        raise
    flow = Flow(portal, house)
    _OPEN.add(flow)
    return flow


def _close_all() -> None:
    for flow in list(_OPEN):
        flow.close()


threading._register_atexit(_close_all)  # type: ignore[attr-defined]  # `atexit` waits for the database's thread before
os.register_at_fork(after_in_child=_OPEN.clear)  # a forked process has none of their threads: it would wait for ever
