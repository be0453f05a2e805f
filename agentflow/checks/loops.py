"""AF5: waiting and loops: only steps wait, and a loop has an end."""

from __future__ import annotations

from .check import error, warning

CHECKS = (
    error(
        "AF501",
        "blocking-sleep",
        wrong="The plan sleeps without a step.",
        why="""A sleep that is a step is a row with a time: it survives restarts and holds no process. Any other
            would hold the plan's process, and would be slept again on every replay.""",
        bad="""
            import asyncio
            from agentflow import Workflow

            class Plan(Workflow):
                async def run(self, event, step):
                    await asyncio.sleep(3600)
            """,
        good="""
            await step.sleep("an hour", "1 hour")
            """,
    ),
    error(
        "AF502",
        "endless-loop",
        wrong="Nothing in a loop waits, leaves it, or changes what it tests.",
        why="""A turn of a run ends when everything in it waits. This one never does: its process is killed when
            its time is over, and the run fails. The clock stands still while nothing waits.""",
        bad="""
            tries = 0
            while True:
                tries += 1
            """,
        good="""
            for tries in range(10):
                await step.sleep("a minute", "1 minute")
            return tries
            """,
    ),
    warning(
        "AF503",
        "polling",
        wrong="A loop asks the same of a tool in each round, and does not wait in between.",
        why="""It asks as fast as the tool answers, and each answer is a row of the run's history. A sleep costs
            nothing: the run is not even in memory meanwhile.""",
        bad="""
            state = {"done": False}
            while not state["done"]:
                state = await step.do("look", tools.deploy.status(service="shop"))
            """,
        good="""
            for attempt in range(60):
                state = await step.do("look", tools.deploy.status(service="shop"))
                if state["done"]:
                    break
                await step.sleep("wait", "1 minute")
            """,
        tools=True,
    ),
    warning(
        "AF504",
        "endless-run",
        wrong="The run goes round for ever, and its history grows with each round.",
        why="""On each wake the run is played again from its history. `step.continue_as_new` ends a round with an empty
            one, so that the hundred-thousandth is as quick as the first.""",
        bad="""
            while True:
                await step.do("look", tools.metrics.query(query="errors"))
                await step.sleep("wait", "1 hour")
            """,
        good="""
            await step.do("look", tools.metrics.query(query="errors"))
            await step.sleep("wait", "1 hour")
            await step.continue_as_new(event.payload)
            """,
    ),
)
