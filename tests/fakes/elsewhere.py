"""Houses whose database is a server's, though a test knows it by the path of a file: which is not there.

The workers are those of the embedded engine, whose locks and sockets need a folder and no more: so whatever is tested
of the verbs is tested on the other store, and nothing of Restate is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from agentflow.app import engines
from agentflow.engine import WorkingEngine
from agentflow.engine.clock import Clock
from agentflow.engine.embedded import EmbeddedEngine, Pace
from agentflow.records.places import is_server
from agentflow.settings import EngineSettings
from agentflow.store import Store
from agentflow.store.sqlite import SqliteStore

from . import postgres

_open = Store.open


def _engine_on(store: Store, clock: Clock, pace: Pace, wanted: EngineSettings) -> WorkingEngine:
    return EmbeddedEngine(cast("SqliteStore", store), clock, pace)


@contextmanager
def instead(server: postgres.Server) -> Iterator[None]:
    """Inside, a database of the server is opened wherever a file would be: the same one for the same path."""
    known: dict[Path, str] = {}
    blank: list[str] = []

    async def opened(place: Path | str) -> Store:
        if is_server(place):
            return await _open(place)
        path = Path(place).absolute()  # noqa: ASYNC240  # it asks the system for the current folder
        if not blank:
            blank.append(server.database())
            await (await _open(blank[0])).close()
        if path not in known:
            known[path] = server.database(blank[0])
        store = await _open(known[path])
        store.path = path  # type: ignore[attr-defined]  # beside it, workers have their locks
        return store

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "open", staticmethod(opened))
        patch.setattr(engines, "engine_on", _engine_on)
        patch.setattr("agentflow.app.engine_on", _engine_on)
        yield
