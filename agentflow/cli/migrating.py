"""agentflow run migrate: a run, or all of an agent's, moved to another version of the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from ..errors import UsageError
from ..records.revisions import Migration
from ..wording import step_name
from .given import agent_version
from .session import Session, command, width
from .text import Cell, table

Which = Annotated[str | None, typer.Argument(metavar="RUN", help="The run.", show_default=False)]
To = Annotated[int, typer.Option("--to", metavar="N", min=1, help="The version.", show_default=False)]
Every = Annotated[
    str | None, typer.Option("--all", metavar="AGENT[@M]", help="All runs of this agent that go on: of version M only.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each.")]


@command
async def migrate(session: Session, run: Which = None, *, to: To, every: Every = None, dry_run: DryRun = False) -> int:
    """Move a run that goes on to another version of its plan, if its history fits that. Exit status 4 if one does not.

    What is open and the new version asks for as well stays; a sleep of the same name counts from its old start; the
    rest is withdrawn, and what is asked for in its place starts now.
    """
    if (run is None) == (every is None):
        raise UsageError("name one run, or all of an agent's with --all AGENT")
    async with session.existing() as flow:
        if every is not None:
            name, of = agent_version(every)
            found = await (await flow.agents.get(name)).migrate(to, of=of, dry_run=dry_run)
        else:
            found = [await (await flow.runs.get(str(run))).migrate(to, dry_run=dry_run)]
        rows = [_row(one, dry_run=dry_run) for one in found]
        lines = table(("run", "from", "what", "why"), rows, cut=3, width=width()) if rows else []
        session.show([asdict(one) for one in found] if every else asdict(found[0]), lines)
        if not dry_run:
            await session.mind_workers(flow)
    session.say(_summary(found, to, dry_run=dry_run))
    return 0 if all(one.moves for one in found) else 4


def _row(found: Migration, *, dry_run: bool) -> Sequence[Cell]:
    moved = "would move" if dry_run else "moved"
    what = moved if found.moves else "busy" if found.busy else "stays"
    return found.run, f"@{found.before}", what, "; ".join([found.why, *_open(found)])


def _open(found: Migration) -> list[str]:
    """What becomes of the steps that are open."""
    told = {"goes on": found.stays, "let go": found.withdrawn, "starts": found.starts}
    return [f"{word}: {', '.join(map(step_name, keys))}" for word, keys in told.items() if keys]


def _summary(found: Sequence[Migration], to: int, *, dry_run: bool) -> str:
    if not found:
        return "no run that goes on is of another version"
    moved = sum(one.moves for one in found)
    word = "would move" if dry_run else "moved"
    left = f"; {len(found) - moved} stay as they are" if moved < len(found) else ""
    return f"{moved} of {len(found)} {'run' if len(found) == 1 else 'runs'} {word} to version {to}{left}"
