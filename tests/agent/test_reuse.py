"""The same goal again takes the plan that served it: which one, when, and when not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle, GoalHandle
from agentflow.errors import RunFailed
from agentflow.records import Review

from ..fakes import office
from ..fakes.database import writer
from ..fakes.office import READS, REFUNDS, answers, fenced, source

GOAL = "Load order 17"


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[AgentFlow]:
    answers(tmp_path, fenced(READS))
    async with office.house(tmp_path) as flow:
        yield flow


async def agent(flow: AgentFlow, *, review: Review = "never", **changed: Any) -> AgentHandle:
    values = {"model": office.MODEL, "tools": ["*"], "review": review, "update": True, **changed}
    return await flow.agents.create("clerk", **values)


async def served(clerk: AgentHandle, goal: str = GOAL, payload: Any = None, **options: Any) -> GoalHandle:
    """A goal whose run has ended."""
    async with asyncio.timeout(60):
        handle = await clerk.submit(goal, payload or {"id": "17"}, **options)
        with suppress(RunFailed):
            await (await handle.run()).result()
    return handle


async def test_another_payload_of_the_same_shape_starts_the_plan_that_is_there(flow: AgentFlow) -> None:
    clerk = await agent(flow)
    first = await served(clerk)
    again = await clerk.submit(GOAL, {"id": "18"})
    assert (again.status, again.attempts, again.record.version) == ("started", (), first.record.version)
    assert (again.record.reused, again.record.basis) == (first.id, first.record.basis)
    run = await again.run()
    assert await run.result() == {"id": "18", "total": 120}
    assert (run.record.goal, run.record.version) == (again.id, 1)
    assert len(await clerk.plans()) == 1


async def test_what_was_reused_names_the_goal_for_which_the_plan_was_written(flow: AgentFlow) -> None:
    clerk = await agent(flow)
    first = await served(clerk)
    await served(clerk, payload={"id": "18"})
    third = await served(clerk, payload={"id": "19"})
    assert third.record.reused == first.id


@pytest.mark.parametrize(
    ("goal", "payload", "options"),
    [
        ("Load order 17.", {"id": "17"}, {}),
        (f" {GOAL}", {"id": "17"}, {}),
        (GOAL, {"id": "17", "more": 1}, {}),
        (GOAL, {"id": "17"}, {"fresh": True}),
        (GOAL, {"id": "17"}, {"share_payload": True}),
    ],
)
async def test_anything_else_is_planned_anew(flow: AgentFlow, goal: str, payload: Any, options: Any) -> None:
    clerk = await agent(flow)
    await served(clerk)
    other = await served(clerk, goal, payload, **options)
    assert (other.record.reused, other.record.version, len(other.attempts)) == (None, 2, 1)


@pytest.mark.parametrize(
    "changed", [{"instructions": "Be kind."}, {"tools": ["orders.*"]}, {"model": "offline:./other"}]
)
async def test_a_changed_agent_plans_anew(flow: AgentFlow, tmp_path: Path, changed: dict[str, Any]) -> None:
    answers(tmp_path, fenced(READS), folder="other")
    await served(await agent(flow))
    assert (await served(await agent(flow, **changed))).record.reused is None


async def test_where_the_model_saw_values_only_the_same_values_take_the_plan_again(flow: AgentFlow) -> None:
    clerk = await agent(flow)
    first = await served(clerk, share_payload=True)
    assert first.record.share_payload
    assert (await served(clerk, share_payload=True)).record.reused == first.id
    assert (await served(clerk, payload={"id": "18"}, share_payload=True)).record.reused is None


async def test_a_plan_that_failed_by_its_own_fault_is_not_taken_again(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(source('return 1 / event.payload["by"]')))
    clerk = await agent(flow)
    await served(clerk, payload={"by": 1})
    assert (await served(clerk, payload={"by": 0})).record.reused is not None
    assert (await served(clerk, payload={"by": 2})).record.reused is None


async def test_a_plan_whose_tool_failed_is_taken_again(flow: AgentFlow, tmp_path: Path) -> None:
    body = 'return await step.do("load", tools.orders.get(id=event.payload["id"]), retries={"limit": 0})'
    answers(tmp_path, fenced(source(body)))
    clerk = await agent(flow)
    house = flow._open()

    async def broken(id: str) -> Any:
        raise OSError("no connection")

    tool = house.tools.get("orders.get")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tool, "function", broken)
        first = await served(clerk)
        assert (await (await first.run()).refresh()).status == "failed"
    assert (await served(clerk)).record.reused == first.id


@pytest.mark.parametrize("column", ["revoked_at", "reviewed", "python"])
async def test_a_version_that_may_not_run_is_not_taken_again(flow: AgentFlow, column: str) -> None:
    clerk = await agent(flow)
    first = await served(clerk)
    values = {"revoked_at": 1.0, "reviewed": 0, "python": "3.1"}
    connection = writer(flow._open().store)
    connection.execute(f"UPDATE plans SET {column} = ?", (values[column],))
    again = await served(clerk)
    assert (again.record.reused, again.record.version != first.record.version) == (None, True)


async def test_a_goal_without_a_run_lends_its_plan_to_nobody(flow: AgentFlow) -> None:
    clerk = await agent(flow)
    await (await clerk.submit(GOAL, {"id": "17"}, plan_only=True)).plan()
    assert (await served(clerk)).record.reused is None


async def test_plan_only_ends_with_the_plan_that_is_there(flow: AgentFlow) -> None:
    clerk = await agent(flow)
    await served(clerk)
    planned = await clerk.submit(GOAL, {"id": "18"}, plan_only=True)
    assert (planned.status, planned.record.version, planned.record.run) == ("planned", 1, None)
    assert await (await planned.approve()).result() == {"id": "18", "total": 120}


async def test_no_key_is_needed_where_no_model_is_asked(flow: AgentFlow, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = await agent(flow)
    await served(clerk)

    def no_key(model: str) -> None:
        raise AssertionError("nobody is asked")

    monkeypatch.setattr(flow._open().models, "ready", no_key)
    assert (await clerk.submit(GOAL, {"id": "18"})).record.reused is not None


# review: before the first run of what is risky, and before each new plan where that is the policy


async def test_a_risky_plan_waits_before_its_first_run_and_not_before_its_second(
    flow: AgentFlow, tmp_path: Path
) -> None:
    answers(tmp_path, fenced(REFUNDS))
    clerk = await agent(flow, review="risky")
    goal = await clerk.submit("Refund it", {"id": "17"})
    await goal.plan()
    assert goal.status == "review"
    await goal.approve()
    version = await clerk.plan(1)
    assert (version.reviewed, version.reviewed_by) == (True, "local")
    again = await clerk.submit("Refund it", {"id": "18"})
    assert (again.status, again.record.reused) == ("started", goal.id)


@pytest.mark.parametrize(
    ("review", "plan", "status"),
    [("always", READS, "review"), ("risky", REFUNDS, "review"), ("risky", READS, "started")],
)
async def test_a_plan_that_nobody_read_waits_where_the_policy_has_become_stricter(
    flow: AgentFlow, tmp_path: Path, review: Review, plan: str, status: str
) -> None:
    answers(tmp_path, fenced(plan))
    clerk = await agent(flow, review="never")
    first = await clerk.submit(GOAL, {"id": "17"})
    await first.run()
    again = await (await agent(flow, review=review)).submit(GOAL, {"id": "18"})
    assert (again.status, again.record.reused, again.record.run is None) == (status, first.id, status == "review")


async def test_what_a_person_rejected_can_be_cancelled_or_rejected_as_any_goal(flow: AgentFlow) -> None:
    clerk = await agent(flow)
    await served(clerk)
    strict = await agent(flow, review="always")
    waiting = [await strict.submit(GOAL, {"id": "18"}) for _ in range(2)]
    assert [(await waiting[0].reject("no")).status, (await waiting[1].cancel()).status] == ["refused", "cancelled"]
    assert (await strict.submit(GOAL, {"id": "19"})).record.reused is None, "what a person rejected is not taken again"
    await flow.until_idle()
    assert await flow._open().store.rows("messages", id=waiting[1].id) == []


# delegation


async def test_a_delegated_goal_takes_a_plan_again_too(flow: AgentFlow, tmp_path: Path) -> None:
    clerk = await agent(flow)
    first = await served(clerk)
    hands = source(f'return await step.delegate("ask", "clerk", {json.dumps(GOAL)}, {{"id": "18"}})')
    boss = await flow.agents.create("boss", model=office.MODEL, agents=["clerk"], review="never")
    await boss.register(hands)
    run = await boss.start({})
    async with asyncio.timeout(60):
        assert await run.result() == {"id": "18", "total": 120}
    [delegated] = [goal for goal in await flow.goals.list() if goal.parent == run.id]
    assert (delegated.reused, delegated.status, delegated.attempts) == (first.id, "started", ())


# examples


async def seen(clerk: AgentHandle, goal: str, monkeypatch: pytest.MonkeyPatch, flow: AgentFlow) -> list[str]:
    """The goals of the earlier plans that the model was shown for a new one."""
    planner = flow._open().agency.planner
    shown: list[str] = []
    real = planner.answer

    async def answer(model: str, brief: Any, *rest: Any, **named: Any) -> Any:
        shown.extend(example.goal for example in brief.examples)
        return await real(model, brief, *rest, **named)

    with monkeypatch.context() as patched:
        patched.setattr(planner, "answer", answer)
        await served(clerk, goal)
    return shown


async def test_the_model_is_shown_the_two_newest_plans_that_ran_well(
    flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = await agent(flow)
    for goal in ("first", "second", f"third {'x' * 600}"):
        await served(clerk, goal)
    newest, second = await seen(clerk, "fourth", monkeypatch, flow)
    assert (newest, second) == (f"third {'x' * 491}...", "second")


_FAILS = 'return {}[(await step.do("load", tools.orders.get(id="1")))["total"]]'


async def test_no_plan_is_shown_that_failed_or_was_revoked_or_saw_values_or_is_long_or_of_this_goal(
    flow: AgentFlow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = await agent(flow)
    await served(clerk, "revoked")
    connection = writer(flow._open().store)
    connection.execute("UPDATE plans SET revoked_at = 1.0")
    await served(clerk, "with values", share_payload=True)
    await served(clerk, "new goal")
    answers(tmp_path, fenced(READS.replace("Does what", "x" * 6_000)))
    await served(clerk, "long")
    answers(tmp_path, fenced(source(_FAILS)))
    await served(clerk, "fails")
    answers(tmp_path, fenced(READS))
    assert await seen(clerk, "new goal", monkeypatch, flow) == []


async def test_an_answer_that_is_asked_for_again_is_shown_the_same_plans(flow: AgentFlow) -> None:
    """What ran since the goal was given changes nothing."""
    clerk = await agent(flow)
    await served(clerk, "first")
    store = flow._open().store
    rows = await store.rows(
        "plans_that_ran_well",
        tenant="default",
        agent=clerk.id,
        before=0.0,
        text="",
        api=1,
        longest=9_999,
    )
    assert rows == []
