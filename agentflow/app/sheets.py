"""The audit log as lines of CSV, which a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from ..guest.values import canonical
from ..records import Act

_COLUMNS = ("n", "at", "tenant", "who", "key", "channel", "verb", "thing", "details", "digest")
_FORMULAS = ("=", "+", "-", "@")
"""What begins so, a spreadsheet would work out."""


def row(act: Act) -> str:
    """One act as a line."""
    at = datetime.fromtimestamp(act.at, UTC).isoformat()
    told = (act.tenant, act.who, act.key or "", act.channel, act.verb, act.thing, canonical(act.details), act.digest)
    return _line([str(act.n), at, *map(_harmless, told)])


def _harmless(cell: str) -> str:
    """A cell that is one line of text to every spreadsheet and terminal."""
    shown = cell if cell.isprintable() else "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in cell)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULAS) else shown


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()


HEAD = _line(_COLUMNS)
"""The first line."""
