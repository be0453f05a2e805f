"""What the models took that a run's tools asked: of a step, and of all that another generation does not have. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..engine import Item
from ..records import Json, Run, Spent, total


def taken(body: Json) -> list[Spent]:
    """What models were asked for in an attempt, by its outcome."""
    return [Spent(**answer) for answer in body.get("usage", ())]


def carried(run: Run, lost: Iterable[Spent]) -> Spent:
    """What the next generation of a run is to know of those before it: `lost` is what its history will not have."""
    before = [Spent(**run.spent_before)] if run.spent_before else []
    return total([*before, *lost])


def lost(items: Iterable[Item]) -> list[Spent]:
    """What was spent on outcomes that are not taken over."""
    return [answer for item in items if item.kind == "outcome" for answer in taken(item.body)]
