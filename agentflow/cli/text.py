"""Text for a terminal: safe to print whoever wrote it, values as people read them, columns that keep ids whole."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from ..guest.values import decode
from ..records import Json
from ..wording import untagged, visible

Cell = str | Text

_SHORTEST = 12
"""Cells that a cut column keeps at least."""

STYLES = {
    "completed": "green",
    "done": "green",
    "started": "green",
    "approved": "green",
    "answered": "green",
    "planned": "green",
    "active": "green",
    "sent": "green",
    "failed": "red",
    "undelivered": "red",
    "refused": "red",
    "rejected": "red",
    "expired": "red",
    "revoked": "red",
    "suspended": "red",
    "sandbox": "yellow",
    "error": "red",
    "unknown": "red",
    "waiting": "yellow",
    "asking": "yellow",
    "review": "yellow",
    "pending": "yellow",
    "paused": "yellow",
    "held": "yellow",
    "retrying": "yellow",
    "warning": "yellow",
    "running": "cyan",
    "planning": "cyan",
    "sleeping": "blue",
}
"""How a state looks wherever it is shown."""


def one_line(text: object) -> str:
    """Text on one line."""
    return visible(" ".join(str(text).split()))


def state(word: str) -> Text:
    """A status or a state, in its colour."""
    return Text(word, STYLES.get(word, ""))


def json_text(document: Json, *, indent: int | None = 2, ascii_only: bool = False) -> str:
    """A JSON document as text."""
    return visible(json.dumps(document, indent=indent, ensure_ascii=ascii_only))


def value(document: Json) -> str:
    """A stored value as people read it, on one line: `49.90` rather than the tag of a decimal."""
    decoded = decode(document)
    if isinstance(decoded, Decimal | datetime | bytes):
        return untagged(decoded)
    return visible(json.dumps(decoded, ensure_ascii=False, default=untagged))


def lines_of(document: Json) -> str:
    """A stored value as people read it; a text of several lines keeps them, each behind a bar."""
    if isinstance(document, str) and "\n" in document:
        return "\n".join(f"| {line}" for line in visible(document).split("\n"))
    return value(document)


def facts(pairs: Iterable[tuple[str, Cell | None]], *, indent: int = 2) -> list[Text]:
    """Names and what they are, aligned; what is None or empty is left out, further lines stand under the first."""
    given = [(name, said if isinstance(said, Text) else Text(visible(said))) for name, said in pairs if said]
    width = max((cell_len(name) for name, _ in given), default=0)
    lines: list[Text] = []
    for name, said in given:
        for i, part in enumerate(said.split("\n", allow_blank=False)):
            label = set_cell_size(name if i == 0 else "", width)
            lines.append(Text.assemble(" " * indent, (label, "dim"), "  ", part))
    return lines


def hanging(line: Text, width: int) -> list[Text]:
    """A line broken between words at this width, 0 for none; what goes on stands further in than what began."""
    if not width:
        return [line]
    indent = " " * (len(line.plain) - len(line.plain.lstrip()) + 2)
    first, *others = line.wrap(Console(width=width), width - len(indent))
    return [first, *(Text(indent) + other for other in others)]


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    width: int = 0,
    cut: int | None = None,
    wrap: int | None = None,
) -> list[Text]:
    """Rows under a head. Where a width is given and does not suffice, column `cut` is shortened or column `wrap` goes
    on in the next line: never another one, so that ids stay whole."""
    cells = [[_flat(cell) for cell in row] for row in rows]
    titles = [Text(title.upper(), "bold") for title in head]
    widths = [max(cell.cell_len for cell in column) for column in zip(titles, *cells, strict=True)]
    flexible = cut if wrap is None else wrap
    if flexible is not None and width:
        spare = width - sum(widths) - 2 * (len(widths) - 1)
        widths[flexible] = max(min(_SHORTEST, widths[flexible]), widths[flexible] + min(spare, 0))
    lines = [titles, *(line for row in cells for line in _wrapped(row, wrap, widths))]
    return [_row(line, widths) for line in lines]


def _wrapped(row: Sequence[Text], column: int | None, widths: Sequence[int]) -> list[list[Text]]:
    """A row as one or several lines."""
    if column is None:
        return [list(row)]
    parts = textwrap.wrap(row[column].plain, widths[column]) or [""]
    blank = [Text()] * len(row)
    return [
        [*(row if i == 0 else blank)[:column], Text(part), *(row if i == 0 else blank)[column + 1 :]]
        for i, part in enumerate(parts)
    ]


def _flat(cell: Cell) -> Text:
    return cell if isinstance(cell, Text) else Text(one_line(cell))


def _row(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    line = Text("  ").join(_sized(cell, size) for cell, size in zip(cells, widths, strict=True))
    line.rstrip()
    return line


def _sized(cell: Text, size: int) -> Text:
    sized = cell.copy()
    sized.truncate(size, overflow="ellipsis", pad=True)
    return sized


def numbered(source: str) -> list[Text]:
    """A source with the numbers of its lines."""
    return [Text.assemble((f"{n:>4}  ", "dim"), visible(line, "\t")) for n, line in enumerate(source.splitlines(), 1)]
