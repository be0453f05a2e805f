"""agentflow backup: a copy of a database, made while workers go on."""

from __future__ import annotations

import asyncio
import shlex
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
from ..records.places import shown
from .session import Session, command

Target = Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.", show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")]


@command
async def backup(session: Session, file: Target, force: Force = False) -> None:
    """Copy a database as it is at one moment, also while workers use it. Prints the copy's path."""
    from ..store.copying import copy

    path = session.database()
    if not isinstance(path, Path):
        raise UsageError(
            "a server is copied with its own tools, also while workers go on:"
            f" pg_dump --format=custom --file {shlex.quote(str(file))} {shlex.quote(shown(path))}"
        )
    size = await asyncio.to_thread(partial(copy, path, file, time.time(), force=force))
    session.show({"database": str(path), "file": str(file), "bytes": size}, [str(file)])
    session.say(f"{size} bytes; a worker on the copy goes on with its runs: let none work on both")
