"""AF95: what a trial of the plan shows, with stand-ins for its tools and for the people whom it asks."""

from __future__ import annotations

from .check import error

CHECKS = (
    error(
        "AF951",
        "fails-in-trial",
        wrong="On one of its ways the plan fails by an error of its own.",
        why="""Before its first run a plan is tried out: tools answer what their schemas say, people agree, refuse and
            say nothing, events come or not, steps fail for which the plan is ready. What then fails by an error of the
            plan's own code would fail in a run, when half of the work is done. Errors that may come of made-up values
            are not held against it.""",
        bad="""
            try:
                order = await step.do("load", tools.orders.get(id="17"))
            except StepFailed:
                await step.do("say so", tools.chat.post(channel="shop", text="There is no order 17."))
            return order["total"]
            """,
        good="""
            try:
                order = await step.do("load", tools.orders.get(id="17"))
            except StepFailed:
                await step.do("say so", tools.chat.post(channel="shop", text="There is no order 17."))
                return None
            return order["total"]
            """,
        tried=True,
    ),
)
