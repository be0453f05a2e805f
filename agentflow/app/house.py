"""The parts of one open agentflow, as the verbs use them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from ..agent import Agency, rows
from ..dispatch import Bounds, World, bounds, raising
from ..dispatch.control import Control
from ..dispatch.takeover import TakeOver
from ..engine import WorkingEngine
from ..engine.clock import Clock
from ..errors import Conflict, NotFound, UsageError
from ..guest.values import ValueNotJson, canonical, encode
from ..llm import Models
from ..notices.courier import Courier
from ..records import Agent, Json, Principal, Run
from ..redaction import Redactor
from ..registry import Registry
from ..sandbox import Sandbox
from ..settings import Settings
from ..store import Store, Write
from ..store.audit import entry
from ..tools import Toolbox
from .looking import Looker
from .measures import Measures, Queue
from .news import News

ENVELOPE = 160
"""Bytes that an event has beside its payload: id, type, time."""


@dataclass(frozen=True, slots=True)
class House:
    """Made by `AgentFlow` when it is opened."""

    settings: Settings
    principal: Principal
    store: Store
    engine: WorkingEngine
    registry: Registry
    sandbox: Sandbox
    models: Models
    tools: Toolbox
    clock: Clock
    world: World
    agency: Agency
    taking_over: TakeOver
    news: News
    measures: Measures
    queue: Queue
    redact: Redactor
    courier: Courier
    looker: Looker

    @property
    def control(self) -> Control:
        """What this principal does to runs."""
        return Control(self.store, self.engine, self.clock, self.principal.tenant, self.noted)

    async def changes(self) -> AsyncIterator[None]:
        """Once now, and then after every change of the database."""
        async with aclosing(self.news.about("", wide=lambda: True)) as news:
            async for _ in news:
                yield

    def noted(self, verb: str, thing: str, **details: Json) -> Write:
        """The row of the audit log for what this principal does, to be written with it."""
        return entry(self.principal, verb, thing, self.redact(details), self.clock.now())

    async def bounds(self, agent: str) -> Bounds:
        """The limits that hold for the agent of this id."""
        return self.most(await self.agent_of(agent))

    def most(self, agent: Agent) -> Bounds:
        """The limits that hold for an agent."""
        return bounds(self.world.bounds, agent.limits)

    def payload(self, payload: Json, most: Bounds) -> Json:
        """A payload as it is stored. Raises `UsageError` where it is no object of JSON values."""
        if payload is not None and not isinstance(payload, dict):
            raise UsageError(
                f'the payload must be a JSON object such as {{"order_id": "17"}}, not {type(payload).__name__}'
            )
        return self.stored("the payload", payload or {}, most)

    def stored(self, what: str, value: Json, most: Bounds) -> Json:
        """A value from outside as it is stored. Raises `UsageError`: it is no JSON, too large, or tells a secret."""
        try:
            encoded = encode(value)
        except ValueNotJson as error:
            raise UsageError(f"{what} is not JSON: {error}") from None
        self.no_secret(what, encoded)
        size, limit = len(canonical(encoded).encode()), most.result_bytes
        if size > limit:
            repair = f"pass a reference to it, {raising('result_bytes')}"
            raise UsageError(f"{what} has {size} bytes, the limit is {limit}: {repair}")
        return encoded

    def no_secret(self, what: str, value: Json) -> None:
        """Raise `UsageError` where a secret stands in what a person or a program gives.

        It is refused and not redacted: with `[secret NAME]` in its place, it would be another goal or payload than was
        given, and who gave it should hear that the secret is about.
        """
        if name := self.redact.found(value):
            raise UsageError(
                f"{what} tells the secret {name}, and would be stored: leave it out; a tool gets it with"
                f' @tool(secrets=["{name}"])'
            )

    async def make_room(self, run: Run, event: Json, most: Bounds) -> None:
        """Raise `Conflict` where a run has no room for an event any more."""
        stored = len(json.dumps(event, ensure_ascii=False).encode()) + ENVELOPE
        size, limit = await self.measures.size(run) + stored, most.state_bytes
        if size > limit:
            raise Conflict(
                f"run {run.id} would hold {size} bytes with this event, the limit is {limit}: let its plan continue as"
                f" new before that, {raising('state_bytes')}"
            )

    async def agent(self, name: str) -> Agent:
        """The agent of this name, archived or not. Raises `NotFound`."""
        row = await self.store.row("agent_by_name", tenant=self.principal.tenant, name=name)
        if row is None:
            raise NotFound(
                f"there is no agent {name!r}: `agentflow agent list` names them, `agentflow agent create` makes one"
            )
        return rows.agent(row)

    async def agent_of(self, id: str) -> Agent:
        """The agent that has this id, of which something else is."""
        [row] = await self.store.rows("agent", id=id)
        return rows.agent(row)
