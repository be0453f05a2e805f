"""Many columns that start at the same time, in rows: pictures are read from top to bottom, and screens are narrow.

The bars of a fork and of its join are drawn for each row, and joined by a rail on the left and one on the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby
from math import ceil

from .boxes import AISLE, GAP, Block, Column, Path, Shape, beside, placed

WIDEST = 1100.0
"""About as wide is a row of several columns."""
_RAIL = 14.0


def forked(columns: Sequence[Column]) -> Block:
    """Columns side by side between two bars, in as many rows as are needed."""
    rows = [beside(row, fork=True) for row in _rows(columns)]
    if len(rows) == 1:
        return rows[0]
    axis = _RAIL + max(row.axis for row in rows)
    wide = axis + max(row.width - row.axis for row in rows) + _RAIL
    shapes: list[Shape] = []
    tops, bottoms, y = [], [], 0.0
    for row in rows:
        tops.append(y)
        bottoms.append(y + row.height)
        shapes += placed(row, axis - row.axis, y)
        shapes += [Path(((0, y), (axis, y)), "bar"), Path(((axis, y + row.height), (wide, y + row.height)), "bar")]
        y += row.height + GAP
    shapes += [Path(((0, tops[0]), (0, tops[-1]))), Path(((wide, bottoms[0]), (wide, bottoms[-1])))]
    return Block(wide, bottoms[-1], axis, any(row.goes_on for row in rows), tuple(shapes))


def _rows(columns: Sequence[Column]) -> list[list[Column]]:
    """The columns in as few rows as can be, of about the same width."""
    widths = [column.block.width + AISLE for column in columns]
    aim = sum(widths) / ceil(sum(widths) / WIDEST)
    middles = [end - wide / 2 for end, wide in zip(accumulate(widths), widths, strict=True)]
    found = groupby(zip(middles, columns, strict=True), key=lambda placed: placed[0] // aim)
    return [[column for _, column in row] for _, row in found]
