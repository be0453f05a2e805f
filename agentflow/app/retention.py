"""Lets go of runs that ended long ago: by the settings in a worker's background, or by hand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ..dispatch.control import FORGOTTEN
from ..engine import Engine
from ..engine.clock import Clock
from ..errors import Conflict, StorageError
from ..records import RunStatus
from ..settings import Retention
from ..store import Store, Write

log = logging.getLogger("agentflow.retention")

PORTION = 100
"""Runs that are forgotten in one transaction, so that nobody else waits long for the writer."""
PAUSE = 60.0
"""Seconds between two sweeps."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """Forgets finished runs, of one tenant or of all, with everything that was kept of them."""

    store: Store
    engine: Engine
    tenant: str | None = None

    async def count(self, status: RunStatus, before: float) -> int:
        """How many runs of this status ended by then and may be forgotten."""
        [row] = await self.store.rows("count_old_runs", tenant=self.tenant, status=status, before=before)
        return int(row["n"])

    async def prune(self, status: RunStatus, before: float) -> int:
        """Forget the runs of this status that ended by then; how many they were."""
        pruned = 0
        while True:
            found = await self._found(status, before)
            gone = await asyncio.gather(*(self._forget(id, status, before) for id in found))
            pruned += sum(gone)
            if len(found) < PORTION or not any(gone):
                return pruned

    async def _found(self, status: RunStatus, before: float) -> list[str]:
        found = await self.store.rows("old_runs", tenant=self.tenant, status=status, before=before, most=PORTION)
        return [row["id"] for row in found]

    async def _forget(self, id: str, status: RunStatus, before: float) -> bool:
        """Whether it is gone: one that was restarted meanwhile stays."""
        moved = Conflict(f"run {id} has just been moved on by somebody else")
        first = Write("prune_run", {"id": id, "status": status, "before": before}, moved)
        rest = [Write(name, {"id": id}) for name in FORGOTTEN]
        try:
            await self.engine.delete(id, [first, *rest])
        except Conflict:
            return False
        return True


async def sweep(pruning: Pruning, clock: Clock, retention: Retention) -> None:
    """Forget what is older than the settings say, once a minute, for ever. Without a setting it ends at once."""
    keep = kept(retention)
    while keep:
        now = clock.now()
        for status, seconds in keep.items():
            try:
                if gone := await pruning.prune(status, now - seconds):
                    log.info("%d %s runs were older than [retention] says, and are gone", gone, status)
            except StorageError as error:
                log.warning("old runs stay for now: %s", error)
        await clock.wait(asyncio.Event(), now + PAUSE)


def kept(retention: Retention) -> Mapping[RunStatus, float]:
    """For how many seconds finished runs are kept, by status; those that are not named stay for ever."""
    given: dict[RunStatus, float | None] = {
        "completed": retention.completed,
        "failed": retention.failed,
        "cancelled": retention.failed,
    }
    return {status: seconds for status, seconds in given.items() if seconds is not None}
