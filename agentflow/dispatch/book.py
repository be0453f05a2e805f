"""The ground layer of a run's machine: what it remembers, and how a step is settled, asked about or withdrawn. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..approvals import Question, question_id
from ..engine import Item
from ..records import Call, Json, RunStatus
from .delegation import child_ids
from .events import Unread, first_wait
from .failures import Failure
from .rollbacks import Chain, Rollbacks
from .steps import Granted, OpenStep
from .wishes import Wishes

_WITHDRAWN = "withdrawn in the middle of an attempt: nobody knows whether it happened"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run is going to end, once all is undone."""

    status: RunStatus
    error: Json


class Book:
    """The state of a machine, and the moves that every layer above makes."""

    def __init__(
        self,
        run: str,
        generation: int,
        inherited: Mapping[str, int] | None = None,
        begun: Mapping[str, float] | None = None,
    ) -> None:
        self.run = run
        self.generation = generation
        self.now = 0.0
        self.turn = 0
        self.steps: dict[str, OpenStep] = {}
        self.open: dict[str, OpenStep] = {}
        self.wishes = Wishes()
        self.unread = Unread()
        self.deliveries: list[dict[str, Json]] = []
        self.questions: list[Question] = []
        self.closed_questions: list[tuple[str, Literal["expired", "withdrawn"]]] = []
        self.told: list[tuple[str, str, Json]] = []
        """Messages for runs and goals that were delegated: id, kind, body."""
        self.ending: Ending | None = None
        self.ended: RunStatus | Literal["continued"] | None = None
        self.result: Json = None
        self.error: Json = None
        self.rollback: dict[str, Json] | None = None
        self.progress: Json = None
        self.paused_since: float | None = None
        self._inherited = inherited or {}
        self._begun = dict(begun or {})
        """Since when steps are that this generation starts anew, and the one before had already."""
        self._early: list[Item] = []
        """What answers a step that is taken over, but is not started again yet."""
        self._ready: deque[dict[str, Json]] = deque()
        self._granted: dict[str, list[Granted]] = {}
        self._rollbacks = Rollbacks()
        self._chains: dict[str, Chain] = {}

    def origin(self, key: str) -> int:
        """The generation in which a step was first started."""
        return self._inherited.get(key, self.generation)

    # asking

    def _ask(
        self,
        step: OpenStep,
        kind: str,
        text: str,
        *,
        calls: tuple[Call, ...] = (),
        until: float | None,
        more: str | None = None,
    ) -> None:
        step.enter("unknown" if kind == "outcome" else "asking", self.now, until)
        step.questions += 1
        self.questions.append(
            Question(
                id=self._question(step),
                step=step.key,
                kind=kind,  # type: ignore[arg-type]
                question=text,
                created_at=self.now,
                expires_at=until,
                details=more or step.spec.get("details"),
                calls=calls,
                schema=step.spec.get("schema"),
                default=step.spec.get("default"),
                risk=step.command.facts.get("risk", "low"),
                line=step.command.line,
                approvers=tuple(step.spec.get("approvers") or ()),
                quorum=step.spec.get("quorum") or 1,
                editable=bool(calls) and step.command.kind == "wait_for_approval",
                sensitive=bool(step.spec.get("sensitive")),
            )
        )
        if until is not None:
            self._time(step, "expire", until, lasting=False)

    def _question(self, step: OpenStep) -> str:
        """The id of the step's newest question."""
        return question_id(self.run, self.origin(step.key), step.key, step.questions)

    def asked(self, key: str) -> str | None:
        """The id of the question that an open step waits for, if it does."""
        step = self.open[key]
        return self._question(step) if step.state in ("asking", "unknown") else None

    def _limit(self, step: OpenStep) -> float:
        """The moment at which a wait ends: given as one, or counted from its start."""
        until = step.spec.get("until")
        return float(until if until is not None else step.started_at + step.spec["timeout"])

    def _time(self, step: OpenStep, what: str, at: float, *, lasting: bool) -> None:
        self.wishes.set_timer(f"{step.key}:{what}", at, self.now, lasting=lasting)

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
        step.leave(self.now)
        step.state, step.ended_at, step.until = state, self.now, None
        del self.open[step.key]
        self.wishes.drop(step)
        if step.command.kind == "undo":
            self._undo_ended(step)
        elif step.unheard:
            step.state = "withdrawn"
        elif not self.ending:
            self._ready.append({"at": self.now, "key": step.key, **outcome})
        if self.ending:
            self._go_on_ending()

    def _undo_ended(self, step: OpenStep) -> None:
        """An undoing has come to its end: the layer above knows what comes next."""
        raise AssertionError(step.key)

    def _go_on_ending(self) -> None:
        """A run that ends may have come to its end."""
        raise AssertionError(self.run)

    # withdrawing

    def _let_go(self, step: OpenStep) -> None:
        """The plan has withdrawn a step. What was bound to it and is not delivered yet is given back."""
        if step.key in self.open and step.state == "registering":
            step.unheard = True
        elif step.key in self.open:
            self._withdraw(step)
        else:
            self._ready = deque(ready for ready in self._ready if ready.get("key") != step.key)
            step.state = "withdrawn"
            if step.bound is not None:
                self._event_again(step.bound)

    def _event_again(self, numbered: tuple[int, Json]) -> None:
        waits = ((step, step.spec) for step in self.open.values() if step.state == "waiting")
        step = first_wait(waits, numbered[1])
        if step is None:
            self.unread.keep(numbered)
        else:
            self._bind(step, numbered)

    def _bind(self, step: OpenStep, numbered: tuple[int, Json]) -> None:
        step.bound = numbered
        self._settle(step, numbered[1])

    def _children(self, step: OpenStep) -> tuple[str, str]:
        return child_ids(self.run, self.origin(step.key), step.key)

    def _withdraw_child(self, step: OpenStep, *, rollback: bool = True) -> None:
        children = self._children(step)
        self.told += [(child, "cancel", {"rollback": rollback}) for child in children]
        if self.paused_since is not None:  # it was paused with this run, and may have to undo something
            self.told += [(child, "resume", None) for child in children]

    def _withdraw(self, step: OpenStep, *, rollback: bool = True) -> None:
        """An open step is wanted no more: an attempt of it is cancelled, and what it still says is refused."""
        if step.state in ("asking", "unknown"):
            self.closed_questions.append((self._question(step), "withdrawn"))
        if step.command.kind == "delegate":
            self._withdraw_child(step, rollback=rollback)
        in_doubt = step.state in ("running", "unknown") and step.command.facts.get("effect") in ("once", "function")
        if in_doubt:
            name, attempts = step.command.name, step.attempt
            said = {"type": "Withdrawn", "message": _WITHDRAWN, "step": name, "attempts": attempts, "unknown": True}
            step.error = {"kind": "StepFailed", **said}
        step.leave(self.now)
        step.state, step.ended_at, step.until = "withdrawn", self.now, None
        del self.open[step.key]
        self.wishes.drop(step)

    def finish(
        self, status: RunStatus | Literal["continued"], result: Json, error: Json, *, rollback: bool = True
    ) -> None:
        """The run is over: nothing is open or wanted any more. `rollback`: whether what it delegated is undone."""
        self.ended, self.result, self.error, self.ending = status, result, error, None
        for step in list(self.open.values()):
            self._withdraw(step, rollback=rollback)
        self.paused_since = None
        self.wishes.clear()
