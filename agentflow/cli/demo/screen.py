"""How the demo looks: headings, steps and source code, in colour at a terminal and plain elsewhere."""

from __future__ import annotations

import asyncio
import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from .news import Line, Mark

WIDTH = 80
INDENT = 3
NAMES = 28
"""Characters for the name of a step."""
MOMENT = 0.8
"""Seconds before a heading."""

_MARKS: dict[Mark, tuple[str, str, str]] = {
    "done": ("✓", "+", "green"),
    "failed": ("✗", "x", "red"),
    "open": ("…", ".", "yellow"),
}
"""Each mark, what stands for it where there is no Unicode, and its colour."""


class Screen:
    """Standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._console.width = min(self._console.width, WIDTH)
        self._unicode = self._console.encoding.startswith("utf")
        self._spinner = self._console.status("", spinner="dots" if self._unicode else "line")
        self._headings = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.doing(None)

    @property
    def asks(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and sys.stdout.isatty()

    def title(self, text: str, note: str) -> None:
        """The first line."""
        self._console.print(Text.assemble((text, "bold"), "  ", (note, "dim")))

    async def heading(self, text: str) -> None:
        """What comes next; at a terminal after a moment, so that it can be followed."""
        if self._console.is_terminal:
            await asyncio.sleep(MOMENT)
        self._headings += 1
        self._console.print()
        self._console.print(Text(f"{self._headings}  {text}", "bold cyan"))

    def say(self, text: str = "", style: str = "", *, indent: int = INDENT) -> None:
        """A line or a short paragraph."""
        for line in Text(text, style).wrap(self._console, self._console.width - indent):
            line.rstrip()
            self._console.print(Text(" " * indent) + line)

    def gap(self) -> None:
        """An empty line."""
        self._console.print()

    def fact(self, name: str, value: str) -> None:
        """A name and its value."""
        self._line((f"{name:<9}", "dim"), value)

    def step(self, line: Line) -> None:
        """What happened to a step."""
        self._line(self._mark(line.mark), f" {line.step:<{NAMES}}", (line.note, "dim"))

    def check(self, kept: bool, promise: str, found: str) -> None:
        """A promise and whether it was kept."""
        self._line(self._mark("done" if kept else "failed"), " ", promise)
        if not kept:
            self.say(f"found: {found}", "red", indent=INDENT + 2)

    def source(self, source: str) -> None:
        """A plan with line numbers."""
        code = source.rstrip("\n")
        if self._console.is_terminal:
            shown = Syntax(code, "python", line_numbers=True, theme="ansi_dark", background_color="default")
            self._console.print(Padding(shown, (0, 0, 0, 1)))
            return
        for number, line in enumerate(code.splitlines(), 1):
            self._console.print(Text(f"{number:>5} {line}".rstrip()), soft_wrap=True)

    def ask(self, text: str) -> None:
        """Print a question; the answer is typed behind it."""
        self._console.print(" " * INDENT + f"[bold]{escape(text)}[/bold] ", end="")
        self._console.file.flush()

    def doing(self, text: str | None) -> None:
        """Show what is under way with something that moves, at a terminal; None: nothing is."""
        if text is not None and self._console.is_terminal:
            self._spinner.update(Text(text, "dim"))
            self._spinner.start()
        else:
            self._spinner.stop()

    def _mark(self, mark: Mark) -> tuple[str, str]:
        sign, plain, colour = _MARKS[mark]
        return (sign if self._unicode else plain, colour)

    def _line(self, *parts: str | tuple[str, str]) -> None:
        """One line, cut where it is too long."""
        self._console.print(Text.assemble(" " * INDENT, *parts), no_wrap=True, overflow="ellipsis")
