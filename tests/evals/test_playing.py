"""A case as a walk meets it."""

from __future__ import annotations

from agentflow.evals.playing import given
from agentflow.evals.task import Case
from agentflow.trial import Answer, Coming, Say


def test_all_that_a_case_says_is_played() -> None:
    case = Case.model_validate(
        {
            "name": "one",
            "payload": {"a": 1},
            "results": {
                "a.b": [
                    {"when": {"x": 1}, "return": None},
                    {"fail": "busy"},
                    {"fail": "busy", "type": "NonRetryableError"},
                    {"unknown": "cut off"},
                ]
            },
            "decisions": {
                "a": "approve",
                "b": {"reject": "no"},
                "c": "reject",
                "d": "expire",
                "e": {"answer": [1]},
                "f": {"happened": {"r": 1}},
                "g": "not_happened",
            },
            "events": [{"type": "paid", "payload": {"n": 1}, "after": "2 hours"}],
        }
    )
    found = given(case)
    assert found.payload == {"a": 1}
    assert found.answers == {
        "a.b": [
            Answer(None, {"x": 1}),
            Answer(None, {}, "busy"),
            Answer(None, {}, "busy", "NonRetryableError"),
            Answer(None, {}, "cut off", unknown=True),
        ]
    }
    assert found.decisions == {
        "a": Say("approve"),
        "b": Say("reject", comment="no"),
        "c": Say("reject"),
        "d": Say("expire"),
        "e": Say("answer", [1]),
        "f": Say("happened", {"r": 1}),
        "g": Say("not_happened"),
    }
    assert found.events == [Coming("paid", {"n": 1}, 7200.0)]


def test_no_event_comes_that_is_not_given() -> None:
    assert given(Case(name="one")).events == []
