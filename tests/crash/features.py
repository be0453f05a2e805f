"""Plans of which each has several of the things that last longer than a step, and what people do to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agentflow import AgentFlow
from agentflow.app import RunHandle

UNDONE = '''
from agentflow import Workflow, PlanFailed, StepTimeout, tools


class Undone(Workflow):
    """Do much, and take it back."""

    async def run(self, event, step):
        first = await step.do(
            "first", tools.shop.label(side="first"), rollback=lambda result: tools.shop.label(side="not " + result)
        )
        await step.do("second", tools.shop.pack(size=2), rollback=lambda result: tools.shop.label(side="not " + result))
        await step.rollback("first")
        name, value = await step.race(sleeps=step.sleep("short", 0.05), waits=step.wait_for_event("never", "never"))
        try:
            async with step.timeout(0.1):
                await step.wait_for_event("late", "never")
        except StepTimeout:
            name = name + "!"
        price = await step.do(
            "price", tools.shop.price(stock=1), retries={"delay": lambda attempt: attempt * 0.01},
            rollback=lambda result: tools.shop.label(side="price")
        )
        raise PlanFailed(f"{first} {name} {price}")
'''
"""A chain of rollbacks at the end of a failed run, `step.rollback`, a race, a block, a delay that is a function."""

HANDED = '''
from agentflow import Workflow, tools


class Handed(Workflow):
    """Have it done by another, and begin anew with what came of it."""

    async def run(self, event, step):
        if "parcel" in event.payload:
            word = await step.wait_for_event("word", "word")
            return [event.payload["parcel"], word.payload]
        await step.progress("handing over", 0.5)
        parcel = await step.delegate("ask", "helper", payload={"size": 3})
        await step.do("label", tools.shop.label(side=parcel))
        await step.continue_as_new({"parcel": parcel})
'''
HELPER = '''
from agentflow import Workflow, tools


class Help(Workflow):
    """Do a part."""

    async def run(self, event, step):
        await step.sleep("breath", 0.05)
        return await step.do("pack", tools.shop.pack(size=event.payload["size"]))
'''
"""Delegation, progress, another generation, and an event that came for the first one."""

TAKEN_BACK = '''
from agentflow import Workflow, tools


class TakenBack(Workflow):
    """Wait for somebody who cancels."""

    async def run(self, event, step):
        await step.do("first", tools.shop.label(side="a"), rollback=lambda result: tools.shop.label(side="not a"))
        await step.do("second", tools.shop.pack(size=1), rollback=lambda result: tools.shop.label(side="unpack"))
        await step.wait_for_event("word", "word")
'''
"""Cancelled with rollback, while it waits."""

AGAIN = '''
from agentflow import Workflow, tools


class Again(Workflow):
    """Begin again in the middle."""

    async def run(self, event, step):
        first = await step.do("first", tools.shop.pack(size=1))
        left, right = await step.gather(
            step.do("left", tools.shop.label(side="left")), step.do("right", tools.shop.label(side="right"))
        )
        word = await step.wait_for_event("word", "word")
        await step.sleep("rest", 0.05)
        return [first, left, right, word.payload]
'''
"""Restarted from `left`, while it waits."""


async def send(flow: AgentFlow, run: RunHandle) -> None:
    """What it waits for."""
    await run.send("word", "go")


async def take_back(flow: AgentFlow, run: RunHandle) -> None:
    """Cancel, and undo."""
    await run.cancel(rollback=True)


async def begin_again(flow: AgentFlow, run: RunHandle) -> None:
    """First from a step; then what it waits for."""
    if run.record.generation == 1:
        await run.restart("left")
    else:
        await run.send("word", "go")


@dataclass(frozen=True, slots=True)
class Feature:
    """A plan, and what is done to its run whenever it waits for an event, and is at rest."""

    name: str
    plan: str
    when_it_waits: Callable[[AgentFlow, RunHandle], Awaitable[None]]
    status: str


FEATURES = (
    Feature("undone", UNDONE, send, "failed"),
    Feature("handed", HANDED, send, "completed"),
    Feature("taken-back", TAKEN_BACK, take_back, "cancelled"),
    Feature("again", AGAIN, begin_again, "completed"),
)
