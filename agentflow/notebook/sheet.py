"""One thing as it is shown: its lines for a terminal, and its HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..cli.session import stdout
from .markup import Html, join, soft, tag
from .style import ROOT, STYLE

if TYPE_CHECKING:
    from rich.text import Text

COLUMNS = 100
"""Of text that no terminal limits."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A thing in both forms."""

    lines: Sequence[Text]
    html: Html
    note: str = ""
    """Why it may have changed meanwhile."""

    def bundle(self) -> dict[str, Any]:
        """By the kind of content, as Jupyter asks for it."""
        note = tag("p", soft(self.note)) if self.note else ""
        style = tag("style", Html(STYLE))
        return {"text/plain": self._text(), "text/html": str(tag("div", style, self.html, note, cls=ROOT))}

    def _text(self) -> str:
        console = stdout()
        with console.capture() as said:
            for line in self.lines:
                console.print(line, soft_wrap=True)
            if self.note:
                console.print(self.note, soft_wrap=True)
        return said.get().rstrip("\n")


def columns() -> int:
    """How wide a table of text may be."""
    console = stdout()
    return console.width if console.is_terminal else COLUMNS


def head(title: str, *said: str) -> Html:
    """What a thing is, and how it stands."""
    return tag("div", tag("b", title), *(join([Html(" "), one]) for one in said if one), cls="head")
