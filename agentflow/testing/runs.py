"""A run in a test: its end is not waited for in vain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..app import RunHandle
from ..guest.values import decode
from ..records import FINISHED, Json, Run

if TYPE_CHECKING:
    from . import TestFlow


class TestRun(RunHandle):
    """A run of a `TestFlow`. Where a wait of its would last until time moves or somebody acts, it fails and says so."""

    __test__ = False

    def __init__(self, flow: TestFlow, handle: RunHandle) -> None:
        super().__init__(handle._house, handle.record)
        self._flow = flow

    async def result(self) -> Any:
        """What `run` returned. Raises `RunFailed` where it failed or was cancelled."""
        await self._ended()
        return await super().result()

    async def error(self) -> dict[str, Json]:
        """The error with which it failed: a document with `type`, `message` and more."""
        record = await self._ended()
        expect(record.status == "failed", f"run {self.id} is {record.status}, and has not failed")
        found: dict[str, Json] = record.error
        return found

    async def step_result(self, step: str) -> Any:
        """What a step came to, by its name (the first of that name) or its key, such as `note#2`."""
        await self._flow.settle()
        key = step if "#" in step else f"{step}#1"
        found = {view.key: view for view in await self.steps()}
        expect(key in found, f"run {self.id} has not started {key}; it has started {', '.join(found) or 'no step'}")
        view = found[key]
        expect(view.state == "done", f"step {key} is {view.state}: {view.error or 'it has no result'}")
        return decode(view.result)

    async def _ended(self) -> Run:
        await self._flow.settle()
        record = await self.refresh()
        expect(record.status in FINISHED, f"{resting(record)}: {_advice(record)}")
        return record


def expect(holds: object, said: str) -> None:
    """Fail the test where this does not hold."""
    if not holds:
        raise AssertionError(said)


def resting(run: Run) -> str:
    """How a run stands that does not go on by itself, for a person."""
    waits = (run.reason or {}).get("waits", ())
    said = "; ".join(f"{wait['for']} {wait['step']}{_until(wait['until'])}" for wait in waits)
    return f"run {run.id} is {run.status}{f' ({said})' if said else ''}"


def _until(at: float | None) -> str:
    return "" if at is None else f" until {datetime.fromtimestamp(at, UTC).isoformat(sep=' ', timespec='seconds')}"


def _advice(run: Run) -> str:
    if run.status == "sleeping":
        return "move the time with flow.skip(...) or flow.finish(run), or call flow.skip_sleeps() first"
    if run.status == "waiting":
        return "run.send(...) an event, decide with flow.question(), or let the wait end with flow.expire_wait(...)"
    return "run.resume() it" if run.status == "paused" else "see flow.workers() and the log"
