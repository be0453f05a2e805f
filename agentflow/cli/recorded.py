"""A run that stands in a file, wherever a command takes one of a database, too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from ..typed import document as parsed
from .given import file_text
from .session import Session

if TYPE_CHECKING:
    from ..app import AgentFlow, RunHandle
    from ..app.recordings import RecordedRun

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read: a generation of a run stores 16 MiB, where `[limits]` says nothing else."""
RunOrFile = Annotated[
    str,
    typer.Argument(
        metavar="RUN | FILE", help="The run's id, or a file that `run export` wrote (.json, or -).", show_default=False
    ),
]


def is_recording(what: str) -> bool:
    """Whether a file is named, where a run may be, too; `-` is standard input."""
    return what == "-" or what.endswith(".json")


@asynccontextmanager
async def a_run(session: Session, what: str) -> AsyncIterator[RunHandle | RecordedRun]:
    """The run of that id, or that of a file, which needs no database."""
    if is_recording(what):
        async with session.nowhere() as flow:
            yield await load(session, flow, Path(what))
    else:
        async with session.existing() as flow:
            yield await flow.runs.get(what)


async def load(session: Session, flow: AgentFlow, path: Path) -> RecordedRun:
    """The run of a file; what is to be known of it is said. Raises `NotFound`, and `UsageError` where it is none."""
    name = "standard input" if str(path) == "-" else str(path)
    found = await flow.runs.load(parsed(_text(path), name, "export the run again"), name)
    for note in found.notes:
        session.say(f"{name}: {note}")
    return found


def _text(path: Path) -> str:
    if path.is_file() and (size := path.stat().st_size) > LARGEST:
        raise UsageError(f"{path} has {size:,} bytes, and the file of a run at most {LARGEST:,}: name another one")
    return file_text(path)
