"""Plays a scenario on an AgentFlow for tests: time moves from one thing that is due to the next, until the run ends."""

from __future__ import annotations

from typing import Any

from agentflow.app import AgentHandle, ApprovalHandle
from agentflow.records import FINISHED, Approval
from agentflow.settings import duration
from agentflow.testing import TestFlow, TestRun

from .scenario import PLANS, Person, Scenario

NEVER = float("inf")


async def play(flow: TestFlow, scenario: Scenario) -> TestRun:
    """Start a run of the scenario's plan, let happen what is to happen, and give the run that has ended."""
    run = await flow.run(scenario.path, scenario.payload, agent=await _cast(flow, scenario))
    start, coming = flow.clock.now(), sorted(scenario.events, key=lambda event: event.seconds)
    while (await _rested(flow, run)).record.status not in FINISHED:
        now = flow.clock.now()
        asked = [(one, scenario.person(one.record)) for one in await flow.approvals.pending()]
        if coming and start + coming[0].seconds <= now:
            event = coming.pop(0)
            await run.send(event.type, event.payload)
        elif ready := [(one, person) for one, person in asked if _moment(one.record, person) <= now]:
            await _decide(*ready[0])
        else:
            moments = [_moment(one.record, person) for one, person in asked]
            await _until_next(flow, run, [*moments, *(start + event.seconds for event in coming)])
    return run


async def _cast(flow: TestFlow, scenario: Scenario) -> AgentHandle:
    """The agents of the scenario: those that it delegates to, with their plans, and its own."""
    for name, file in scenario.crew.items():
        other = await flow.agent(name, tools=scenario.tools)
        await other.register((PLANS / "crew" / file).read_text(encoding="utf-8"))
    return await flow.agent("planner", tools=scenario.tools, agents=tuple(scenario.crew))


async def _rested(flow: TestFlow, run: TestRun) -> TestRun:
    await flow.settle()
    await run.refresh()
    return run


async def _until_next(flow: TestFlow, run: TestRun, moments: list[float]) -> None:
    """Let time pass until what comes first: something of the run, or somebody from outside."""
    due = await flow._next_due()
    next_ = min([*moments, NEVER if due is None else due])
    assert next_ < NEVER, f"nothing will ever move {run.record.status} {run.record.reason}"
    await flow._move(next_)


def _moment(asked: Approval, person: Person) -> float:
    """When a person decides a question."""
    return NEVER if person.say == "nothing" else asked.created_at + duration(person.after)


async def _decide(asked: ApprovalHandle, person: Person) -> None:
    match asked.record.kind, person.say:
        case _, "reject":
            await asked.reject(person.value)
        case "ask", _:
            await asked.answer(_answer(asked.record, person))
        case "outcome", _:
            await asked.not_happened("looked after it")
        case _:
            await asked.approve(person.value)


def _answer(asked: Approval, person: Person) -> Any:
    """What the scenario says; else the first choice, or a yes."""
    if person.say == "answer":
        return person.value
    schema = asked.schema or {}
    return schema["enum"][0] if "enum" in schema else True if schema.get("type") == "boolean" else "yes"
