"""agentflow doctor: whether a database is well and plans can be confined, and what can be mended without harm."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ..records.places import shown
from .session import Session, command
from .text import Cell, facts, one_line
from .tools import missing

if TYPE_CHECKING:
    from ..sandbox import Layers
    from ..store.health import Ailment, Report

Repair = Annotated[bool, typer.Option("--repair", help="Mend what can be mended without harm, and say what it was.")]

NAMED = 5
"""How many ids are named in a line."""


@command
async def doctor(session: Session, repair: Repair = False) -> int:
    """Check a database, and the wall. Exit status 1 where something is wrong and was not mended."""
    from ..app.walls import wall

    place = session.database()
    found, mended = await _looked_after(session, place, repair)
    layers, (lacking, unloaded) = await wall(), await _tools(session)
    found = replace(found, ailments=(*found.ailments, *_gaps(layers), *unloaded))
    known = _known(session, place, found)
    document = {
        "database": shown(place),
        "ok": not found.ailments,
        "facts": known,
        "wall": layers,
        "missing_secrets": lacking,
    }
    ailments = [asdict(ailment) for ailment in found.ailments]
    lines = facts([("database", shown(place)), *_lines(known), *_walls(layers)], indent=0)
    session.show({**document, "ailments": ailments, "mended": mended}, lines)
    for check, count in mended.items():
        session.say(f"mended: {check.replace('_', ' ')} ({count})")
    if not session.as_json:
        for ailment in found.ailments:
            session.say(Text(_line(ailment), "red"))
        for tool, name in lacking:
            session.say(Text(f"{tool} cannot be called here: the secret {name} is missing", "yellow"))
    if not isinstance(place, Path):
        session.say("left to the server: damage, disks, and whether parts of the schema are missing")
    session.say("something is wrong" if found.ailments else "all is well")
    if not repair and any(ailment.cure for ailment in found.ailments):
        session.say(f"some of it can be mended: {session.command('doctor --repair')}")
    return 1 if found.ailments else 0


async def _looked_after(session: Session, place: Path | str, mend: bool) -> tuple[Report, dict[str, int]]:
    """What is wrong with it and what was mended: of a file behind everybody's back, of a server while it is open."""
    if isinstance(place, Path):
        return await asyncio.to_thread(_file, place, mend)
    from ..app.checkups import looked_after

    async with session.open() as flow:
        return await looked_after(flow, mend=mend)


def _file(path: Path, mend: bool) -> tuple[Report, dict[str, int]]:
    from ..engine.presence import Bells, alive
    from ..store.health import examine, repair

    lives = partial(alive, path)
    found = examine(path, lives)
    if not mend or not any(ailment.cure for ailment in found.ailments):
        return found, {}
    mended = repair(path, lives, time.time())
    Bells(path).ring()
    return examine(path, lives), mended


async def _tools(session: Session) -> tuple[list[tuple[str, str]], list[Ailment]]:
    """The secrets that tools of this folder name and this process lacks (no ailment: a worker may have them).

    And what is wrong where the tools cannot be loaded.
    """
    from ..errors import AgentFlowError
    from ..store.health import Ailment

    try:
        async with session.nowhere() as flow:
            return missing(await flow.secrets()), []
    except AgentFlowError as error:
        return [], [Ailment("tools", f"the tools cannot be loaded: {error}")]


def _gaps(layers: Layers) -> list[Ailment]:
    """What this machine lacks so that plans could be confined, where nobody has said that they need not be."""
    from ..sandbox.blanks import gaps
    from ..settings import UNSAFE, unsafe
    from ..store.health import Ailment

    found = gaps(layers)
    if not found or unsafe():
        return []
    advice = f"run agentflow on Linux with seccomp, or set {UNSAFE}=1 to run plans that you trust without it"
    return [Ailment("wall", f"this machine cannot confine plans: it lacks {' and '.join(found)}", advice=advice)]


def _walls(layers: Layers) -> list[tuple[str, Cell | None]]:
    lacks = [f"{name}: {why}" for name, why in layers.items() if why is not None]
    return [("wall", f"{len(layers) - len(lacks)} of {len(layers)} layers hold"), *(("missing", one) for one in lacks)]


def _known(session: Session, place: Path | str, found: Report) -> dict[str, Any]:
    from ..app.engines import engine_words
    from ..registry import API, python

    engine = engine_words(place, session.settings.engine)
    return {"engine": engine, **found.facts, "python": python(), "plan_api": API}


def _lines(known: Mapping[str, Any]) -> list[tuple[str, Cell | None]]:
    return [(name.replace("_", " "), _said(known, name)) for name in known]


def _said(known: Mapping[str, Any], name: str) -> str | None:
    if name == "workers":
        return ", ".join(known[name]) or "none is alive"
    return None if known[name] is None else str(known[name])


def _line(ailment: Ailment) -> str:
    named = ", ".join(ailment.ids[:NAMED])
    more = f" and {len(ailment.ids) - NAMED} more" if len(ailment.ids) > NAMED else ""
    whose = f": {named}{more}" if named else ""
    return one_line(f"{ailment.message}{whose}{f'; {ailment.advice}' if ailment.advice else ''}")
