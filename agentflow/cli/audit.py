"""agentflow audit: who did what, listed and exported."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, Literal

import typer

from ..records import Act
from .given import Cursor, Most, Since, Until, when
from .session import Session, command, width
from .text import Cell, table, value
from .times import clock

app = typer.Typer(no_args_is_help=True, help="The audit log: who decided and administered what, and when.")

Verb = Annotated[str | None, typer.Option("--verb", metavar="VERB", help="Only this, such as approvals.decide.")]
Who = Annotated[str | None, typer.Option("--who", metavar="NAME", help="Only by this person or key.")]
Thing = Annotated[str | None, typer.Option("--of", metavar="ID|NAME", help="Only what was done to this.")]
Format = Annotated[Literal["csv", "json"], typer.Option("--format", help="One line or one document for each act.")]


@app.command("list")
@command
async def list_acts(  # an option each
    session: Session,
    verb: Verb = None,
    who: Who = None,
    of: Thing = None,
    since: Since = None,
    until: Until = None,
    most: Most = 100,
    cursor: Cursor = None,
) -> None:
    """What was done, the newest first."""
    window = {"since": when(since, "--since"), "until": when(until, "--until")}
    async with session.existing() as flow:
        found = await flow.audit.list(verb=verb, who=who, thing=of, most=most, cursor=cursor, **window)
    if not found and not session.as_json:
        session.say("nothing of that kind was done yet")
        return
    lines = table(("when", "who", "by", "did", "to", "details"), map(_row, found), cut=5, width=width())
    session.show([asdict(one) for one in found], lines)
    session.say_more(found.next)


@app.command()
@command
async def verify(session: Session) -> int:
    """Whether anybody has changed the log. Exit status 1 where a row is changed or missing."""
    async with session.existing() as flow:
        state = await flow.audit.verify()
    session.show(asdict(state), [])
    if state.broken is None:
        session.say(f"all {state.rows:,} rows hold" if state.rows else "nothing was done yet")
        return 0
    session.say(
        f"the audit log was tampered with: row {state.broken:,} {state.why}; compare it with an export or a backup"
    )
    return 1


@app.command()
@command
async def export(  # an option each
    session: Session,
    form: Format = "csv",
    verb: Verb = None,
    who: Who = None,
    of: Thing = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """All that was done, the newest first: as CSV with a head, or a JSON document a line."""
    from ..app.sheets import HEAD, row

    first, last = when(since, "--since"), when(until, "--until")
    plain = form == "json" or session.as_json
    async with session.existing() as flow:
        if not plain:
            sys.stdout.write(HEAD)
        async for act in flow.audit.all(verb=verb, who=who, thing=of, since=first, until=last):
            if plain:
                session.show_json(act, indent=None)
            else:
                sys.stdout.write(row(act))


def _row(act: Act) -> tuple[Cell, ...]:
    return clock(act.at), act.who, act.channel, act.verb, act.thing, value(act.details) if act.details else ""
