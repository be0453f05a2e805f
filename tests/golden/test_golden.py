"""Histories of every plan API version ever released replay today as they did then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow
from agentflow.dispatch.recording import VERSION
from tests.golden.record import FOLDER, play
from tests.golden.recorded import FOLDER as RUNS

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


@pytest.mark.parametrize("made", sorted(RUNS.glob("*.run.json")), ids=lambda made: made.name)
async def test_a_run_of_every_format_that_was_exported_replays_as_it_was(made: Path, tmp_path: Path) -> None:
    """On the machine where it was made, and in the years after: a file that people keep is read for good."""
    document = exported(made)
    async with AgentFlow(tmp_path / "empty.db", worker=False) as flow:
        run = await flow.runs.load(document)
        assert run.status == "completed"
        assert (await run.replay()).same


def exported(made: Path) -> Any:
    return json.loads(made.read_text())


def test_there_is_a_run_of_every_format() -> None:
    assert {made.name for made in RUNS.iterdir()} == {f"format{n}.run.json" for n in range(1, VERSION + 1)}


def test_there_is_a_history_of_every_plan_api_version() -> None:
    from agentflow.registry import API

    assert {plan.parent.name for plan in PLANS} == {f"api{number}" for number in range(1, API + 1)}
