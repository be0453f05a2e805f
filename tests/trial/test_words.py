"""A trial in words."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.records import StepView
from agentflow.redaction import values
from agentflow.trial import Asked, Walk
from agentflow.trial.report import Path
from agentflow.trial.verdicts import Verdict
from agentflow.trial.words import headline, lasting, steps, summary

ERROR = {"type": "KeyError", "message": "'a'", "line": 3}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (0.2, "0 seconds"),
        (1, "1 second"),
        (90, "1 minute 30 seconds"),
        (3_600, "1 hour"),
        (5_400, "1 hour 30 minutes"),
        (86_400, "1 day"),
        (86_461, "1 day 1 minute"),
        (97_200, "1 day 3 hours"),
        (1_209_600, "2 weeks"),
    ],
)
def test_a_time_is_told_in_one_unit_or_two(seconds: float, said: str) -> None:
    assert lasting(seconds) == said


@pytest.mark.parametrize(
    ("walk", "verdict", "said"),
    [
        (Walk("completed"), "fine", "completed"),
        (Walk("completed", seconds=60.0), "fine", "completed after 1 minute"),
        (Walk("stuck"), "fine", "waits for ever"),
        (Walk("limit", seconds=3600.0), "fine", "goes on and on, given up after 0 steps and 1 hour"),
        (Walk("failed", error=ERROR), "fault", "the plan fails by its own fault: KeyError: 'a' (line 3)"),
        (Walk("failed", error=ERROR), "unsure", "stops at a made-up value: KeyError: 'a' (line 3)"),
        (Walk("failed", error={**ERROR, "line": None}), "fine", "ends with KeyError: 'a'"),
        (
            Walk("diverged", error={"type": "Diverged", "message": "x"}),
            "fault",
            "the plan fails by its own fault: Diverged: x",
        ),
        (Walk("completed", failing=frozenset({"pay#1"})), "fine", "'pay' fails: completed"),
    ],
)
def test_a_way_is_told_by_its_choices_and_its_end(walk: Walk, verdict: Verdict, said: str) -> None:
    assert headline(Path(walk, verdict)) == said


def view(kind: str, state: str = "done", **more: Any) -> StepView:
    return StepView("one#1", kind, "one", 1, state, more.pop("attempts", 1), 0.0, 60.0, **more)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (view("do", tool="bank.pay", args={"amount": {"$decimal": "1.50"}}), "bank.pay amount=1.50"),
        (view("do", tool="bank.pay", args={"at": {"$datetime": "2027-01-15"}}), "bank.pay at=2027-01-15"),
        (view("do", tool="bank.pay", args={}), "bank.pay"),
        (view("do", tool="bank.pay", args="[redacted]"), "bank.pay [redacted]"),
        (view("do"), "a function of the plan"),
        (view("do", attempts=3), "a function of the plan; 3 tries"),
        (view("do", "failed", error=ERROR), "a function of the plan; fails: KeyError"),
        (view("do", "withdrawn"), "a function of the plan; withdrawn"),
        (view("sleep"), "sleeps 1 minute"),
        (view("wait_for_event", result={"type": "parcel"}), "the event parcel comes"),
        (view("wait_for_event", "failed", error=ERROR), "fails: KeyError"),
        (view("ask", result="red"), 'the answer is "red"'),
        (view("delegate"), "another agent does it"),
        (view("rollback"), ""),
    ],
)
def test_a_step_is_told_in_a_line(step: StepView, said: str) -> None:
    assert [*steps(Walk("failed", steps=(step,)))] == [("one", said)]


def test_what_a_person_said_stands_with_the_step_that_asked() -> None:
    asked = Asked("one#1", "call", "?", (), said="reject")
    walk = Walk("failed", steps=(view("wait_for_approval", "failed", error=ERROR),), asked=(asked,))
    assert [*steps(walk)] == [("one", "rejected")]


def test_what_people_need_not_know_is_left_out() -> None:
    walk = Walk("completed", steps=(view("progress"), view("timeout")), result={"a": 1})
    assert [*steps(walk)] == [("returns", '{"a":1}')]


def test_an_undoing_has_the_name_of_what_it_undoes() -> None:
    undone = StepView("pay#2/undo", "undo", "pay", 2, "done", 1, 0.0, 0.0, tool="bank.cancel", args={})
    assert [*steps(Walk("failed", steps=(undone,)))] == [("undo pay#2", "bank.cancel")]


def test_a_trial_is_told_in_a_line() -> None:
    calm = {"paths": 1, "fault": 0, "unsure": 0, "left": 0, "missed": []}
    assert summary(calm) == "tried on 1 way"
    missed = [{"name": "tell", "kind": "do", "line": 7}, {"name": "", "kind": "rollback", "line": 9}]
    assert summary({"paths": 9, "fault": 1, "unsure": 2, "left": 3, "missed": missed}) == (
        "tried on 9 ways; 1 fails by the plan's own fault; 2 stop at a made-up value; 3 more not taken;"
        " none comes to 'tell' (line 7), rollback (line 9)"
    )
    assert "2 fail by" in summary({**calm, "fault": 2, "unsure": 1})


def test_the_values_of_a_document_are_its_texts_and_numbers() -> None:
    document = {"a": ["x", {"b": 17}], "c": None, "d": True, "e": "", "f": {"$decimal": "1.5"}}
    assert [*values(document)] == ["x", "17", "1.5"]
