"""The way of a person through the API: an agent, a plan, a run, a question, a decision."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentflow.app import AgentFlow

from ..fakes.office import ASKS, BROKEN, READS, REFUNDS, WAITS, answers, fenced
from .conftest import Asks

pytestmark = pytest.mark.usefixtures("clerk")


async def started(asks: Asks, flow: AgentFlow, plan: str, body: dict[str, object] | None = None) -> str:
    """The id of a run of this plan, which has come as far as it can by itself."""
    await asks("POST", "/v1/agents/clerk/plans", 201, {"source": plan})
    run = await asks("POST", "/v1/runs", 201, {"agent": "clerk", **(body or {})})
    async for now in (await flow.runs.get(run["id"])).watch(follow=True):
        if now.status not in ("queued", "running"):
            break
    return str(run["id"])


async def test_a_run_is_started_looked_into_and_forgotten(asks: Asks, flow: AgentFlow) -> None:
    run = await started(asks, flow, READS, {"payload": {"id": "17"}, "id": "order-17"})
    assert (await asks("GET", f"/v1/runs/{run}", 200))["result"] == {"id": "17", "total": 120}
    [step] = (await asks("GET", f"/v1/runs/{run}/steps", 200))["items"]
    assert (step["key"], step["state"]) == ("load#1", "done")
    assert [one["kind"] for one in (await asks("GET", f"/v1/runs/{run}/history", 200))["items"]] == ["start", "outcome"]
    assert [one["n"] for one in (await asks("GET", f"/v1/runs/{run}/history?after=0", 200))["items"]] == [1]
    assert (await asks("GET", f"/v1/runs/{run}/plan", 200))["source"] == READS
    assert (await asks("GET", f"/v1/runs/{run}/graph", 200))["nodes"][0]["name"] == "load"
    assert (await asks("GET", f"/v1/runs/{run}/wants", 200))["items"] == []
    assert (await asks("GET", "/v1/runs/-/counts", 200))["completed"] == 1
    assert (await asks("POST", f"/v1/runs/{run}/restart", 200, {"from": "load"}))["generation"] == 2
    assert await asks("DELETE", f"/v1/runs/{run}", 204) is None
    assert "there is no run order-17" in (await asks("GET", f"/v1/runs/{run}", 404))["detail"]


async def test_a_question_is_listed_and_decided_only_with_the_digest_that_was_seen(asks: Asks, flow: AgentFlow) -> None:
    run = await started(asks, flow, REFUNDS, {"payload": {"id": "17"}})
    [question] = (await asks("GET", f"/v1/approvals?status=pending&run={run}", 200))["items"]
    place = f"/v1/approvals/{question['id']}"
    assert (await asks("GET", place, 200))["calls"] == [{"tool": "payments.refund", "args": {"id": "17"}}]
    await asks("POST", f"{place}/decision", 412, {"action": "approve", "digest": "another"})
    for action in ("happened", "not_happened"):  # it has not been called yet
        told = await asks("POST", f"{place}/decision", 422, {"action": action, "value": None})
        assert "cannot be decided this way" in told["detail"]
    said = {"action": "approve", "digest": question["digest"], "comment": "fine"}
    assert (await asks("POST", f"{place}/decision", 200, said))["decided_by"] == "local"
    assert await (await flow.runs.get(run)).result() == "refunded 17"


@pytest.mark.parametrize(
    ("said", "status"), [({"action": "answer", "value": "red"}, "answered"), ({"action": "reject"}, "rejected")]
)
async def test_a_question_of_a_plan_is_answered_or_rejected(
    asks: Asks, flow: AgentFlow, said: dict[str, str], status: str
) -> None:
    run = await started(asks, flow, ASKS)
    [question] = (await asks("GET", f"/v1/approvals?run={run}", 200))["items"]
    assert (await asks("POST", f"/v1/approvals/{question['id']}/decision", 200, said))["status"] == status


async def test_one_question_is_decided_as_strictly_as_many(asks: Asks, flow: AgentFlow) -> None:
    """Arguments that a rejection brings along are refused both ways, and not passed over."""
    run = await started(asks, flow, REFUNDS, {"payload": {"id": "17"}})
    [question] = (await asks("GET", f"/v1/approvals?run={run}", 200))["items"]
    said = {"action": "reject", "args": {"id": "18"}}
    alone = await asks("POST", f"/v1/approvals/{question['id']}/decision", 422, said)
    many = await asks("POST", "/v1/approvals/decisions", 200, {"decisions": [{"id": question["id"], **said}]})
    assert "arguments are edited by who approves" in alone["detail"]
    assert [one["problem"]["detail"] for one in many["items"]] == [alone["detail"]]
    assert (await asks("GET", f"/v1/approvals/{question['id']}", 200))["status"] == "pending"


async def test_a_run_is_controlled_and_gets_events(asks: Asks, flow: AgentFlow) -> None:
    run = await started(asks, flow, WAITS + "        # waits")
    for verb in ("pause", "resume"):
        await asks("POST", f"/v1/runs/{run}/{verb}", 200)
    sent = await asks("POST", f"/v1/runs/{run}/events", 201, {"type": "go", "payload": {"$decimal": "1.50"}})
    assert sent["id"].startswith("event_")
    assert str(await (await flow.runs.get(run)).result()) == "1.50"
    told = await asks("POST", f"/v1/runs/{run}/cancel", 409, {"rollback": True})
    assert (told["type"], told["title"]) == ("urn:agentflow:error:Conflict", "Conflict")
    await asks("POST", f"/v1/runs/{run}/rollback", 409)


async def test_a_goal_is_planned_reviewed_and_approved(asks: Asks, flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(READS))
    asked = {"agent": "clerk", "goal": "Look at order 17.", "payload": {"id": "17"}, "plan_only": True}
    goal = await asks("POST", "/v1/goals", 201, asked)
    await (await flow.goals.get(goal["id"])).plan()
    planned = await asks("GET", f"/v1/goals/{goal['id']}", 200)
    assert (planned["status"], planned["attempts"][0]["source"]) == ("planned", READS)
    run = await asks("POST", f"/v1/goals/{goal['id']}/approve", 200)
    assert run["goal"] == goal["id"]
    assert [one["id"] for one in (await asks("GET", "/v1/goals?agent=clerk", 200))["items"]] == [goal["id"]]
    await asks("POST", f"/v1/goals/{goal['id']}/reject", 409, {"comment": "too late"})
    await asks("POST", f"/v1/goals/{goal['id']}/cancel", 409)


async def test_a_plan_that_is_refused_tells_its_findings(asks: Asks) -> None:
    told = await asks("POST", "/v1/agents/clerk/plans", 422, {"source": BROKEN})
    assert told["type"] == "urn:agentflow:error:PlanRefused"
    [checked] = (await asks("POST", "/v1/plans/check", 200, {"source": BROKEN, "agent": "clerk"}))["findings"]
    assert told["findings"] == [checked]
    everything = await asks("POST", "/v1/plans/check", 200, {"source": READS})
    assert (everything["findings"], everything["blob"], everything["entry"]) == ([], None, "Plan")


async def test_lists_go_on_where_they_ended(asks: Asks) -> None:
    await asks("POST", "/v1/agents/clerk/plans", 201, {"source": WAITS})
    runs = [{"id": f"run-{number}", "payload": {"n": number}} for number in range(3)]
    assert len((await asks("POST", "/v1/runs/batch", 201, {"agent": "clerk", "runs": runs}))["items"]) == 3
    first = await asks("GET", "/v1/runs?limit=2", 200)
    rest = await asks("GET", f"/v1/runs?limit=2&cursor={first['next']}", 200)
    assert {one["id"] for one in first["items"] + rest["items"]} == {"run-0", "run-1", "run-2"}
    assert rest["next"] is None
    assert await asks("POST", "/v1/runs/prune", 200, {"older_than": "1 day", "dry_run": True}) == {"runs": 0}


async def test_a_schedule_is_made_paused_run_and_forgotten(asks: Asks) -> None:
    await asks("POST", "/v1/agents/clerk/plans", 201, {"source": WAITS})
    asked = {"agent": "clerk", "name": "nightly", "cron": "0 3 * * *", "payload": {"n": 1}}
    made = await asks("POST", "/v1/schedules", 201, asked)
    assert await asks("GET", "/v1/schedules/clerk/nightly", 200) == made
    assert (await asks("POST", "/v1/schedules/clerk/nightly/pause", 200))["paused"]
    assert not (await asks("POST", "/v1/schedules/clerk/nightly/resume", 200))["paused"]
    assert (await asks("POST", "/v1/schedules/clerk/nightly/run", 201))["payload"] == {"n": 1}
    assert len((await asks("GET", "/v1/schedules?agent=clerk", 200))["items"]) == 1
    assert await asks("DELETE", "/v1/schedules/clerk/nightly", 204) is None


async def test_agents_plans_and_tools_are_shown(asks: Asks) -> None:
    await asks("POST", "/v1/agents/clerk/plans", 201, {"source": READS})
    assert (await asks("GET", "/v1/agents/clerk/plans/1", 200))["sha256"]
    assert (await asks("GET", "/v1/agents/clerk/plans/newest/graph", 200))["nodes"]
    assert len((await asks("GET", "/v1/agents/clerk/plans", 200))["items"]) == 1
    await asks("POST", "/v1/agents/clerk/plans", 201, {"source": WAITS})
    differing = await asks("GET", "/v1/agents/clerk/plans/1/diff/2", 200)
    assert (differing["before"], differing["diff"][1]) == ("clerk@1", "+++ clerk@2")
    assert differing["changes"]["steps"]["removed"] == ["do 'load'"]
    assert "payments.refund" in [one["name"] for one in (await asks("GET", "/v1/tools", 200))["items"]]
    assert await asks("GET", "/v1/tools/secrets", 200) == {}
    assert len((await asks("GET", "/v1/workers", 200))["items"]) == 1
    assert (await asks("POST", "/v1/agents/clerk/archive", 200))["archived_at"]
    assert (await asks("GET", "/v1/agents", 200))["items"] == []
    assert (await asks("GET", "/v1/agents/clerk", 200))["name"] == "clerk"
