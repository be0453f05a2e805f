"""What a run waits for and what it failed of, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agentflow.page.reasons import FAULTS, Wait, acts, chosen, parked, trouble, waits
from agentflow.records import Approval, Json, Run, RunStatus, StepView

RUN = Run("run_1", "default", "agent_1", 1, 1, "waiting", None, {}, None, "ada", 0.0, 0.0)
ASKED = Approval(
    "approval_1", "default", "agent_1", 1, "run_1", 1, "refund#1", "call", "May it?", None, (), "d", None, None, "high",
    "pending", 0.0, None,
)  # fmt: skip


def step(key: str, state: str = "done", **more: Any) -> StepView:
    name, _, n = key.partition("#")
    ended = 1.0 if state in ("done", "failed", "withdrawn") else None
    return StepView(key, more.pop("kind", "do"), name, int(n), state, 1, 0.0, ended, **more)


def waiting(**wait: Json) -> Run:
    return replace(RUN, reason={"waits": [{"step": "refund#1", "since": 1.0, "until": 9.0, "line": 3, **wait}]})


@pytest.mark.parametrize(
    ("wait", "words", "to"),
    [
        ({"for": "approval"}, "a person to agree", "/approvals/approval_1"),
        ({"for": "event", "types": ["a", "b"]}, "an event of type a or b", "/approvals/approval_1"),
        ({"for": "run", "agent": "clerk"}, "what was handed to agent clerk", "/runs/run_2"),
        ({"for": "sleep"}, "the end of a sleep", "/approvals/approval_1"),
    ],
)
def test_a_wait_is_told_with_the_way_to_whoever_can_move_it(wait: Json, words: str, to: str) -> None:
    [told] = waits(waiting(**wait), [ASKED], {"refund#1": "/runs/run_2"})
    assert told == Wait(words, "refund#1", 1.0, 9.0, None, to, wait["for"] == "approval")


def test_a_question_that_is_decided_leads_nowhere() -> None:
    [told] = waits(waiting(**{"for": "approval", "left": 5.0}), [replace(ASKED, status="approved")], {})
    assert (told.to, told.left) == (None, 5.0)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_says_whose_fault_where_and_what_to_do(fault: str) -> None:
    error = {"type": "ValueError", "message": "it broke", "step": "pay", "fault": fault, "data": {"x": 1}}
    failed = replace(RUN, status="failed", error=error)
    steps = [step("pay#1"), step("pay#2", "failed", error={"message": "it broke"}, line=7)]
    told = trouble(failed, steps)
    assert told is not None
    assert (told.error, told.fault, told.step, told.name) == ("ValueError: it broke", FAULTS[fault], "pay#2", "pay#2")
    assert (told.line, told.data) == (7, {"x": 1})
    assert told.repair


def test_a_failure_of_the_plans_own_code_has_its_line_and_no_step() -> None:
    failed = replace(RUN, status="failed", error={"type": "KeyError", "message": "'n'", "line": 4})
    told = trouble(failed, [step("pay#1")])
    assert told is not None
    assert (told.step, told.name, told.line, told.fault) == (None, None, 4, "the plan's own")
    assert trouble(RUN, []) is None


def test_a_fault_that_nobody_knows_is_told_as_it_is() -> None:
    told = trouble(replace(RUN, error={"type": "X", "message": "m", "fault": "moon", "step": "gone"}), [])
    assert told is not None
    assert (told.fault, told.name, told.step) == ("moon", "gone", None)


def test_what_matters_most_is_chosen_where_nobody_has_chosen() -> None:
    asks, goes = step("ask#1", "asking"), step("go#1", "running")
    failed = step("pay#1", "failed", error={"message": "it broke"})
    broken = replace(RUN, error={"message": "it broke", "step": "pay"})
    assert chosen(RUN, [step("a#1"), goes, asks], "") == asks
    assert chosen(RUN, [step("block#1", "timing", kind="timeout"), goes], "") == goes
    assert chosen(broken, [asks, failed], "") == failed
    assert chosen(RUN, [asks, goes], "go#1") == goes
    assert chosen(RUN, [asks], "none#1") is chosen(RUN, [step("a#1")], "") is None


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ({"paused": "on request"}, ("on request", "Resume it, and it goes on where it was.")),
        ({"paused": "refused", "message": "revoked"}, ("revoked", "It goes on by itself when this is taken away.")),
        ({"paused": "otherwise"}, ("otherwise", "")),
    ],
)
def test_a_pause_says_why_and_what_moves_it(reason: Json, told: tuple[str, str]) -> None:
    assert parked(replace(RUN, status="paused", reason=reason)) == told
    assert parked(RUN) is None


@pytest.mark.parametrize(
    ("status", "more", "can"),
    [
        ("running", {}, {"cancel", "send", "move", "pause"}),
        ("paused", {"reason": {"paused": "on request"}}, {"cancel", "send", "move", "resume", "revise"}),
        ("paused", {"reason": {"paused": "diverged"}}, {"cancel", "send", "move", "revise"}),
        ("failed", {"rollback": {"outcome": "failed"}}, {"revise", "rollback"}),
        ("cancelled", {"rollback": {"outcome": "complete"}}, set()),
        ("completed", {}, set()),
    ],
)
def test_only_what_can_be_done_now_is_offered(status: RunStatus, more: dict[str, Any], can: set[str]) -> None:
    assert acts(replace(RUN, status=status, **more)) == can | {"restart", "delete"}
