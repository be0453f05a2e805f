"""What plans may do here: functions of your own in the place of these."""

from __future__ import annotations

from agentflow import tool

ON_HAND = {"nails": 300, "screws": 120}


@tool(namespace="stock", effect="read")
def count(article: str) -> int:
    """How many there are of an article."""
    return ON_HAND.get(article, 0)
