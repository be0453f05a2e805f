"""Houses whose database is a server's, though a test knows it by the path of a file: which is not there.

The workers are those of the embedded engine, whose locks and sockets need a folder and no more: so whatever is tested
of the verbs is tested on the other store, and nothing of Restate is needed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from agentflow.app import engines
from agentflow.engine import WorkingEngine
from agentflow.engine.clock import Clock
from agentflow.engine.embedded import EmbeddedEngine, Pace
from agentflow.records.places import is_server
from agentflow.settings import EngineSettings
from agentflow.store import Store
from agentflow.store.sqlite import SqliteStore
from agentflow.tools.secrets import Secrets

from . import postgres

_open, _connect = Store.open, sqlite3.connect


def _engine_on(store: Store, clock: Clock, pace: Pace, wanted: EngineSettings, secrets: Secrets) -> WorkingEngine:
    return EmbeddedEngine(cast("SqliteStore", store), clock, pace)


_server = pytest.param("a server", marks=pytest.mark.xdist_group("postgres"))  # so that one is started, not many
on_both = pytest.mark.parametrize("where", ["a file", _server], indirect=True)
"""A rule that holds for a house in a file, and for one on a server. What looks into the file is skipped there."""
on_a_server = pytest.mark.parametrize("where", [_server], indirect=True)
_blank: dict[postgres.Server, str] = {}
"""A database that holds nothing yet, of each server: to make its tables takes longer than to copy it."""


@contextmanager
def instead(server: postgres.Server) -> Iterator[None]:
    """Inside, a database of the server is opened wherever a file would be: the same one for the same path."""
    known: dict[Path, str] = {}

    async def opened(place: Path | str) -> Store:
        if is_server(place):
            return await _open(place)
        path = Path(place).absolute()  # noqa: ASYNC240  # it asks the system for the current folder
        if server not in _blank:
            empty = server.database()
            await (await _open(empty)).close()
            _blank[server] = empty
        if path not in known:
            known[path] = server.database(_blank[server])
        store = await _open(known[path])
        store.path = path  # type: ignore[attr-defined]  # beside it, workers have their locks
        return store

    def looked_into(path: Path | str, *rest: Any, **more: Any) -> sqlite3.Connection:
        if Path(path).absolute() in known:
            pytest.skip("it looks into a file, and the house is on a server")
        connection: sqlite3.Connection = _connect(path, *rest, **more)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "open", staticmethod(opened))
        patch.setattr(engines, "engine_on", _engine_on)
        patch.setattr("agentflow.app.engine_on", _engine_on)
        patch.setattr(sqlite3, "connect", looked_into)
        yield
