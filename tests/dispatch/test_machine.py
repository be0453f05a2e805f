from __future__ import annotations

import pytest

from agentflow.dispatch.machine import POLICY_WAIT, Machine
from agentflow.dispatch.status import status, views
from agentflow.engine import Item
from agentflow.records import Json
from tests.dispatch.scripted import INTERRUPTED, POLICY, START, Scripted, failed


@pytest.fixture
def run() -> Scripted:
    return Scripted()


def only(deliveries: list[dict[str, Json]]) -> dict[str, Json]:
    [delivery] = deliveries
    return delivery


def error(deliveries: list[dict[str, Json]]) -> Json:
    return only(deliveries)["error"]


# beginning


def test_the_first_delivery_is_the_start(run: Scripted) -> None:
    assert run.deliveries == [{"at": START, "start": True}]


def test_a_second_start_is_for_the_next_generation(run: Scripted) -> None:
    """A worker that has not yet seen that it lost its claim hears of it; a guest that is started twice is killed."""
    run.post("start")
    assert run.taken() == []


def test_a_do_wants_its_first_attempt(run: Scripted) -> None:
    run.do()
    assert list(run.machine.wishes.attempts) == ["s#1:1"]
    assert run.machine.wishes.changed() == ["s#1:1"]
    assert status(run.machine) == ("running", None)


def test_a_step_that_may_not_be_done_fails_without_an_attempt(run: Scripted) -> None:
    run.do(facts={"refused": "a.b is not granted"})
    assert error(run.taken())["type"] == "ToolRefused"
    assert not run.machine.wishes.attempts


# attempts


def test_an_outcome_is_delivered_once(run: Scripted) -> None:
    run.do()
    run.outcome("s#1:1", {"ok": 5})
    run.outcome("s#1:1", {"ok": 6})
    assert run.taken() == [{"at": START + 1, "key": "s#1", "ok": 5}]


def test_a_failure_is_tried_again_after_its_delay(run: Scripted) -> None:
    run.do()
    run.outcome("s#1:1", failed())
    assert run.machine.wishes.timers == {"s#1:retry": START + 11}
    assert status(run.machine)[0] == "sleeping"
    run.ring("s#1:retry")
    assert list(run.machine.wishes.attempts) == ["s#1:2"]


def test_after_the_last_retry_the_step_fails_with_what_the_last_attempt_raised(run: Scripted) -> None:
    run.do()
    for number in (1, 2):
        run.outcome(f"s#1:{number}", failed())
        run.ring("s#1:retry")
    run.outcome("s#1:3", failed("KeyError"))
    assert error(run.taken()) == {
        "kind": "StepFailed",
        "type": "KeyError",
        "message": "it broke",
        "step": "s",
        "attempts": 3,
        "data": {"x": 1},
        "fault": "tool",
    }


def test_a_final_failure_is_not_tried_again(run: Scripted) -> None:
    run.do()
    run.outcome("s#1:1", {"error": {"type": "NonRetryableError", "message": "no", "final": True}})
    assert error(run.taken())["attempts"] == 1


def test_an_interrupted_attempt_counts_and_is_followed_at_once(run: Scripted) -> None:
    run.do()
    run.outcome("s#1:1", INTERRUPTED)
    assert list(run.machine.wishes.attempts) == ["s#1:2"]


def test_an_interrupted_attempt_without_retries_left_fails_the_step(run: Scripted) -> None:
    run.do(retries={**POLICY, "limit": 0})
    run.outcome("s#1:1", INTERRUPTED)
    assert error(run.taken())["type"] == "Interrupted"


def test_a_retry_without_delay_starts_at_once(run: Scripted) -> None:
    run.do(retries={**POLICY, "delay": 0.0})
    run.outcome("s#1:1", failed())
    assert list(run.machine.wishes.attempts) == ["s#1:2"]


def test_an_attempt_beyond_the_deadline_raises_step_timeout(run: Scripted) -> None:
    run.do(deadline=30.0)
    run.outcome("s#1:1", failed("StepTimeout", late=True), after=30)
    assert error(run.taken())["kind"] == "StepTimeout"


def test_a_step_that_an_earlier_version_began_counts_its_deadline_and_its_question_from_then() -> None:
    run = Scripted(begun={"s#1": START - 100, "asked#1": START - 100})
    run.do(deadline=130.0)
    assert run.machine.wishes.attempts["s#1:1"].deadline == START + 30
    run.do("asked", facts={"needs_person": True})
    [question] = run.machine.questions
    assert question.expires_at == START - 100 + POLICY_WAIT


def test_a_retry_that_would_start_after_the_deadline_is_not_waited_for(run: Scripted) -> None:
    run.do(deadline=10.0)
    run.outcome("s#1:1", failed())
    assert error(run.taken())["kind"] == "StepTimeout"


# unknown outcomes


def unknown(run: Scripted, **spec: Json) -> None:
    run.do(facts={"effect": "once"}, **spec)
    run.outcome("s#1:1", failed(unknown=True))


def test_an_unknown_outcome_of_an_effect_asks_a_person(run: Scripted) -> None:
    unknown(run)
    [question] = run.machine.questions
    assert (question.kind, question.calls[0].tool, question.expires_at) == ("outcome", "a.b", None)
    assert status(run.machine)[1]["waits"][0]["for"] == "outcome"


@pytest.mark.parametrize("effect", ["read", "idempotent"])
def test_an_unknown_outcome_of_what_may_be_repeated_is_tried_again(run: Scripted, effect: str) -> None:
    run.do(facts={"effect": effect})
    run.outcome("s#1:1", failed(unknown=True))
    assert run.machine.wishes.timers
    assert not run.machine.questions


def test_an_interrupted_effect_is_unknown(run: Scripted) -> None:
    run.do(facts={"effect": "once"})
    run.outcome("s#1:1", INTERRUPTED)
    assert run.machine.questions[0].kind == "outcome"


@pytest.mark.parametrize(("mark", "asked"), [("mail.send", 1), (None, 0)])
def test_an_interrupted_function_is_unknown_once_it_left_its_mark(run: Scripted, mark: str | None, asked: int) -> None:
    run.do(call=None, facts={"effect": "function"})
    run.outcome("s#1:1", {"interrupted": True, "mark": mark})
    assert len(run.machine.questions) == asked


def test_it_happened_gives_the_step_that_result(run: Scripted) -> None:
    unknown(run)
    run.decide("s#1", "happened", value={"reference": "R1"})
    assert only(run.taken())["ok"] == {"reference": "R1"}


def test_it_did_not_happen_tries_again_whatever_the_limit(run: Scripted) -> None:
    unknown(run, retries={**POLICY, "limit": 0})
    run.decide("s#1", "not_happened")
    assert list(run.machine.wishes.attempts) == ["s#1:2"]


def test_rejecting_an_unknown_outcome_fails_the_step(run: Scripted) -> None:
    unknown(run)
    run.decide("s#1", "reject")
    assert error(run.taken())["kind"] == "StepFailed"


def test_the_time_a_person_takes_does_not_count_for_the_deadline(run: Scripted) -> None:
    unknown(run, deadline=100.0)
    run.now += 500
    run.decide("s#1", "not_happened")
    assert run.machine.wishes.attempts["s#1:2"].deadline == START + 600


def test_a_late_unknown_attempt_that_did_not_happen_raises_step_timeout(run: Scripted) -> None:
    run.do(facts={"effect": "once"}, deadline=30.0)
    run.outcome("s#1:1", failed("StepTimeout", unknown=True, late=True), after=30)
    run.decide("s#1", "not_happened")
    assert error(run.taken())["kind"] == "StepTimeout"


# approvals


def test_a_tools_policy_asks_before_the_first_attempt(run: Scripted) -> None:
    run.do(args={"amount": 5}, facts={"needs_person": True, "risk": "high"})
    [question] = run.machine.questions
    assert (question.kind, question.calls[0].args, question.risk) == ("call", {"amount": 5}, "high")
    assert run.machine.wishes.timers == {"s#1:expire": START + POLICY_WAIT}
    run.decide("s#1", "approve")
    assert list(run.machine.wishes.attempts) == ["s#1:1"]


def test_a_rejected_call_raises_approval_rejected_with_who_and_why(run: Scripted) -> None:
    run.do(facts={"needs_person": True})
    run.decide("s#1", "reject", comment="too much")
    said = error(run.taken())
    assert (said["kind"], said["by"], said["reason"]) == ("ApprovalRejected", ["ann"], "too much")


def test_a_question_nobody_decides_expires_and_never_approves(run: Scripted) -> None:
    run.do(facts={"needs_person": True})
    run.ring("s#1:expire")
    assert error(run.taken())["kind"] == "ApprovalExpired"
    assert run.machine.closed_questions == [(run.machine.questions[0].id, "expired")]


def approved_call(run: Scripted) -> None:
    calls = [{"tool": "pay", "args": {"amount": 5}}]
    run.issue("wait_for_approval", "ok", question="pay?", calls=calls, timeout=60.0)
    run.decide("ok#1", "approve")
    run.taken()


def test_an_approval_of_the_plan_tells_who_and_hands_the_calls_back(run: Scripted) -> None:
    run.issue("wait_for_approval", "ok", question="pay?", calls=[{"tool": "pay", "args": {}}], timeout=60.0)
    run.decide("ok#1", "approve", comment="fine")
    answer = only(run.taken())["ok"]
    assert (answer["by"], answer["comment"], answer["calls"]) == (["ann"], "fine", [{"tool": "pay", "args": {}}])


def test_an_approved_call_is_not_asked_for_again(run: Scripted) -> None:
    approved_call(run)
    run.do("pay", tool="pay", args={"amount": 5}, approval="ok#1", facts={"needs_person": True})
    assert list(run.machine.wishes.attempts) == ["pay#1:1"]


@pytest.mark.parametrize(
    ("args", "approval"), [({"amount": 6}, "ok#1"), ({"amount": 5}, None), ({"amount": 5}, "other#1")]
)
def test_an_approval_covers_nothing_but_the_call_it_was_given_for(
    run: Scripted, args: Json, approval: str | None
) -> None:
    approved_call(run)
    run.do("pay", tool="pay", args=args, approval=approval, facts={"needs_person": True})
    assert not run.machine.wishes.attempts
    assert run.machine.questions[-1].step == "pay#1"


def test_an_approval_serves_one_step_only(run: Scripted) -> None:
    approved_call(run)
    for name in ("first", "second"):
        run.do(name, tool="pay", args={"amount": 5}, approval="ok#1", facts={"needs_person": True})
    assert list(run.machine.wishes.attempts) == ["first#1:1"]
    assert run.machine.questions[-1].step == "second#1"


def test_a_decision_of_a_question_that_is_not_open_changes_nothing(run: Scripted) -> None:
    run.do()
    body = {"approval": "approval_x", "action": "approve", "value": None, "by": "x", "comment": None, "at": 0}
    run.post("decision", "s#1", body)
    run.post("decision", "gone#1", body)
    assert run.taken() == []


def test_an_answer_is_delivered_as_it_was_given(run: Scripted) -> None:
    run.issue("ask", question="which?", schema={"enum": ["a", "b"]}, default=None, timeout=60.0)
    run.decide("s#1", "answer", value="b")
    assert only(run.taken())["ok"] == "b"


def test_a_question_with_a_default_answers_itself_in_the_end(run: Scripted) -> None:
    run.issue("ask", question="which?", schema={}, default={"value": None}, timeout=60.0)
    run.ring("s#1:expire")
    assert only(run.taken())["ok"] is None


def test_a_question_without_a_default_expires(run: Scripted) -> None:
    run.issue("ask", question="which?", schema={}, default=None, until=START + 5)
    run.ring("s#1:expire")
    assert error(run.taken())["kind"] == "ApprovalExpired"


# sleeping and events


def test_a_sleep_ends_at_its_time(run: Scripted) -> None:
    run.issue("sleep", seconds=86_400.0)
    assert run.machine.wishes.timers == {"s#1:due": START + 86_400}
    run.ring("s#1:due")
    assert run.taken() == [{"at": START + 86_400, "key": "s#1", "ok": None}]


def test_a_sleep_until_the_past_is_due_at_once(run: Scripted) -> None:
    run.issue("sleep_until", at=START - 5)
    assert run.machine.wishes.timers["s#1:due"] < run.now


def event(type: str, **payload: Json) -> Json:
    return {"id": "event_1", "type": type, "payload": payload, "timestamp": 1.0}


def test_an_event_sent_before_the_wait_is_kept(run: Scripted) -> None:
    run.post("event", body=event("paid"))
    run.issue("wait_for_event", types=["paid"], where=None, timeout=60.0)
    assert only(run.taken())["ok"]["type"] == "paid"


def test_one_event_wakes_one_wait_and_the_older_one_first(run: Scripted) -> None:
    for name in ("a", "b"):
        run.issue("wait_for_event", name, types=["paid"], where=None, timeout=60.0)
    run.post("event", body=event("paid"))
    assert only(run.taken())["key"] == "a#1"


def test_an_event_of_another_type_stays_for_its_own(run: Scripted) -> None:
    run.issue("wait_for_event", "a", types=["paid"], where=None, timeout=60.0)
    run.post("event", body=event("shipped"))
    assert run.taken() == []
    run.issue("wait_for_event", "b", types=["shipped"], where=None, timeout=60.0)
    assert only(run.taken())["key"] == "b#1"


def test_a_wait_that_timed_out_binds_nothing(run: Scripted) -> None:
    run.issue("wait_for_event", "a", types=["paid"], where=None, timeout=60.0)
    run.ring("a#1:expire")
    assert error(run.taken())["kind"] == "WaitTimeout"
    run.post("event", body=event("paid"))
    run.issue("wait_for_event", "b", types=["paid"], where=None, timeout=60.0)
    assert only(run.taken())["key"] == "b#1"


def test_status_says_for_which_event_since_when_and_until_when(run: Scripted) -> None:
    run.issue("wait_for_event", "a", types=["paid", "void"], where=None, timeout=60.0)
    shown, reason = status(run.machine)
    wait = {"for": "event", "step": "a#1", "since": START, "until": START + 60, "line": 7, "types": ["paid", "void"]}
    assert (shown, reason) == ("waiting", {"waits": [wait]})


def test_status_tells_the_first_of_many_waits_and_how_many_more_there_are(run: Scripted) -> None:
    run.issue("ask", "ask", question="?", schema={}, default=None, until=START + 0.5)
    for n in range(30):
        run.issue("sleep", f"nap {n}", seconds=30.0 - n)
    shown, reason = status(run.machine)
    assert (shown, len(reason["waits"]), reason["more"]) == ("waiting", 20, 11)
    assert [wait["step"] for wait in reason["waits"][:2]] == ["nap 29#1", "nap 28#1"]


# pausing


def test_a_paused_run_takes_no_turn_until_it_is_resumed(run: Scripted) -> None:
    run.do()
    run.post("pause")
    assert status(run.machine)[0] == "running"
    run.outcome("s#1:1", {"ok": 1})
    assert run.taken() == []
    assert status(run.machine)[0] == "paused"
    run.post("resume")
    assert only(run.taken())["ok"] == 1


def test_pausing_twice_and_resuming_what_runs_change_nothing(run: Scripted) -> None:
    run.issue("sleep", seconds=100.0)
    run.post("resume")
    run.post("pause", after=10)
    run.post("pause", after=10)
    run.post("resume", after=80)
    assert run.machine.wishes.timers == {"s#1:due": START + 190}


def test_what_counts_by_length_keeps_what_was_left_and_moments_stand(run: Scripted) -> None:
    run.issue("sleep", "length", seconds=100.0)
    run.issue("sleep_until", "moment", at=START + 100)
    run.issue("wait_for_event", "event", types=["x"], where=None, timeout=100.0)
    run.issue("wait_for_event", "until", types=["y"], where=None, until=START + 100)
    run.issue("ask", "ask", question="?", schema={}, default=None, timeout=100.0)
    run.post("pause", after=40)
    run.post("resume", after=1000)
    assert run.machine.wishes.timers == {
        "length#1:due": START + 1100,
        "moment#1:due": START + 100,
        "event#1:expire": START + 1100,
        "until#1:expire": START + 100,
        "ask#1:expire": START + 100,
    }


def test_a_failure_during_a_pause_is_tried_again_after_the_resume(run: Scripted) -> None:
    run.do()
    run.post("pause")
    run.outcome("s#1:1", failed(), after=5)
    assert not run.machine.wishes.timers
    run.post("resume", after=100)
    assert run.machine.wishes.timers == {"s#1:retry": START + 115}


def test_an_approval_during_a_pause_starts_its_attempt_at_the_resume(run: Scripted) -> None:
    run.do(facts={"needs_person": True})
    run.post("pause")
    run.decide("s#1", "approve")
    assert not run.machine.wishes.attempts
    run.post("resume")
    assert list(run.machine.wishes.attempts) == ["s#1:1"]


def test_a_frozen_wait_that_is_settled_during_the_pause_sets_no_timer_afterwards(run: Scripted) -> None:
    run.issue("wait_for_event", types=["x"], where=None, timeout=100.0)
    run.post("pause")
    run.post("event", body=event("x"))
    run.post("resume")
    assert run.machine.wishes.timers == {}
    assert only(run.taken())["key"] == "s#1"


# ending


def test_a_cancelled_run_wants_nothing_and_hears_nothing(run: Scripted) -> None:
    run.do()
    run.issue("sleep", "nap", seconds=5.0)
    run.machine.wishes.changed()
    run.post("cancel")
    assert status(run.machine) == ("cancelled", None)
    assert sorted(run.machine.wishes.changed()) == ["nap#1:due", "s#1:1"]
    run.outcome("s#1:1", {"ok": 1})
    assert run.taken() == []
    assert [view.state for view in views(run.machine)] == ["withdrawn", "withdrawn"]


@pytest.mark.parametrize(("failure", "expected"), [(None, "completed"), ({"type": "PlanFailed"}, "failed")])
def test_the_end_of_the_plan_is_the_end_of_the_run(run: Scripted, failure: Json, expected: str) -> None:
    run.machine.end({"x": 1}, failure)
    assert (run.machine.ended, run.machine.error) == (expected, failure)


def test_the_clock_of_a_run_never_goes_back(run: Scripted) -> None:
    run.do()
    run.machine.deliver(Item("outcome", "s#1:1", {"ok": 1}, START - 500))
    assert only(run.taken())["at"] == START


def test_a_timer_of_a_step_that_is_settled_changes_nothing(run: Scripted) -> None:
    run.post("timer", "gone#1:due")
    assert run.taken() == []


def test_names_with_colons_and_hashes_are_no_trouble(run: Scripted) -> None:
    key = run.do("a:b#2:c")
    run.outcome(f"{key}:1", {"ok": 1})
    assert only(run.taken())["key"] == "a:b#2:c#1"


def test_a_new_machine_is_queued() -> None:
    assert status(Machine("run_1", 1)) == ("queued", None)


def test_a_view_shows_call_attempts_and_line(run: Scripted) -> None:
    run.do(args={"x": 1})
    [view] = views(run.machine)
    assert (view.tool, view.args, view.attempts, view.state, view.line) == ("a.b", {"x": 1}, 1, "running", 7)


# what people see of a step


def test_a_step_tells_its_attempts_and_what_it_waited_for_between_them(run: Scripted) -> None:
    run.do(facts={"needs_person": True})
    run.now += 5
    run.decide("s#1", "approve")
    run.outcome("s#1:1", failed(fault="tool"))
    run.ring("s#1:retry")
    [step] = views(run.machine)
    assert [(one.state, one.attempt, one.since - START, one.until) for one in step.phases] == [
        ("asking", None, 0.0, START + 5),
        ("running", 1, 5.0, START + 6),
        ("retrying", None, 6.0, START + 16),
        ("running", 2, 16.0, None),
    ]
    said = {"type": "ValueError", "message": "it broke", "fault": "tool", "unknown": False, "final": False}
    assert [one.error for one in step.phases] == [None, said, None, None]


def test_what_is_withdrawn_is_in_no_state_any_more(run: Scripted) -> None:
    run.issue("sleep", seconds=60.0)
    run.now += 1
    run.post("cancel")
    [step] = views(run.machine)
    assert [(one.state, one.until) for one in step.phases] == [("sleeping", START + 1)]
    assert step.asked == {"seconds": 60.0}
