"""Histories of every plan API version ever released replay today as they did then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.golden.record import FOLDER, play

SINCE: dict[str, dict[str, object]] = {
    "do": {"rollback": False, "sensitive": False},
    "wait_for_approval": {"approvers": None, "quorum": 1},
    "ask": {"approvers": None},
}
"""Fields that commands have got since the first histories were recorded, and what they hold by default."""
PLANS = sorted(FOLDER.glob("api*/*.py"))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.parent.name}-{plan.stem}")
def test_a_golden_history_replays_exactly(plan: Path) -> None:
    golden = json.loads(plan.with_suffix(".json").read_text())
    answer = play(plan, golden["deliveries"])
    turns = [[{**SINCE.get(command["kind"], {}), **command} for command in turn] for turn in golden["turns"]]
    assert json.loads(json.dumps(answer)) == {"turns": turns, "end": golden["end"]}


def test_there_is_a_history_of_every_plan_api_version() -> None:
    from agentflow.registry import API

    assert {plan.parent.name for plan in PLANS} == {f"api{number}" for number in range(1, API + 1)}
