"""The tree of commands."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer
from typer.main import get_command

from ..errors import UsageError
from . import (
    agents,
    approvals,
    audit,
    backup,
    deciding,
    doctor,
    evals,
    goals,
    keys,
    notify,
    plans,
    runs,
    schedules,
    serve,
    tenants,
    work,
)
from .session import Address, AsJson, Database, Owner, Session
from .tools import tools

Version = Annotated[bool, typer.Option("--version", help="Print the version and end.")]
Yes = Annotated[bool, typer.Option("--yes", help="Approve without asking.")]

tree = typer.Typer(
    name="agentflow",
    help="A goal becomes a checked plan in Python, and a durable engine runs it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@tree.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Version = False,
    db: Database = None,
    tenant: Owner = None,
    as_json: AsJson = False,
    url: Address = None,
) -> None:
    """A goal becomes a checked plan in Python, and a durable engine runs it."""
    if version:
        typer.echo(f"agentflow {metadata.version('agentflow')}")
        raise typer.Exit
    Session.of(context, db, as_json, url, tenant)
    if context.invoked_subcommand is None:
        raise UsageError("no command was given; see `agentflow --help`")


@tree.command()
def demo(yes: Yes = False) -> None:
    """The main job, offline, in under a minute, on real parts."""
    from .demo import demo as show

    raise SystemExit(show(yes=yes))


tree.command()(work.init)
tree.command()(work.worker)
tree.command()(serve.serve)
tree.command()(goals.submit)
tree.command()(tools)
tree.command()(doctor.doctor)
tree.command()(backup.backup)
tree.command(name="eval")(evals.evaluate)
tree.command()(deciding.approve)
tree.command()(deciding.reject)
for name, group in {
    "agent": agents.app,
    "goal": goals.app,
    "plan": plans.app,
    "run": runs.app,
    "schedule": schedules.app,
    "approvals": approvals.app,
    "key": keys.app,
    "notify": notify.app,
    "tenant": tenants.app,
    "audit": audit.app,
}.items():
    tree.add_typer(group, name=name)

app = get_command(tree)
