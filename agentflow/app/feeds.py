"""What changes in a tenant: its runs, goals and questions, with one look at the database for all who watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Literal, NamedTuple

from ..errors import StorageError
from ..records import Principal
from ..roles import permit
from ..store import columns
from .doors import Doors

log = logging.getLogger("agentflow.feeds")

PACE = 0.1
"""Seconds between two looks: much may have changed in one of them."""
ABREAST = 20
"""Those who are told at once; who asks for something else meanwhile is answered in between."""
EACH = 0.001
"""Seconds that everybody who is told gives the others: the more watch, the rarer is a look."""
SLACK = 10.0
"""Seconds that are looked at again: what is stored now says of itself that it is of a little earlier."""
MOST = 10_000
"""Changes that one look tells of, the oldest first."""


class Change(NamedTuple):
    """A run, goal or question as it is now: in which status, and since when it is as it is. Of a run that somebody has
    deleted, the status is `deleted`, and there is no agent."""

    kind: Literal["run", "goal", "approval"]
    id: str
    agent: str
    status: str
    at: float


class Feeds:
    """Of one open house: a feed for each tenant that somebody watches."""

    def __init__(self, flow: Doors) -> None:
        self._flow = flow
        self._queues: dict[str, set[asyncio.Queue[Sequence[Change]]]] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}

    async def follow(self, principal: Principal, after: float | None = None) -> AsyncGenerator[Change, None]:
        """Everything that changes in the tenant from now on, or from a moment on; what is told twice is as it was."""
        async with aclosing(self.looks(principal, after)) as looks:
            async for changes in looks:
                for change in changes:
                    yield change

    async def looks(self, principal: Principal, after: float | None = None) -> AsyncGenerator[Sequence[Change], None]:
        """The same in groups, as they were found; one group for all who follow."""
        permit(principal, "runs.list")
        tenant, queue = principal.tenant, asyncio.Queue[Sequence[Change]]()
        self._enter(tenant, queue)
        try:
            if after is not None and (rows := await self._rows(tenant, after)):
                yield rows
            while True:
                yield await queue.get()
        finally:
            self._leave(tenant, queue)

    def _enter(self, tenant: str, queue: asyncio.Queue[Sequence[Change]]) -> None:
        self._queues.setdefault(tenant, set()).add(queue)
        if tenant not in self._looking:
            look = self._look(tenant, self._flow.now())  # from this moment on, not from the task's first
            self._looking[tenant] = asyncio.create_task(look, name=f"feed of {tenant}")

    def _leave(self, tenant: str, queue: asyncio.Queue[Sequence[Change]]) -> None:
        self._queues[tenant].discard(queue)
        if not self._queues[tenant]:
            self._looking.pop(tenant).cancel()

    async def _look(self, tenant: str, begun: float) -> None:
        """Tell all who watch of what is new, whenever something was stored.

        The first look tells what is as it is since we began. Later ones tell all that was not there the time before,
        whichever moment it names: it was on its way when we began, or comes from a machine whose clock is late.
        """
        newest = begun
        told: set[Change] | None = None
        async with aclosing(self._flow._house.news.about("", wide=lambda: True)) as news:
            async for _ in news:
                try:
                    found = await self._rows(tenant, newest)
                except StorageError as error:  # that it is back is news, too
                    log.warning("nobody hears of changes for now: %s", error)
                    continue
                if new := [one for one in found if (one.at >= begun if told is None else one not in told)]:
                    await self._tell(tenant, new)
                newest, told = max([newest, *(change.at for change in new)]), set(found)
                await asyncio.sleep(PACE)

    async def _tell(self, tenant: str, new: Sequence[Change]) -> None:
        """Tell all who watch now; whoever comes meanwhile has asked for what comes later."""
        watching = list(self._queues[tenant])
        for begin in range(0, len(watching), ABREAST):
            told = watching[begin : begin + ABREAST]
            for queue in told:
                queue.put_nowait(new)
            await asyncio.sleep(EACH * len(told))

    async def _rows(self, tenant: str, since: float) -> list[Change]:
        rows = await self._flow._house.store.rows("changed", tenant=tenant, since=since - SLACK, most=MOST)
        return [Change(**columns(row)) for row in rows]
