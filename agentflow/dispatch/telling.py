"""What a run's machine says, as rows and messages: its history, its commands, its questions, its status, its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ..approvals import Question, closed, opened, withdrawn
from ..engine import Item
from ..errors import Diverged
from ..guest.values import compact
from ..notices import planned
from ..records import Json, RunStatus
from ..store import Write
from .delegation import answer, cancelled_goal
from .machine import Issued
from .pacing import paced
from .spending import carried
from .status import status
from .story import Story, delivered, issued
from .veiling import cleaned, told
from .world import World

_FAULTS = {"ApprovalRejected": "person", "ApprovalExpired": "person"}


@dataclass(frozen=True, slots=True)
class Told:
    """What goes out with a commit: rows, and messages for other runs and goals."""

    writes: list[Write]
    messages: list[tuple[str, Item]]


class Telling:
    """Turns what is new in a machine into writes, and knows how much the run has stored."""

    def __init__(self, world: World, story: Story) -> None:
        self._world = world
        self._run = story.run
        self._machine = story.machine
        self._length = story.length
        self._size = story.size
        self._shown = (story.run.status, story.run.reason)
        self._progress = story.machine.progress

    def stored(self) -> int:
        """Characters of JSON that the run has stored."""
        return self._size

    def delivered(self, item: Item) -> Write:
        """The row of the next item."""
        row = delivered(self._run, self._length, item)
        self._length += 1
        self._size += len(row.params["body"] or "")
        return row

    def issued(self, i: int, command: Issued) -> Write:
        """The row of a command."""
        row = issued(self._run, i, command)
        self._size += len(row.params["spec"])
        return row

    def told(self) -> Told:
        """What the machine has to say since it was last asked: questions, messages, progress."""
        machine = self._machine
        writes = [opened(question, self._run) for question in machine.questions]
        writes += [write for question in machine.questions for write in self._notices(question)]
        writes += [closed(id, how, machine.now) for id, how in machine.closed_questions]
        messages = [(id, Item(kind, "", body, self._world.clock.now())) for id, kind, body in machine.told]
        writes += [cancelled_goal(id, self._world.clock.now()) for id, kind, _ in machine.told if kind == "cancel"]
        if machine.progress is not self._progress:
            self._progress = machine.progress
            writes.append(Write("run_progress", {**self._now(), "progress": _dumps(machine.progress)}))
        for said in (machine.questions, machine.closed_questions, machine.told):
            said.clear()
        if machine.ended not in (None, "continued") and self._run.parent:
            end = answer(self._run, str(machine.ended), machine.result, self._error())
            messages.append((self._run.parent, Item("child", self._run.parent_step or "", end, machine.now)))
        return Told(writes, messages)

    def _notices(self, question: Question) -> Iterator[Write]:
        ways, run = self._world.notify, self._run
        return planned(question.id, run.agent, run.tenant, ways, question.created_at, question.expires_at)

    def status(self) -> list[Write]:
        """The run's status, where it has changed."""
        shown = status(self._machine)
        if shown == self._shown:
            return []
        self._shown = shown
        return [Write("run_status", {**self._now(), "status": shown[0], "reason": _dumps(shown[1])})]

    def ending(self, ended: RunStatus) -> list[Write]:
        """The run's last rows."""
        machine, now = self._machine, self._now()
        end = {"status": ended, "result": _dumps(machine.result), "error": _dumps(self._error())}
        writes = [Write("end_run", {**now, **end, "rollback": _dumps(self._rollback())})]
        if any(step.questions for step in machine.steps.values()):
            writes.append(withdrawn(self._run.id, now["now"]))
        return writes

    def renewal(self, at: float) -> list[Write]:
        """The same run with a new payload and an empty history, which begins at this moment."""
        old = {"run": self._run.id, "generation": self._run.generation}
        payload = compact(self._machine.result)
        names = ("forget_history", "forget_commands", "forget_attempts")
        now = self._world.clock.now()
        return [
            *(Write(name, old) for name in names),
            withdrawn(self._run.id, now),
            Write("continue_run", {**self._now(), "payload": payload, **self._spent(), **paced(at, now)}),
        ]

    def _spent(self) -> dict[str, Json]:
        """What models took, before the history that says so is forgotten."""
        steps = [step.spent for step in self._machine.steps.values() if step.spent]
        return {"spent_before": compact(asdict(carried(self._run, steps)))}

    def held(self, why: str) -> list[Write]:
        """A run that may not go on stays, paused, until it may."""
        return self._paused("refused", why)

    def diverged(self, divergence: Diverged) -> list[Write]:
        """A divergence never fails a run: it stays, paused, until it is migrated or the old code is back."""
        return self._paused("diverged", str(divergence))

    def _paused(self, word: str, why: str) -> list[Write]:
        reason = {"paused": word, "message": why, "since": self._world.clock.now()}
        return [Write("run_status", {**self._now(), "status": "paused", "reason": json.dumps(reason)})]

    def _error(self) -> Json:
        """The run's error, and whose fault it was."""
        error = self._machine.error
        if error is None or error.get("fault"):
            return self._clean(error)
        return {**self._clean(error), "fault": self._fault(error)}

    def _rollback(self) -> Json:
        """What was undone, and why not all of it."""
        report = self._machine.rollback
        return report and {**report, "error": self._clean(report["error"])}

    def _clean(self, error: Json) -> Json:
        """An error as everybody may read it, in lists, logs and the run that has delegated this one. A trial is
        nobody's, and judges errors by what they say."""
        return error if self._world.cast else cleaned(error, told(self._machine.steps.values()))

    def _fault(self, error: dict[str, Json]) -> str:
        """Whose fault an error was: that of the step that it came from, else the plan's."""
        if error["kind"] in _FAULTS:
            return _FAULTS[error["kind"]]
        for step in reversed(self._machine.steps.values()):
            if step.error and (step.command.name, step.error["message"]) == (error.get("step"), error["message"]):
                return str(step.error.get("fault") or "plan")
        return "plan"

    def _now(self) -> dict[str, Json]:
        return {"id": self._run.id, "generation": self._run.generation, "now": self._world.clock.now()}


def _dumps(value: Json) -> str | None:
    return None if value is None else compact(value)
