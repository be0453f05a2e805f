"""Follows goals and runs while they happen: a line for each thing, and at a terminal one that moves."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status
from rich.text import Text

from ..records import Approval, Attempt, Goal, Json, Run, Spent, StepView
from ..wording import lasting, spent, step_label, visible
from . import findings
from .session import Session
from .shown import error_text, progress_text, ways
from .text import STYLES, hanging, one_line
from .times import soon

if TYPE_CHECKING:
    from ..app import AgentFlow, GoalHandle, RunHandle

_NAME = 28
"""Cells for a step's name."""

_SILENT = frozenset({"progress", "timeout"})
"""Kinds of steps that are not told: of them, what they bring about is."""

_BETWEEN = frozenset({"registering", "pacing"})
"""States in which a step is only for a moment, while the plan is asked how it goes on."""


class Teller:
    """Says what happens, line by line; at a terminal the last line moves while something is under way."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    def tell(self, *parts: str | tuple[str, str]) -> None:
        """A line that stays."""
        self.write(Text.assemble(*((visible(p), "") if isinstance(p, str) else (visible(p[0]), p[1]) for p in parts)))

    def write(self, line: Text) -> None:
        """A line that stays, made elsewhere."""
        for part in hanging(line, self._console.width if self._console.is_terminal else 0):
            self._console.print(part, soft_wrap=True)

    def moving(self, words: Callable[[], str]) -> None:
        """What the moving line says from now on."""
        if self._status is not None:
            self._status.update(Moving(words, self._console))

    @contextmanager
    def alive(self) -> Iterator[None]:
        """While this is open, a terminal has a moving line."""
        if not self._console.is_terminal:
            yield
            return
        with self._console.status("") as self._status:
            yield
        self._status = None


class Moving:
    """A line that is made anew whenever it is drawn."""

    def __init__(self, words: Callable[[], str], console: Console) -> None:
        self._words = words
        self._console = console

    def __rich__(self) -> Text:
        line = Text(one_line(self._words()), "dim", no_wrap=True)
        line.truncate(self._console.width - 4, overflow="ellipsis")
        return line


# goals


async def follow_goal(goal: GoalHandle, teller: Teller) -> Goal:
    """Tell how a goal is planned, until it no longer is."""
    story = _Planning(teller)
    with teller.alive():
        async for now in goal.watch():
            story.look(now)
    return goal.record


class _Planning:
    """What has been told of a goal."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._begun = 0
        self._answered = 0
        self._found: set[int] = set()

    def look(self, goal: Goal) -> None:
        """Tell what is new."""
        for attempt in goal.attempts:
            self._begin(attempt.number)
            self._answer(attempt)
            self._findings(attempt)
        if goal.status == "planning":
            self._progress(json.loads(goal.progress or "{}"), len(goal.attempts) + 1)
        elif goal.version is not None:
            self._teller.tell(("plan accepted", "green"), f" as version {goal.version}")

    def _progress(self, note: Json, number: int) -> None:
        if note.get("attempt") == number:
            self._begin(number)
            words = f"answer {number}: {note['characters']:,} characters   {note['line']}"
        elif number > 1:
            words = f"answer {number - 1} is checked"
        else:
            words = "the model is asked"
        self._teller.moving(lambda: words)

    def _begin(self, number: int) -> None:
        if number > self._begun:
            self._begun = number
            self._teller.tell(
                f"answer {number}: the model writes" if number == 1 else f"answer {number}: the model mends"
            )

    def _answer(self, attempt: Attempt) -> None:
        if attempt.number <= self._answered:
            return
        self._answered = attempt.number
        lines = len((attempt.source or "").splitlines())
        got = (
            f"a plan of {lines} lines" if attempt.source else f"no plan ({one_line(attempt.error or 'no code in it')})"
        )
        self._teller.tell(f"answer {attempt.number}: {got} from {attempt.model}{took(attempt)}")
        for line in replaced(attempt):
            self._teller.write(line)

    def _findings(self, attempt: Attempt) -> None:
        if attempt.findings and attempt.number not in self._found:
            self._found.add(attempt.number)
            for line in findings.lines(attempt.findings, "plan", indent="  "):
                self._teller.write(line)


def replaced(attempt: Attempt) -> list[Text]:
    """Why another model than was to answer did."""
    return [Text(f"  in the place of {one_line(attempt.fallback)}")] if attempt.fallback else []


def took(attempt: Attempt) -> str:
    """How long an answer took; tokens, where the provider says so; what it cost, where its model has a price."""
    time = f" in {lasting(attempt.ended_at - attempt.started_at)}" if attempt.ended_at else ""
    tokens = spent(taken(attempt))
    return f"{time}, {tokens}" if tokens else time


def taken(attempt: Attempt) -> Spent:
    """Tokens and US dollars of an answer."""
    return Spent(**asdict(attempt.usage), cost=attempt.cost)


# runs


async def follow_run(run: RunHandle, teller: Teller, flow: AgentFlow) -> Run:
    """Tell what a run does, until it ends or only a person can move it."""
    story = _Running(teller)
    with teller.alive():
        async for now in run.watch():
            story.look(now, await run.steps(), await run.history(), await flow.approvals.list(run=run.id))
    return run.record


class _Running:
    """What has been told of a run."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._generation = 0
        self._status = ""
        self._told: dict[str, tuple[str, int, float | None]] = {}
        self._delivered = 0
        self._progress: Json = None

    def look(self, run: Run, steps: tuple[StepView, ...], history: Json, approvals: Sequence[Approval]) -> None:
        """Tell what is new."""
        if run.generation != self._generation:
            if self._generation:
                self._teller.tell(f"the run begins anew: generation {run.generation}")
            self._generation, self._told, self._delivered = run.generation, {}, 0
        self._came(history, steps)
        asked = {one.step: one for one in approvals if one.status == "pending"}
        for step in steps:
            self._step(step, asked.get(step.key))
        self._run(run, steps)

    def _came(self, history: Json, steps: tuple[StepView, ...]) -> None:
        """What came, in the order in which it came, each with the steps that ended by it."""
        ended = deque(sorted((step for step in steps if step.ended_at is not None), key=_end))
        now = 0.0
        given_up = {f"{step.key}:{step.attempts}" for step in steps if step.state == "failed"}
        for entry in history[self._delivered :]:
            if entry["key"] not in given_up:  # why the last attempt failed is told with the step
                self._entry(entry)
            now = max(now, entry["at"])
            while ended and _end(ended[0]) <= now:
                self._step(ended.popleft(), None)
        self._delivered = len(history)

    def _entry(self, entry: Json) -> None:
        """Of what failed and of events, the steps as they are now do not say any more."""
        body = entry["body"] or {}
        key, _, number = entry["key"].rpartition(":")
        if entry["kind"] == "outcome" and "ok" not in body:
            why = error_text(body.get("error")) or "its worker ended in the middle of it"
            name = key.rpartition("#")[0]
            self._say(
                f"undo {name}" if key.endswith("/undo") else name, (f"attempt {number} failed", "yellow"), f": {why}"
            )
        elif entry["kind"] == "event":
            self._teller.tell(f"  event {body.get('type')} came")

    def _step(self, step: StepView, asked: Approval | None) -> None:
        # Until its question is stored, a step that asks is not told: its id is what the person needs.
        now = (step.state, step.attempts, step.due if step.ended_at is None else None)
        if self._told.get(step.key) == now or (step.state in ("asking", "unknown") and asked is None):
            return
        if step.kind in _SILENT or step.state in _BETWEEN:
            return
        self._told[step.key] = now
        self._say(step_label(step), *self._words(step, asked))

    def _words(self, step: StepView, asked: Approval | None) -> Iterator[str | tuple[str, str]]:
        style = STYLES.get(step.state, "")
        match step.state:
            case "running":
                yield (f"attempt {step.attempts}" if step.attempts > 1 else "starts", style)
                yield f"  {step.tool}" if step.tool else ""
            case "retrying" | "sleeping":
                until = soon(step.due) if step.due is not None else "later"
                yield (f"{'tries again at' if step.state == 'retrying' else 'sleeps until'} {until}", style)
            case "waiting":
                yield ("waits for an event", style)
                yield f" until {soon(step.due)}" if step.due is not None else ""
            case "asking" | "unknown":
                yield ("waits for a person", style)
                yield f"  {asked.id}" if asked else ""
            case "failed":
                tries = f" after {step.attempts} attempts" if step.attempts > 1 else ""
                yield (f"failed{tries}", style)
                yield f": {error_text(step.error)}"
            case "done":
                yield ("done", style)
                yield f" in {lasting((step.ended_at or step.started_at) - step.started_at)}"
            case other:
                yield (other, style)

    def _say(self, name: str, *words: str | tuple[str, str]) -> None:
        self._teller.tell(f"  {one_line(name):<{_NAME}}  ", *words)

    def _run(self, run: Run, steps: tuple[StepView, ...]) -> None:
        if run.progress and run.progress != self._progress:
            self._progress = run.progress
            self._teller.tell(f"  says: {progress_text(run.progress)}")
        if run.status in ("paused", "cancelled", "failed") and run.status != self._status:
            self._teller.tell(f"run {run.id} is ", (run.status, STYLES.get(run.status, "")))
        self._status = run.status
        going = [step for step in steps if step.ended_at is None]
        self._teller.moving(lambda: ", ".join(map(under_way, going)) or f"the run is {run.status}")


def _end(step: StepView) -> float:
    return step.ended_at or 0.0


def under_way(step: StepView) -> str:
    """A step that has not ended, with the time that has passed or is left."""
    now = time.time()
    if step.due is not None:
        return f"{step.name}: {step.state}, {lasting(step.due - now)} left"
    return f"{step.name}: {step.state} for {lasting(now - step.started_at)}"


# how it ended


async def persons_turn(run: Run, flow: AgentFlow, session: Session) -> None:
    """Say which person has to do what before a run can go on."""
    if run.status == "paused":
        session.say(f"run {run.id} is paused: {session.command(f'run resume {run.id}')}")
        return
    for approval in await flow.approvals.list(status="pending", run=run.id):
        session.say(f"waits for a person: {approval.question}")
        for way in ways(approval, session):
            session.say(Text(f"  {way}"))
