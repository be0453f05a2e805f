"""Whose fault a failed walk is: a plan is not blamed for what made-up values have done."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.trial import Choice, Made, Walk
from agentflow.trial.verdicts import Verdict, missing_key, verdict

SOURCE = "first\n    raise ValueError('no')\n    value['key']\n"
MADE: dict[str, Any] = {"made_up": ("orders.get",)}
GUESSED = {**MADE, "guessed": ("orders.get",)}
FAILING = {**MADE, "failing": frozenset({"pay#1"})}
REJECTED = {**GUESSED, "choices": (Choice("approval agree", ("is approved", "is rejected"), 1),)}


def failed(type: str, message: str = "no", kind: str = "Error", **more: Any) -> Walk:
    error = {"kind": kind, "type": type, "message": message, "line": 3, "fault": "plan", **more.pop("error", {})}
    return Walk("failed", error=error, **more)


@pytest.mark.parametrize("outcome", ["completed", "stuck", "limit"])
def test_what_did_not_fail_is_fine(outcome: Any) -> None:
    assert verdict(Walk(outcome), SOURCE) == "fine"


@pytest.mark.parametrize("kind", ["PlanFailed", "ApprovalRejected", "ApprovalExpired", "WaitTimeout", "StepTimeout"])
def test_what_comes_from_outside_is_nobodys_fault(kind: str) -> None:
    assert verdict(failed(kind, kind=kind), SOURCE) == "fine"


def test_what_a_plan_raises_by_itself_is_meant() -> None:
    assert verdict(failed("ValueError", error={"line": 2}), SOURCE) == "fine"
    assert verdict(failed("ValueError", error={"line": 99}), SOURCE) == "fault"
    assert verdict(failed("ValueError", error={"line": None}), SOURCE) == "fault"


@pytest.mark.parametrize(
    ("type", "fault", "expected"),
    [
        ("MadeToFail", "tool", "fine"),
        ("KeyError", "tool", "fine"),
        ("ValueError", "plan", "fine"),
        ("KeyError", "plan", "fault"),
        ("NameError", "plan", "fault"),
        ("ToolRefused", "plan", "fault"),
    ],
)
def test_a_step_that_fails_is_the_plans_fault_only_where_its_own_code_did_it(
    type: str, fault: str, expected: Verdict
) -> None:
    assert verdict(failed(type, "'key'", "StepFailed", error={"fault": fault}), SOURCE) == expected


@pytest.mark.parametrize(
    ("type", "message", "more", "expected"),
    [
        ("NameError", "name 'x' is not defined", GUESSED, "fault"),
        ("Diverged", "other steps", GUESSED, "fault"),
        ("AttributeError", "'Approval' object has no attribute 'who'", GUESSED, "fault"),
        ("AttributeError", "'dict' object has no attribute 'id'", GUESSED, "unsure"),
        ("AttributeError", "'dict' object has no attribute 'id'", MADE, "fault"),
        ("AttributeError", "'dict' object has no attribute 'id'", FAILING, "unsure"),
        ("TypeError", "'NoneType' object is not subscriptable", MADE, "fault"),
        ("TypeError", "can only concatenate str", GUESSED, "unsure"),
        ("KeyError", "'key'", {}, "fault"),
        ("KeyError", "'key'", MADE, "fault"),
        ("KeyError", "'key'", GUESSED, "unsure"),
        ("KeyError", "'stub key'", MADE, "unsure"),
        ("KeyError", "1", MADE, "unsure"),
        ("ValueError", "not a date", {}, "fault"),
        ("ValueError", "not a date", MADE, "unsure"),
        ("LimitExceeded", "too long", {}, "fault"),
        ("LimitExceeded", "too long", MADE, "unsure"),
        ("UnboundLocalError", "'x'", MADE, "fault"),
        ("UnboundLocalError", "'x'", GUESSED, "unsure"),
        ("UnboundLocalError", "'x'", FAILING, "fault"),
        ("UnboundLocalError", "'x'", REJECTED, "fault"),
        ("IndexError", "list index out of range", FAILING, "unsure"),
    ],
)
def test_an_error_is_held_against_the_plan_where_no_value_made_it(
    type: str, message: str, more: dict[str, Any], expected: Verdict
) -> None:
    assert verdict(failed(type, message, **more), SOURCE) == expected


def test_a_table_of_the_plan_need_not_know_a_value_that_was_made_up() -> None:
    call = Made(1, "orders.get", {}, "load", 1, "ok", {"state": [{"is": "2027-01-15"}, 1]})
    source = f"{SOURCE}    value['state'] == '2027-01-15'\n"
    assert verdict(failed("KeyError", "'2027-01-15'", **MADE, calls=(call,)), source) == "unsure"
    assert verdict(failed("KeyError", "'state'", **MADE, calls=(call,)), source) == "fault"


def test_what_was_made_up_need_not_have_the_keys_that_the_payload_names() -> None:
    assert verdict(failed("KeyError", "'mug'", **MADE), SOURCE) == "unsure"
    assert verdict(failed("KeyError", "'mug'"), SOURCE) == "fault"
    assert verdict(failed("KeyError", "'mug'", **MADE), f'{SOURCE}    prices["mug"]\n') == "fault"


def test_a_run_that_does_not_replay_is_the_plans_fault() -> None:
    assert verdict(Walk("diverged", error={"type": "Diverged", "message": "other", "kind": "Error"}), SOURCE) == "fault"


def test_the_key_that_is_missing_is_read_from_the_error() -> None:
    assert missing_key(failed("KeyError", "'a b'")) == "a b"
    assert missing_key(failed("KeyError", '"it\'s"')) == "it's"
    assert missing_key(failed("KeyError", "17")) is None
    assert missing_key(failed("TypeError", "'a'")) is None
    assert missing_key(Walk("completed")) is None
