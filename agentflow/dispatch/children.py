"""What a run has delegated, as those see it who restart, move, delete or end that run from outside.

What is said to runs and goals goes with the commit that makes it true, or a crash in between would leave runs at work
for which nobody waits. So it is read before, and the commit is refused with `Moved` where one began or ended meanwhile,
or all were paused or resumed with the run. It comes first in the commit, which makes the run another.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from dataclasses import dataclass

from ..engine import Item
from ..engine.clock import Clock
from ..records import Json, Run
from ..store import Store, Write
from .delegation import answer, cancelled_goal, goal_answer
from .restarting import Cut, Moved
from .story import from_row


@dataclass(frozen=True, slots=True)
class Words:
    """What goes with a commit: the writes, and what is said to whom, in this order."""

    writes: Sequence[Write]
    said: Sequence[tuple[str, Item]]


@dataclass(frozen=True, slots=True)
class Children:
    """Finds the words for the runs and goals of other runs."""

    store: Store
    clock: Clock

    async def left(self, run: Run) -> Words:
        """Nothing that it delegated is wanted any more."""
        return await self._withdrawn(run, await self._open(run), ())

    async def followed(self, run: Run, kept: Cut) -> Words:
        """After the run was cut: what still counts goes on, and is heard again; the rest is wanted no more."""
        open_ones = await self._open(run)
        gone = await self._withdrawn(run, open_ones, kept.kept)
        resumed = [id for id, step in open_ones if step in kept.kept] if kept.paused else []
        heard = await self._heard(run, kept.kept)
        return Words(gone.writes, [*gone.said, *heard, *((id, self._item("resume")) for id in resumed)])

    async def _withdrawn(self, run: Run, open_ones: Sequence[tuple[str, str]], but: Container[str]) -> Words:
        """All are cancelled that these steps do not wait for."""
        gone = [id for id, step in open_ones if step not in but]
        row = await self.store.row("run_by_id", id=run.id)  # as it is now: it may be paused since it was looked at
        paused = row is not None and row["status"] == "paused"
        ids = json.dumps([id for id, _ in open_ones])
        asked = {"run": run.id, "ids": ids, "count": len(open_ones), "paused": paused}
        goals = [cancelled_goal(id, self.clock.now()) for id in gone]
        # One that was paused with the run may have to undo something.
        verbs = ["cancel", "resume"] if paused else ["cancel"]
        said = [(id, self._item(verb)) for id in gone for verb in verbs]
        return Words([Write("same_children", asked, Moved()), *goals], said)

    async def _heard(self, run: Run, steps: Container[str]) -> list[tuple[str, Item]]:
        """These steps hear again of what they waited for and has ended: an earlier generation may have heard of it."""
        runs = await self.store.rows("ended_children", run=run.id)
        goals = await self.store.rows("ended_child_goals", run=run.id)
        ended = [(row["parent_step"], _end(from_row(row))) for row in runs]
        ended += [(row["parent_step"], goal_answer(row["id"], row["status"], row["reason"])) for row in goals]
        now = self.clock.now()
        return [(run.id, Item("child", step, body, now)) for step, body in ended if step in steps]

    async def _open(self, run: Run) -> list[tuple[str, str]]:
        return [(row["id"], row["parent_step"]) for row in await self.store.rows("open_children", run=run.id)]

    def _item(self, kind: str) -> Item:
        return Item(kind, "", {"rollback": True} if kind == "cancel" else None, self.clock.now())


def _end(child: Run) -> Json:
    return answer(child, child.status, child.result, child.error)
