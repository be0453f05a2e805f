"""Which block each kind of node is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..records import Graph, Node
from .boxes import (
    LARGE,
    PAD,
    SMALL,
    Block,
    Column,
    Group,
    Path,
    Rect,
    Shape,
    Words,
    beside,
    framed,
    placed,
    shifted,
    stack,
)
from .labels import label
from .measure import width, wrapped
from .rows import forked

_WIDEST = 260.0
_NARROWEST = 96.0
_JUMPS = frozenset({"return", "raise", "break", "next", "continue"})


def picture(graph: Graph) -> Block:
    """The whole plan, from its start to its end."""
    body = [_block(node) for node in graph.nodes]
    last = [_pill("more than is shown", "end"), _pill("end", "end")] if graph.cut else [_pill("end", "end")]
    return stack([_pill("start", "start"), *body, *last])


def _block(node: Node) -> Block:
    if node.kind in _JUMPS:
        return _jump(node)
    return _BLOCKS.get(node.kind, _step)(node) if node.parts else _step(node)


def _sequence(nodes: Sequence[Node]) -> Block:
    return stack([_block(node) for node in nodes])


# single nodes


def _step(node: Node) -> Block:
    """A box with a name and, below it, what else is known."""
    said = label(node)
    word = "" if said.word == "do" or not said.name else said.word
    title = wrapped(said.name or said.word, LARGE, _WIDEST, 2, bold=True)
    notes = wrapped(" ".join(part for part in (word, said.note) if part), SMALL, _WIDEST, 3)
    widths = [width(line, LARGE, bold=True) for line in title] + [width(line, SMALL) for line in notes]
    wide = max(_NARROWEST, *widths) + 2 * PAD
    high = 16.0 + 17 * len(title) + 15 * len(notes)
    shapes: list[Shape] = [Rect(0, 0, wide, high, f"node {_look(node)}")]
    shapes += [Words(wide / 2, 20 + 17 * n, line, "name") for n, line in enumerate(title)]
    shapes += [Words(wide / 2, 19 + 17 * len(title) + 15 * n, line, "note") for n, line in enumerate(notes)]
    return Block(wide, high, wide / 2, True, (Group(node, tuple(shapes)),))


def _look(node: Node) -> str:
    risky = " risky" if node.kind in ("do", "function") and any(use.risk == "high" for use in node.calls) else ""
    return f"{node.kind}{risky}"


def _jump(node: Node) -> Block:
    block = _pill(label(node).name or "begin anew", node.kind)
    return Block(block.width, block.height, block.axis, False, (Group(node, block.shapes),))


def _pill(text: str, look: str) -> Block:
    line = wrapped(text, SMALL, _WIDEST, 1)[0]
    wide = width(line, SMALL) + 2 * PAD
    return Block(wide, 24, wide / 2, True, (Rect(0, 0, wide, 24, f"pill {look}"), Words(wide / 2, 16, line, "note")))


# frames


def _branch(node: Node) -> Block:
    """A question, and its ways side by side; a way without anything passes by."""
    head = _question(node)
    ways = beside([Column(_short(part.label), _sequence(part.nodes)) for part in node.parts])
    left = max(0.0, head.axis - ways.axis)
    ways = shifted(ways, left)
    wide = max(ways.width, ways.axis + head.width - head.axis)
    shapes = (*placed(head, ways.axis - head.axis, 0), *placed(ways, 0, head.height))
    return Block(wide, head.height + ways.height, ways.axis, ways.goes_on, shapes)


def _question(node: Node) -> Block:
    lines = wrapped(label(node).name, SMALL, _WIDEST, 2)
    wide = max(width(line, SMALL) for line in lines) + 2 * PAD + 12
    high = 14.0 + 15 * len(lines)
    shapes: list[Shape] = [Rect(0, 0, wide, high, "question")]
    shapes += [Words(wide / 2, 19 + 15 * n, line, "note") for n, line in enumerate(lines)]
    return Block(wide, high, wide / 2, True, (Group(node, tuple(shapes)),))


def _loop(node: Node) -> Block:
    """A frame with a line back to its top, on the right."""
    inner = _parts(node)
    framed_ = framed(node, _title(node), inner, "loop", right=14)
    x, low, high = framed_.width - PAD, framed_.height - PAD / 2, 30.0
    back = Path(((framed_.axis, low), (x, low), (x, high), (framed_.axis + 5, high)), "back", arrow=True)
    ends = (back,) if inner.goes_on else ()
    return Block(framed_.width, framed_.height, framed_.axis, True, (*framed_.shapes, *ends))


def _inside(node: Node) -> Block:
    block = framed(node, _title(node), _parts(node), node.kind)
    goes_on = block.goes_on or node.kind == "helper"
    return Block(block.width, block.height, block.axis, goes_on, block.shapes)


def _side_by_side(node: Node) -> Block:
    columns = [Column(_short(part.label), _sequence(part.nodes)) for part in node.parts if part.nodes or part.label]
    inner = forked(columns) if len(columns) > 1 else beside(columns) if columns else stack([])
    return framed(node, _title(node), inner, node.kind, forks=len(columns) > 1)


def _map(node: Node) -> Block:
    """A frame on other frames: the same for each item."""
    block = framed(node, _title(node), _parts(node), "map")
    behind = Rect(5, 5, block.width, block.height, "frame map")
    return Block(block.width + 5, block.height + 5, block.axis, True, (behind, *block.shapes))


def _try(node: Node) -> Block:
    """What is tried, beside it what is done about each error, and below what is done in any case."""
    columns = [
        Column(_short(part.label), _sequence(part.nodes), "error" if n else "flow")
        for n, part in enumerate(node.parts)
        if part.label != "finally"
    ]
    inner = beside(columns) if len(columns) > 1 else columns[0].block
    last = [part for part in node.parts if part.label == "finally"]
    if last:
        inner = stack([inner, _pill("in any case", "finally"), _sequence(last[0].nodes)])
    return framed(node, _title(node), inner, "try", forks=len(columns) > 1)


def _parts(node: Node) -> Block:
    return stack([_block(one) for part in node.parts for one in part.nodes])


def _title(node: Node) -> str:
    said = label(node)
    text = " ".join(part for part in (said.word, said.name, said.note) if part)
    return (wrapped(text, SMALL, 1.6 * _WIDEST, 1, bold=True) or [""])[0]


def _short(text: str) -> str:
    return (wrapped(text, SMALL, 140, 1) or [""])[0]


_BLOCKS: Mapping[str, Callable[[Node], Block]] = {
    "branch": _branch, "loop": _loop, "map": _map, "try": _try, "timeout": _inside, "helper": _inside,
    "gather": _side_by_side, "race": _side_by_side,
}  # fmt: skip
