"""AF1: the frame of a plan: its class, its `run`, its module, its names."""

from __future__ import annotations

from .check import error

CHECKS = (
    error(
        "AF101",
        "one-workflow",
        wrong="The plan does not have exactly one class that inherits from Workflow, made without arguments.",
        why="""The engine makes an object of that class for each run and calls its `run`. With none there is
            nothing to run, and with two nobody can tell which is meant.""",
        bad="""
            class Plan:
                async def run(self, event, step):
                    return event.payload
            """,
        good="""
            from agentflow import Workflow

            class Plan(Workflow):
                async def run(self, event, step):
                    return event.payload
            """,
    ),
    error(
        "AF102",
        "run-method",
        wrong="The workflow class does not have exactly one `async def run(self, event, step)`.",
        why="""`event` is what started the run, and `step` is the only way to do anything that lasts. Both are
            handed over by position, on every replay, so their names and their number are fixed.""",
        bad="""
            from agentflow import Workflow

            class Plan(Workflow):
                def run(self, event):
                    return event.payload
            """,
        good="""
            from agentflow import Workflow

            class Plan(Workflow):
                async def run(self, event, step):
                    return event.payload
            """,
    ),
    error(
        "AF103",
        "effect-when-loaded",
        wrong="The module does something when it is loaded.",
        why="""A module is loaded again for each activation, in an order and as often as the engine likes. What it
            does then is no step: it is not stored, not retried, and not part of any run.""",
        bad="""
            from agentflow import Workflow

            LIMITS = []
            LIMITS.append(100)

            class Plan(Workflow):
                async def run(self, event, step):
                    return event.payload
            """,
        good="""
            from agentflow import Workflow

            LIMITS = [100]

            class Plan(Workflow):
                async def run(self, event, step):
                    return event.payload["total"] <= LIMITS[0]
            """,
    ),
    error(
        "AF104",
        "undefined-name",
        wrong="A name is read that nothing in the plan defines or imports.",
        why="""It would be a `NameError`, perhaps only after months, in the one branch that nobody tried.""",
        bad="""
            return math.floor(event.payload["total"])
            """,
        good="""
            import math
            from agentflow import Workflow

            class Plan(Workflow):
                async def run(self, event, step):
                    return math.floor(event.payload["total"])
            """,
    ),
)
