"""agentflow plan diff: what a version of a plan has otherwise than another, in its source and in what it does."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ..errors import UsageError
from ..graph.changes import changes, words
from ..records import Graph, PlanVersion
from ..wording import visible
from .given import agent_version
from .session import Session, command, width
from .text import hanging

if TYPE_CHECKING:
    from ..app import AgentFlow, AgentHandle

Before = Annotated[str, typer.Argument(metavar="AGENT@N", help="The version before.", show_default=False)]
After = Annotated[str, typer.Argument(metavar="AGENT@M", help="The version after.", show_default=False)]

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@command
async def diff(session: Session, before: Before, after: After) -> None:
    """What has changed between two versions: line by line, and in words."""
    async with session.existing() as flow:
        told = between(await _found(flow, before), await _found(flow, after))
    session.show(told, [*drawn(told["diff"]), "", *sentences(told["words"])])


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a plan, and what it does."""

    name: str
    plan: PlanVersion
    graph: Graph | None
    """None where today's checks refuse it."""


async def read(agent: AgentHandle, number: int) -> Version:
    """This version of an agent's plan. Raises `NotFound`."""
    return Version(f"{agent.name}@{number}", await agent.plan(number), await agent.graph(number))


def between(before: Version, after: Version) -> dict[str, Any]:
    """What has changed between two versions, as a document."""
    was, now = [one.plan.source.splitlines() for one in (before, after)]
    lines = difflib.unified_diff(was, now, before.name, after.name, lineterm="")
    told: dict[str, Any] = {"from": before.name, "to": after.name, "diff": [*lines]}
    if before.graph is None or after.graph is None:
        return {**told, "changes": None, "words": []}
    found = changes(before.graph, after.graph)
    return {**told, "changes": asdict(found), "words": words(found)}


def drawn(lines: Sequence[str]) -> list[Text]:
    """A unified diff for a terminal."""
    return [Text(visible(line), _style(line, n)) for n, line in enumerate(lines)] or [Text("the source is the same")]


def sentences(said: Sequence[str]) -> list[Text]:
    """Sentences at the terminal's width."""
    return [part for one in said for part in hanging(Text(visible(one)), width())]


def _style(line: str, n: int) -> str:
    return "bold" if n < 2 else _COLOURS.get(line[:1], "")


async def _found(flow: AgentFlow, what: str) -> Version:
    name, number = agent_version(what)
    if number is None:
        raise UsageError(f"{what!r} names no version: write {name}@1 for the first")
    return await read(await flow.agents.get(name), number)
