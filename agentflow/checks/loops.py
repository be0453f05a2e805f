"""AF5: waiting and loops: only steps wait, and a loop has an end."""

from __future__ import annotations

from .check import error

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
)
