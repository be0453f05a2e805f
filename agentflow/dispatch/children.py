"""What a run has delegated, as those see it who restart, delete or end that run from outside."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from ..engine import Engine, Item
from ..engine.clock import Clock
from ..records import Json, Run
from ..store import Store
from .delegation import answer, cancelled_goal, goal_answer
from .restarting import Cut
from .story import from_row


@dataclass(frozen=True, slots=True)
class Children:
    """Speaks to the runs and goals of other runs."""

    store: Store
    engine: Engine
    clock: Clock

    async def cancel(self, run: Run, but: Container[str] = ()) -> None:
        """What it delegated is wanted no more, but for what these steps wait for."""
        for id, step in await self._open(run):
            if step not in but:
                now = self.clock.now()
                await self.engine.post(id, Item("cancel", "", {"rollback": True}, now), [cancelled_goal(id, now)])
                if run.status == "paused":  # it was paused with the run, and may have to undo something
                    await self._say(id, "resume")

    async def follow(self, run: Run, kept: Cut) -> None:
        """After the run was cut: what still counts goes on, and is heard again; the rest is wanted no more."""
        await self.cancel(run, kept.kept)
        await self._tell(run, kept.kept)
        if kept.paused:
            await self._resume(run, kept.kept)

    async def _resume(self, run: Run, of: Container[str]) -> None:
        """What these steps wait for goes on."""
        for id, step in await self._open(run):
            if step in of:
                await self._say(id, "resume")

    async def _tell(self, run: Run, steps: Container[str]) -> None:
        """These steps hear again of what they waited for and has ended: an earlier generation may have heard of it."""
        for row in await self.store.rows("ended_children", run=run.id):
            if row["parent_step"] in steps:
                child = from_row(row)
                await self._answer(run, row["parent_step"], answer(child, child.status, child.result, child.error))
        for row in await self.store.rows("ended_child_goals", run=run.id):
            if row["parent_step"] in steps:
                await self._answer(run, row["parent_step"], goal_answer(row["id"], row["status"], row["reason"]))

    async def _open(self, run: Run) -> list[tuple[str, str]]:
        return [(row["id"], row["parent_step"]) for row in await self.store.rows("open_children", run=run.id)]

    async def _say(self, id: str, kind: str) -> None:
        await self.engine.post(id, Item(kind, "", None, self.clock.now()))

    async def _answer(self, run: Run, step: str, body: Json) -> None:
        await self.engine.post(run.id, Item("child", step, body, self.clock.now()))
