"""No plan that people would accept is refused for what a trial of it shows, and what is wrong is found."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agentflow.app import AgentFlow
from agentflow.checks import CHECKS, Check, whole
from agentflow.records import ToolSpec
from agentflow.trial import Given
from agentflow.trial.report import Trial, findings

from ..benign import catalogue
from ..benign.scenario import Scenario, scenarios
from ..fakes.untraced import untraced
from ..plans.catalogue import TOOLS

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPECS = [ToolSpec(**tool) for tool in TOOLS]
GOOD = [whole(one.good) for one in CHECKS.values() if one.good]
PLANS = [path.read_text() for path in sorted((Path(__file__).parents[1] / "plans" / "good").glob("*.py"))]
SOME = 1 if os.environ.get("AGENTFLOW_HYPOTHESIS") == "nightly" else 5
"""Every night all of them are tried, else one of so many: most are of one kind."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def benign(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AgentFlow]:
    path = tmp_path_factory.mktemp("trial") / "agentflow.db"
    async with AgentFlow(path, tools=catalogue.TOOLS, worker=False) as flow:
        yield flow


async def tried(flow: AgentFlow, source: str, given: Given | None = None, *, known: bool = True) -> Trial:
    stage = await flow.trials.stage(source, tools=None if known else SPECS)
    with untraced():
        return await stage.explore(given or Given(most_items=100), most=8, seconds=60.0)


@pytest.mark.parametrize("scenario", [*scenarios()][::SOME], ids=lambda scenario: scenario.path.stem)
async def test_no_realistic_plan_is_refused(benign: AgentFlow, scenario: Scenario) -> None:
    given = Given(payload=scenario.payload or {}, most_items=100)
    trial = await tried(benign, scenario.path.read_text(encoding="utf-8"), given)
    assert trial.paths
    assert [*findings(trial)] == []


async def test_no_good_example_is_refused(benign: AgentFlow) -> None:
    for source in [*GOOD, *PLANS][::SOME]:
        assert [*findings(await tried(benign, source, known=False))] == [], source


@pytest.mark.parametrize("one", [one for one in CHECKS.values() if one.tried], ids=lambda one: one.code)
async def test_a_bad_example_has_its_finding(benign: AgentFlow, one: Check) -> None:
    found = [*findings(await tried(benign, whole(one.bad), known=False))]
    assert [(finding.code, finding.severity) for finding in found] == [(one.code, one.severity)]
