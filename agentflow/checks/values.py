"""AF8, second part: what values are, and where they go."""

from __future__ import annotations

from .check import error

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
)
