"""Every public verb of the house is a row of the table of roles, and asks it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle
from agentflow.app.agents import Agents
from agentflow.app.approvals import ApprovalHandle, Approvals
from agentflow.app.audit import Audit
from agentflow.app.doors import Doors
from agentflow.app.goals import GoalHandle, Goals
from agentflow.app.keys import Keys
from agentflow.app.notices import Notices
from agentflow.app.recordings import RecordedRun
from agentflow.app.runs import RunHandle, Runs
from agentflow.app.schedules import ScheduleHandle, Schedules
from agentflow.app.tenants import Tenants
from agentflow.app.trials import Trials
from agentflow.app.verbs import verb
from agentflow.errors import NotFound, Refused
from agentflow.records import Principal
from agentflow.roles import VERBS

DOORS = (Doors, Agents, AgentHandle, Goals, GoalHandle, Runs, RunHandle, Approvals, ApprovalHandle)
MORE = (RecordedRun, Schedules, ScheduleHandle, Trials, Keys, Tenants, Notices, Audit)
FREE = {
    ("Doors", "acting_as"),  # whoever has the open house may be anybody in it
    ("Doors", "now"),
    ("Keys", "principal"),  # how it is found out who asks
    ("Keys", "holder"),
}


def methods() -> Iterator[tuple[str, str, Any]]:
    """Every public method of the house, and every property that does more than say what it holds."""
    for door in DOORS + MORE:
        for name, found in vars(door).items():
            method = found.fget if isinstance(found, property) else found
            silent = isinstance(found, property) and not hasattr(method, "verb")
            if inspect.isfunction(method) and not (silent or name.startswith("_") or (door.__name__, name) in FREE):
                yield door.__name__, name, method


@pytest.mark.parametrize(("door", "name", "method"), [pytest.param(*one, id=f"{one[0]}.{one[1]}") for one in methods()])
def test_every_public_method_says_its_verb(door: str, name: str, method: Any) -> None:
    assert method.verb in VERBS


def test_every_verb_of_the_table_is_one_of_a_method() -> None:
    assert {method.verb for _, _, method in methods()} == set(VERBS)


def test_a_method_without_a_row_in_the_table_cannot_be_written() -> None:
    with pytest.raises(KeyError, match=r"runs\.fly is no verb: give it a row"):
        verb("runs.fly")


async def test_who_may_not_is_refused_before_anything_is_looked_for(flow: AgentFlow, clerk: AgentHandle) -> None:
    viewer = flow.acting_as(Principal("eve", roles=frozenset({"viewer"})))
    with pytest.raises(Refused, match=r"eve may not use agents\.archive"):
        await viewer.agents.archive("nobody")
    theirs = await viewer.agents.get(clerk.name)
    with pytest.raises(Refused, match=r"eve may not use goals\.submit"):
        await theirs.submit("Pay everybody")
    assert [agent.name for agent in await viewer.agents.list()] == ["clerk"]


async def test_acting_as_somebody_else_is_that_tenants_house(flow: AgentFlow, clerk: AgentHandle) -> None:
    await flow.tenants.create("acme")
    anna = flow.acting_as(Principal("anna", "acme"))
    assert await anna.agents.list() == []
    with pytest.raises(NotFound, match="there is no agent 'clerk'"):
        await anna.agents.get("clerk")
    assert (await anna.tenants.own()).name == "acme"
    assert (flow.principal.name, anna.principal.name) == ("local", "anna")
