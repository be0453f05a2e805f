"""One thing as it is shown: its lines for a terminal, and its HTML."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from ..cli.session import stdout
from .markup import Html, join, soft, tag
from .style import ROOT, STYLE

COLUMNS = 100
"""Of text that no terminal limits."""
LINES = 2_000
"""Of text that are shown."""
LETTERS = 4_000
"""Of a line of text that are shown."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A thing in both forms."""

    lines: Sequence[Text | str]
    html: Html
    note: str = ""
    """Why it may have changed meanwhile."""

    def bundle(self) -> dict[str, Any]:
        """By the kind of content, as Jupyter asks for it."""
        note = tag("p", soft(self.note)) if self.note else ""
        style = tag("style", Html(STYLE))
        return {"text/plain": self._text(), "text/html": str(tag("div", style, self.html, note, cls=ROOT))}

    def _text(self) -> str:
        found = bounded(self.lines) + ([self.note] if self.note else [])
        lines = [one if isinstance(one, Text) else Text(one) for one in found]
        if not sys.stdout.isatty():  # a kernel asks for colours, and what it stores is read without
            return "\n".join(line.plain for line in lines)
        console = stdout()
        with console.capture() as said:
            for line in lines:
                console.print(line, soft_wrap=True)
        return said.get().rstrip("\n")


def bounded(lines: Sequence[Text | str]) -> list[Text | str]:
    """The first of many lines, and of long ones their beginning; what is left out is counted."""
    rest = len(lines) - LINES
    more = [f"and {rest:,} more lines"] if rest > 0 else []
    return [*(one if len(one) <= LETTERS else _cut(one) for one in lines[:LINES]), *more]


def _cut(line: Text | str) -> Text:
    return Text.assemble(line[:LETTERS], f"... and {len(line) - LETTERS:,} more letters")


def columns() -> int:
    """How wide a table of text may be."""
    return stdout().width if sys.stdout.isatty() else COLUMNS


def head(title: str, *said: str) -> Html:
    """What a thing is, and how it stands."""
    return tag("div", tag("b", title), *(join([Html(" "), one]) for one in said if one), cls="head")
