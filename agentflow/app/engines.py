"""Which engine works on which database."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ..engine import WorkingEngine
from ..engine.clock import Clock
from ..engine.embedded import EmbeddedEngine, Pace
from ..errors import UsageError
from ..records.places import is_server, shown
from ..settings import EngineSettings
from ..store import Store
from ..store.sqlite import SqliteStore
from ..tools.secrets import Secrets


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
    if restate and (lacking := [name for name in ("restate", "hypercorn") if find_spec(name) is None]):
        raise UsageError(f'a worker needs {" and ".join(lacking)}: pip install "agentflow[restate,postgres]"')


def engine_words(place: Path | str, wanted: EngineSettings) -> str:
    """Which engine works on a database, for people."""
    if not is_server(place):
        return "embedded"
    if wanted.restate_url is None:
        return "Restate; where it is, these settings do not say"
    return f"Restate at {wanted.restate_url}, by the name {wanted.service}"


def engine_on(store: Store, clock: Clock, pace: Pace, wanted: EngineSettings, secrets: Secrets) -> WorkingEngine:
    """The engine of an open database. That of a server is found by its name, for who has a file shall not read it."""
    if isinstance(store, SqliteStore):
        return EmbeddedEngine(store, clock, pace)
    token = partial(secrets.named, wanted.auth_token) if wanted.auth_token else None
    engine: WorkingEngine = import_module("agentflow.engine.restate").RestateEngine(store, clock, pace, wanted, token)
    return engine
