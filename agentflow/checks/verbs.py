"""AF6, first part: what `step`, events and approvals have, and what they are given."""

from __future__ import annotations

from .check import error

CHECKS = (
    error(
        "AF602",
        "unknown-field",
        wrong="`step` has no such verb, or an event or an approval has no such field.",
        why="""It would be an `AttributeError` in the run. Often there is a verb or a field with another name, and
            the finding says which.""",
        bad="""
            await step.wait("a day", "1 day")
            return event["order_id"]
            """,
        good="""
            await step.sleep("a day", "1 day")
            return event.payload["order_id"]
            """,
    ),
    error(
        "AF603",
        "verb-arguments",
        wrong="A verb of `step` is given what it cannot take.",
        why="""Names, number and literal values of the arguments can be read in the source. A wrong one fails the
            run at that step, on every replay.""",
        bad="""
            await step.sleep("a while", "3 fortnights")
            """,
        good="""
            await step.sleep("a while", "42 days")
            """,
    ),
)
