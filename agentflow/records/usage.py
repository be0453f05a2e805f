"""What models took, as plain data, and the sum of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer. Of `input`, `cached` were read from the provider's cache, and `written` into it."""

    input: int = 0
    output: int = 0
    cached: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Spent(Usage):
    """Tokens, and what they cost in US dollars: None where that is not known."""

    cost: float | None = None


def total(parts: Iterable[Spent]) -> Spent:
    """All of them together. What it cost is known only where it is of each."""
    each = list(parts)
    costs = [part.cost for part in each if part.cost is not None]
    return Spent(
        sum(part.input for part in each),
        sum(part.output for part in each),
        sum(part.cached for part in each),
        sum(part.written for part in each),
        sum(costs) if len(costs) == len(each) else None,
    )
