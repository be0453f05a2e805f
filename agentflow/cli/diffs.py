"""agentflow plan diff: what a version of a plan has otherwise than another, in its source and in what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import chop_cells, set_cell_size
from rich.text import Text

from ..comparing import blocks, lines
from ..errors import UsageError
from ..graph.diff import Version, between
from ..wording import visible
from .given import agent_version
from .session import Session, command, stdout, width
from .text import hanging

if TYPE_CHECKING:
    from ..app import AgentFlow, AgentHandle

Before = Annotated[str, typer.Argument(metavar="AGENT@N", help="The version before.", show_default=False)]
After = Annotated[str, typer.Argument(metavar="AGENT@M", help="The version after.", show_default=False)]
Beside = Annotated[
    bool | None,
    typer.Option(
        "--side-by-side/--unified", help="Both sources in columns, as in a wide terminal; or one below the other."
    ),
]

WIDE = 140
"""Columns from which on a terminal shows both sources beside each other."""
_NARROWEST = 60
_NUMBER = 5
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_BETWEEN = Text(" │ ", "dim")


@command
async def diff(session: Session, before: Before, after: After, side_by_side: Beside = None) -> None:
    """What has changed between two versions: line by line, and in words what that means."""
    async with session.existing() as flow:
        old, new = await _found(flow, before), await _found(flow, after)
    told, columns = between(old, new), width()
    wide = stdout().is_terminal and columns >= WIDE if side_by_side is None else side_by_side
    shown = beside(old, new, max(columns or WIDE, _NARROWEST)) if wide else drawn(told.diff)
    session.show(asdict(told), [*shown, "", *sentences(told.words)])


async def read(agent: AgentHandle, number: int) -> Version:
    """This version of an agent's plan. Raises `NotFound`."""
    return Version(f"{agent.name}@{number}", await agent.plan(number), await agent.graph(number))


def drawn(lines: Sequence[str]) -> list[Text]:
    """A unified diff for a terminal."""
    return [Text(visible(line), _style(line, n)) for n, line in enumerate(lines)] or [Text("the source is the same")]


def beside(before: Version, after: Version, columns: int) -> list[Text]:
    """Both sources in this many columns, each line beside the one that took its place."""
    old, new, half = lines(before.plan.source), lines(after.plan.source), (columns - _BETWEEN.cell_len) // 2
    if old == new:
        return [Text("the source is the same")]
    shown = [*_row(half, ([before.name], "bold"), ([after.name], "bold"))]
    for block in blocks(old, new):
        if block.kind == "gap":
            many = len(block.new)
            shown.append(Text(f"... {many} line{'s are' if many > 1 else ' is'} the same", "dim"))
            continue
        gone, come = ("", "") if block.kind == "same" else ("red", "green")
        for i, k in zip_longest(block.old, block.new):
            shown += _row(half, (_cell(old, i, half), gone), (_cell(new, k, half), come))
    return shown


def sentences(said: Sequence[str]) -> list[Text]:
    """Sentences at the terminal's width."""
    return [part for one in said for part in hanging(Text(visible(one)), width())]


def _cell(source: Sequence[str], n: int | None, width: int) -> list[str]:
    """A line with its number, as many lines of the terminal as it needs; none where there is no such line."""
    if n is None:
        return []
    parts = chop_cells(visible(source[n].expandtabs(4)), width - _NUMBER) or [""]
    return [f"{n + 1 if i == 0 else '':>{_NUMBER - 1}} {part}" for i, part in enumerate(parts)]


def _row(half: int, left: tuple[list[str], str], right: tuple[list[str], str]) -> Iterator[Text]:
    for one, other in zip_longest(left[0], right[0], fillvalue=""):
        line = Text.assemble((set_cell_size(one, half), left[1]), _BETWEEN, (other, right[1]))
        line.rstrip()
        yield line


def _style(line: str, n: int) -> str:
    return "bold" if n < 2 else _COLOURS.get(line[:1], "")


async def _found(flow: AgentFlow, what: str) -> Version:
    name, number = agent_version(what)
    if number is None:
        raise UsageError(f"{what!r} names no version: write {name}@1 for the first")
    return await read(await flow.agents.get(name), number)
