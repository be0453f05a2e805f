"""agentflow move: a house that has grown out of one machine, moved to a server."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ..errors import StillWaiting, UsageError
from ..wording import step_name
from .asking import ask, is_yes, terminal
from .session import Session, command, width
from .text import Cell, facts, state, table
from .times import clock

if TYPE_CHECKING:
    from ..app.moving import Mover, Open, Report

To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="ADDRESS",
        help="postgresql://USER@HOST/NAME, empty; else that of a move that was cut off.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would move, and what is in the way.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take back a move that was cut off before everything was there.")]
Gone = Annotated[bool, typer.Option("--gone", help="With --undo: that server is gone for good, and is not asked.")]


@command
async def move(
    session: Session, to: To = None, dry_run: DryRun = False, yes: Yes = False, undo: Undo = False, gone: Gone = False
) -> int:
    """Move everything in a database file to a PostgreSQL server: says what, asks, and moves all of it or nothing.

    End all workers first; those at the server go on with its runs, and the file takes no writes any more.

    A move that was cut off goes on with the same command. Exit status 4 where something is in the way.
    """
    if gone and not undo:
        raise UsageError("--gone goes with --undo")
    mover = _mover(session)
    if undo:
        mark = await mover.undo(to, gone=gone)
        session.show({"database": str(mover.source), "to": mark.place, "undone": True})
        session.say(f"{mover.source} is a database like any other again")
        return 0
    report = await mover.report(to, session.settings)
    hindered = report.hindered()
    if dry_run or hindered or report.state == "moved":
        session.show({**asdict(report), "hindered": hindered}, _lines(report))
        session.say(hindered or _said(report))
        return 4 if hindered else 0
    if not session.as_json:
        session.show(None, _lines(report))
    await _agreed(session, report, yes=yes)
    await mover.move(to)
    report = replace(report, state="moved")
    if session.as_json:
        session.show(asdict(report))
    session.say(_said(report))
    return 0


def _mover(session: Session) -> Mover:
    from ..app.moving import Mover

    source = session.database()
    if not isinstance(source, Path):
        raise UsageError("what moves is a file, and this is a server: name the file with --db")
    return Mover(source, session.principal(), time.time)


async def _agreed(session: Session, report: Report, *, yes: bool) -> None:
    """Raise `StillWaiting` where nobody says that it shall be moved."""
    undecided = StillWaiting("nothing was moved: --yes moves it without a question")
    if yes:
        return
    if session.as_json or not terminal():
        raise undecided
    if not is_yes(await ask(f"Move all of this to {report.to}? [y/N] ", undecided)):
        raise StillWaiting("nothing was moved")


def _said(report: Report) -> str:
    """How things stand."""
    if report.state == "moved":
        where = shlex.quote(report.to)
        return f"{report.database} has moved to {report.to}: work there with --db {where}, or db in agentflow.toml"
    if report.state == "begun":
        return "this move was cut off: the same command without --dry-run goes on with it, --undo takes it back"
    return "nothing was moved: this is what would be"


def _lines(report: Report) -> Iterator[Text]:
    counts = {name: _counted(of) for name, of in report.counts.items()}
    tables = f"{sum(report.rows.values()):,} rows in {len(report.rows)} tables"
    pairs: list[tuple[str, Cell | None]] = [
        ("database", report.database),
        ("moves to", report.to),
        ("agents", f"{report.rows.get('agents', 0):,}, {report.rows.get('plans', 0):,} versions of plans"),
        *counts.items(),
        ("all in all", tables),
        ("due", f"{report.due_soon:,} within an hour" if report.due_soon else None),
        ("needs", ", ".join(report.needs)),
    ]
    yield from facts(pairs, indent=0)
    if report.runs:
        yield Text()
        yield from table(("run", "agent", "status", "until", "waits for"), map(_row, report.runs), cut=4, width=width())
    if report.more_runs:
        yield Text(f"and {report.more_runs:,} more that go on")
    yield Text()
    yield Text("What does not move:")
    yield from facts(report.left.items())


def _counted(of: Mapping[str, int]) -> str | None:
    """How many there are, and of which status."""
    each = ", ".join(f"{n:,} {status}" for status, n in of.items())
    return f"{sum(of.values()):,}: {each}" if of else None


def _row(run: Open) -> tuple[Cell, ...]:
    waits = ", ".join(f"{wait['for']}: {step_name(wait['step'])}" for wait in run.waits)
    return run.id, run.agent, state(run.status), "" if run.due is None else clock(run.due), waits
