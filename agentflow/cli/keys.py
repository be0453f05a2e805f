"""agentflow key: what people and programs are known by."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ..records import Key
from ..wording import relative
from .given import seconds
from .session import Session, command, width
from .text import Cell, state, table
from .times import moment

app = typer.Typer(no_args_is_help=True, help="Keys: what people and programs are known by.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The key's name: whose it is.", show_default=False)]
Roles = Annotated[
    list[str],
    typer.Option("--role", metavar="ROLE", help="viewer, operator, approver or admin; may be given several times."),
]
Expires = Annotated[
    str | None, typer.Option("--expires", metavar="LENGTH", help="How long it is good for: 90d, 12h; else for ever.")
]
Revoked = Annotated[bool, typer.Option("--revoked", help="The revoked ones too.")]


@app.command()
@command
async def create(session: Session, name: Name, role: Roles, expires: Expires = None) -> None:
    """Make a key. It is printed this once, and stored nowhere."""
    length = None if expires is None else seconds(expires, "--expires")
    async with session.open() as flow:
        made = await flow.keys.create(name, roles=role, expires=length)
    session.show({**asdict(made.record), "key": made.secret}, [made.secret])
    until = f" until {moment(made.record.expires_at)}" if made.record.expires_at else ""
    session.say(f"{name} is {', '.join(made.record.roles)} in the tenant {made.record.tenant}{until}")
    session.say("keep the key now: it is not shown again")


@app.command("list")
@command
async def list_keys(session: Session, revoked: Revoked = False) -> None:
    """All keys: what each may do, and when it was used last."""
    async with session.existing() as flow:
        found, now = await flow.keys.list(revoked=revoked), flow.now()
    if not found and not session.as_json:
        session.say(f"there are no keys: {session.command('key create NAME --role ROLE')}")
        return
    rows = [(one.name, f"{one.prefix}_...", ", ".join(one.roles), standing(one, now), _used(one)) for one in found]
    lines = table(("key", "begins", "roles", "status", "last used"), rows, cut=2, width=width())
    session.show([asdict(one) for one in found], lines)


@app.command()
@command
async def revoke(session: Session, name: Name) -> None:
    """Let a key be none any more, from this moment on."""
    async with session.existing() as flow:
        key = await flow.keys.revoke(name)
    session.show(asdict(key))
    session.say(f"key {name} is revoked")


def standing(key: Key, now: float) -> Cell:
    """Whether a key is good."""
    if key.revoked_at is not None:
        return state("revoked")
    if key.expires_at is None:
        return state("active")
    return state("expired") if now >= key.expires_at else f"expires {relative(key.expires_at, now)}"


def _used(key: Key) -> str:
    return "never" if key.used_at is None else relative(key.used_at)
