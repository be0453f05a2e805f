"""AF6, second part: how a plan deals with steps that fail."""

from __future__ import annotations

from .check import error, warning

CHECKS = (
    warning(
        "AF604",
        "swallowed-failure",
        wrong="Every failure of the steps in a `try` is caught and forgotten.",
        why="""A step that failed for good, a rejection, a wait that ran out: the run goes on as if all were well,
            and is shown as completed. Catch what you expect, and do something about it.""",
        bad="""
            try:
                await step.do("load", tools.orders.get(id="17"))
            except Exception:
                pass
            """,
        good="""
            try:
                await step.do("load", tools.orders.get(id="17"))
            except StepFailed as failure:
                return {"problem": failure.message}
            """,
    ),
    warning(
        "AF605",
        "timeout-caught-inside",
        wrong="A handler inside a `step.timeout` block waits for what is raised around the block.",
        why="""The block's time-out withdraws all that is open in it and is raised out of the block. A handler
            inside never sees it, so what it should do never happens.""",
        bad="""
            async with step.timeout("1 hour"):
                try:
                    await step.do("load", tools.orders.get(id="17"))
                except StepTimeout:
                    return "late"
            """,
        good="""
            try:
                async with step.timeout("1 hour"):
                    await step.do("load", tools.orders.get(id="17"))
            except StepTimeout:
                return "late"
            """,
    ),
    error(
        "AF606",
        "caught-cancellation",
        wrong="A handler waits for a cancellation, which no plan can catch.",
        why="""A run that is cancelled runs nothing of the plan any more: what is to be undone is stored with the
            steps (`rollback=`). Such a handler never runs.""",
        bad="""
            import asyncio
            from agentflow import Workflow, tools

            class Plan(Workflow):
                async def run(self, event, step):
                    try:
                        await step.do("load", tools.orders.get(id="17"))
                    except asyncio.CancelledError:
                        return "cancelled"
            """,
        good="""
            return await step.do("refund", tools.payments.refund(order_id="17", amount=5),
                                 rollback=lambda result: tools.payments.cancel(reference=result["reference"]))
            """,
    ),
    warning(
        "AF607",
        "retry-storm",
        wrong="A step is tried very often, at once, or after delays that grow beyond a month.",
        why="""Retries are for what passes by itself. A service that is down is not helped by being asked every second,
            and a delay that doubles twenty times outlasts everybody's patience.""",
        bad="""
            await step.do("load", tools.orders.get(id="17"), retries={"limit": 100, "delay": 0})
            """,
        good="""
            await step.do("load", tools.orders.get(id="17"), retries={"limit": 8, "delay": "1 minute"})
            """,
    ),
)
