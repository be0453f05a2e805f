"""A goal becomes a plan: asked, stored, checked, repaired, accepted or refused."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from agentflow.agent import needs_review, rows
from agentflow.app import AgentFlow, AgentHandle, GoalHandle
from agentflow.app.stage import Stage
from agentflow.errors import Conflict, PlanRefused, ProviderError, SandboxError, StillWaiting
from agentflow.records import Compiled, Finding, Review, ToolSpec
from agentflow.sandbox.local import ProcessSandbox
from agentflow.settings import Planning, PriceSettings, ProviderSettings
from agentflow.store import Write

from ..fakes import office
from ..fakes.elsewhere import on_both
from ..fakes.office import BROKEN, READS, REFUNDS, answers, fenced, source
from ..fakes.waiting import until
from ..fakes.worker import embedded
from ..llm.fake_server import Fail, FakeServer, Say, Stall


async def agent(flow: AgentFlow, *, review: Review = "never", repairs: int = 3) -> AgentHandle:
    return await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review=review, repairs=repairs)


async def planned(goal: GoalHandle) -> GoalHandle:
    """The goal when it is no longer being planned."""
    async with asyncio.timeout(60):
        async for _ in goal.watch():
            continue
    return goal


@on_both
async def test_a_goal_leads_to_a_plan_a_version_and_a_run(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(READS))
    goal = await (await agent(flow)).submit("Load order 17", {"id": "17"})
    plan = await goal.plan()
    run = await goal.run()
    assert await run.result() == {"id": "17", "total": 120}
    assert (goal.status, goal.record.version, goal.record.run) == ("started", 1, run.id)
    assert (run.record.goal, run.record.version, run.record.created_by) == (goal.id, 1, "local")
    assert plan.author == "model:offline:./answers (no model was asked)"
    assert (plan.goal, plan.tools, plan.reviewed) == (goal.id, ("orders.get",), True)
    assert plan.prompt is not None


async def test_findings_go_back_to_the_model_until_its_plan_is_right(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(BROKEN), "I have no idea.", fenced(READS))
    goal = await planned(await (await agent(flow)).submit("Load order 17", {"id": "17"}))
    assert goal.status == "started"
    first, second, third = goal.attempts
    assert [finding.code for finding in first.findings] == ["AF201"]
    assert (first.source, first.error, first.ended_at is not None) == (BROKEN, None, True)
    assert [finding.code for finding in second.findings] == ["AF000"]
    assert (second.source, "no Python code" in (second.error or "")) == (None, True)
    assert (third.number, third.findings, third.reply) == (3, (), fenced(READS))


@pytest.mark.parametrize("repairs", [0, 2])
async def test_a_model_that_is_never_right_is_asked_so_often_and_refused(
    flow: AgentFlow, tmp_path: Path, repairs: int
) -> None:
    answers(tmp_path, fenced(BROKEN))
    goal = await (await agent(flow, repairs=repairs)).submit("Load order 17")
    with pytest.raises(PlanRefused, match=rf"is refused: 1 finding remains after {repairs + 1} attempt") as refused:
        await goal.plan()
    assert [finding.code for finding in refused.value.findings] == ["AF201"]
    assert (goal.status, len(goal.attempts), goal.record.version) == ("refused", repairs + 1, None)
    assert await (await flow.agents.get("clerk")).plans() == []


async def test_the_last_answer_is_the_fallback_models(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(BROKEN))
    answers(tmp_path, fenced(READS), folder="rescue")
    clerk = await flow.agents.create(
        "clerk", model=office.MODEL, tools=["*"], review="never", repairs=1, fallback_model="offline:./rescue"
    )
    goal = await planned(await clerk.submit("Load order 17", {"id": "17"}))
    assert goal.status == "started"
    assert [attempt.model.split()[0] for attempt in goal.attempts] == ["offline:./answers", "offline:./rescue"]
    assert [attempt.fallback for attempt in goal.attempts] == [None, None]


async def test_an_overloaded_model_is_replaced_by_its_fallback_and_the_answer_says_by_whom(tmp_path: Path) -> None:
    answers(tmp_path, fenced(READS))
    with FakeServer() as server:
        server.will(Fail(503, headers={"retry-after": "61"}))
        models = {"openai-chat": ProviderSettings(base_url=server.url("openai-chat"))}
        async with office.house(tmp_path, models=models) as flow:
            clerk = await flow.agents.create(
                "clerk", model="openai-chat:busy", tools=["*"], fallback_model=office.MODEL
            )
            goal = await planned(await clerk.submit("Load order 17", {"id": "17"}))
            assert goal.status == "started"
            [attempt] = goal.attempts
            assert attempt.model == "offline:./answers (no model was asked)"
            assert attempt.fallback is not None
            assert attempt.fallback.startswith("openai-chat (busy): ")


async def test_a_goal_ends_when_its_budget_is_used_up(tmp_path: Path) -> None:
    with FakeServer() as server:
        server.will(Say(fenced(BROKEN)))
        prices = {"m": PriceSettings(input=1_000.0, output=1_000.0)}
        models = {"openai-chat": ProviderSettings(base_url=server.url("openai-chat"), prices=prices)}
        async with office.house(tmp_path, models=models, planning=Planning(cost=0.2)) as flow:
            clerk = await flow.agents.create("clerk", model="openai-chat:m", tools=["*"], plan_tokens=999)
            goal = await planned(await clerk.submit("Load order 17"))
            assert (goal.status, len(goal.attempts)) == ("refused", 2)
            assert "the budget of 0.2 USD is used up" in (goal.record.reason or "")
            await flow.agents.create("clerk", model="openai-chat:m", tools=["*"], plan_tokens=120, update=True)
            goal = await planned(await clerk.submit("Load order 17"))
            assert (goal.status, len(goal.attempts)) == ("refused", 1)
            assert "the budget of 120 tokens is used up (120 in 1 answer)" in (goal.record.reason or "")


async def test_every_answer_is_stored_with_what_it_was_made_from_and_what_it_cost(tmp_path: Path) -> None:
    with FakeServer() as server:
        server.will(Say(fenced(READS)))
        prices = {"m": PriceSettings(input=1.0, output=10.0, cached=0.1)}
        models = {"openai-chat": ProviderSettings(base_url=server.url("openai-chat"), prices=prices)}
        async with office.house(tmp_path, models=models) as flow:
            clerk = await flow.agents.create("clerk", model="openai-chat:m", tools=["*"])
            [attempt] = (await planned(await clerk.submit("Load order 17", {"id": "17"}))).attempts
            assert attempt.cost == pytest.approx((60 * 1.0 + 40 * 0.1 + 20 * 10.0) / 1e6)
            assert [len(digest or "") for digest in (attempt.tools, attempt.basis)] == [64, 64]
            assert attempt.prompt.startswith("plan@")


async def test_a_provider_that_cannot_answer_fails_the_goal(flow: AgentFlow) -> None:
    goal = await (await agent(flow)).submit("Load order 17")
    with pytest.raises(ProviderError, match=r"is failed: offline .*no stored plans in"):
        await goal.plan()
    assert (goal.status, goal.attempts) == ("failed", ())


async def test_a_provider_that_cannot_answer_any_more_fails_the_goal_and_keeps_its_attempts(
    flow: AgentFlow, tmp_path: Path
) -> None:
    answers(tmp_path, fenced(BROKEN), "soon unreadable")
    (tmp_path / "answers" / "2.md").write_bytes(b"\xff\xfe\xff")
    goal = await planned(await (await agent(flow)).submit("Load order 17"))
    assert (goal.status, len(goal.attempts)) == ("failed", 1)


@pytest.mark.parametrize(
    ("review", "plan", "status"),
    [
        ("never", REFUNDS, "started"),
        ("risky", READS, "started"),
        ("risky", REFUNDS, "review"),
        ("always", READS, "review"),
    ],
)
async def test_the_review_policy_says_whether_a_person_looks_first(
    flow: AgentFlow, tmp_path: Path, review: Review, plan: str, status: str
) -> None:
    answers(tmp_path, fenced(plan))
    handle = await agent(flow, review=review)
    goal = await planned(await handle.submit("Refund order 17", {"id": "17"}))
    version = await goal.plan()
    assert (goal.status, version.reviewed, goal.record.run is None) == (status, status == "started", status == "review")


def test_without_a_compiled_tool_of_high_risk_nothing_needs_review() -> None:
    spec = ToolSpec("a.b", "", {}, {}, risk="high")
    assert needs_review("risky", ("a.b",), (spec,))
    assert not needs_review("risky", ("a.b",), ())


@pytest.mark.parametrize(("review", "status"), [("never", "planned"), ("always", "review")])
async def test_plan_only_ends_with_the_plan(flow: AgentFlow, tmp_path: Path, review: Review, status: str) -> None:
    answers(tmp_path, fenced(READS))
    goal = await planned(await (await agent(flow, review=review)).submit("Load it", {"id": "17"}, plan_only=True))
    assert (goal.status, goal.record.version, goal.record.plan_only) == (status, 1, True)
    with pytest.raises(StillWaiting, match=f"is {status}: approve its plan with `agentflow goal approve {goal.id}`"):
        await goal.run()
    assert await (await goal.approve()).result() == {"id": "17", "total": 120}


async def test_a_stored_answer_is_not_asked_for_again(tmp_path: Path) -> None:
    """The worker died after the answer was stored: the model would fail now, and is not needed."""
    async with office.house(tmp_path, worker=False) as flow:
        goal = await (await agent(flow)).submit("Load order 17", {"id": "17"})
        document = {"model": "m", "prompt": "p", "reply": fenced(READS), "source": READS, "error": None}
        values = {**document, "goal": goal.id, "number": 1, "usage": "{}", "started_at": 1.0, "ended_at": 2.0}
        values |= {"tools": None, "basis": None, "cost": None, "fallback": None}
        await flow._open().store.write([Write("insert_goal_attempt", values)])
    async with office.house(tmp_path) as flow:
        run = await (await flow.goals.get(goal.id)).run()
        assert await run.result() == {"id": "17", "total": 120}


async def test_an_answer_that_was_refused_is_not_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker died while it asked for the repair: what it had found is stored."""
    compiled: list[str] = []
    real = ProcessSandbox.compile

    async def compile(self: ProcessSandbox, source: str, tools: Any) -> Compiled:
        compiled.append(source)
        return await real(self, source, tools)

    monkeypatch.setattr(ProcessSandbox, "compile", compile)
    answers(tmp_path, fenced(BROKEN), fenced(READS))
    async with office.house(tmp_path, worker=False) as flow:
        goal = await (await agent(flow)).submit("Load order 17", {"id": "17"})
        document = {"model": "m", "prompt": "p", "reply": fenced(BROKEN), "source": BROKEN, "error": None}
        answer = rows.answered(goal.record, 1, {**document, "usage": {}, "started_at": 1.0, "ended_at": 2.0})
        found = [asdict(Finding("AF201", "error", 1, 1, "there is no such tool", "Call another."))]
        checked = {"goal": goal.id, "number": 1, "findings": json.dumps(found), "trial": "null"}
        await flow._open().store.write([answer, Write("find_goal_attempt", checked)])
    async with office.house(tmp_path) as flow:
        goal = await planned(await flow.goals.get(goal.id))
        assert (goal.status, compiled) == ("started", [READS])


async def test_an_answer_that_was_interrupted_is_asked_for_again(tmp_path: Path) -> None:
    """The worker died while the model was writing: what it had begun is ended, and a new answer is stored."""
    answers(tmp_path, fenced(READS))
    async with office.house(tmp_path, worker=False) as flow:
        goal = await (await agent(flow)).submit("Load order 17", {"id": "17"})
        begun = {"id": goal.id, "generation": 1, "key": "answer 1.1", "worker": "gone", "started_at": 1.0}
        await flow._open().store.write([Write("insert_attempt", begun)])
    async with office.house(tmp_path) as flow:
        goal = await planned(await flow.goals.get(goal.id))
        assert (goal.status, len(goal.attempts)) == ("started", 1)
        rows = await flow._open().store.rows("attempts", id=goal.id, generation=1)
        assert [(row["key"], row["ended_at"] is not None) for row in rows] == [
            ("answer 1.1", True),
            ("answer 1.2", True),
        ]


async def test_a_goal_that_is_cancelled_while_its_model_writes_does_not_wait_for_it(tmp_path: Path) -> None:
    with FakeServer() as server:
        server.will(Stall())
        models = {"openai-chat": ProviderSettings(base_url=server.url("openai-chat"))}
        async with office.house(tmp_path, models=models) as flow:
            clerk = await flow.agents.create("clerk", model="openai-chat:slow", tools=["*"])
            goal = await clerk.submit("Load order 17")
            await until(lambda: server.seen)
            assert (await goal.cancel()).status == "cancelled"
            await until(lambda: not embedded(flow)._active)
            with pytest.raises(Conflict, match="is cancelled: cancelled by local"):
                await goal.plan()
            assert (await goal.refresh()).attempts == ()


async def test_a_goal_that_is_cancelled_before_a_worker_takes_it_is_never_planned(tmp_path: Path) -> None:
    answers(tmp_path, fenced(READS))
    async with office.house(tmp_path, worker=False) as flow:
        goal = await (await agent(flow)).submit("Load order 17")
        await goal.cancel()
    async with office.house(tmp_path) as flow:
        await flow.until_idle()
        goal = await flow.goals.get(goal.id)
        assert (goal.status, goal.attempts) == ("cancelled", ())


async def test_two_goals_of_one_agent_are_planned_at_once_and_get_versions_of_their_own(
    flow: AgentFlow, tmp_path: Path
) -> None:
    answers(tmp_path, fenced(READS))
    clerk = await agent(flow)
    goals = [await clerk.submit("Load it", {"id": str(number)}) for number in range(3)]
    runs = [await goal.run() for goal in goals]
    assert [(await run.result())["id"] for run in runs] == ["0", "1", "2"]
    assert sorted(run.record.version for run in runs) == [1, 2, 3]


SLIPS = source('found = None or {"a": 1}; return found[event.payload["key"]]')
"""It looks for a key that it does not have."""


async def test_what_a_trial_shows_goes_back_to_the_model(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(source('return event.payload["order"]')), fenced(READS))
    goal = await planned(await (await agent(flow)).submit("Load order 17", {"id": "17"}))
    assert goal.status == "started"
    first, second = goal.attempts
    [finding] = first.findings
    assert (finding.code, finding.line) == ("AF951", 8)
    assert finding.message == "KeyError: 'order': so the run fails"
    assert "no 'order'" in finding.advice
    assert first.trial == {"paths": 1, "fault": 1, "unsure": 0, "left": 0, "missed": []}
    assert (second.findings, second.trial["fault"]) == ((), 0)


@pytest.mark.parametrize("shared", [False, True])
async def test_a_trial_tells_no_value_of_the_payload(flow: AgentFlow, tmp_path: Path, shared: bool) -> None:
    answers(tmp_path, fenced(SLIPS), fenced(READS))
    goal = await planned(
        await (await agent(flow)).submit("Find it", {"key": "secret word", "id": "17"}, share_payload=shared)
    )
    [finding] = goal.attempts[0].findings
    assert ("secret word" in finding.message) is shared
    assert finding.message.endswith("so the run fails")


async def test_a_trial_that_cannot_be_made_stops_no_goal(
    flow: AgentFlow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def none(*_: object) -> None:
        raise SandboxError("there is no process left")

    monkeypatch.setattr(Stage, "walk", none)
    answers(tmp_path, fenced(READS))
    goal = await planned(await (await agent(flow)).submit("Load order 17", {"id": "17"}))
    assert (goal.status, goal.attempts[0].trial) == ("started", None)
    assert "a plan of clerk could not be tried out: SandboxError: there is no process left" in caplog.text


async def test_a_plan_that_the_checks_refuse_is_not_tried(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(BROKEN))
    goal = await planned(await (await agent(flow, repairs=0)).submit("Load order 17"))
    assert (goal.status, goal.attempts[0].trial) == ("refused", None)
