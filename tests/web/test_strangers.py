"""Whoever may do everything in another tenant is told of our things what is told of things that are none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from agentflow.app import AgentFlow
from agentflow.records import Principal
from agentflow.roles import ALL

from ..fakes.office import REFUNDS
from ..fakes.waiting import until

BODIES: dict[str, Any] = {
    "POST /v1/agents/{agent}/plans": {"source": REFUNDS},
    "POST /v1/agents/{agent}/rollback": {"to": 1},
    "POST /v1/agents/{agent}/migrate": {"to": 1},
    "POST /v1/plans/check": {"source": REFUNDS, "agent": "{agent}"},
    "POST /v1/goals": {"agent": "{agent}", "goal": "Pay everybody."},
    "POST /v1/goals/{goal}/plan": {"source": REFUNDS},
    "POST /v1/goals/{goal}/changes": {"comment": "No."},
    "POST /v1/runs": {"agent": "{agent}"},
    "POST /v1/runs/batch": {"agent": "{agent}", "runs": [{"id": "other"}]},
    "POST /v1/runs/{run}/events": {"type": "go"},
    "POST /v1/runs/{run}/migrate": {"to": 1},
    "POST /v1/approvals/decisions": {"decisions": [{"id": "{approval}", "action": "approve"}]},
    "POST /v1/approvals/{approval}/decision": {"action": "approve"},
    "POST /v1/approvals/{approval}/revise": {"comment": "No."},
    "POST /v1/schedules": {"agent": "{agent}", "name": "weekly", "cron": "0 3 * * 1"},
}
"""What is sent along; names of ours stand in it as in a path."""
NAMES = ("agent", "goal", "run", "approval", "key", "name", "tenant", "channel")
"""What a path or a query may ask for that belongs to somebody."""
ANSWERED = {
    "GET /v1/approvals?run={run}", "GET /v1/notices?approval={approval}", "GET /v1/notices?goal={goal}",
    "POST /v1/approvals/decisions",
}  # fmt: skip
"""What is answered with an empty list, or each by itself."""
FOR_THE_HOUSE = {"POST /v1/tenants/{tenant}/suspend", "POST /v1/tenants/{tenant}/resume"}
UNKNOWN = "nobody"
FIXED = {"version": "1", "number": "1", "other": "1"}


def questions(document: dict[str, Any]) -> Iterator[str]:
    """Each operation that names something, as `METHOD /path?query`."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            asked = f"{method.upper()} {path}"
            if "{" in path or asked in BODIES:
                yield asked
            for one in operation.get("parameters", []):
                if one["in"] == "query" and one["name"] in NAMES:
                    yield f"{asked}?{one['name']}={{{one['name']}}}"


def filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@pytest.fixture
async def ours(flow: AgentFlow) -> dict[str, str]:
    """The names of what there is here: a run that waits for a person, the goal it is of, a schedule, a key."""
    clerk = await flow.agents.create("clerk", model="offline:none", tools=["*"], review="never")
    await clerk.register(REFUNDS)
    run = await clerk.start({"id": "17"}, id="run-of-ours")
    goal = await clerk.submit("Read it.", plan_only=True)
    await clerk.schedule("nightly", cron="0 3 * * *")
    await flow.keys.create("anna", roles=["viewer"])
    await flow.tenants.create("acme")
    await flow.tenants.create("beta")

    async def asked() -> bool:
        return bool(await flow.approvals.pending())

    await until(asked)
    [question] = await flow.approvals.pending()
    more = {"key": "anna", "name": "nightly", "tenant": "beta", "channel": "ops"}
    return {"agent": "clerk", "goal": goal.id, "run": run.id, "approval": question.id, **more}


async def test_of_what_is_ours_a_stranger_is_told_what_is_told_of_what_nobody_has(
    flow: AgentFlow, app: FastAPI, client: httpx2.AsyncClient, ours: dict[str, str]
) -> None:
    eve = await flow.acting_as(Principal("eve", "acme")).keys.create("eve", roles=ALL)

    async def told(question: str, names: dict[str, str]) -> tuple[int, str]:
        method, path = filled(question, names).split(" ")
        body = BODIES.get(question)
        sent = {"json": json.loads(filled(json.dumps(body), names))} if body else {}
        headers = {"authorization": f"Bearer {eve.secret}"}
        answer = await client.request(method, path, headers=headers, **sent)
        said = answer.text
        for name in set(names.values()) - set(FIXED.values()):
            said = said.replace(name, UNKNOWN)
        return answer.status_code, said

    asked = list(questions(app.openapi()))
    assert {*BODIES, *FOR_THE_HOUSE, *ANSWERED} <= set(asked)
    for question in asked:
        theirs = await told(question, {**ours, **FIXED})
        assert theirs == await told(question, {**dict.fromkeys(ours, UNKNOWN), **FIXED}), question
        status = 200 if question in ANSWERED else 403 if question in FOR_THE_HOUSE else 404
        assert theirs[0] == status, (question, theirs)

    assert len(await flow.approvals.pending()) == 1
    assert [one.status for one in await flow.runs.list()] == ["waiting"]
    assert [one.verb for one in await flow.acting_as(Principal("eve", "acme")).audit.list()] == ["keys.create"]
    assert [key.name for key in await flow.keys.list()] == ["anna"]
