"""agentflow plan graph: what a plan does, as a tree for the terminal, a picture or data."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ..errors import PlanRefused, UsageError
from ..graph.edges import edges
from ..graph.mermaid import mermaid
from ..graph.progress import Mark, progress
from ..graph.svg import svg
from ..graph.tree import Line, lines
from ..graph.words import abilities
from ..records import FINISHED, Graph, StepView
from ..wording import visible
from . import findings
from .given import agent_version, file_text, is_file, plan_of, write_file
from .session import Session, command, width
from .text import hanging, json_text

if TYPE_CHECKING:
    from ..app import AgentFlow, RunHandle


class Format(StrEnum):
    """How a graph is shown."""

    TEXT = "text"
    SVG = "svg"
    MERMAID = "mermaid"
    JSON = "json"


What = Annotated[
    str | None, typer.Argument(metavar="AGENT[@N] | FILE", help="A plan, or a file with one.", show_default=False)
]
For = Annotated[str | None, typer.Option("--agent", metavar="AGENT", help="Read FILE with the tools of this agent.")]
OfRun = Annotated[str | None, typer.Option("--run", metavar="RUN", help="The plan of this run, and how far it came.")]
As = Annotated[
    Format | None,
    typer.Option("--format", help="How it is shown; else as text, or what --out ends in.", show_default=False),
]
Into = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it there; a picture if it ends in .svg.")
]

_COLOURS = {"done": "green", "failed": "red", "open": "yellow", "skipped": "dim"}
_RISKY = "bold red"
_WORD = "cyan"
NONE = "this plan has no graph: it does not pass today's checks; see `agentflow plan check`"

Marks = Mapping[str, Mark]


@command
async def graph(
    session: Session,
    what: What = None,
    agent: For = None,
    run: OfRun = None,
    format: As = None,
    out: Into = None,
) -> None:
    """What a plan does, in which order, and what it can do at most: read from its source, without running it."""
    title, found, tools, marks = await _found(session, what, agent, run)
    said = abilities(found, tools)
    form = _form(format, out, as_json=session.as_json)
    if form == Format.SVG:
        _write(svg(found, title, marks), out)
    elif form == Format.MERMAID:
        _write(mermaid(found, marks), out)
    elif form == Format.JSON:
        _write(json_text({"plan": title, **document(found, marks), "abilities": said}) + "\n", out)
    elif out is not None:
        _write("\n".join(line.plain for line in [*drawn(found, marks, 0), Text(), *map(Text, said)]) + "\n", out)
    else:
        session.say(title)
        words = [part for one in said for part in hanging(Text(visible(one)), width())]
        session.show(None, [*drawn(found, marks, width()), "", *words])


def _form(named: Format | None, out: Path | None, *, as_json: bool) -> Format:
    """The one that is named; else what --json or the file's name asks for."""
    if as_json and named in (None, Format.TEXT):
        return Format.JSON
    return named or (Format.SVG if out is not None and out.suffix == ".svg" else Format.TEXT)


def _write(text: str, out: Path | None) -> None:
    """To a file, or to standard output."""
    if out is None:
        sys.stdout.write(text)
    else:
        write_file(out, text)


def document(graph: Graph, marks: Marks) -> dict[str, Any]:
    """A graph as data: nodes in nodes, the edges between them, and where a run is on them."""
    states = {id: mark._asdict() for id, mark in marks.items()}
    return {**asdict(graph), "edges": [edge._asdict() for edge in edges(graph)], "states": states}


def drawn(graph: Graph, marks: Marks, most: int) -> list[Text]:
    """A graph as lines of that width, 0 for any; how a run went is told by colour and by a word."""
    return [part for line in lines(graph) for part in _shown(line, marks, most)]


async def _found(
    session: Session, what: str | None, agent: str | None, run: str | None
) -> tuple[str, Graph, Sequence[str], Marks]:
    """A title, the graph, the tools that the plan names, and how far a run came."""
    if (what is None) == (run is None):
        raise UsageError("name one plan: AGENT, AGENT@N, a FILE that ends in .py, or --run RUN")
    of_file = is_file(what)
    if agent is not None and not of_file:
        raise UsageError(
            "--agent is for a FILE that ends in .py: a registered plan is drawn with its own agent's tools"
        )
    if run is not None:
        async with session.existing() as flow:
            handle = await flow.runs.get(run)
            tools = (await handle.plan()).tools
            found, marks = await of_run(handle, await handle.steps())
            return f"run {run}: {handle.status}", found, tools, marks
    if of_file:
        return await _of_file(session, Path(str(what)), agent)
    async with session.existing() as flow:
        return await _of_agent(session, flow, str(what))


async def of_run(handle: RunHandle, steps: Sequence[StepView]) -> tuple[Graph, Marks]:
    """The graph of a run's plan, and how far the run came with these steps."""
    graph = await handle.graph()
    if graph is None:
        raise PlanRefused(NONE)
    return graph, progress(graph, steps, over=handle.status in FINISHED)


async def _of_agent(session: Session, flow: AgentFlow, what: str) -> tuple[str, Graph, Sequence[str], Marks]:
    name, number = agent_version(what)
    owner = await flow.agents.get(name)
    plan = await plan_of(session, owner, number)
    graph = await owner.graph(plan.number)
    if graph is None:
        raise PlanRefused(NONE)
    return f"{name}@{plan.number}", graph, plan.tools, {}


async def _of_file(session: Session, file: Path, agent: str | None) -> tuple[str, Graph, Sequence[str], Marks]:
    source = file_text(file)
    async with session.for_file(agent) as (flow, owner):
        compiled = await (owner or flow).check(source)
    if compiled.graph is None:
        raise PlanRefused(f"no graph is drawn of a plan with errors: {findings.first(compiled.findings, str(file))}")
    return str(file), compiled.graph, compiled.tools, {}


def _shown(line: Line, marks: Marks, most: int) -> list[Text]:
    """A line of the tree; what does not fit beside a name stands below it."""
    mark = marks.get(line.node.id) if line.node else None
    style = _COLOURS.get(mark.state, "") if mark else ""
    word, name = (f"{line.label.word} " if line.label.word else ""), visible(line.label.name)
    first = Text.assemble((line.branches, "dim"), (word, style or _WORD), (name, style))
    first.rstrip()
    if mark:
        first.append(f"  {_told(mark)}", style)
    if not line.label.note:
        return [_cut(first, most)]
    note = Text(visible(line.label.note), _RISKY if "high risk" in line.label.note else "dim")
    if not most or first.cell_len + note.cell_len + 2 <= most:
        return [Text.assemble(first, "  ", note)]
    below = line.branches.replace("├─ ", "│  ").replace("└─ ", "   ")
    inner = "│    " if line.node and line.node.parts else "     "
    return [_cut(first, most), _cut(Text.assemble((below + inner, "dim"), note), most)]


def _told(mark: Mark) -> str:
    return f"{mark.state} {mark.times} times" if mark.times > 1 else mark.state


def _cut(line: Text, most: int) -> Text:
    if most:
        line.truncate(most, overflow="ellipsis")
    return line
