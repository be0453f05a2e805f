"""Figures of several repeats, their targets, and the table and document that show them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Figure:
    """One row: what was measured, in which unit, how often; verdicts are of the median."""

    name: str
    unit: str
    values: list[float]
    target: float | None = None
    less: bool = False
    """Whether less is better."""
    note: str = ""
    median: float = field(init=False)

    def __post_init__(self) -> None:
        self.median = statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """Whether the target is reached."""
        if self.target is None:
            return ""
        return "reached" if (self.median <= self.target if self.less else self.median >= self.target) else "missed"


def table(figures: Sequence[Figure]) -> str:
    """Rows in columns: minimum, median, maximum, target, verdict."""
    rows = [("", "unit", "min", "median", "max", "target", "", "")]
    for one in figures:
        spread = [_number(value) for value in (min(one.values), one.median, max(one.values))]
        target = "" if one.target is None else f"{'<=' if one.less else '>='} {_number(one.target)}"
        rows.append((one.name, one.unit, spread[0], spread[1], spread[2], target, one.verdict, one.note))
    widths = [max(len(row[column]) for row in rows) for column in range(8)]
    return "\n".join(_line(row, widths) for row in rows)


def write(figures: Sequence[Figure], facts: dict[str, str], file: Path) -> None:
    """The same as one JSON document."""
    rows = [{**asdict(one), "verdict": one.verdict} for one in figures]
    file.write_text(json.dumps({"facts": facts, "figures": rows}, indent=2) + "\n", encoding="utf-8")


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if column in (0, 1, 6, 7) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
