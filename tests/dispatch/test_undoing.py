"""The way back: what was done is undone in reverse order of start, each once, as durably as it was done."""

from __future__ import annotations

import pytest

from agentflow.dispatch.status import status, views
from agentflow.records import Json
from tests.dispatch.scripted import Scripted, failed

ERROR: Json = {"kind": "Error", "type": "ValueError", "message": "no", "data": None, "step": None, "fault": "plan"}


@pytest.fixture
def run() -> Scripted:
    return Scripted()


def undoer(name: str, **facts: Json) -> Json:
    """What an evaluation says: the call that undoes, and what the host knows of it."""
    call = {"tool": "x.undo", "args": {"what": name}}
    return {"ok": {"call": call, "facts": {"effect": "idempotent", "risk": "low", "needs_person": False, **facts}}}


def done(run: Scripted, name: str, occurrence: int = 1, **facts: Json) -> str:
    """A step that has completed, with a rollback."""
    key = run.do(name, rollback=True, occurrence=occurrence)
    run.outcome(f"{key}:1", {"ok": name})
    run.outcome(f"{key}:rollback1", undoer(name, **facts))
    run.taken()
    return key


def undone(run: Scripted) -> list[str]:
    """Let every undoing succeed; the keys in the order in which they began."""
    order = []
    while run.machine.wishes.attempts:
        [attempt] = run.machine.wishes.attempts
        order.append(attempt)
        run.outcome(attempt, {"ok": None})
    return order


def test_a_step_is_settled_only_when_what_undoes_it_is_known(run: Scripted) -> None:
    run.do("a", rollback=True)
    run.outcome("a#1:1", {"ok": 5})
    assert run.taken() == []
    assert list(run.machine.wishes.attempts) == ["a#1:rollback1"]
    run.outcome("a#1:rollback1", undoer("a"))
    assert run.taken()[0]["ok"] == 5


def test_an_interrupted_evaluation_of_a_rollback_is_repeated(run: Scripted) -> None:
    run.do("a", rollback=True)
    run.outcome("a#1:1", {"ok": 5})
    run.outcome("a#1:rollback1", {"interrupted": True, "mark": None})
    assert list(run.machine.wishes.attempts) == ["a#1:rollback2"]


def test_what_a_failed_run_did_is_undone_in_reverse_order_of_start(run: Scripted) -> None:
    run.do("a", rollback=True)
    done(run, "b")
    run.outcome("a#1:1", {"ok": 1})  # ends last, was started first
    run.outcome("a#1:rollback1", undoer("a"))
    run.taken()
    run.machine.end(None, ERROR)
    assert status(run.machine)[0] == "running"
    assert undone(run) == ["b#1/undo:1", "a#1/undo:1"]
    assert (run.machine.ended, run.machine.error) == ("failed", ERROR)
    assert run.machine.rollback == {
        "outcome": "complete", "undone": ["b#1", "a#1"], "left": [], "error": None
    }  # fmt: skip


def test_a_run_that_did_nothing_to_undo_ends_at_once(run: Scripted) -> None:
    run.do("a")
    run.machine.end(None, ERROR)
    assert (run.machine.ended, run.machine.rollback) == ("failed", None)


def test_a_rollback_that_gives_no_call_undoes_nothing(run: Scripted) -> None:
    run.do("a", rollback=True)
    run.outcome("a#1:1", {"ok": 5})
    run.outcome("a#1:rollback1", {"ok": {"call": None, "facts": {}}})
    run.machine.end(None, ERROR)
    assert (run.machine.ended, run.machine.rollback) == ("failed", None)


def test_a_completed_run_undoes_nothing(run: Scripted) -> None:
    done(run, "a")
    run.machine.end({"x": 1}, None)
    assert (run.machine.ended, run.machine.rollback) == ("completed", None)


@pytest.mark.parametrize(("rollback", "ended"), [(True, None), (False, "cancelled")])
def test_a_cancelled_run_undoes_only_where_that_is_asked_for(run: Scripted, rollback: bool, ended: Json) -> None:
    done(run, "a")
    run.post("cancel", body={"rollback": rollback})
    assert run.machine.ended == ended
    assert len(undone(run)) == rollback
    assert (run.machine.ended, run.machine.error) == ("cancelled", None)


def test_attempts_in_flight_end_first_and_what_they_did_is_undone_too(run: Scripted) -> None:
    done(run, "a")
    run.do("b", rollback=True)
    run.issue("sleep", "nap", seconds=5.0)
    run.machine.end(None, ERROR)
    assert list(run.machine.wishes.attempts) == ["b#1:1"]
    assert not run.machine.wishes.timers
    run.outcome("b#1:1", {"ok": 1})
    run.outcome("b#1:rollback1", undoer("b"))
    assert undone(run) == ["b#1/undo:1", "a#1/undo:1"]


def test_an_attempt_in_flight_that_fails_is_not_tried_again(run: Scripted) -> None:
    done(run, "a")
    run.do("b")
    run.machine.end(None, ERROR)
    run.outcome("b#1:1", failed())
    assert undone(run) == ["a#1/undo:1"]


def test_a_person_says_first_whether_an_unknown_effect_happened_that_could_be_undone(run: Scripted) -> None:
    done(run, "a")
    run.do("b", facts={"effect": "once"}, rollback=True)
    run.machine.end(None, ERROR)
    run.outcome("b#1:1", failed("UnknownOutcome", unknown=True))
    assert status(run.machine)[0] == "waiting"
    run.decide("b#1", "happened", value={"reference": 7})
    run.outcome("b#1:rollback1", undoer("b"))
    assert undone(run) == ["b#1/undo:1", "a#1/undo:1"]


def test_an_undoing_is_retried_like_any_step(run: Scripted) -> None:
    done(run, "a")
    run.machine.end(None, ERROR)
    run.outcome("a#1/undo:1", failed())
    run.ring("a#1/undo:retry")
    assert undone(run) == ["a#1/undo:2"]
    assert run.machine.ended == "failed"


def report(run: Scripted) -> tuple[Json, Json, Json]:
    """How the run ended, how its undoing did, and what that left."""
    assert run.machine.rollback is not None
    return run.machine.ended, run.machine.rollback["outcome"], run.machine.rollback["left"]


def exhausted(run: Scripted, key: str, first: int = 1) -> None:
    """Let all attempts of an undoing fail."""
    for attempt in range(first, first + 6):
        run.outcome(f"{key}:{attempt}", failed())
        if attempt < first + 5:
            run.ring(f"{key}:retry")


def test_the_chain_stops_where_an_undoing_fails_for_good(run: Scripted) -> None:
    done(run, "a")
    done(run, "b")
    done(run, "c")
    run.machine.end(None, ERROR)
    run.outcome("c#1/undo:1", {"ok": None})
    exhausted(run, "b#1/undo")
    assert (run.machine.ended, run.machine.error) == ("failed", ERROR)
    rollback = run.machine.rollback
    assert rollback is not None
    assert (rollback["outcome"], rollback["undone"], rollback["left"]) == ("failed", ["c#1"], ["b#1", "a#1"])
    assert rollback["error"]["message"] == "b could not be undone: it broke"


def test_undoing_again_goes_on_from_where_the_chain_stopped(run: Scripted) -> None:
    done(run, "a")
    done(run, "b")
    run.post("cancel", body={"rollback": True})
    exhausted(run, "b#1/undo")
    run.post("rollback")
    assert status(run.machine)[0] == "running"
    assert undone(run) == ["b#1/undo:7", "a#1/undo:1"]
    assert report(run) == ("cancelled", "complete", [])
    run.post("rollback")
    assert run.machine.ended == "cancelled"


def test_a_rollback_that_could_not_be_worked_out_stops_the_chain(run: Scripted) -> None:
    run.do("a", rollback=True)
    run.outcome("a#1:1", {"ok": 5})
    run.outcome("a#1:rollback1", {"error": {"type": "KeyError", "message": "'ref'", "final": True, "fault": "plan"}})
    run.machine.end(None, ERROR)
    assert run.machine.rollback == {
        "outcome": "failed",
        "undone": [],
        "left": ["a#1"],
        "error": {"type": "KeyError", "message": "a could not be undone: 'ref'", "step": "a#1", "fault": "plan"},
    }


def test_a_tool_that_may_not_be_called_any_more_stops_the_chain(run: Scripted) -> None:
    done(run, "a", refused="x.undo is not granted")
    run.machine.end(None, ERROR)
    assert run.machine.rollback is not None
    assert run.machine.rollback["error"]["type"] == "ToolRefused"


def test_a_tools_policy_asks_a_person_about_an_undoing_too(run: Scripted) -> None:
    done(run, "a", needs_person=True)
    run.machine.end(None, ERROR)
    [question] = run.machine.questions
    assert (question.step, question.question) == ("a#1/undo", "a: may x.undo be called to undo it?")
    run.decide("a#1/undo", "approve")
    assert undone(run) == ["a#1/undo:1"]


def test_a_plain_cancel_ends_an_undoing_and_says_what_is_left(run: Scripted) -> None:
    done(run, "a")
    run.machine.end(None, ERROR)
    run.post("cancel")
    assert report(run) == ("cancelled", "failed", ["a#1"])


def test_what_was_being_undone_at_a_plain_cancel_can_be_tried_again(run: Scripted) -> None:
    done(run, "a")
    done(run, "b")
    run.machine.end(None, ERROR)
    run.post("pause")
    run.post("cancel")
    assert report(run) == ("cancelled", "failed", ["b#1", "a#1"])
    run.post("rollback")
    assert undone(run) == ["b#1/undo:2", "a#1/undo:1"]
    assert report(run) == ("cancelled", "complete", [])


def test_a_paused_run_undoes_nothing_until_it_is_resumed(run: Scripted) -> None:
    done(run, "a")
    run.post("pause")
    run.post("cancel", body={"rollback": True})
    assert not run.machine.wishes.attempts
    assert status(run.machine)[0] == "paused"
    run.post("resume")
    assert undone(run) == ["a#1/undo:1"]


# step.rollback


def test_a_plan_can_undo_and_go_on(run: Scripted) -> None:
    done(run, "a")
    done(run, "b")
    run.issue("rollback", "", names=None)
    assert undone(run) == ["b#1/undo:1", "a#1/undo:1"]
    assert run.taken()[0] == {"at": run.now, "key": "#1", "ok": ["b#1", "a#1"]}
    run.machine.end(None, ERROR)
    assert run.machine.ended == "failed"  # each is undone once


def test_a_plan_can_undo_what_it_names_only(run: Scripted) -> None:
    done(run, "a")
    done(run, "b")
    run.issue("rollback", "", names=["a"])
    assert undone(run) == ["a#1/undo:1"]
    run.taken()
    run.machine.end(None, ERROR)
    assert undone(run) == ["b#1/undo:1"]


def test_undoing_nothing_is_done_at_once(run: Scripted) -> None:
    run.issue("rollback", "", names=None)
    assert run.taken()[0]["ok"] == []


def test_a_plan_hears_that_an_undoing_failed_and_the_end_tries_again(run: Scripted) -> None:
    done(run, "a")
    run.issue("rollback", "", names=None)
    exhausted(run, "a#1/undo")
    assert run.taken()[0]["error"]["kind"] == "StepFailed"
    run.machine.end(None, ERROR)
    assert undone(run) == ["a#1/undo:7"]


def test_two_chains_undo_a_step_once(run: Scripted) -> None:
    done(run, "a")
    run.issue("rollback", "", names=None)
    run.issue("rollback", "", names=None, occurrence=2)
    assert undone(run) == ["a#1/undo:1"]
    assert [delivery["ok"] for delivery in run.taken()] == [[], ["a#1"]]


def test_an_undoing_that_the_plan_asked_for_ends_before_the_run_does(run: Scripted) -> None:
    done(run, "a")
    done(run, "b")
    run.issue("rollback", "", names=["a"])
    run.machine.end(None, ERROR)
    assert undone(run) == ["a#1/undo:1", "b#1/undo:1"]
    assert run.machine.ended == "failed"


def test_a_step_withdrawn_while_its_rollback_is_worked_out_is_undone_all_the_same(run: Scripted) -> None:
    run.do("a", rollback=True)
    run.outcome("a#1:1", {"ok": 1})
    run.withdraw("a")
    run.outcome("a#1:rollback1", undoer("a"))
    assert run.taken() == []
    assert [view.state for view in views(run.machine)] == ["withdrawn"]
    run.machine.end(None, ERROR)
    assert undone(run) == ["a#1/undo:1"]


def test_an_undoing_is_a_step_that_people_see(run: Scripted) -> None:
    done(run, "a")
    run.machine.end(None, ERROR)
    undone(run)
    [_, view] = views(run.machine)
    assert (view.key, view.kind, view.name, view.tool, view.state) == ("a#1/undo", "undo", "a", "x.undo", "done")
