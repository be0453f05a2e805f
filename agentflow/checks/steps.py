"""AF3: what is built is also run: tool calls by steps, and steps by being awaited."""

from __future__ import annotations

from .check import error

CHECKS = (
    error(
        "AF301",
        "tool-call-without-step",
        wrong="A tool call is built, but no step runs it.",
        why="""`tools.mail.send(...)` is an inert description. Nothing happens until a step runs it: only a step is
            stored, retried, and skipped when the run is replayed.""",
        bad="""
            await tools.pager.page(person="ada", message="It burns.")
            """,
        good="""
            await step.do("call somebody", tools.pager.page(person="ada", message="It burns."))
            """,
    ),
    error(
        "AF302",
        "step-not-awaited",
        wrong="A step is made, but not awaited.",
        why="""A step starts when it is awaited or handed to `gather`, `map` or `race`. Before that its name stands
            for something to wait for, and not for a result.""",
        bad="""
            order = step.do("load", tools.orders.get(id="17"))
            return order["total"]
            """,
        good="""
            order = await step.do("load", tools.orders.get(id="17"))
            return order["total"]
            """,
    ),
)
