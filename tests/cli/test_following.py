"""What is told of goals and runs while they happen, from staged records: moments that real ones pass too quickly."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from rich.console import Console

from agentflow.cli.following import Moving, Teller, follow_goal, follow_run, under_way
from agentflow.cli.goals import ended
from agentflow.cli.session import Session
from agentflow.errors import AgentFlowError
from agentflow.records import Approval, Attempt, Goal, GoalStatus, Run, RunStatus, StepView, Usage

if TYPE_CHECKING:
    from agentflow.app import AgentFlow, GoalHandle, RunHandle

GOAL = Goal("goal_1", "default", "a", "a goal", {}, "planning", False, None, None, None, "local", 0.0, 0.0)
ATTEMPT = Attempt(1, "acme:m", "p", "text", "source\n", (), Usage(1200, 30), None, 0.0, 2.0)
RUN = Run("run_1", "default", "a", 1, 1, "running", None, {}, None, "local", 0.0, 0.0)
STEP = StepView("load#1", "do", "load", 1, "running", 1, 0.0, None, "orders.get")


class StagedGoal:
    """A goal that goes through given records."""

    def __init__(self, *records: Goal) -> None:
        self._records = records
        self.record = records[0]

    async def watch(self) -> AsyncIterator[Goal]:
        for record in self._records:
            self.record = record
            yield record


class StagedRun:
    """A run that goes through given records, with the steps and the history of each."""

    def __init__(self, *scenes: tuple[Run, Sequence[StepView], Sequence[dict[str, Any]]]) -> None:
        self._scenes = scenes
        self.id = "run_1"
        self.record, self._steps, self._history = scenes[0]

    async def watch(self) -> AsyncIterator[Run]:
        for scene in self._scenes:
            self.record, self._steps, self._history = scene
            yield self.record

    async def steps(self) -> Sequence[StepView]:
        return self._steps

    async def history(self) -> Sequence[dict[str, Any]]:
        return self._history


class NoQuestions:
    """A house in which nothing waits for a person."""

    @property
    def approvals(self) -> NoQuestions:
        return self

    async def list(self, **asked: object) -> list[Approval]:
        return []


async def told_of_goal(*records: Goal, terminal: bool = False) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80)
    await follow_goal(cast("GoalHandle", StagedGoal(*records)), Teller(console))
    return cast(io.StringIO, console.file).getvalue()


async def told_of_run(*scenes: tuple[Run, Sequence[StepView], Sequence[dict[str, Any]]]) -> list[str]:
    console = Console(file=io.StringIO(), width=200)
    handle, house = cast("RunHandle", StagedRun(*scenes)), cast("AgentFlow", NoQuestions())
    await follow_run(handle, Teller(console), house)
    return [" ".join(line.split()) for line in cast(io.StringIO, console.file).getvalue().splitlines()]


async def test_while_a_model_writes_its_progress_moves() -> None:
    note = json.dumps({"attempt": 1, "characters": 1234, "line": "class Plan"})
    writing = replace(GOAL, progress=note)
    checked = replace(GOAL, progress=note, attempts=(ATTEMPT,))
    out = await told_of_goal(GOAL, writing, checked, terminal=True)
    assert "answer 1: the model writes" in out
    assert "a plan of 1 lines" in out
    assert "1,200 + 30 tokens" in out


async def test_an_answer_is_told_once() -> None:
    out = await told_of_goal(GOAL, replace(GOAL, attempts=(ATTEMPT,)), replace(GOAL, attempts=(ATTEMPT,)))
    assert out.count("answer 1: a plan") == 1


STATES = [
    (STEP, "load starts orders.get"),
    (replace(STEP, attempts=3, tool=None), "load attempt 3"),
    (replace(STEP, state="held"), "load held"),
    (replace(STEP, state="sleeping"), "load sleeps until later"),
    (replace(STEP, state="waiting"), "load waits for an event"),
    (
        replace(STEP, state="failed", attempts=2, ended_at=1.0, error={"type": "E", "message": "m"}),
        "failed after 2 attempts: E: m",
    ),
    (
        replace(STEP, state="failed", ended_at=1.0, error={"type": "E", "message": "m", "line": 7}),
        "load failed: E: m (line 7)",
    ),
    (replace(STEP, state="done", ended_at=1.0), "load done in 1.0 s"),
]


@pytest.mark.parametrize(("step", "line"), STATES)
async def test_each_state_of_a_step_has_its_words(step: StepView, line: str) -> None:
    assert (await told_of_run((RUN, [step], [])))[0].endswith(line)


async def test_what_waits_for_a_person_is_told_when_its_question_is_stored() -> None:
    assert await told_of_run((RUN, [replace(STEP, state="asking", due=9.0)], [])) == []


async def test_outcomes_are_told_in_the_order_in_which_they_came() -> None:
    steps = [replace(STEP, state="done", ended_at=1.0), replace(STEP, key="b#1", name="b", state="done", ended_at=0.5)]
    history = [
        {"kind": "outcome", "key": "load#1:1", "at": 0.2, "body": {"interrupted": True}},
        {"kind": "outcome", "key": "b#1:1", "at": 0.5, "body": {"ok": 1}},
        {"kind": "outcome", "key": "load#1:2", "at": 1.0, "body": {"ok": 1}},
    ]
    assert await told_of_run((RUN, steps, history)) == [
        "load attempt 1 failed: its worker ended in the middle of it",
        "b done in 0.5 s",
        "load done in 1.0 s",
    ]


async def test_steps_of_every_kind_are_told_in_the_order_in_which_they_ended() -> None:
    sleep = replace(STEP, key="nap#1", name="nap", kind="sleep", state="done", ended_at=1.0)
    wait = replace(STEP, key="go#1", name="go", kind="wait_for_event", state="done", ended_at=2.0)
    steps = [replace(STEP, state="failed", ended_at=4.0), wait, sleep]
    history = [
        {"kind": "timer", "key": "nap#1", "at": 1.0, "body": None},
        {"kind": "event", "key": "", "at": 2.0, "body": {"type": "go"}},
        {"kind": "decision", "key": "load#1", "at": 1.5, "body": {}},
    ]
    assert await told_of_run((RUN, steps, history)) == [
        "nap done in 1.0 s",
        "event go came",
        "go done in 2.0 s",
        "load failed:",
    ]


async def test_of_progress_only_what_it_says_is_told_and_each_once() -> None:
    run = replace(RUN, progress={"message": "half of it", "fraction": 0.5, "at": 1.0})
    silent = replace(STEP, kind="progress", name="progress", state="done", ended_at=1.0)
    assert await told_of_run((run, [silent], []), (run, [silent], [])) == ["says: half of it (50%)"]


async def test_what_a_run_said_is_told_before_its_end() -> None:
    run = replace(RUN, status="failed", progress={"message": "half of it", "fraction": None, "at": 1.0})
    assert await told_of_run((run, [], [])) == ["says: half of it", "run run_1 is failed"]


async def test_what_is_undone_is_told_as_such_and_a_moment_between_is_not() -> None:
    undo = replace(STEP, key="load#1/undo", kind="undo", state="retrying", attempts=2)
    history = [{"kind": "outcome", "key": "load#1/undo:1", "at": 1.0, "body": {"interrupted": True}}]
    between = replace(STEP, state="registering")
    assert await told_of_run((RUN, [between, undo], history)) == [
        "undo load attempt 1 failed: its worker ended in the middle of it",
        "undo load tries again at later",
    ]


async def test_a_new_generation_is_told_from_its_beginning() -> None:
    again = replace(RUN, generation=2, status="cancelled")
    assert await told_of_run((RUN, [STEP], []), (again, [STEP], []), (again, [STEP], [])) == [
        "load starts orders.get",
        "the run begins anew: generation 2",
        "load starts orders.get",
        "run run_1 is cancelled",
    ]


def test_the_moving_line_is_made_anew_and_fits_its_terminal() -> None:
    console = Console(file=io.StringIO(), width=40)
    words = iter(["first", "second\x1b[2J" + "x" * 100])
    line = Moving(lambda: next(words), console)
    console.print(line)
    console.print(line)
    first, second = cast(io.StringIO, console.file).getvalue().splitlines()
    assert first == "first"
    assert second.startswith("second\\u001b[2Jxxx")
    assert len(second) < 40


@pytest.mark.parametrize(
    ("step", "said"),
    [(STEP, "load: running for "), (replace(STEP, state="sleeping", due=9.0), "load: sleeping, 0.0 s left")],
)
def test_what_is_under_way_is_said_with_its_time(step: StepView, said: str) -> None:
    assert under_way(step).startswith(said)


async def test_a_run_that_is_paused_says_so() -> None:
    status: RunStatus = "paused"
    assert await told_of_run((replace(RUN, status=status), [], [])) == ["run run_1 is paused"]


ENDS: list[tuple[GoalStatus, int]] = [("review", 5), ("refused", 4), ("failed", 1), ("cancelled", 1)]


@pytest.mark.parametrize(("status", "exit_status"), ENDS)
def test_how_a_goal_ends_without_a_run_decides_the_exit_status(status: GoalStatus, exit_status: int) -> None:
    error: AgentFlowError = ended(Session(), replace(GOAL, status=status, reason="why"))
    assert error.exit_status == exit_status
    assert "goal_1" in str(error)
