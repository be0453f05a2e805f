"""A step that waits for another run: what it asks for, what it hears, what it tells the other."""

from __future__ import annotations

import pytest

from agentflow.dispatch.delegation import child_ids
from agentflow.dispatch.status import status
from agentflow.records import Json
from tests.dispatch.scripted import START, Scripted, failed

GOAL, RUN = child_ids("run_1", 1, "sub#1")


@pytest.fixture
def run() -> Scripted:
    return Scripted()


def delegated(run: Scripted, **spec: Json) -> None:
    """A delegation whose run has been made."""
    begin(run, **spec)
    run.outcome("sub#1:1", {"ok": RUN})


def begin(run: Scripted, **spec: Json) -> None:
    given: dict[str, Json] = {"agent": "bookkeeper", "goal": None, "payload": None, "timeout": None, **spec}
    run.issue("delegate", "sub", facts={"effect": "idempotent"}, **given)


def test_the_other_run_is_made_by_an_attempt(run: Scripted) -> None:
    begin(run)
    assert list(run.machine.wishes.attempts) == ["sub#1:1"]
    run.outcome("sub#1:1", {"interrupted": True, "mark": None})
    assert list(run.machine.wishes.attempts) == ["sub#1:2"]


def test_a_delegation_that_may_not_be_fails_the_step(run: Scripted) -> None:
    begin(run)
    run.outcome("sub#1:1", {"error": {"type": "ToolError", "message": "not granted", "final": True, "fault": "plan"}})
    assert run.taken()[0]["error"]["message"] == "not granted"


def test_status_says_for_whose_run_it_waits(run: Scripted) -> None:
    delegated(run)
    shown, reason = status(run.machine)
    assert (shown, reason["waits"][0]["for"], reason["waits"][0]["agent"]) == ("waiting", "run", "bookkeeper")


def test_the_others_result_is_the_steps(run: Scripted) -> None:
    delegated(run)
    run.post("child", "sub#1", {"child": RUN, "ok": {"x": 1}})
    assert run.taken()[0]["ok"] == {"x": 1}


def test_the_others_error_keeps_type_message_and_data(run: Scripted) -> None:
    delegated(run)
    said = {"type": "NoMoney", "message": "none left", "data": {"left": 0}, "fault": "tool"}
    run.post("child", "sub#1", {"child": RUN, "error": said})
    error = run.taken()[0]["error"]
    assert error["kind"] == "StepFailed"
    assert {key: error[key] for key in said} == said


def test_a_goal_that_was_refused_fails_the_step(run: Scripted) -> None:
    delegated(run, goal="Book it.")
    said = {"type": "GoalRefused", "message": "2 findings remain", "data": None, "fault": "plan"}
    run.post("child", "sub#1", {"child": GOAL, "error": said})
    assert run.taken()[0]["error"]["type"] == "GoalRefused"


def test_an_end_that_comes_before_the_beginning_is_known_counts(run: Scripted) -> None:
    begin(run)
    run.post("child", "sub#1", {"child": RUN, "ok": 1})
    assert run.taken()[0]["ok"] == 1
    assert not run.machine.wishes.attempts


def test_the_end_of_another_generations_run_is_not_heard(run: Scripted) -> None:
    delegated(run)
    run.post("child", "sub#1", {"child": child_ids("run_1", 2, "sub#1")[1], "ok": 1})
    assert run.taken() == []


def test_a_delegation_that_takes_too_long_is_cancelled_with_rollback(run: Scripted) -> None:
    delegated(run, timeout=60.0)
    assert run.machine.wishes.timers == {"sub#1:expire": START + 60}
    run.ring("sub#1:expire")
    assert run.taken()[0]["error"]["kind"] == "StepTimeout"
    assert run.machine.told == [(GOAL, "cancel", {"rollback": True}), (RUN, "cancel", {"rollback": True})]


def test_a_withdrawn_delegation_is_cancelled_with_rollback(run: Scripted) -> None:
    delegated(run)
    run.withdraw("sub")
    assert (RUN, "cancel", {"rollback": True}) in run.machine.told


@pytest.mark.parametrize("rollback", [True, False])
def test_cancel_goes_down(run: Scripted, rollback: bool) -> None:
    delegated(run)
    run.post("cancel", body={"rollback": rollback})
    assert (RUN, "cancel", {"rollback": rollback}) in run.machine.told


def test_pause_and_resume_go_down(run: Scripted) -> None:
    delegated(run)
    run.post("pause")
    run.post("resume")
    assert [(kind, id) for id, kind, _ in run.machine.told if id == RUN] == [("pause", RUN), ("resume", RUN)]


def test_what_a_paused_run_delegated_is_resumed_to_be_cancelled(run: Scripted) -> None:
    """Nobody else would: it was paused with the run that ends here, and may have to undo something."""
    delegated(run)
    run.post("pause")
    run.machine.told.clear()
    run.post("cancel", body={"rollback": True})
    assert [kind for id, kind, _ in run.machine.told if id == RUN] == ["cancel", "resume"]


def test_a_retry_that_a_pause_put_off_is_no_limit_of_time(run: Scripted) -> None:
    begin(run)
    run.outcome("sub#1:1", failed())
    run.post("pause")
    run.post("resume", after=100.0)
    run.ring("sub#1:retry")
    run.outcome("sub#1:2", failed())
    assert "sub#1:retry" in run.machine.wishes.timers


def test_a_limit_of_time_that_a_pause_put_off_counts_on(run: Scripted) -> None:
    delegated(run, timeout=60.0)
    run.post("pause", after=9.0)
    run.post("resume", after=100.0)
    assert run.machine.wishes.timers == {"sub#1:expire": START + 160.0}
    assert status(run.machine)[1]["waits"][0]["until"] == START + 160.0
