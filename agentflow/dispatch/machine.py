"""A run as a pure machine: what happened goes in, what is wanted comes out. No I/O, no clock, no randomness.

The theory, once. A run's whole truth is its history: what was delivered to it, numbered, in order. This machine folds
over it. Each item moves the steps that are open (the table below); a step that is settled makes one delivery for the
guest; the guest's turn answers with commands, and each command opens a step. The same history and the same commands
therefore always give the same machine: after a crash, on another worker, or years later, folding the rows again is all
that recovery is. The guest's own replay is the same idea one floor below: it is handed `deliveries`, in order.

    state       means                                  left by
    running     an attempt is in flight                its outcome
    held        an attempt may start, the run is paused    resume
    retrying    waits for its next attempt             timer `retry`
    asking      a person must agree first              decision, timer `expire`
    unknown     a person must say what happened        decision
    sleeping    until a moment                         timer `due`
    waiting     for an event                           event, timer `expire`
    done, failed                                       never

What is wanted of the engine is not a list of orders but a state: `attempts` that should be in flight and `timers` that
should be set. `changed` names the keys whose wish has changed since it was last asked, so a live turn and a recovery
are the same code: after a fold everything that is open has changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..approvals import Question, question_id
from ..engine import Item
from ..guest.values import canonical
from ..records import Call, Json, RunStatus
from .events import first_event, first_wait
from .failures import Failure, failure
from .retries import delay

POLICY_WAIT = 7 * 86_400.0
"""Seconds for which a question that a tool's policy asks stays open (design, section 8)."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A command as it is stored: what the plan asked for, and what the host knew of it then."""

    turn: int
    kind: str
    name: str
    occurrence: int
    line: int | None
    spec: dict[str, Json]
    facts: dict[str, Json] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.name}#{self.occurrence}"


@dataclass(slots=True)
class OpenStep:
    """One step of a run and where it stands."""

    command: Issued
    started_at: float
    state: str = "running"
    attempt: int = 0
    since: float = 0.0
    until: float | None = None
    deadline: float | None = None
    questions: int = 0
    last: Failure | None = None
    ended_at: float | None = None
    result: Json = None
    error: Json = None

    @property
    def key(self) -> str:
        return self.command.key

    @property
    def spec(self) -> dict[str, Json]:
        return self.command.spec


@dataclass(slots=True)
class Granted:
    """A call that people approved because the plan asked: canonical tool and arguments, and the step that used it."""

    call: str
    used_by: str | None = None


class Machine:
    """Folds a run's history. `take` what goes to the guest, `issue` what it answers, look at what is wanted."""

    def __init__(self, run: str, generation: int) -> None:
        self.run = run
        self.generation = generation
        self.now = 0.0
        self.turn = 0
        self.steps: dict[str, OpenStep] = {}
        self.open: dict[str, OpenStep] = {}
        self.attempts: dict[str, OpenStep] = {}
        self.timers: dict[str, float] = {}
        self.deliveries: list[dict[str, Json]] = []
        self.questions: list[Question] = []
        self.expired: list[str] = []
        self.ended: RunStatus | None = None
        self.result: Json = None
        self.error: Json = None
        self.paused_since: float | None = None
        self._changed: dict[str, None] = {}
        self._ready: deque[dict[str, Json]] = deque()
        self._events: list[Json] = []
        self._frozen: dict[str, float] = {}
        self._granted: dict[str, list[Granted]] = {}

    # what goes in

    def deliver(self, item: Item) -> None:
        """One thing happened. What no longer concerns the run changes nothing."""
        self.now = max(self.now, item.at)
        if self.ended:
            return
        match item.kind:
            case "start":
                self._ready.append({"at": self.now, "start": True})
            case "outcome":
                self._outcome(item)
            case "timer":
                self._timer_rang(item.key)
            case "event":
                self._event(item.body)
            case "decision":
                self._decision(item)
            case "pause":
                self._pause()
            case "resume":
                self._resume()
            case "cancel":
                self.finish("cancelled", None, None)

    def take(self) -> dict[str, Json] | None:
        """The next delivery for the guest, or None: nothing to deliver, or the run is paused or over."""
        if self.ended or self.paused_since is not None or not self._ready:
            return None
        self.turn += 1
        self.deliveries.append(self._ready.popleft())
        return self.deliveries[-1]

    def issue(self, commands: Sequence[Issued]) -> None:
        """The commands of the turn that was just taken."""
        for command in commands:
            step = OpenStep(command, self.now, since=self.now)
            self.steps[command.key] = self.open[command.key] = step
            self._begin(step)

    def end(self, result: Json, error: Json) -> None:
        """`run` has returned, or an error has left it. What is still open is withdrawn."""
        self.finish("failed" if error else "completed", result, error)

    def changed(self) -> list[str]:
        """Keys of attempts and timers whose wish changed since the last call."""
        keys = list(self._changed)
        self._changed.clear()
        return keys

    # beginning a step

    def _begin(self, step: OpenStep) -> None:
        if refused := step.command.facts.get("refused"):
            self._fail(step, Failure("ToolRefused", refused, fault="plan"))
            return
        match step.command.kind:
            case "do":
                self._begin_do(step)
            case "sleep":
                self._sleep(step, self.now + step.spec["seconds"])
            case "sleep_until":
                self._sleep(step, step.spec["at"])
            case "wait_for_event":
                self._begin_wait(step)
            case "wait_for_approval":
                calls = tuple(Call(**call) for call in step.spec["calls"])
                self._ask(step, "call", step.spec["question"], calls=calls, until=self._limit(step))
            case "ask":
                self._ask(step, "ask", step.spec["question"], until=self._limit(step))

    def _begin_do(self, step: OpenStep) -> None:
        facts, call = step.command.facts, step.spec["call"]
        if facts.get("needs_person") and not self._covered(step):
            asked = Call(call["tool"], call["args"])
            question = f"{step.command.name}: may {call['tool']} be called?"
            self._ask(step, "call", question, calls=(asked,), until=self.now + POLICY_WAIT)
        else:
            self._attempt(step)

    def _covered(self, step: OpenStep) -> bool:
        """Whether an approval that the plan itself asked for covers this very call, and no other step used it."""
        call = step.spec["call"]
        for grant in self._granted.get(call.get("approval") or "", []):
            if grant.call == canonical([call["tool"], call["args"]]) and grant.used_by is None:
                grant.used_by = step.key
                return True
        return False

    def _sleep(self, step: OpenStep, until: float) -> None:
        step.state, step.until = "sleeping", until
        self._set_timer(f"{step.key}:due", until)

    def _begin_wait(self, step: OpenStep) -> None:
        event = first_event(self._events, step.spec)
        if event is not None:
            self._events.remove(event)
            self._settle(step, event)
            return
        step.state, step.until = "waiting", self._limit(step)
        self._set_timer(f"{step.key}:expire", step.until)

    def _ask(self, step: OpenStep, kind: str, text: str, *, calls: tuple[Call, ...] = (), until: float | None) -> None:
        step.state, step.since, step.until = ("unknown" if kind == "outcome" else "asking"), self.now, until
        step.questions += 1
        self.questions.append(
            Question(
                id=question_id(self.run, self.generation, step.key, step.questions),
                step=step.key,
                kind=kind,  # type: ignore[arg-type]
                question=text,
                created_at=self.now,
                expires_at=until,
                details=step.spec.get("details"),
                calls=calls,
                schema=step.spec.get("schema"),
                default=step.spec.get("default"),
                risk=step.command.facts.get("risk", "low"),
            )
        )
        if until is not None:
            self._set_timer(f"{step.key}:expire", until)

    def _limit(self, step: OpenStep) -> float:
        """The moment at which a wait ends: given as one, or counted from now."""
        until = step.spec.get("until")
        return float(until if until is not None else self.now + step.spec["timeout"])

    # attempts

    def _attempt(self, step: OpenStep) -> None:
        if self.paused_since is not None:
            step.state = "held"
            return
        step.state, step.since, step.until = "running", self.now, None
        step.attempt += 1
        if step.attempt == 1 and step.spec["deadline"] is not None:
            step.deadline = self.now + step.spec["deadline"]
        self._want(f"{step.key}:{step.attempt}", step)

    def _outcome(self, item: Item) -> None:
        step = self.attempts.pop(item.key, None)
        if step is None:
            return
        self._changed.pop(item.key, None)
        if "ok" in item.body:
            self._settle(step, item.body["ok"])
        else:
            self._failed(step, failure(item.body, step.command.facts["effect"]))

    def _failed(self, step: OpenStep, failed: Failure) -> None:
        step.last = failed
        if failed.unknown:
            call = step.spec["call"]
            calls = (Call(call["tool"], call["args"]),) if call else ()
            self._ask(step, "outcome", f"{step.command.name}: did it happen? {failed.message}", calls=calls, until=None)
            return
        pause = None if failed.final or failed.late else delay(step.spec["retries"], step.attempt)
        if failed.interrupted and pause is not None:
            pause = 0.0
        if pause is None or (step.deadline is not None and self.now + pause >= step.deadline):
            self._give_up(step, failed, out_of_time=failed.late or pause is not None)
        elif pause == 0.0:
            self._attempt(step)
        else:
            step.state, step.since, step.until = "retrying", self.now, self.now + pause
            self._set_timer(f"{step.key}:retry", step.until)

    def _give_up(self, step: OpenStep, failed: Failure, *, out_of_time: bool) -> None:
        if out_of_time:
            message = f"the deadline of {step.spec['deadline']:g} s passed; last attempt: {failed.message}"
            self._refuse(step, "StepTimeout", "StepTimeout", message)
        else:
            self._fail(step, failed)

    # what happened to a step that waits

    def _timer_rang(self, timer: str) -> None:
        key, _, what = timer.rpartition(":")
        if self.timers.pop(timer, None) is None or (step := self.open.get(key)) is None:
            return
        self._changed.pop(timer, None)
        match what:
            case "due":
                self._settle(step, None)
            case "retry":
                self._attempt(step)
            case "expire":
                self._expire(step)

    def _expire(self, step: OpenStep) -> None:
        if step.command.kind == "wait_for_event":
            types = ", ".join(step.spec["types"])
            self._refuse(step, "WaitTimeout", "WaitTimeout", f"no event of type {types} came in time")
            return
        self.expired.append(question_id(self.run, self.generation, step.key, step.questions))
        if step.spec.get("default") is not None:
            self._settle(step, step.spec["default"]["value"])
        else:
            self._refuse(step, "ApprovalExpired", "ApprovalExpired", "nobody decided in time")

    def _event(self, event: Json) -> None:
        waits = ((step, step.spec) for step in self.open.values() if step.state == "waiting")
        step = first_wait(waits, event)
        if step is None:
            self._events.append(event)
        else:
            self._settle(step, event)

    def _decision(self, item: Item) -> None:
        step, said = self.open.get(item.key), item.body
        asked = step and question_id(self.run, self.generation, step.key, step.questions)
        if step is None or step.state not in ("asking", "unknown") or said["approval"] != asked:
            return
        self._drop_timer(f"{step.key}:expire")
        if step.state == "unknown":
            self._outcome_decided(step, said)
        elif said["action"] == "reject":
            reason = said["comment"] or "rejected without a reason"
            self._refuse(step, "ApprovalRejected", "ApprovalRejected", reason, by=[said["by"]], reason=said["comment"])
        elif step.command.kind == "do":
            self._attempt(step)
        elif step.command.kind == "ask":
            self._settle(step, said["value"])
        else:
            self._grant(step, said)

    def _grant(self, step: OpenStep, said: Json) -> None:
        calls = step.spec["calls"]
        self._granted[step.key] = [Granted(canonical([call["tool"], call["args"]])) for call in calls]
        answer = {"by": [said["by"]], "comment": said["comment"], "decided_at": said["at"], "calls": calls}
        self._settle(step, answer)

    def _outcome_decided(self, step: OpenStep, said: Json) -> None:
        assert step.last is not None
        if step.deadline is not None:
            step.deadline += self.now - step.since
        if said["action"] == "happened":
            self._settle(step, said["value"])
        elif said["action"] == "reject":
            self._fail(step, step.last)
        elif step.last.late:
            self._give_up(step, step.last, out_of_time=True)
        else:
            self._attempt(step)

    # pausing: an attempt in flight ends, no turn starts; what counts by length keeps what was left

    def _pause(self) -> None:
        if self.paused_since is None:
            self.paused_since = self.now
            for timer in [t for t in self.timers if self._lasting(t)]:
                self._frozen[timer] = self.timers[timer] - self.now
                self._drop_timer(timer)

    def _resume(self) -> None:
        if self.paused_since is None:
            return
        self.paused_since = None
        frozen, self._frozen = self._frozen, {}
        for timer, left in frozen.items():
            self.open[timer.rpartition(":")[0]].until = self.now + left
            self._set_timer(timer, self.now + left)
        for step in [step for step in self.open.values() if step.state == "held"]:
            self._attempt(step)

    def _lasting(self, timer: str) -> bool:
        """Whether a timer counts by length (a sleep, a retry's delay, an event's timeout) and not to a moment."""
        key, _, what = timer.rpartition(":")
        step = self.open[key]
        kind = step.command.kind
        return what == "retry" or kind == "sleep" or (kind == "wait_for_event" and "until" not in step.spec)

    # settling

    def _settle(self, step: OpenStep, ok: Json) -> None:
        step.result = ok
        self._close(step, "done", {"ok": ok})

    def _fail(self, step: OpenStep, failed: Failure) -> None:
        self._refuse(step, "StepFailed", failed.type, failed.message, data=failed.data, fault=failed.fault)

    def _refuse(self, step: OpenStep, kind: str, type: str, message: str, **more: Json) -> None:
        name, attempts = step.command.name, step.attempt
        step.error = {"kind": kind, "type": type, "message": message, "step": name, "attempts": attempts, **more}
        self._close(step, "failed", {"error": step.error})

    def _close(self, step: OpenStep, state: str, outcome: dict[str, Json]) -> None:
        step.state, step.ended_at, step.until = state, self.now, None
        del self.open[step.key]
        for timer in (f"{step.key}:due", f"{step.key}:retry", f"{step.key}:expire"):
            self._drop_timer(timer)
            self._frozen.pop(timer, None)
        self._ready.append({"at": self.now, "key": step.key, **outcome})

    def finish(self, status: RunStatus, result: Json, error: Json) -> None:
        """The run is over: nothing is open or wanted any more."""
        self.ended, self.result, self.error = status, result, error
        for step in self.open.values():
            step.state, step.ended_at = "withdrawn", self.now
        self._changed.update(dict.fromkeys([*self.attempts, *self.timers]))
        self.open.clear()
        self.attempts.clear()
        self.timers.clear()

    # wishes

    def _want(self, key: str, step: OpenStep) -> None:
        self.attempts[key] = step
        self._changed[key] = None

    def _set_timer(self, key: str, at: float) -> None:
        if self.paused_since is not None and self._lasting(key):
            self._frozen[key] = at - self.now
        else:
            self.timers[key] = at
            self._changed[key] = None

    def _drop_timer(self, key: str) -> None:
        if self.timers.pop(key, None) is not None:
            self._changed[key] = None
