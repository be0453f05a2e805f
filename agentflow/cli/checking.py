"""agentflow plan check: findings on plans that are not stored, as linters print them."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..checks import Check
from ..checks.page import kind
from ..errors import PlanRefused
from ..records import Compiled, Finding
from . import actions, findings, sarif, selection, sources
from .session import Session, command, width
from .text import hanging

AT_ONCE = 4
"""Files that are checked at the same time, each in a process of its own."""
_COLUMNS = 100


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE...", help="Python files, folders of them, or - for standard input.", show_default=False
    ),
]
For = Annotated[str | None, typer.Option("--agent", metavar="AGENT", help="Check with the tools of this agent.")]
As = Annotated[Format, typer.Option("--format", help="How findings are printed; github is for its Actions.")]
Codes = "CODE,..."
Select = Annotated[
    list[str] | None,
    typer.Option("--select", metavar=Codes, help="Only these checks: codes, names, or AF6 for all AF6xx."),
]
Ignore = Annotated[list[str] | None, typer.Option("--ignore", metavar=Codes, help="Not these checks.")]
Name = Annotated[
    str | None, typer.Option("--stdin-filename", metavar="NAME", help="What standard input is called in findings.")
]
Explain = Annotated[str | None, typer.Option("--explain", metavar="CODE", help="Say what a check is about, and end.")]

CheckOne = Callable[[str], Awaitable[Compiled]]


@command
async def check(
    session: Session,
    files: Files = None,
    agent: For = None,
    format: As = Format.TEXT,
    select: Select = None,
    ignore: Ignore = None,
    stdin_filename: Name = None,
    explain: Explain = None,
) -> int:
    """Check plans without storing them; exit status 4 where one has errors."""
    if explain is not None:
        _explain(session, selection.check_named(explain))
        return 0
    codes = selection.chosen(select or (), ignore or ())
    texts = [*sources.texts(files or (), stdin_filename)]
    async with session.for_file(agent) as (flow, owner):
        all_found = await _check_all([text for _, text in texts], (owner or flow).check)
    checked = [
        (file, [one for one in found if one.code in codes]) for (file, _), found in zip(texts, all_found, strict=True)
    ]
    _show(session, checked, Format.JSON if session.as_json and format == Format.TEXT else format)
    shown = [one for _, found in checked for one in found]
    session.say(f"{checked[0][0] if len(checked) == 1 else f'{len(checked)} files'}: {findings.summary(shown)}")
    return PlanRefused.exit_status if any(one.severity == "error" for one in shown) else 0


async def _check_all(texts: list[str], check_one: CheckOne) -> list[tuple[Finding, ...]]:
    """The findings on each text, a few texts at once."""
    free = asyncio.Semaphore(AT_ONCE)

    async def found(text: str) -> tuple[Finding, ...]:
        async with free:
            return (await check_one(text)).findings

    return await asyncio.gather(*map(found, texts))


def _show(session: Session, checked: sarif.Checked, format: Format) -> None:
    match format:
        case Format.JSON:
            session.show_json(
                {"files": [{"file": file, "findings": [*map(findings.document, found)]} for file, found in checked]}
            )
        case Format.SARIF:
            session.show_json(sarif.log(checked))
        case Format.GITHUB:
            session.show(None, [line for file, found in checked for line in actions.commands(found, file)])
        case _:
            loud = [(file, [one for one in found if one.suppressed is None]) for file, found in checked]
            lines = [line for file, found in loud for line in findings.lines(found, file)]
            session.show(None, [part for line in lines for part in hanging(line, width())])


def _explain(session: Session, one: Check) -> None:
    session.show(asdict(one), _explanation(one))


def _explanation(one: Check) -> Iterator[str]:
    """An entry of the catalogue as lines for a terminal."""
    yield f"{one.code} {one.name}: {kind(one)}"
    columns = min(width() or _COLUMNS, _COLUMNS)
    for paragraph in (one.wrong, one.why):
        yield ""
        yield from textwrap.wrap(paragraph, columns)
    for title, example in (("bad", one.bad), ("good", one.good)):
        if example:
            yield from ("", f"{title}:", *textwrap.indent(example, "    ").rstrip().split("\n"))
