"""agentflow tenant: who owns agents, runs and keys."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ..records import Tenant
from ..wording import age
from .session import Session, command, width
from .text import Cell, state, table

app = typer.Typer(no_args_is_help=True, help="Tenants: who owns agents, runs and keys, and sees nobody else's.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The tenant's name.", show_default=False)]
Sandbox = Annotated[bool, typer.Option("--sandbox", help="Its runs call no tool, but what stands in for it.")]


@app.command()
@command
async def create(session: Session, name: Name, sandbox: Sandbox = False) -> None:
    """Make a tenant."""
    async with session.open() as flow:
        tenant = await flow.tenants.create(name, sandbox=sandbox)
    session.show(asdict(tenant), [name])
    session.say(f"its first key: {session.command(f'--tenant {name} key create NAME --role admin')}")


@app.command("list")
@command
async def list_tenants(session: Session) -> None:
    """All tenants."""
    async with session.existing() as flow:
        found = await flow.tenants.list()
    lines = table(("tenant", "status", "age", "made by"), [_row(one) for one in found], width=width())
    session.show([asdict(one) for one in found], lines)


@app.command()
@command
async def suspend(session: Session, name: Name) -> None:
    """Let its keys open nothing and its runs stand still; nothing is lost."""
    async with session.existing() as flow:
        tenant = await flow.tenants.suspend(name)
    session.show(asdict(tenant))
    session.say(f"tenant {name} is suspended: {session.command(f'tenant resume {name}')} takes that back")


@app.command()
@command
async def resume(session: Session, name: Name) -> None:
    """Let its keys be good again, and its runs go on."""
    async with session.existing() as flow:
        tenant = await flow.tenants.resume(name)
    session.show(asdict(tenant))
    session.say(f"tenant {name} goes on")


def _row(tenant: Tenant) -> tuple[Cell, ...]:
    status = "suspended" if tenant.suspended_at is not None else "sandbox" if tenant.sandbox else "active"
    return tenant.name, state(status), age(tenant.created_at) if tenant.created_at else "", tenant.created_by
