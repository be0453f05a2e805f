"""A run as it must be: a small model of the engine, written from the design and not from the engine's code.

It is told what was done to the run (`posted`, what became of calls), and is then shown what the engine delivered, row
by row: each row must be one that may come next. What is still `owed` must come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from .meaning import Failed, Leaf, Meaning, Timer
from .plans import Body, Do, Sleep, Wait


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in the inbox: the id of an event, or of the question that a decision answers."""

    kind: str
    at: float
    id: str = ""
    body: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the history, and by which worker its attempt was begun."""

    kind: str
    key: str
    at: float
    body: Any
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened: between two times, of a clock that was never put back (`forward`) or was; and who was
    dead by then."""

    after: float
    before: float
    forward: bool = True
    lost: Container[str] = ()


@dataclass(slots=True)
class Attempt:
    """One attempt of a step."""

    step: Step
    number: int
    earliest: float
    called: float | None = None
    became: str | None = None
    value: Any = None

    @property
    def key(self) -> str:
        return f"{self.step.key}:{self.number}"


@dataclass(slots=True)
class Step:
    key: str
    node: Leaf
    state: str = "new"
    attempts: int = 0
    due: float | None = None
    left: float | None = None
    deadline: float | None = None
    since: float = 0.0
    late: bool = False
    bound: Posted | None = None

    @property
    def timer(self) -> str:
        what = {"sleeping": "due", "timing": "due", "retrying": "retry", "waiting": "expire"}[self.state]
        return f"{self.key}:{what}"


def _require(held: bool, *what: object) -> None:
    assert held, what


class Generation:
    """One generation of a run."""

    def __init__(self, body: Body, inbox: list[Posted]) -> None:
        self.inbox = deque(inbox)
        self.heard: list[Posted] = []
        self.status: str | None = None
        self.now = 0.0
        self.paused = False
        self.steps: dict[str, Step] = {}
        self.flying: dict[str, Attempt] = {}
        self.begun: dict[tuple[int, int], Attempt] = {}
        self.meaning = Meaning(body)
        self._settled: deque[tuple[str, Any]] = deque()
        self._unread: list[Posted] = []
        self._came: list[Posted] = []
        self._moment = Moment(0.0, 0.0)

    # what the engine delivered

    def show(self, row: Row, moment: Moment) -> None:
        """A row of the history, stored at this moment."""
        _require(self.status is None, "nothing is delivered to a run that is over", row)
        self._moment = moment
        if row.kind == "timer":
            self._rang(row)
            return
        self._check_timers(row)
        self.now = max(self.now, row.at)
        if row.kind == "outcome":
            self._outcome(row)
        else:
            self._message(row)
        self._turns()

    def _check_timers(self, row: Row) -> None:
        """A timer that was due earlier comes first."""
        until = row.at if self._moment.forward else min(row.at, self._moment.after)
        for step in self._timed():
            _require(step.due is None or step.due >= until, "a timer was due earlier", row, step)

    def _rang(self, row: Row) -> None:
        timed = {step.timer: step for step in self._timed()}
        _require(row.key in timed, "no such timer is set", row, timed)
        step = timed[row.key]
        _require(step.due == row.at and row.at <= self._moment.before, "rings at its moment", row, step)
        _require(all(row.at <= (other.due or 0.0) for other in timed.values()), "the first timer rings first", row)
        _require(not self.inbox or self.inbox[0].at >= row.at, "a message was stored earlier", row, self.inbox)
        self.now = max(self.now, row.at)
        match step.state:
            case "sleeping" | "timing":
                self._settle(step, None)
            case "retrying":
                self._attempt(step)
            case "waiting":
                self._settle(step, Failed("WaitTimeout"))
        self._turns()

    def _timed(self) -> list[Step]:
        return [step for step in self.steps.values() if step.due is not None]

    def _message(self, row: Row) -> None:
        _require(bool(self.inbox), "nothing was posted", row)
        message = self.inbox.popleft()
        known = (message.kind, message.at, message.id)
        _require(known == (row.kind, row.at, _id(row)), "messages come in order", row, message)
        self.heard.append(message)
        match message.kind:
            case "start":
                self.meaning.start()
                self._do_as_asked()
            case "event":
                self._came.append(message)
                self._event(message)
            case "pause":
                self._pause()
            case "resume":
                self._resume()
            case "cancel":
                self._end("cancelled")
            case "decision":
                self._decided(message)

    def _event(self, event: Posted) -> None:
        for step in self.steps.values():
            if step.state == "waiting" and event.body[0] in _types(step):
                self._bind(step, event)
                return
        self._unread.append(event)
        self._unread.sort(key=self._came.index)

    def _bind(self, step: Step, event: Posted) -> None:
        step.bound = event
        self._settle(step, event.body[1])

    def _pause(self) -> None:
        if self.paused:
            return
        self.paused = True
        for step in self._timed():
            step.left = step.due and step.due - self.now
            step.due = None

    def _resume(self) -> None:
        if not self.paused:
            return
        self.paused = False
        for step in self.steps.values():
            if step.left is not None:
                step.due, step.left = self.now + step.left, None
        for step in [step for step in self.steps.values() if step.state == "held"]:
            self._attempt(step)

    def _decided(self, decision: Posted) -> None:
        key, action, value = decision.body
        step = self.steps.get(key)
        if step is not None and step.state == "withdrawn":
            return
        _require(step is not None and step.state == "unknown", "nobody asked this", decision)
        assert step is not None
        if step.deadline is not None:
            step.deadline += self.now - step.since
        if action == "happened":
            self._settle(step, value)
        elif action == "reject":
            self._settle(step, Failed("StepFailed"))
        elif step.late:
            self._settle(step, Failed("StepTimeout"))
        else:
            self._attempt(step)

    # steps

    def _turns(self) -> None:
        while self._settled and not self.paused and self.status is None:
            self.meaning.settle(*self._settled.popleft())
            self._do_as_asked()

    def _do_as_asked(self) -> None:
        asked, self.meaning.asked = self.meaning.asked, []
        for key, node in asked:
            if node is None:
                self._withdraw(self.steps[key])
            else:
                self._begin(key, node)
        if self.meaning.over:
            self._end("failed" if self.meaning.error else "completed")

    def _withdraw(self, step: Step) -> None:
        """Nothing more is heard of it. An event that it was bound to and that the plan has not seen is given back."""
        step.state, step.due, step.left = "withdrawn", None, None
        self.flying = {key: attempt for key, attempt in self.flying.items() if attempt.step is not step}
        self._settled = deque(one for one in self._settled if one[0] != step.key)
        if step.bound is not None:
            self._event(step.bound)

    def _begin(self, key: str, node: Leaf) -> None:
        step = self.steps[key] = Step(key, node)
        match node:
            case Do():
                self._attempt(step)
            case Sleep(seconds=seconds):
                step.state = "sleeping"
                self._set(step, seconds)
            case Timer(seconds=seconds):
                step.state = "timing"
                self._set(step, seconds)
            case Wait(timeout=timeout):
                step.state = "waiting"
                fitting = [event for event in self._unread if event.body[0] in node.types]
                if fitting:
                    self._unread.remove(fitting[0])
                    self._bind(step, fitting[0])
                else:
                    self._set(step, timeout)

    def _set(self, step: Step, seconds: float) -> None:
        if self.paused:
            step.left = seconds
        else:
            step.due = self.now + seconds

    def _attempt(self, step: Step) -> None:
        step.due = step.left = None
        if self.paused:
            step.state = "held"
            return
        node = _do(step)
        step.state = "running"
        step.attempts += 1
        if step.attempts == 1 and node.deadline is not None:
            step.deadline = self.now + node.deadline
        attempt = Attempt(step, step.attempts, self._moment.after)
        self.flying[attempt.key] = self.begun[node.number, step.attempts] = attempt

    def _outcome(self, row: Row) -> None:
        if (withdrawn := self.steps.get(row.key.rpartition(":")[0])) and withdrawn.state == "withdrawn":
            return
        attempt = self.flying.pop(row.key, None)
        _require(attempt is not None, "no such attempt is in flight", row)
        assert attempt is not None
        step, node = attempt.step, _do(attempt.step)
        step.late = False
        error = row.body.get("error") or {}
        if row.body.get("interrupted"):
            _require(row.worker in self._moment.lost, "the attempt's worker lives", row)
            doubt = node.effect == "once" and not (node.function and attempt.called is None and not row.body["mark"])
            self._failed(step, unknown=doubt, interrupted=True)
        elif "ok" in row.body:
            value = [attempt.number, attempt.value] if node.function else attempt.value
            _require((attempt.became, row.body["ok"]) == ("ok", value), "that is not what the call gave", row, attempt)
            self._settle(step, value)
        elif error["type"] == "StepTimeout":
            step.late = self._check_late(attempt, row)
            self._failed(step, unknown=node.effect == "once" and bool(row.body["unknown"]))
        else:
            _require(attempt.became in ("error", "final", "doubt"), "the call did not fail", row, attempt)
            unknown = attempt.became == "doubt" and node.effect == "once"
            self._failed(step, unknown=unknown, final=attempt.became == "final")

    def _check_late(self, attempt: Attempt, row: Row) -> bool:
        step, node = attempt.step, _do(attempt.step)
        if row.body["late"]:
            _require(
                step.deadline is not None and self._moment.before >= step.deadline,
                "its deadline is not over",
                row,
                step,
            )
        else:
            _require(self._moment.before >= attempt.earliest + node.timeout, "its time is not over", row, attempt)
        if node.effect == "once" and attempt.called is not None:
            _require(bool(row.body["unknown"]), "nobody knows whether it happened", row)
        return bool(row.body["late"])

    def _failed(self, step: Step, *, unknown: bool, interrupted: bool = False, final: bool = False) -> None:
        node = _do(step)
        wait = node.delay * step.attempts
        if interrupted:
            wait = 0
        if unknown:
            step.state, step.since = "unknown", self.now
        elif step.late:
            self._settle(step, Failed("StepTimeout"))
        elif final or step.attempts > node.limit:
            self._settle(step, Failed("StepFailed"))
        elif step.deadline is not None and self.now + wait >= step.deadline:
            self._settle(step, Failed("StepTimeout"))
        elif wait == 0:
            self._attempt(step)
        else:
            step.state = "retrying"
            self._set(step, wait)

    def _settle(self, step: Step, outcome: Any) -> None:
        step.state, step.due, step.left = "over", None, None
        self._settled.append((step.key, outcome))

    def _end(self, status: str) -> None:
        self.status = status
        self.flying.clear()
        for step in self.steps.values():
            step.due = step.left = None

    # what must be so

    def questions(self) -> list[str]:
        """What waits for a person."""
        return [step.key for step in self.steps.values() if step.state == "unknown"]

    def waits(self) -> dict[str, float | None]:
        """What the run waits for, and until when."""
        states = ("unknown", "waiting", "sleeping", "retrying")
        return {step.key: step.due for step in self.steps.values() if step.state in states}

    def shown(self) -> str:
        """The status that people see."""
        states = {step.state for step in self.steps.values()}
        if self.status:
            return self.status
        if self.flying:
            return "running"
        if self.paused:
            return "paused"
        if states & {"unknown", "waiting"}:
            return "waiting"
        return "sleeping" if states & {"sleeping", "retrying"} else "queued"

    def owed(self, wall: float) -> list[object]:
        """What has not come yet and must."""
        if self.status:
            return []
        due = [step for step in self._timed() if step.due is not None and step.due <= wall]
        return [*self.inbox, *due, *(attempt for attempt in self.flying.values() if _over(attempt, wall))]


def _over(attempt: Attempt, wall: float) -> bool:
    """Whether an attempt must end, or must call its tool first."""
    step, node = attempt.step, _do(attempt.step)
    if attempt.called is None or attempt.became is not None:
        return True
    late = step.deadline is not None and wall >= step.deadline
    return late or wall >= attempt.called + node.timeout


def _do(step: Step) -> Do:
    assert isinstance(step.node, Do)
    return step.node


def _types(step: Step) -> tuple[str, ...]:
    assert isinstance(step.node, Wait)
    return step.node.types


def _id(row: Row) -> str:
    if row.kind == "event":
        return str(row.body["id"])
    return str(row.body["approval"]) if row.kind == "decision" else ""
