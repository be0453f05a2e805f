"""Goals: watched, listed, reviewed, cancelled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentflow.agent.feedback import changes
from agentflow.app import AgentFlow, AgentHandle, GoalHandle
from agentflow.app.goals import planned
from agentflow.errors import Conflict, NotFound, PlanRefused, Refused, UsageError
from agentflow.records import Json, Principal
from agentflow.store import Row

from ..fakes import office
from ..fakes.afar import everywhere
from ..fakes.elsewhere import on_both
from ..fakes.office import ASKS, READS, REFUNDS, answers, fenced
from ..fakes.overtaking import meanwhile
from ..fakes.waiting import until


@pytest.fixture
async def reviewed(clerk: AgentHandle, flow: AgentFlow, tmp_path: Path) -> GoalHandle:
    """A goal whose plan waits for a person."""
    answers(tmp_path, fenced(READS))
    careful = await flow.agents.create(
        "careful", model=clerk.record.model, tools=["*"], review="always", instructions="x"
    )
    goal = await careful.submit("Load order 17", {"id": "17"})
    await goal.plan()
    assert goal.status == "review"
    return goal


@everywhere
async def test_a_goal_is_watched_until_it_is_no_longer_being_planned(clerk: AgentHandle, tmp_path: Path) -> None:
    answers(tmp_path, "no plan here", fenced(READS))
    goal = await clerk.submit("Load order 17", {"id": "17"})
    seen = [record async for record in goal.watch()]
    assert [record.status for record in seen[:-1]] == ["planning"] * (len(seen) - 1)
    assert (seen[-1].status, len(seen[-1].attempts)) == ("started", 2)
    assert seen[-1] == await goal.refresh()
    assert [record async for record in goal.watch()] == [seen[-1]]


async def test_a_house_that_closes_does_not_stumble_over_the_plan_that_it_tries_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody comes in any more, but its own rooms find it open until they are done."""
    answers(tmp_path, fenced(READS))
    async with office.house(tmp_path) as flow:
        clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
        goal = await clerk.submit("Load order 17", {"id": "17"})
        await until(lambda: _has_come(goal))
    assert "stumbled" not in caplog.text


async def _has_come(goal: GoalHandle) -> bool:
    """Whether the model has answered, and nobody has looked at it yet."""
    return any(one.reply for one in (await goal.refresh()).attempts)


async def test_a_goal_that_is_planned_anew_has_no_plan_yet(reviewed: GoalHandle) -> None:
    """Its version is that of the plan that is to be changed: whoever asks is refused, and not kept waiting."""
    assert planned(reviewed.record) == 1
    with pytest.raises(Conflict, match=f"goal {reviewed.id} is planning: it has no plan yet"):
        planned(replace(reviewed.record, status="planning"))


@everywhere
async def test_a_goal_is_found_by_its_id_and_listed_by_agent_and_status(
    clerk: AgentHandle, flow: AgentFlow, reviewed: GoalHandle
) -> None:
    other = await clerk.submit("Another", {"id": "1"})
    await other.plan()
    assert (await flow.goals.get(reviewed.id)).record == reviewed.record
    assert {goal.id for goal in await flow.goals.list()} == {other.id, reviewed.id}
    assert [goal.id for goal in await flow.goals.list(agent="clerk")] == [other.id]
    assert [goal.id for goal in await flow.goals.list(status="review")] == [reviewed.id]
    assert len(await flow.goals.list(most=1)) == 1


async def test_a_list_of_goals_reads_all_their_attempts_at_once(
    clerk: AgentHandle, flow: AgentFlow, reviewed: GoalHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many goals there are, it takes as many queries."""
    other = await clerk.submit("Another", {"id": "1"})
    await other.plan()
    store, asked = clerk._house.store, list[str]()
    rows = store.rows

    async def overheard(name: str, /, **params: Any) -> list[Row]:
        asked.append(name)
        return await rows(name, **params)

    monkeypatch.setattr(store, "rows", overheard)
    found = await flow.goals.list()
    assert [goal.attempts for goal in found] == [(await flow.goals.get(goal.id)).record.attempts for goal in found]
    assert all(goal.attempts for goal in found)
    assert asked.count("attempts_of_goals") == 1
    assert asked.index("attempts_of_goals") < asked.index("goal_attempts")


@everywhere
async def test_an_unknown_goal_or_agent_is_not_found(flow: AgentFlow) -> None:
    with pytest.raises(NotFound, match="there is no goal goal_x: `agentflow goal list` names them"):
        await flow.goals.get("goal_x")
    with pytest.raises(NotFound, match="there is no agent 'nobody'"):
        await flow.goals.list(agent="nobody")


@everywhere
async def test_an_approved_goal_starts_its_plan_once(reviewed: GoalHandle, flow: AgentFlow) -> None:
    with pytest.raises(Conflict, match=r"version 1 of careful is waiting for a review \(`agentflow goal approve`\)"):
        await (await flow.agents.get("careful")).start(version=1)
    run = await reviewed.approve()
    assert await run.result() == {"id": "17", "total": 120}
    assert (reviewed.status, reviewed.record.run, (await run.plan()).reviewed) == ("started", run.id, True)
    with pytest.raises(
        Conflict, match=f"goal {reviewed.id} is started: only a planned or reviewed goal can be approved"
    ):
        await reviewed.approve()
    assert len(await flow.runs.list(agent="careful")) == 1


@on_both
async def test_of_two_who_approve_a_plan_at_once_one_is_told(
    reviewed: GoalHandle, flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await flow.goals.get(reviewed.id)
    meanwhile(flow._house.store, other.approve, monkeypatch)
    said = f"goal {reviewed.id} has just been decided: look at it with `agentflow goal show {reviewed.id}`"
    with pytest.raises(Conflict, match=f"^{said}$"):
        await reviewed.approve()
    assert len(await flow.runs.list(agent="careful")) == 1


async def test_who_asks_for_changes_while_somebody_approves_is_told(
    reviewed: GoalHandle, flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await flow.goals.get(reviewed.id)
    meanwhile(flow._house.store, reviewed.approve, monkeypatch)
    with pytest.raises(Conflict, match=f"^goal {reviewed.id} has just been decided"):
        await other.ask_changes("less")
    assert (await other.refresh()).status == "started"


async def test_who_approves_what_somebody_has_just_had_changed_is_told(
    reviewed: GoalHandle, flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await flow.goals.get(reviewed.id)
    meanwhile(flow._house.store, lambda: other.ask_changes("less"), monkeypatch)
    with pytest.raises(Conflict, match=f"^goal {reviewed.id} has just been decided"):
        await reviewed.approve()
    assert await flow.runs.list(agent="careful") == []


async def test_a_plan_that_is_to_be_changed_is_not_approved(reviewed: GoalHandle, flow: AgentFlow) -> None:
    """Its version is kept while the model writes another, and would have been started."""
    await flow._open().store.write([changes(reviewed.record, "Load it twice.", "local", 0.0)])
    with pytest.raises(Conflict, match="is planning: only a planned or reviewed goal can be approved"):
        await reviewed.approve()
    assert await flow.runs.list(agent="careful") == []


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ({"approvers": ["anna", "bert"]}, "that is for anna or bert"),
        ({"no_self": True}, "having asked for it: somebody else has to agree"),
        ({"quorum": 2}, None),
    ],
)
async def test_a_plan_is_approved_by_whom_the_agents_policy_allows(
    reviewed: GoalHandle, clerk: AgentHandle, flow: AgentFlow, policy: dict[str, Json], why: str | None
) -> None:
    again: dict[str, Any] = {
        "model": clerk.record.model,
        "tools": ["*"],
        "review": "always",
        "instructions": "x",
        "update": True,
    }
    await flow.agents.create("careful", approvals=policy, **again)
    if why is None:
        assert (await reviewed.approve()).record.goal == reviewed.id
        return
    with pytest.raises(Refused, match=f"local may not approve goal {reviewed.id}: {why}"):
        await reviewed.approve()
    anna = flow.acting_as(Principal("anna"))
    assert (await (await anna.goals.get(reviewed.id)).approve()).record.created_by == "anna"


async def test_who_gave_the_goal_asked_for_what_its_run_asks_and_not_who_approved_its_plan(
    clerk: AgentHandle, flow: AgentFlow, tmp_path: Path
) -> None:
    answers(tmp_path, fenced(REFUNDS))
    await flow.agents.create(
        "payer", model=clerk.record.model, tools=["*"], review="always", instructions="y", approvals={"no_self": True}
    )
    anna, bert = (flow.acting_as(Principal(name)) for name in ("anna", "bert"))
    goal = await (await anna.agents.get("payer")).submit("Refund order 17", {"id": "17"})
    await goal.plan()
    run = await (await bert.goals.get(goal.id)).approve()
    async for _ in run.watch():
        pass
    [theirs] = await anna.approvals.pending()
    assert (await theirs.case()).asked_by == "anna"
    with pytest.raises(Refused, match="anna may not approve"):
        await theirs.approve()
    [question] = await bert.approvals.pending()
    assert (await question.approve()).decided_by == "bert"


@pytest.mark.parametrize("comment", [None, "too risky"])
async def test_a_rejected_goal_is_refused_for_good(reviewed: GoalHandle, comment: str | None) -> None:
    record = await reviewed.reject(comment)
    assert (record.status, record.run) == ("refused", None)
    assert record.reason == "rejected by local" + (f": {comment}" if comment else "")
    with pytest.raises(PlanRefused, match="is refused: rejected by local"):
        await reviewed.run()
    with pytest.raises(Conflict, match="is refused: only a planned or reviewed goal can be approved"):
        await reviewed.approve()
    with pytest.raises(Conflict, match="is refused: only a planned or reviewed goal can be rejected"):
        await reviewed.reject()
    with pytest.raises(Conflict, match="cannot become cancelled"):
        await reviewed.cancel()


@everywhere
async def test_a_cancelled_goal_leads_to_nothing(reviewed: GoalHandle) -> None:
    assert (await reviewed.cancel()).reason == "cancelled by local"
    with pytest.raises(Conflict, match="is cancelled: cancelled by local"):
        await reviewed.run()
    with pytest.raises(Conflict, match="cannot become cancelled"):
        await reviewed.cancel()


async def test_a_goal_of_an_archived_agent_is_not_approved(reviewed: GoalHandle, flow: AgentFlow) -> None:
    await flow.agents.archive("careful")
    with pytest.raises(Conflict, match="agent careful is archived"):
        await reviewed.approve()


async def test_a_goal_without_a_plan_cannot_be_approved_or_rejected(clerk: AgentHandle, tmp_path: Path) -> None:
    answers(tmp_path, "never a plan")
    goal = await clerk.submit("Load order 17")
    with pytest.raises(PlanRefused):
        await goal.plan()
    with pytest.raises(Conflict, match="is refused: only a planned or reviewed goal can be approved"):
        await goal.approve()
    with pytest.raises(Conflict, match="only a planned or reviewed goal can be rejected"):
        await goal.reject()


@everywhere
async def test_an_edited_plan_takes_the_place_of_the_one_that_waits(reviewed: GoalHandle, flow: AgentFlow) -> None:
    """It is checked like every plan, and waits for the same review."""
    with pytest.raises(PlanRefused, match=r"orders\.fetch"):
        await reviewed.edit(READS.replace("orders.get", "orders.fetch"))
    with pytest.raises(UsageError, match="is this already: change it first"):
        await reviewed.edit(READS)
    with pytest.raises(UsageError, match="a plan is the text of its source, not int"):
        await reviewed.edit(17)  # type: ignore[arg-type]
    edited = await reviewed.edit(READS + "\n# twice\n")
    assert (edited.status, edited.version) == ("review", 2)
    plan = await reviewed.plan()
    assert (plan.author, plan.goal, plan.reviewed, plan.prompt) == ("local", reviewed.id, False, None)
    run = await reviewed.approve()
    assert (run.record.version, (await run.plan()).reviewed) == (2, True)
    with pytest.raises(Conflict, match="is started: its plan can be edited while it is planned or in review"):
        await reviewed.edit(READS)


async def test_whoever_wrote_a_plan_does_not_approve_it_where_nobody_decides_for_themselves(
    clerk: AgentHandle, flow: AgentFlow, tmp_path: Path
) -> None:
    answers(tmp_path, fenced(READS))
    await flow.agents.create(
        "careful", model=clerk.record.model, tools=["*"], review="always", approvals={"no_self": True}
    )
    anna, bert = (flow.acting_as(Principal(name)) for name in ("anna", "bert"))
    goal = await (await anna.agents.get("careful")).submit("Load order 17", {"id": "17"})
    await goal.plan()
    theirs = await bert.goals.get(goal.id)
    await theirs.edit(READS + "\n# twice\n")
    with pytest.raises(Refused, match=f"bert may not approve goal {goal.id}: having written its plan themselves"):
        await theirs.approve()
    assert (await (await flow.goals.get(goal.id)).approve()).record.version == 2


async def test_of_two_who_edit_a_plan_at_once_one_is_told(reviewed: GoalHandle, flow: AgentFlow) -> None:
    other = await flow.goals.get(reviewed.id)
    told = await asyncio.gather(reviewed.edit(READS + "# a\n"), other.edit(READS + "# b\n"), return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in told) == 1
    assert len(await (await flow.agents.get("careful")).plans()) == 2


async def test_a_plan_that_was_revoked_while_it_waited_is_not_approved(reviewed: GoalHandle, flow: AgentFlow) -> None:
    await (await flow.agents.get("careful")).revoke(1, "it pays twice")
    with pytest.raises(Conflict, match=r"careful@1, the plan of goal \w+, is revoked: have it changed, or reject it"):
        await reviewed.approve()
    assert (await reviewed.refresh()).status == "review"
    assert await flow.runs.list() == []


async def test_a_plan_of_an_archived_agent_is_not_edited(reviewed: GoalHandle, flow: AgentFlow) -> None:
    await flow.agents.archive("careful")
    with pytest.raises(Conflict, match="agent careful is archived"):
        await reviewed.edit(READS + "# a\n")


@everywhere
async def test_what_waits_for_people_is_counted_questions_and_plans_in_review(
    reviewed: GoalHandle, clerk: AgentHandle, flow: AgentFlow
) -> None:
    assert await flow.approvals.waiting() == 1
    await clerk.register(ASKS)
    for _ in range(2):
        await clerk.start({})

    async def asked() -> bool:
        return len(await flow.approvals.pending()) == 2

    await until(asked)
    assert (await flow.approvals.waiting(), await flow.approvals.waiting(most=1)) == (3, 2)
    await reviewed.reject()
    assert await flow.approvals.waiting() == 2
