"""Which engine works on which database."""

from __future__ import annotations

from pathlib import Path

from ..engine import WorkingEngine
from ..engine.clock import Clock
from ..engine.embedded import EmbeddedEngine
from ..engine.hands import Pace
from ..engine.restate import RestateEngine
from ..errors import UsageError
from ..records.places import is_server, shown
from ..settings import EngineSettings
from ..store import Store
from ..store.sqlite import SqliteStore


def check_work(place: Path | str, wanted: EngineSettings) -> None:
    """Raise `UsageError` where a worker with this engine cannot work on this database."""
    restate = wanted.kind == "restate"
    if is_server(place) and not restate:
        raise UsageError(
            f"the embedded engine works on a file, and {shown(place)} is a server: give --engine restate --restate-url"
            " URL, or a file; whoever only asks and decides opens it with worker=False"
        )
    if restate and not is_server(place):
        raise UsageError(
            f"Restate's workers may be on several machines, and {place} is a file on this one: give"
            " --db postgresql://..., or --engine embedded"
        )
    if restate and wanted.restate_url is None:
        raise UsageError("where is Restate? give --restate-url URL, such as http://restate:8080")


def engine_on(store: Store, clock: Clock, pace: Pace, wanted: EngineSettings) -> WorkingEngine:
    """The engine of an open database."""
    if isinstance(store, SqliteStore):
        return EmbeddedEngine(store, clock, pace)
    return RestateEngine(store, clock, pace, wanted)
