"""What belongs to another tenant does not exist: its ids and names answer as those that nobody has."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle, ApprovalHandle, RunHandle
from agentflow.app.doors import Doors
from agentflow.app.goals import GoalHandle
from agentflow.errors import AgentFlowError, NotFound
from agentflow.records import Principal
from agentflow.store.statements import statements

from ..fakes.elsewhere import on_both
from ..fakes.office import MODEL, WAITS, source
from ..fakes.waiting import until

EVE = Principal("eve", "others")
ASKS = source('await step.wait_for_approval("may it", "May it?")')
OWNED = {"agents", "goals", "runs", "approvals", "schedules", "keys"}
"""Tables whose rows belong to a tenant, and say to which."""
BY_ID = re.compile(
    r"(?<!\w)(?:id|run|agent|parent|root|revises|prefix|approvals\.id) (?:= :\w+|IN \(SELECT value FROM json_each)"
)
OF_ALL = {"some_key", "due_notices", "departing", "departing_runs", "departing_needs"}
"""What is asked of all tenants together: whether there is any key at all, and what is to be told on the channels, which
are the house's, and what it has when it moves."""

Verb = Callable[[Doors, str], Awaitable[Any]]

LOOKUPS: dict[str, Verb] = {
    "agents.get": lambda flow, name: flow.agents.get(name),
    "agents.archive": lambda flow, name: flow.agents.archive(name),
    "runs.get": lambda flow, id: flow.runs.get(id),
    "runs.list": lambda flow, name: flow.runs.list(agent=name),
    "goals.get": lambda flow, id: flow.goals.get(id),
    "goals.list": lambda flow, name: flow.goals.list(agent=name),
    "approvals.get": lambda flow, id: flow.approvals.get(id),
    "schedules.get": lambda flow, name: flow.schedules.get(name, "nightly"),
    "schedules.list": lambda flow, name: flow.schedules.list(agent=name),
    "keys.revoke": lambda flow, name: flow.keys.revoke(name),
}
"""Every verb that takes an id or a name that is looked up."""


async def answer(verb: Verb, flow: Doors, name: str, unknown: str) -> tuple[type[AgentFlowError], str]:
    """What is said of a name, as if it were the unknown one."""
    with pytest.raises(AgentFlowError) as raised:
        await verb(flow, name)
    return type(raised.value), str(raised.value).replace(name, unknown)


@pytest.fixture
async def run(flow: AgentFlow, clerk: AgentHandle) -> RunHandle:
    """A run that waits for a person; its agent has a schedule, a goal and a key beside it."""
    await clerk.register(ASKS)
    run = await clerk.start(id="one")
    await clerk.schedule("nightly", cron="0 3 * * *")
    await flow.keys.create("anna", roles=["viewer"])
    await flow.tenants.create("others")

    async def asked() -> bool:
        return bool(await flow.approvals.pending())

    await until(asked)
    return run


async def test_another_tenants_ids_answer_as_unknown_ones(flow: AgentFlow, clerk: AgentHandle, run: RunHandle) -> None:
    eve = flow.acting_as(EVE)
    goal = await clerk.submit("Read it.", plan_only=True)
    [question] = await flow.approvals.pending()
    names = {"runs.get": run.id, "goals.get": goal.id, "approvals.get": question.id, "keys.revoke": "anna"}
    for name, verb in LOOKUPS.items():
        theirs, unknown = names.get(name, "clerk"), "nobody"
        assert await answer(verb, eve, theirs, unknown) == await answer(verb, eve, unknown, unknown), name
        assert (await answer(verb, eve, theirs, unknown))[0] is NotFound


@on_both
async def test_lists_have_nothing_of_another_tenant(flow: AgentFlow, clerk: AgentHandle, run: RunHandle) -> None:
    eve = flow.acting_as(EVE)
    await clerk.submit("Read it.", plan_only=True)
    lists = [eve.agents.list(archived=True), eve.runs.list(), eve.goals.list(), eve.approvals.list()]
    more = [eve.approvals.list(run=run.id), eve.schedules.list(), eve.keys.list(revoked=True), eve.audit.list()]
    assert [list(await one) for one in [*lists, *more]] == [[]] * 8
    assert await eve.runs.prune(1) == 0


async def test_a_handle_that_is_taken_into_another_tenant_finds_nothing(flow: AgentFlow, run: RunHandle) -> None:
    house = flow.acting_as(EVE)._open()
    [question] = await flow.approvals.pending()
    theirs, asked = RunHandle(house, run.record), ApprovalHandle(house, question.record)
    verbs: list[Callable[[], Awaitable[Any]]]
    verbs = [theirs.refresh, theirs.pause, theirs.resume, theirs.cancel, theirs.rollback, theirs.restart, theirs.delete]
    verbs += [theirs.steps, theirs.history, theirs.result, asked.approve, asked.reject, asked.case]
    for verb in verbs:
        with pytest.raises(NotFound):
            await verb()
    with pytest.raises(NotFound):
        await theirs.send("go")
    assert (await run.refresh()).status == "waiting"


async def test_names_are_unique_in_their_tenant_only(flow: AgentFlow, clerk: AgentHandle, run: RunHandle) -> None:
    eve = flow.acting_as(EVE)
    other = await eve.agents.create("clerk", model=MODEL, tools=["*"], review="never")
    await other.register(WAITS)
    assert other.id != clerk.id
    await other.schedule("nightly", cron="0 4 * * *")
    await eve.keys.create("anna", roles=["viewer"])
    assert [plan.source for plan in await other.plans()] == [WAITS]
    assert [one.cron for one in await flow.schedules.list()] == ["0 3 * * *"]


async def test_a_goal_of_another_tenant_cannot_be_decided(flow: AgentFlow, clerk: AgentHandle, run: RunHandle) -> None:
    goal = await clerk.submit("Read it.", plan_only=True)
    forged = GoalHandle(flow.acting_as(EVE)._open(), replace(goal.record, tenant="others"))
    for verb in (forged.refresh, forged.approve, forged.reject, forged.cancel):
        with pytest.raises(NotFound):
            await verb()


@pytest.mark.parametrize("name", statements("queries.sql"))
def test_no_query_reads_over_tenants_without_an_id(name: str) -> None:
    """A statement names the tenant, or an id that was looked up with it; the doctor's are the house's."""
    statement = statements("queries.sql")[name]
    used = set(re.findall(r"(?:FROM|JOIN|UPDATE) (\w+)", statement)) & OWNED
    house = name.startswith(("stray_", "delete_stray_", "late_", "withdraw_late_", "unheard", "wake_unheard"))
    if used and not house and name not in OF_ALL | {"stranded", "codeless"}:
        assert ":tenant" in statement or BY_ID.search(statement), statement
