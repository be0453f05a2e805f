"""AF8, second part: what values are, and where they go."""

from __future__ import annotations

from .check import error, warning

CHECKS = (
    error(
        "AF821",
        "not-json",
        wrong="A result or an argument is no JSON.",
        why="""Whatever is stored or leaves the run is JSON, with datetime, Decimal and bytes. A set, a function, an
            object, a date, NaN or a key that is no string fails the run at that place.""",
        bad="""
            tags = set(event.payload["tags"])
            return {"tags": tags}
            """,
        good="""
            tags = set(event.payload["tags"])
            return {"tags": sorted(tags)}
            """,
    ),
    warning(
        "AF822",
        "secret-in-source",
        wrong="A text in the plan looks like a password or a key.",
        why="""The source is stored, shown to reviewers and given to models. A tool has its key in agentflow.toml and
            adds it itself, so that no plan needs to know it.""",
        bad="""
            await step.do("note", tools.crm.update(customer="17", fields={"api_key": "q8Zr1vXw0LkTn5Yb"}))
            """,
        good="""
            await step.do("note", tools.crm.update(customer="17", fields={"name": "Ada"}))
            """,
    ),
    warning(
        "AF823",
        "sensitive-in-the-open",
        wrong="What a sensitive step gave is shown: in a step's name, a message, a question, another step's call.",
        why="""`sensitive=True` hides arguments and result of that step alone. A name that is made from them, or a call
            that passes them on, stands in the history for everybody who may read the run.""",
        bad="""
            card = await step.do("card", tools.files.read(path="card"), sensitive=True)
            await step.do("tell", tools.mail.send(to="a@x.org", subject="Card", body=card["number"]))
            """,
        good="""
            card = await step.do("card", tools.files.read(path="card"), sensitive=True)
            await step.do("tell", tools.mail.send(to="a@x.org", subject="Card", body=card["number"]), sensitive=True)
            """,
    ),
)
