"""The parts of one open agentflow, as the verbs use them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from ..agent import Agency, rows
from ..dispatch import World
from ..dispatch.control import Control
from ..engine.clock import Clock
from ..engine.embedded import EmbeddedEngine
from ..errors import Conflict, NotFound, UsageError
from ..guest.values import ValueNotJson, canonical, encode
from ..llm import Models
from ..records import Agent, Json, Principal, Run
from ..registry import Registry
from ..sandbox import Sandbox
from ..settings import Settings
from ..store import Store
from ..tools import Toolbox
from .measures import Measures, Queue
from .news import News

POLL = 0.05
"""Seconds between two looks at whether the database has changed, for those who watch."""
ENVELOPE = 160
"""Bytes that an event has beside its payload: id, type, time."""


@dataclass(frozen=True, slots=True)
class House:
    """Made by `AgentFlow` when it is opened."""

    settings: Settings
    principal: Principal
    store: Store
    engine: EmbeddedEngine
    registry: Registry
    sandbox: Sandbox
    models: Models
    tools: Toolbox
    clock: Clock
    world: World
    agency: Agency
    control: Control
    news: News
    measures: Measures
    queue: Queue

    async def changes(self) -> AsyncIterator[None]:
        """Once now, and then after every change of the database."""
        seen = None
        while True:
            now = await self.store.changes()
            if now != seen:
                seen = now
                yield
            await asyncio.sleep(
                POLL
            )  # by the machine's own clock: who watches a file does so while time stands still, too

    def payload(self, payload: Json) -> Json:
        """A payload as it is stored. Raises `UsageError` where it is no object of JSON values."""
        if payload is not None and not isinstance(payload, dict):
            raise UsageError(
                f'the payload must be a JSON object such as {{"order_id": "17"}}, not {type(payload).__name__}'
            )
        return self.stored("the payload", payload or {})

    def stored(self, what: str, value: Json) -> Json:
        """A value from outside as it is stored. Raises `UsageError` where it is not JSON or too large."""
        try:
            encoded = encode(value)
        except ValueNotJson as error:
            raise UsageError(f"{what} is not JSON: {error}") from None
        size, limit = len(canonical(encoded).encode()), self.settings.limits.result_bytes
        if size > limit:
            raise UsageError(f"{what} has {size} bytes, the limit is {limit}: pass a reference to it")
        return encoded

    async def make_room(self, run: Run, event: Json) -> None:
        """Raise `Conflict` where a run has no room for an event any more."""
        stored = len(json.dumps(event, ensure_ascii=False).encode()) + ENVELOPE
        size, most = await self.measures.size(run) + stored, self.settings.limits.state_bytes
        if size > most:
            raise Conflict(
                f"run {run.id} would hold {size} bytes with this event, the limit is {most}: let its plan continue as"
                " new before that, or raise limits.state_bytes"
            )

    async def agent(self, name: str) -> Agent:
        """The agent of this name, archived or not. Raises `NotFound`."""
        row = await self.store.row("agent_by_name", tenant=self.principal.tenant, name=name)
        if row is None:
            raise NotFound(
                f"there is no agent {name!r}: `agentflow agent list` names them, `agentflow agent create` makes one"
            )
        return rows.agent(row)
