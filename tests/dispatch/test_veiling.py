"""What errors of sensitive steps say: nothing of a tool's or a plan's words, all of the house's and of people's."""

from __future__ import annotations

import pytest

from agentflow.dispatch.veiling import cleaned, redacted, tells, veiled
from agentflow.records import Json

DECLINED: Json = {"type": "Declined", "message": "4111 was declined", "data": {"card": "4111"}, "fault": "tool"}


def test_the_words_and_the_data_of_a_tool_are_hidden_and_its_type_is_not() -> None:
    assert veiled(DECLINED) == {**DECLINED, "message": "[redacted]", "data": "[redacted]"}
    assert veiled({**DECLINED, "data": None})["data"] is None
    assert veiled(None) is None


@pytest.mark.parametrize(
    ("type", "fault", "told"),
    [
        ("Interrupted", "host", False),
        ("SecretMissing", "host", False),
        ("Withdrawn", None, False),
        ("ApprovalRejected", "person", False),
        ("Interrupted", "tool", True),
        ("ProviderError", "host", True),
        ("KeyError", "plan", True),
    ],
)
def test_what_the_house_or_a_person_says_stays_and_no_tool_can_pass_for_them(type: str, fault: str, told: bool) -> None:
    assert tells({"type": type, "fault": fault}) is told


def test_another_error_that_repeats_it_is_hidden_so_far_and_one_that_does_not_is_the_same() -> None:
    said = ["4111 was declined", "no"]
    other: Json = {"type": "PlanFailed", "message": "sorry: 4111 was declined", "data": None}
    assert cleaned(other, said) == {**other, "message": "sorry: [redacted]"}
    assert cleaned({**other, "message": "no"}, said)["message"] == "[redacted]"
    nothing: Json = {"type": "PlanFailed", "message": "not now", "data": 1}
    assert cleaned(nothing, said) is nothing
    assert cleaned(None, said) is None


def test_in_a_history_only_entries_of_sensitive_steps_are_hidden() -> None:
    body: Json = {"error": DECLINED}
    entries = [{"kind": "outcome", "key": f"{name}#1:1", "body": body} for name in ("card", "mail")]
    timer: dict[str, Json] = {"kind": "timer", "key": "card#1:due", "body": None}
    hidden = {"error": veiled(DECLINED)}
    assert redacted([*entries, timer], {"card#1"}) == [{**entries[0], "body": hidden}, entries[1], timer]
