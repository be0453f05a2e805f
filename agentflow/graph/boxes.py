"""Boxes in boxes: the layout of a graph whose source is structured, so that nothing has to be searched for.

A block is a picture of its own with one line of flow that comes in at the top of its axis and goes out at the bottom.
Blocks are stacked, put side by side, and framed; each of these makes a block again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..records import Node
from .measure import width

GAP = 22.0
"""Between two nodes, one below the other: room for an arrow."""
AISLE = 20.0
"""Between columns."""
STUB = 7.0
"""How far a line goes down before it turns."""
PAD = 12.0
SMALL, LARGE = 11.0, 13.0
"""Font sizes."""


class Rect(NamedTuple):
    """A box; its look is a class of the style sheet."""

    x: float
    y: float
    width: float
    height: float
    look: str


class Path(NamedTuple):
    """A line through points, with an arrow at its end or without."""

    points: tuple[tuple[float, float], ...]
    look: str = "flow"
    arrow: bool = False


class Words(NamedTuple):
    """A line of text; `x` is its middle, or its beginning where it is not centred."""

    x: float
    y: float
    text: str
    look: str
    centred: bool = True


class Group(NamedTuple):
    """What belongs to a node of the graph."""

    node: Node
    shapes: tuple[Shape, ...]


Shape = Rect | Path | Words | Group


@dataclass(frozen=True, slots=True)
class Block:
    """A picture, where the line of flow runs through it, and whether that goes on below."""

    width: float
    height: float
    axis: float
    goes_on: bool
    shapes: tuple[Shape, ...]


def moved(shape: Shape, x: float, y: float) -> Shape:
    """A shape somewhere else."""
    match shape:
        case Path(points=points):
            return shape._replace(points=tuple((px + x, py + y) for px, py in points))
        case Group(shapes=shapes):
            return shape._replace(shapes=tuple(moved(one, x, y) for one in shapes))
    return shape._replace(x=shape.x + x, y=shape.y + y)


def placed(block: Block, x: float, y: float) -> list[Shape]:
    """The shapes of a block at a place."""
    return [moved(shape, x, y) for shape in block.shapes]


def stack(blocks: Sequence[Block]) -> Block:
    """Blocks below each other on one axis, with arrows between them; nothing is a line that passes."""
    if not blocks:
        return Block(16, GAP, 8, True, (Path(((8, 0), (8, GAP))),))
    axis = max(block.axis for block in blocks)
    shapes: list[Shape] = []
    y = 0.0
    for n, block in enumerate(blocks):
        if n and blocks[n - 1].goes_on:
            shapes.append(Path(((axis, y), (axis, y + GAP)), arrow=True))
        y += GAP if n else 0
        shapes += placed(block, axis - block.axis, y)
        y += block.height
    wide = axis + max(block.width - block.axis for block in blocks)
    return Block(wide, y, axis, blocks[-1].goes_on, tuple(shapes))


def framed(node: Node, title: str, inner: Block, look: str, *, right: float = 0.0, forks: bool = False) -> Block:
    """A block in a frame with a title; `right` is room on its right side. What forks has arrows of its own."""
    head = 24.0
    wide = max(inner.width + right + 2 * PAD, width(title, SMALL, bold=True) + 2 * PAD)
    left = PAD + max(0.0, (wide - inner.width - right - 2 * PAD) / 2)
    high = head + GAP / 2 + inner.height + PAD
    box = (Rect(0, 0, wide, high, f"frame {look}"), Words(PAD, 16, title, f"title {look}", centred=False))
    axis = left + inner.axis
    lines: list[Shape] = [Path(((axis, head - 2), (axis, head + GAP / 2)), arrow=not forks)]
    if inner.goes_on:
        lines.append(Path(((axis, high - PAD), (axis, high))))
    return Block(wide, high, axis, inner.goes_on, (Group(node, box), *lines, *placed(inner, left, head + GAP / 2)))


class Column(NamedTuple):
    """One of several ways: what it is called, what is in it, and the look of the line that leads there."""

    label: str
    block: Block
    look: str = "flow"


def beside(columns: Sequence[Column], *, fork: bool = False) -> Block:
    """Ways side by side. The line of flow comes in on the axis, forks to them and joins again."""
    label_room = 18.0 if any(column.label for column in columns) else 0.0
    top = GAP + label_room
    wide = [_room(column) for column in columns]
    starts = [sum(wide[:n]) + AISLE * n for n in range(len(columns))]
    axes = [start + column.block.axis for start, column in zip(starts, columns, strict=True)]
    axis = axes[0] if _leans(columns) else (axes[0] + axes[-1]) / 2
    deepest = max(column.block.height for column in columns)
    bottom = top + deepest + GAP
    shapes: list[Shape] = [Path(((min(axes), 0), (max(axes), 0)), "bar")] if fork else []
    for column, x, start in zip(columns, axes, starts, strict=True):
        begin = ((x, 0.0),) if fork or x == axis else ((axis, 0.0), (axis, STUB), (x, STUB))
        shapes.append(Path((*begin, (x, top)), column.look, arrow=not _passes(column.block)))
        if column.label:
            shapes.append(Words(x + 6, label_room + 3, column.label, f"label {column.look}", centred=False))
        shapes += placed(column.block, start, top)
        if column.block.goes_on:
            shapes.append(Path(((x, top + column.block.height), (x, bottom), *(() if fork else ((axis, bottom),)))))
    if fork:
        shapes.append(Path(((min(axes), bottom), (max(axes), bottom)), "bar"))
    goes_on = any(column.block.goes_on for column in columns)
    return Block(starts[-1] + wide[-1], bottom, axis, goes_on, tuple(shapes))


def _room(column: Column) -> float:
    """The width of a column; its label stands on the right of its line."""
    return max(column.block.width, column.block.axis + width(column.label, SMALL) + 10)


def _leans(columns: Sequence[Column]) -> bool:
    """Is there one way with something in it, and one that passes by or ends in an error?"""
    return len(columns) > 1 and all(column.look == "error" or _passes(column.block) for column in columns[1:])


def _passes(block: Block) -> bool:
    return len(block.shapes) == 1 and isinstance(block.shapes[0], Path)


def shifted(block: Block, left: float) -> Block:
    """A block with more room on its left."""
    return replace(block, width=block.width + left, axis=block.axis + left, shapes=tuple(placed(block, left, 0.0)))
