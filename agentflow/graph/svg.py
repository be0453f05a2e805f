"""The graph of a plan as an SVG document: a file by itself, or a part of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import dist

from ..records import Graph, Node
from .boxes import Group, Path, Rect, Shape, Words
from .labels import label
from .picture import picture
from .progress import Mark
from .style import STYLE

MARGIN = 16.0
_Point = tuple[float, float]
_ROUND = {"pill": 12.0, "node": 6.0, "frame": 8.0, "question": 14.0}


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the nodes of a picture lead, as a part of a page: the addresses by node, and the node that is chosen."""

    to: Mapping[str, str]
    chosen: str | None = None


def svg(graph: Graph, title: str, marks: Mapping[str, Mark] | None = None, ways: Ways | None = None) -> str:
    """The picture of a graph; `marks` say how a run went. All text in it is a plan's, and escaped.

    With `ways` it is a part of a page: it has no style of its own (`style.PAGE` is that), and its nodes are links.
    """
    block = picture(graph)
    wide, high = (round(side + 2 * MARGIN) for side in (block.width, block.height))
    shapes = "\n".join(_shape(shape, marks or {}, ways) for shape in block.shapes)
    style, role = (f"<style>{STYLE}</style>\n", "img") if ways is None else ("", "group")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="agentflow" role="{role}" width="{wide}" height="{high}"'
        f' viewBox="{-MARGIN:g} {-MARGIN:g} {wide} {high}">\n<title>{_safe(title)}</title>\n{style}'
        f'<rect class="paper" x="{-MARGIN:g}" y="{-MARGIN:g}" width="{wide}" height="{high}"/>\n{shapes}\n</svg>\n'
    )


def _shape(shape: Shape, marks: Mapping[str, Mark], ways: Ways | None = None) -> str:
    match shape:
        case Rect(x, y, wide, high, look):
            round_ = _ROUND[look.split()[0]]
            box = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'
            return f'<rect class="{look}" {box} rx="{round_:g}"/>'
        case Path(points, look, arrow):
            return f'<path class="{look}" d="{_way(points)}"/>{_tip(*points[-2:]) if arrow else ""}'
        case Words(x, y, text, look, centred):
            anchor = ' text-anchor="middle"' if centred else ""
            return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}"{anchor}>{_safe(text)}</text>'
    return _group(shape, marks, ways)


def _tip(before: _Point, end: _Point) -> str:
    """The head of an arrow. It is no marker, since that has an id: of two pictures on a page, the second would be drawn
    with the heads of the first, and with none where the first is hidden."""
    right, down = ((to - at) / dist(before, end) for at, to in zip(before, end, strict=True))
    (x, y), side, low = end, _HALF * down, _HALF * right
    back, up = x - _LONG * right, y - _LONG * down
    corners = ((back - side, up + low), (x + right, y + down), (back + side, up - low))
    return f'<path class="tip" d="{_way(corners)}z"/>'


def _way(points: Sequence[_Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


_LONG, _HALF = 8.5, 5.0
"""How long the head of an arrow is, and half of its width."""


def _group(group: Group, marks: Mapping[str, Mark], ways: Ways | None) -> str:
    node, shapes = group
    mark, told = marks.get(node.id), _safe(_told(node, marks.get(node.id)))
    chosen = ways is not None and ways.chosen == node.id
    inner = "".join(_shape(shape, marks) for shape in shapes)
    look = f"kind-{node.kind}" + (f" is-{mark.state}" if mark else "") + (" is-chosen" if chosen else "")
    head = f'<g id="{_safe(node.id)}" class="{look}" data-line="{node.line}">'
    drawn = f"{head}<title>{told}</title>{inner}{_count(shapes[0], mark)}</g>"
    if ways is None or node.id not in ways.to:
        return drawn
    here = ' aria-current="true"' if chosen else ""
    return f'<a href="{_safe(ways.to[node.id])}" aria-label="{told}"{here}>{drawn}</a>'


def _count(box: Shape, mark: Mark | None) -> str:
    """How many steps a node was, at its upper right corner."""
    if mark is None or mark.times < 2 or not isinstance(box, Rect):
        return ""
    return _shape(Words(box.x + box.width - 10, box.y - 4, f"x{mark.times}", "count"), {})


def _told(node: Node, mark: Mark | None) -> str:
    """What is shown of a node where somebody points at it: nothing of it is cut."""
    said = label(node)
    words = " ".join(part for part in (said.word, said.name) if part)
    lines = f"line {node.line}" if node.line == node.end else f"lines {node.line} to {node.end}"
    state = f"{mark.state}, {mark.times} times" if mark and mark.times > 1 else mark.state if mark else ""
    return "; ".join(part for part in (words, said.note, lines, state) if part)


def _safe(text: str) -> str:
    """Text that XML takes and that shows itself: nothing in it is markup, a control character or turns the reading."""
    return escape("".join(sign if sign.isprintable() else "\ufffd" for sign in text))
