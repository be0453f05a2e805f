"""The tree of commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Annotated, cast

import typer
from typer.core import TyperGroup
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
    moving,
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


def demo(yes: Yes = False) -> None:
    """The main job, offline, in under a minute, on real parts."""
    from .demo import demo as show

    raise SystemExit(show(yes=yes))


COMMANDS: dict[str, Callable[..., object]] = {
    "demo": demo,
    "init": work.init,
    "worker": work.worker,
    "serve": serve.serve,
    "submit": goals.submit,
    "tools": tools,
    "doctor": doctor.doctor,
    "backup": backup.backup,
    "move": moving.move,
    "eval": evals.evaluate,
    "approve": deciding.approve,
    "reject": deciding.reject,
}
GROUPS = {
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
}


def tree(words: Sequence[str] = ()) -> TyperGroup:
    """All commands; only the one that is called, where the first word names it: to build them all takes 30 ms."""
    called = words[0] if words and words[0] in {*COMMANDS, *GROUPS} else None
    made = typer.Typer(
        name="agentflow",
        help="A goal becomes a checked plan in Python, and a durable engine runs it.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback(invoke_without_command=True)(root)
    for name, function in COMMANDS.items():
        if called in (None, name):
            made.command(name=name)(function)
    for name, group in GROUPS.items():
        if called in (None, name):
            made.add_typer(group, name=name)
    return cast("TyperGroup", get_command(made))
