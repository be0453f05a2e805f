"""AF8, first part: what differs from one process to the next, and what is not there for the next run."""

from __future__ import annotations

from .check import error, warning

CHECKS = (
    error(
        "AF801",
        "address-order",
        wrong="The order of a set of functions, or with None in it, is seen.",
        why="""Such elements are ordered by where they lie in memory, which differs in each process: a replay starts
            other steps than the run did, and the run is parked as diverged.""",
        bad="""
            for name in {None, "mail", "chat"}:
                await step.progress(f"by {name}")
            """,
        good="""
            for name in ["mail", "chat", None]:
                await step.progress(f"by {name}")
            """,
    ),
    warning(
        "AF802",
        "set-order",
        wrong="The order of a set is seen by a step, a list or a text.",
        why="""The order of a set is arbitrary. That of strings and numbers is the same on every replay; with None or an
            object among them it need not be. A sorted list says what is meant.""",
        bad="""
            owners = {row["owner"] for row in event.payload["rows"]}
            for owner in owners:
                await step.progress(owner)
            """,
        good="""
            owners = {row["owner"] for row in event.payload["rows"]}
            for owner in sorted(owners):
                await step.progress(owner)
            """,
    ),
    error(
        "AF803",
        "address-in-text",
        wrong="A function, a generator or a coroutine is written into a text.",
        why="""Its text is an address, which nobody can use, and which differs in each process. Mostly it was to be
            called, awaited or joined.""",
        bad="""
            def total():
                return 5

            await step.progress(f"the total is {total}")
            """,
        good="""
            def total():
                return 5

            await step.progress(f"the total is {total()}")
            """,
    ),
    warning(
        "AF804",
        "forgotten-state",
        wrong="Something is kept in the module, in a class or in a default.",
        why="""Each run has a module and classes of its own, so what is counted or collected there is gone when the run
            ends. A default is one object for all calls of its function.""",
        bad="""
            from agentflow import Workflow

            class Plan(Workflow):
                runs = 0

                async def run(self, event, step):
                    Plan.runs += 1
                    return Plan.runs
            """,
        good="""
            runs = event.payload["runs"] + 1
            return runs
            """,
    ),
)
