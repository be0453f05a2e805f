"""agentflow plan: the code of agents, checked, registered, shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..errors import PlanRefused, UsageError
from ..graph.words import abilities
from ..records import PlanVersion, RunningRuns
from ..wording import age, visible
from . import diffs, findings, graphs, trying
from .checking import check
from .given import AgentName, AgentVersion, Comment, agent_version, file_text, plan_of
from .session import Session, command, stdout, width
from .text import Cell, facts, state, table
from .times import moment

app = typer.Typer(no_args_is_help=True, help="Plans: the code of agents, checked, registered, shown.")


File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A Python file, or - for standard input.", show_default=False)
]

Running = Annotated[
    RunningRuns,
    typer.Option("--running", metavar="pause|leave|cancel|rollback", help="What becomes of the runs that there are."),
]
_THEN = {
    "pause": "stand still",
    "leave": "go on",
    "cancel": "are asked to end",
    "rollback": "are asked to undo what they did, and end",
}

app.command()(check)


@app.command()
@command
async def register(session: Session, agent: AgentName, file: File) -> None:
    """Register code that somebody else wrote as the agent's next version."""
    source = file_text(file)
    async with session.existing() as flow:
        owner = await flow.agents.get(agent)
        before = {plan.number for plan in await owner.plans()}
        try:
            plan = await owner.register(source)
        except PlanRefused as refused:
            if session.as_json:
                found = [*map(findings.document, refused.findings)]
                session.show_json({"agent": agent, "file": str(file), "findings": found})
            raise PlanRefused(f"nothing was registered: {findings.first(refused.findings, str(file))}") from refused
    for line in findings.lines(plan.findings, str(file)):
        session.say(line)
    session.show(_document(plan, agent), [f"{agent}@{plan.number}"])
    if plan.number in before:
        session.say(f"this source is version {plan.number} of {agent} already")


@app.command("list")
@command
async def list_plans(session: Session, agent: AgentName) -> None:
    """All versions of an agent's code."""
    async with session.existing() as flow:
        plans = await (await flow.agents.get(agent)).plans()
    if not plans and not session.as_json:
        session.say(f"{agent} has no plan yet: {session.command(f'submit {agent} GOAL')}")
        return
    rows = [_row(plan, agent) for plan in plans]
    lines = table(("plan", "class", "status", "age", "sha256", "written by"), rows, cut=5, width=width())
    session.show([_document(plan, agent) for plan in plans], lines)


@app.command()
@command
async def show(session: Session, plan: AgentVersion) -> None:
    """The source of a plan: with line numbers at a terminal, as it is otherwise."""
    agent, number = agent_version(plan)
    async with session.existing() as flow:
        owner = await flow.agents.get(agent)
        found = await plan_of(session, owner, number)
        graph = await owner.graph(found.number)
    said = abilities(graph, found.tools) if graph else []
    if session.as_json:
        session.show_json({**_document(found, agent), "abilities": said})
        return
    for line in facts([*plan_facts(found, agent), ("can do", "\n".join(said))], indent=0):
        session.say(line)
    print_source(found.source)


@app.command()
@command
async def revoke(session: Session, plan: AgentVersion, comment: Comment = None, running: Running = "pause") -> None:
    """Take a version out of use for ever: no run of it starts; those that there are stand still."""
    agent, number = agent_version(plan)
    if number is None:
        raise UsageError(f"{plan!r} names no version: write it as {agent}@3")
    async with session.existing() as flow:
        revoked = await (await flow.agents.get(agent)).revoke(number, comment, running=running)
        session.show(_document(revoked, agent))
        session.say(f"{agent}@{number} is revoked, and its runs {_THEN[running]}")
        if running in ("pause", "leave"):
            session.say(f"to move them: {session.command(f'run migrate --all {agent}@{number} --to N')}")
        else:
            await session.mind_workers(flow)


app.command()(graphs.graph)
app.command("try")(trying.attempt)
app.command()(diffs.diff)


def print_source(source: str) -> None:
    """Python source on standard output."""
    console = stdout()
    if console.is_terminal:
        from rich.syntax import Syntax  # late: it brings a lexer for every language along

        shown = Syntax(
            visible(source.rstrip().replace("\t", "    ")),
            "python",
            line_numbers=True,
            theme="ansi_dark",
            word_wrap=True,
        )
        console.print(shown)
    else:
        sys.stdout.write(source if source.endswith("\n") else f"{source}\n")


def standing(plan: PlanVersion) -> str:
    """Whether runs of a version may start."""
    if plan.revoked_at is not None:
        return "revoked"
    return "active" if plan.reviewed else "review"


def _row(plan: PlanVersion, agent: str) -> Sequence[Cell]:
    made = age(plan.created_at)
    return f"{agent}@{plan.number}", plan.entry, state(standing(plan)), made, plan.sha256[:12], plan.author


def plan_facts(plan: PlanVersion, agent: str) -> list[tuple[str, Cell | None]]:
    """What a version is, and where it came from."""
    return [
        ("plan", f"{agent}@{plan.number}"),
        ("status", state(standing(plan))),
        ("class", plan.entry),
        ("tools", ", ".join(plan.tools) or "none"),
        ("made", moment(plan.created_at)),
        ("by", plan.author),
        ("prompt", plan.prompt),
        ("goal", plan.goal),
        ("revoked", _revoked(plan)),
        ("sha256", plan.sha256),
        ("warnings", "\n".join(line.plain for line in findings.lines(plan.findings, f"{agent}@{plan.number}"))),
    ]


def _revoked(plan: PlanVersion) -> str | None:
    if plan.revoked_at is None:
        return None
    why = f": {plan.revoked_why}" if plan.revoked_why else ""
    return f"{moment(plan.revoked_at)}{f' by {plan.revoked_by}' if plan.revoked_by else ''}{why}"


def _document(plan: PlanVersion, agent: str) -> dict[str, object]:
    return {**asdict(plan), "agent": agent}
