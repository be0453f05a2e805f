"""agentflow notify: what people were told on which channel, and whether a channel works."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ..wording import age
from .given import Most
from .session import Session, command, width
from .text import Cell, state, table

if TYPE_CHECKING:
    from ..app.notices import Notice, State

app = typer.Typer(no_args_is_help=True, help="Notices: who was told that something waits for them.")

Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="Its name in [notify.NAME].", show_default=False)]
States = Annotated[
    str | None, typer.Option("--state", metavar="STATE", help="waiting, sent, dropped (decided before) or undelivered.")
]


@app.command("list")
@command
async def list_notices(session: Session, only: States = None, most: Most = 100) -> None:
    """Notices, the newest first; what nobody took, and what nobody decided in time, are counted apart."""
    wanted: State | None = only  # type: ignore[assignment]  # which there are is said by who knows them
    async with session.existing() as flow:
        found = await flow.notices.list(state=wanted, most=most)
        failings = await flow.notices.failings()
    head = ("about", "kind", "channel", "for", "link", "state", "tries", "age", "why")
    document = {**asdict(failings), "notices": [asdict(one) for one in found]}
    session.show(document, table(head, [_row(one) for one in found], cut=8, width=width()) if found else ())
    if not session.as_json:
        session.say(f"{failings.undelivered} undelivered, {failings.expired_undecided} expired undecided")


def _row(one: Notice) -> tuple[Cell, ...]:
    about, tries = one.approval or one.goal or "", str(one.tries)
    way = (one.channel, one.person or "-", one.link or "-")
    return about, one.kind, *way, state(one.state), tries, age(one.due_at), one.error or ""


@app.command()
@command
async def test(session: Session, channel: Channel) -> None:
    """Send a test on a channel now."""
    async with session.open() as flow:
        id = await flow.notices.test(channel)
    session.show({"id": id, "channel": channel}, [id])
    session.say(f"{channel} has taken it")
