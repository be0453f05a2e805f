"""What people give on the command line: names, JSON, files. Wrong input is refused before anything opens."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import NotFound, UsageError
from ..records import Json, PlanVersion
from ..typed import document

if TYPE_CHECKING:
    from ..app import AgentHandle
    from .session import Session

AgentName = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's name.", show_default=False)]
AgentVersion = Annotated[
    str, typer.Argument(metavar="AGENT[@N]", help="The agent, and which version of its plan.", show_default=False)
]
GoalId = Annotated[str, typer.Argument(metavar="GOAL", help="The goal's id.", show_default=False)]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.", show_default=False)]
ApprovalId = Annotated[str, typer.Argument(metavar="APPROVAL", help="The approval's id.", show_default=False)]
Payload = Annotated[
    str | None, typer.Option("--payload", metavar="JSON|@FILE", help="What the plan sees as event.payload: an object.")
]
Wait = Annotated[
    bool, typer.Option("--wait", help="Work on it here, show what happens, and end when it ends or a person must act.")
]
Since = Annotated[str | None, typer.Option("--since", metavar="AGE|TIME", help="Made since then: 2h, 3d, 2026-01-31.")]
Until = Annotated[str | None, typer.Option("--until", metavar="AGE|TIME", help="Made before then.")]
Containing = Annotated[str | None, typer.Option("--text", metavar="TEXT", help="With this text in it.")]
Most = Annotated[int, typer.Option("--most", min=1, help="At most so many.")]
Cursor = Annotated[str | None, typer.Option("--cursor", metavar="CURSOR", help="Go on where the list before ended.")]
ForGoal = Annotated[
    str | None, typer.Option("--goal", metavar="TEXT|@FILE", help="What the run is for, where no goal has led to it.")
]
Comment = Annotated[str | None, typer.Option("--comment", metavar="TEXT", help="Why; it is stored.")]


def agent_version(text: str) -> tuple[str, int | None]:
    """`refunds` or `refunds@3`."""
    name, at, number = text.partition("@")
    if not at:
        return name, None
    if not number.isascii() or not number.isdecimal():
        raise UsageError(f"{text!r} names no version: write {name} for the newest, or {name}@3 for the third")
    return name, int(number)


async def plan_of(session: Session, agent: AgentHandle, number: int | None) -> PlanVersion:
    """The version of that number, else the newest, whether it may run or not. Raises `NotFound`."""
    if number is not None:
        return await agent.plan(number)
    plans = await agent.plans()
    if not plans:
        raise NotFound(f"{agent.name} has no plan yet: {session.command(f'submit {agent.name} GOAL')}")
    return plans[-1]


def is_file(what: str | None) -> bool:
    """Whether a file is named, where a plan may be too; `-` is standard input."""
    return what is not None and (what == "-" or what.endswith(".py"))


def limits(given: Sequence[str]) -> dict[str, float]:
    """Limits as they are written, each `steps=100`."""
    return dict(_limit(text) for text in given)


def _limit(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), int(value)
    except ValueError:
        with suppress(ValueError):
            return name.strip(), float(value)
    raise UsageError(f"--limit {text!r} is no limit: write NAME=NUMBER, as in steps=100")


def file_text(path: Path, *, errors: str = "strict") -> str:
    """The text of a file, `-` being standard input. `errors` says what becomes of bytes that are not UTF-8."""
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text("utf-8", errors)
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; name another file") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text in UTF-8 (byte {error.start}): save it in that encoding") from None


def write_file(path: Path, text: str) -> None:
    """Write what --out names. Raises `UsageError`."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name another file with --out") from None


def seconds(given: str, option: str) -> float:
    """A length of time: `30d`, `12h`, `90 seconds`."""
    from ..settings import duration

    try:
        return duration(given)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def when(given: str | None, option: str) -> float | None:
    """When it was: so long ago (`2h`), or a date and time, local where it names no zone."""
    from ..settings import duration

    if given is None:
        return None
    with suppress(ValueError, OverflowError):
        return datetime.fromisoformat(given).timestamp()
    try:
        return time.time() - duration(given)
    except ValueError:
        raise UsageError(
            f"{option}: {given!r} is no time: write it as 2026-01-31, or as how long ago: 3d, 12h"
        ) from None


def text_or_file(given: str) -> str:
    """The text itself, or with @ before it the text of that file."""
    return file_text(Path(given[1:])) if given.startswith("@") else given


def parse_json(given: str, what: str) -> Json:
    """JSON, or with @ before it a file with JSON."""
    return parse_text(text_or_file(given), what)


def parse_lines(given: str, what: str) -> list[Json]:
    """A JSON document for each line that is not empty; with @ before it, of a file."""
    lines = enumerate(text_or_file(given).split("\n"), 1)
    return [parse_text(line, f"line {number} of {what}") for number, line in lines if line.strip()]


def parse_text(text: str, what: str) -> Json:
    """The one JSON document that a text is."""
    return document(text, what, _EXAMPLE)


def parse_payload(given: str | None) -> Json:
    """A payload: a JSON object, `{}` where none is given."""
    payload = {} if given is None else parse_json(given, "the payload")
    if not isinstance(payload, dict):
        raise UsageError(f'the payload must be a JSON object such as {{"order_id": "17"}}, not {_kind(payload)}')
    return payload


_EXAMPLE = 'write it as in \'{"order_id": "17"}\', or @FILE'


def _kind(document: Json) -> str:
    kinds = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(document), "a number")


def no_goals(session: Session, ids: Sequence[str], verb: str) -> None:
    """Refuse a plan that waits for a review: it stands in the list of what waits, and is a goal."""
    if goal := next((id for id in ids if id.startswith("goal_")), None):
        how = session.command(f"goal {verb} {goal}")
        raise UsageError(f"{goal} is a goal, whose plan waits for a review: use `{how}`")
