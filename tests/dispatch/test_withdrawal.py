"""What a plan lets go (the losers of a race, a block whose time is over) is wanted no more and binds nothing."""

from __future__ import annotations

import pytest

from agentflow.dispatch.status import status, views
from agentflow.records import Json
from tests.dispatch.scripted import START, Scripted


@pytest.fixture
def run() -> Scripted:
    return Scripted()


def event(number: int) -> Json:
    return {"id": f"event_{number}", "type": "paid", "payload": {"n": number}, "timestamp": 1.0}


def wait(run: Scripted, name: str) -> str:
    return run.issue("wait_for_event", name, types=["paid"], where=None, timeout=60.0)


def test_a_withdrawn_attempt_is_cancelled_and_its_late_result_refused(run: Scripted) -> None:
    run.do()
    run.machine.wishes.changed()
    run.withdraw("s")
    assert run.machine.wishes.changed() == ["s#1:1"]
    run.outcome("s#1:1", {"ok": 1})
    assert run.taken() == []
    assert [view.state for view in views(run.machine)] == ["withdrawn"]


@pytest.mark.parametrize(("effect", "unknown"), [("read", False), ("idempotent", False), ("once", True)])
def test_a_withdrawn_attempt_of_a_once_tool_is_recorded_as_unknown(run: Scripted, effect: str, unknown: bool) -> None:
    run.do(facts={"effect": effect})
    run.withdraw("s")
    [view] = views(run.machine)
    assert bool(view.error and view.error["unknown"]) is unknown


def test_a_withdrawn_sleep_rings_no_more(run: Scripted) -> None:
    run.issue("sleep", "nap", seconds=5.0)
    run.withdraw("nap")
    assert not run.machine.wishes.timers


def test_a_withdrawn_wait_binds_nothing(run: Scripted) -> None:
    wait(run, "a")
    run.withdraw("a")
    run.post("event", body=event(1))
    assert run.taken() == []
    key = wait(run, "b")
    assert [delivery["key"] for delivery in run.taken()] == [key]


def test_an_event_bound_to_a_wait_that_is_let_go_before_it_is_delivered_is_unread_again(run: Scripted) -> None:
    run.post("event", body=event(1))
    run.post("event", body=event(2))
    wait(run, "a")  # bound at once, not delivered yet
    run.withdraw("a")
    wait(run, "b")
    [delivery] = run.taken()
    assert (delivery["key"], delivery["ok"]["payload"]["n"]) == ("b#1", 1)


def test_an_event_that_is_given_back_goes_to_the_oldest_wait_that_is_open(run: Scripted) -> None:
    wait(run, "a")
    wait(run, "b")
    run.post("pause")
    run.post("event", body=event(1))
    run.withdraw("a")
    run.post("resume")
    assert [delivery["key"] for delivery in run.taken()] == ["b#1"]


def test_a_withdrawn_question_is_closed(run: Scripted) -> None:
    run.issue("ask", question="which?", schema={}, default=None, timeout=60.0)
    run.withdraw("s")
    assert run.machine.closed_questions == [(run.machine.questions[0].id, "withdrawn")]
    run.decide("s#1", "answer", value="b")
    assert run.taken() == []


def test_a_block_ends_when_its_time_is_over(run: Scripted) -> None:
    run.issue("timeout", "", timeout=30.0)
    wait(run, "a")
    assert status(run.machine)[1]["waits"][0]["step"] == "a#1"
    assert len(status(run.machine)[1]["waits"]) == 1  # a block is nothing to wait for
    run.ring("#1:due")
    assert run.taken() == [{"at": START + 30, "key": "#1", "ok": None}]


def test_a_block_counts_no_time_while_the_run_is_paused_unless_it_names_a_moment(run: Scripted) -> None:
    run.issue("timeout", "", timeout=30.0)
    run.issue("timeout", "", occurrence=2, until=START + 30)
    run.post("pause", after=10)
    run.post("resume", after=100)
    assert run.machine.wishes.timers == {"#1:due": START + 130, "#2:due": START + 30}


def test_progress_is_delivered_at_once_and_kept(run: Scripted) -> None:
    run.issue("progress", "", message="half-way", fraction=0.5)
    assert run.taken() == [{"at": START, "key": "#1", "ok": None}]
    assert run.machine.progress == {"message": "half-way", "fraction": 0.5, "at": START}


def test_a_run_that_continues_as_new_ends_with_its_payload_and_keeps_what_is_unread(run: Scripted) -> None:
    run.post("event", body=event(1))
    run.do(rollback=True)
    run.machine.renew({"round": 2})
    assert (run.machine.ended, run.machine.result) == ("continued", {"round": 2})
    assert run.machine.unread.all() == [event(1)]
    assert not run.machine.wishes.attempts


def test_an_event_that_was_bound_and_not_delivered_goes_over_to_the_run_that_continues_as_new(run: Scripted) -> None:
    run.post("event", body=event(1))
    run.post("event", body=event(2))
    wait(run, "a")
    wait(run, "b")
    run.post("event", body=event(3))
    assert run.machine.take() is not None
    run.machine.renew({})
    assert run.machine.unread.all() == [event(2), event(3)]


# the plan's own delays


def pacing(run: Scripted) -> None:
    run.do(retries={"limit": 1, "delay": None, "backoff": "constant"})
    run.outcome("s#1:1", {"error": {"type": "ValueError", "message": "it broke"}})


def test_a_delay_that_is_a_function_is_worked_out_first(run: Scripted) -> None:
    pacing(run)
    assert list(run.machine.wishes.attempts) == ["s#1:delay1"]
    run.outcome("s#1:delay1", {"ok": 42.0})
    assert run.machine.wishes.timers == {"s#1:retry": run.now + 42}


def test_an_interrupted_evaluation_is_repeated(run: Scripted) -> None:
    pacing(run)
    run.outcome("s#1:delay1", {"interrupted": True, "mark": None})
    assert list(run.machine.wishes.attempts) == ["s#1:delay2"]


def test_a_delay_function_that_fails_fails_the_step_without_a_retry(run: Scripted) -> None:
    pacing(run)
    run.outcome("s#1:delay1", {"error": {"type": "TypeError", "message": "no", "final": True, "fault": "plan"}})
    [delivery] = run.taken()
    assert (delivery["error"]["type"], delivery["error"]["fault"]) == ("TypeError", "plan")
    assert delivery["error"]["message"] == "retries.delay: no; last attempt: it broke"


def test_a_delay_function_is_not_asked_where_no_retry_is_left(run: Scripted) -> None:
    pacing(run)
    run.outcome("s#1:delay1", {"ok": 0})
    run.outcome("s#1:2", {"error": {"type": "ValueError", "message": "again"}})
    [delivery] = run.taken()
    assert (delivery["error"]["attempts"], delivery["error"]["message"]) == (2, "again")
